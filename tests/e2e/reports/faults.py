"""Report types that fail, each in its own way, in the functions as they are deployed."""

import os
import signal

from pydantic import BaseModel

from octavo import Column, Csv, ReportType


class OneIn(int):
    """A setting that goes off when the chunk function looks at it."""

    def __bool__(self) -> bool:
        if os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "").endswith("-chunk"):
            self.go_off()
        return True

    def go_off(self) -> None:
        raise RuntimeError("the salary of Anna is 5")


class Deadly(OneIn):
    def go_off(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class RaisingChunk(ReportType):
    """Its chunks raise an error nobody foresaw."""

    title = "Raising"
    sources = {"letters": Csv("letters.csv")}
    query = "select letter, number from letters"
    order_by = ("number",)
    columns = (Column("letter"), Column("number"))
    chunk_rows = 10
    formula_guard = OneIn(1)


class KilledChunk(RaisingChunk):
    """Its chunks are killed, as for want of memory."""

    formula_guard = Deadly(1)


class FailingQuery(RaisingChunk):
    """Its query fails on its data."""

    query = "select letter, letter::int as number from letters"
    formula_guard = True


class MissingSource(RaisingChunk):
    """Its source is not there."""

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
