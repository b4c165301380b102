"""Report types that fail in the deployed functions, each in a different way."""

import os
import signal

from pydantic import BaseModel

from octavo import Column, Csv, ReportType


class FailsInChunk(int):
    """A setting that causes a failure when the chunk function reads it."""

    def __bool__(self) -> bool:
        if os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "").endswith("-chunk"):
            self.trigger()
        return True

    def trigger(self) -> None:
        raise RuntimeError("the salary of Anna is 5")


class KillsChunk(FailsInChunk):
    def trigger(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class RaisingChunk(ReportType):
    """Its chunks raise an unexpected error."""

    title = "Raising"
    sources = {"letters": Csv("letters.csv")}
    query = "select letter, number from letters"
    order_by = ("number",)
    columns = (Column("letter"), Column("number"))
    chunk_rows = 10
    formula_guard = FailsInChunk(1)


class KilledChunk(RaisingChunk):
    """Its chunks are killed, as if they had no memory left."""

    formula_guard = KillsChunk(1)


class FailingQuery(RaisingChunk):
    """Its query fails on its data."""

    query = "select letter, letter::int as number from letters"
    formula_guard = True


class MissingSource(RaisingChunk):
    """Its source does not exist."""

    sources = {"letters": Csv("nowhere.csv")}
    formula_guard = True


class Slow(RaisingChunk):
    """Its query takes minutes."""

    query = "select letter, (select sum(a.range + b.range) from range(1000000) a, range(1000000) b)::bigint as number from letters where $turn >= 0"  # noqa: E501
    formula_guard = True

    class Parameters(BaseModel):
        turn: int = 0


class Small(RaisingChunk):
    """It has too many rows for its limit."""

    formula_guard = True
    max_rows = 5
