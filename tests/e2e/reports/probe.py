"""A small, quick report type with parameters of every kind."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from octavo import Column, Csv, ReportType


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    share: Annotated[float, Field(ge=0, le=1)] = 0.5


class Probe(ReportType):
    """Letters. The parameters leave out at most a few of them."""

    title = "Probe"
    sources = {"letters": Csv("letters.csv")}
    query = """
        select letter, number from letters
        where ($text is null or letter <> $text) and number <> $whole and $number is not null and $day is not null
          and ($moment is null or true) and $colour is not null and ($kind is null or true) and ($some is null or true)
          and ($inner is null or true) and $yes is not null
    """
    order_by = ("number",)
    columns = (Column("letter", "Letter"), Column("number", "Number", total="sum"))

    class Parameters(BaseModel):
        text: Annotated[str, Field(max_length=40)] | None = None
        whole: Annotated[int, Field(ge=-1000, le=1000)] = 7
        number: Annotated[float, Field(ge=-1e9, le=1e9)] = 1.5
        day: date = date(2026, 1, 1)
        moment: datetime | None = None
        colour: Colour = Colour.RED
        kind: Literal["a", "b"] | None = None
        some: Annotated[list[Annotated[str, Field(max_length=5)]], Field(max_length=3)] = []
        inner: Inner = Inner()
        yes: bool = True
