"""DuckDB's types, read from their names as DESCRIBE prints them. Pure: whoever joins documents needs no DuckDB.

DECIMAL(18,3)                        ColumnType("DECIMAL", digits=18, places=3)
INTEGER[]  INTEGER[3]                ColumnType("LIST", (INTEGER,))  ColumnType("ARRAY", (INTEGER,))
STRUCT(a INTEGER, "b c" VARCHAR)     ColumnType("STRUCT", (INTEGER, VARCHAR), ("a", "b c"))
MAP(VARCHAR, DATE)                   ColumnType("MAP", (VARCHAR, DATE))
ENUM('a', 'b')                       ColumnType("ENUM"): its values are texts, and say nothing about types
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

WHOLE_NUMBERS = frozenset(
    f"{sign}{size}" for sign in ("", "U") for size in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
)
FLOATS = frozenset({"FLOAT", "DOUBLE"})
TIMESTAMPS = frozenset({"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE"})
TEXT = "VARCHAR"

# The types that Parquet does not have and DuckDB would write as another one, or not at all
# (https://duckdb.org/docs/stable/data/parquet/overview).
WIDE_INTEGERS = frozenset({"HUGEINT", "UHUGEINT"})
NOT_IN_PARQUET = WIDE_INTEGERS | {"BIGNUM", "BIT", "INTERVAL", "TIME WITH TIME ZONE", "TIME_NS", "UNION"}

# The types whose values can't hold a text that somebody wrote. Written as texts they are numbers, times and the like.
TEXTLESS = (
    WHOLE_NUMBERS
    | FLOATS
    | TIMESTAMPS
    | {"DECIMAL", "BIGNUM", "BIT", "BOOLEAN", "UUID", "INTERVAL", "DATE", "TIME", "TIME_NS", "TIME WITH TIME ZONE"}
)

WORDS = re.compile(r"(?:TIMESTAMP|TIME) WITH TIME ZONE|[^\s()\[\],\"']+")
QUOTED = re.compile(r'"(?:[^"]|"")*"|\'(?:[^\']|\'\')*\'')
SUFFIX = re.compile(r"\[(\d*)\]")


@dataclass(frozen=True)
class ColumnType:
    """A type: its name without arguments, the types inside it, and a decimal's digits in all and after the point.

    `fields` are the names of a structure's or a union's fields; `row(1, 2)` has fields without names.
    """

    name: str
    inner: tuple[ColumnType, ...] = ()
    fields: tuple[str, ...] = ()
    digits: int = 0
    places: int = 0

    @classmethod
    def parse(cls, text: str) -> ColumnType:
        """Read a type. Raises ValueError for a text that is no type."""
        return _parse(text)

    def parts(self) -> Iterator[ColumnType]:
        """Yield the type itself and every type inside it, at any depth."""
        yield self
        for inner in self.inner:
            yield from inner.parts()

    @property
    def parquet_cast(self) -> str | None:
        """Return the type to cast values to before they are written as Parquet; None if none is needed.

        Integers of 128 bits become decimals; whatever else Parquet has no type for becomes its text.
        """
        if self.name in WIDE_INTEGERS:
            return "DECIMAL(38, 0)"
        lossy = any(part.name in NOT_IN_PARQUET or part.is_nameless for part in self.parts())
        return TEXT if lossy else None

    @property
    def is_nameless(self) -> bool:
        """Is the type a structure whose fields have no names?"""
        return self.name == "STRUCT" and not self.fields

    @property
    def is_text_in_parquet(self) -> bool:
        """Does Parquet hold the values, or a part of each, as texts that do not order as the values do?"""
        return self.parquet_cast == TEXT or any(part.name == "ENUM" for part in self.parts())

    @property
    def is_whole_number(self) -> bool:
        return self.name in WHOLE_NUMBERS

    @property
    def is_float(self) -> bool:
        return self.name in FLOATS

    @property
    def is_decimal(self) -> bool:
        return self.name == "DECIMAL"

    @property
    def is_number(self) -> bool:
        return self.is_whole_number or self.is_float or self.is_decimal

    @property
    def is_text(self) -> bool:
        return self.name == TEXT

    @property
    def is_textless(self) -> bool:
        """Is it impossible for a value to hold a text that somebody wrote?"""
        return self.name in TEXTLESS

    @property
    def is_timestamp(self) -> bool:
        """Is the type a moment, with or without a time zone?"""
        return self.name in TIMESTAMPS

    @property
    def is_date_or_time(self) -> bool:
        """Is the type a moment, a day or a time of day, such as strftime prints?"""
        return self.is_timestamp or self.name in {"DATE", "TIME"}

    @property
    def has_time_zone(self) -> bool:
        return self.name.endswith(" WITH TIME ZONE")


@lru_cache(maxsize=1024)
def _parse(text: str) -> ColumnType:
    reader = _Reader(text)
    found = reader.type()
    if reader.rest:
        raise ValueError(f"{text!r} is not a type of DuckDB: {reader.rest!r} is left over")
    return found


class _Reader:
    """Reads a type from the front of what is left of a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    @property
    def rest(self) -> str:
        return self.text[self.place :]

    def type(self) -> ColumnType:
        found = self._plain_type()
        while suffix := SUFFIX.match(self.text, self.place):
            self.place = suffix.end()
            found = ColumnType("ARRAY" if suffix[1] else "LIST", (found,))
        return found

    def _plain_type(self) -> ColumnType:
        name = self._match(WORDS)
        if not self._takes("("):
            return ColumnType(name)
        match name:
            case "STRUCT" | "UNION":
                names, inner = self._fields()
                return ColumnType(name, inner, names)
            case "MAP":
                key = self.type()
                self._expect(", ")
                value = self.type()
                self._expect(")")
                return ColumnType(name, (key, value))
            case "DECIMAL":
                digits, places = (int(number) for number in self._arguments().split(","))
                return ColumnType(name, digits=digits, places=places)
        self._arguments()
        return ColumnType(name)

    def _fields(self) -> tuple[tuple[str, ...], tuple[ColumnType, ...]]:
        """Read `name type, …)`, or the types alone; return the names, if there are any, and the types."""
        names, inner = [], []
        while True:
            names += self._field_name()
            inner.append(self.type())
            if not self._takes(", "):
                break
        self._expect(")")
        return tuple(names), tuple(inner)

    def _field_name(self) -> list[str]:
        """Read the name that precedes a field's type, if there is one: a word or a quoted text, and a space."""
        name = QUOTED.match(self.text, self.place) or WORDS.match(self.text, self.place)
        if name is None or not self.text.startswith(" ", name.end()):
            return []
        self.place = name.end() + 1
        return [name[0][1:-1].replace('""', '"') if name[0].startswith('"') else name[0]]

    def _arguments(self) -> str:
        """Return what stands up to the closing bracket, which may be in quotes."""
        start = self.place
        while not self._takes(")"):
            quoted = QUOTED.match(self.text, self.place)
            if quoted is None and self.place >= len(self.text):
                raise ValueError(f"{self.text!r} is not a type of DuckDB: a bracket is not closed")
            self.place = quoted.end() if quoted else self.place + 1
        return self.text[start : self.place - 1]

    def _match(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.place)
        if match is None:
            raise ValueError(f"{self.text!r} is not a type of DuckDB: a name is missing at {self.rest!r}")
        self.place = match.end()
        return match[0]

    def _takes(self, text: str) -> bool:
        taken = self.text.startswith(text, self.place)
        self.place += len(text) * taken
        return taken

    def _expect(self, text: str) -> None:
        if not self._takes(text):
            raise ValueError(f"{self.text!r} is not a type of DuckDB: {text!r} is missing at {self.rest!r}")
