"""Report types that fail in the deployed functions, each in a different way."""

import os
import signal

from pydantic import BaseModel

from octavo import Column, Csv, ReportType


class FaultyLetters(ReportType):
    """The report type that the others change."""

    title = "Letters"
    sources = {"letters": Csv("letters.csv")}
    query = "select letter, number from letters"
    order_by = ("number",)
    columns = (Column("letter"), Column("number"))
    chunk_rows = 10


class RaisingChunk(FaultyLetters):
    """Its chunks raise an unexpected error."""

    formats = ("pdf",)

    @staticmethod
    def draw_pages(rows):
        raise RuntimeError("the salary of Anna is 5")


class KilledChunk(FaultyLetters):
    """Its chunks are killed, as if they had no memory left."""

    formats = ("pdf",)

    @staticmethod
    def draw_pages(rows):
        os.kill(os.getpid(), signal.SIGKILL)


class FailingQuery(FaultyLetters):
    """Its query fails on its data."""

    query = "select letter, letter::int as number from letters"


class MissingSource(FaultyLetters):
    """Its source does not exist."""

    sources = {"letters": Csv("nowhere.csv")}


class Slow(FaultyLetters):
    """Its query takes minutes."""

    query = "select letter, (select sum(a.range + b.range) from range(1000000) a, range(1000000) b)::bigint as number from letters where $turn >= 0"  # noqa: E501

    class Parameters(BaseModel):
        turn: int = 0


class Small(FaultyLetters):
    """It has too many rows for its limit."""

    max_rows = 5
