"""Parameters of every kind: with these, tests compare what is bound, hashed, shown and typed with pydantic's own."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from ipaddress import IPv4Address
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, NewType
from uuid import UUID

import pydantic
from pydantic import BaseModel, Field, RootModel


class Colour(Enum):
    RED = "red"
    BLUE = 4


class Word(StrEnum):
    ONE = "one"


class Size(IntEnum):
    LARGE = 3


class Span(BaseModel):
    least: int = 6
    day: date = date(2026, 1, 2)


class Days(RootModel[list[date]]):
    pass


Cents = NewType("Cents", int)


# The annotation, a value as a request writes it, and what the query is bound to.
KINDS = [
    (bool, True, True),
    (int, 7, 7),
    (float, 1.5, 1.5),
    (str, "é\x00", "é\x00"),
    (bytes, "abc", b"abc"),
    (Decimal, "1.50", Decimal("1.50")),
    (date, "2013-01-05", date(2013, 1, 5)),
    (datetime, "2013-01-05T07:30:00", datetime(2013, 1, 5, 7, 30)),
    (pydantic.AwareDatetime, "2013-01-05T07:30:00.5Z", datetime(2013, 1, 5, 7, 30, 0, 500_000, tzinfo=UTC)),
    (time, "07:30:00", time(7, 30)),
    (timedelta, "P1DT2H", timedelta(days=1, hours=2)),
    (UUID, "01890000-0000-7000-8000-000000000001", UUID("01890000-0000-7000-8000-000000000001")),
    (Colour, "red", "red"),
    (Colour, 4, 4),
    (Word, "one", "one"),
    (Size, 3, 3),
    (Literal[2, "a"], 2, 2),
    (pydantic.HttpUrl, "https://example.com/a?b=c", "https://example.com/a?b=c"),
    (IPv4Address, "10.0.0.1", "10.0.0.1"),
    (Path, "a/b", str(Path("a/b"))),
    (PurePosixPath, "a/b", "a/b"),
    (pydantic.ByteSize, 1000, 1000),
    (Cents, 5, 5),
    (pydantic.PositiveInt, 5, 5),
    (Annotated[str, Field(pattern="^[A-Z]{2}$")], "UA", "UA"),
    (int | None, None, None),
    (date | str, "2013-01-05", date(2013, 1, 5)),
    (list[int], [2, 1], [2, 1]),
    (list[date], ["2013-01-05"], [date(2013, 1, 5)]),
    (tuple[int, str], [1, "a"], [1, "a"]),
    (tuple[Colour, ...], [4], [4]),
    (set[str], ["b", "a", "b"], ["a", "b"]),
    (frozenset[Colour], ["red", 4], ["red", 4]),
    (Sequence[Decimal], ["1.0"], [Decimal("1.0")]),
    (dict[str, int], {"a": 1}, {"a": 1}),
    (Span, {"least": 1}, {"least": 1, "day": date(2026, 1, 2)}),
    (list[Span], [{}], [{"least": 6, "day": date(2026, 1, 2)}]),
    (Days, ["2013-01-05"], [date(2013, 1, 5)]),
    (Any, {"a": [1, None]}, {"a": [1, None]}),
]
