from decimal import Decimal

from pydantic import BaseModel, field_validator

from octavo import Column, Csv, ReportType


class Letters(ReportType):
    """Numbers and their letters."""

    title = "Letters"
    sources = {"letters": Csv("letters.csv")}
    query = "select letter, number from letters where ($letter is null or letter = $letter) and number < $below"
    order_by = ("number",)
    columns = (Column("letter", "Letter"), Column("number", "Number", total="sum"))
    chunk_rows = 300
    max_rows = 5000

    class Parameters(BaseModel):
        letter: str | None = None
        below: int = 1_000_000


class SharedLetters(Letters):
    """Letters that all callers share."""

    shared = True


class Failing(Letters):
    """A query that fails on its data."""

    query = "select letter, (letter || $letter)::int + $below as number from letters"


class Missing(Letters):
    """A source that is not there."""

    sources = {"letters": Csv("nowhere.csv")}


class HalvedLetters(Letters):
    """Letters below half the number that is asked for."""

    class Parameters(BaseModel):
        letter: str | None = None
        below: int

        @field_validator("below")
        @classmethod
        def half(cls, value: int) -> int:
            return value // 2


class ExactLetters(Letters):
    """Letters below a number of any size."""

    class Parameters(BaseModel):
        letter: str | None = None
        below: Decimal


class ListedLetters(Letters):
    """Letters that are in a list."""

    query = "select letter, number from letters where list_contains($letters, letter)"

    class Parameters(BaseModel):
        letters: list[str]
