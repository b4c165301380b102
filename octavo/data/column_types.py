"""Parses the names of DuckDB's types, as DESCRIBE prints them. Pure: it does not load DuckDB.

DECIMAL(18,3)                        ColumnType("DECIMAL", digits=18, places=3)
INTEGER[]  INTEGER[3]                ColumnType("LIST", (INTEGER,))  ColumnType("ARRAY", (INTEGER,))
STRUCT(a INTEGER, "b c" VARCHAR)     ColumnType("STRUCT", (INTEGER, VARCHAR), ("a", "b c"))
MAP(VARCHAR, DATE)                   ColumnType("MAP", (VARCHAR, DATE))
ENUM('a', 'b')                       ColumnType("ENUM"): the values are ignored
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
TIMES_OF_DAY = frozenset({"TIME", "TIME_NS", "TIME WITH TIME ZONE"})
TEXT = "VARCHAR"

# Types that Parquet lacks. DuckDB would write another type, or fail
# (https://duckdb.org/docs/stable/data/parquet/overview).
WIDE_INTEGERS = frozenset({"HUGEINT", "UHUGEINT"})
NOT_IN_PARQUET = WIDE_INTEGERS | {"BIGNUM", "BIT", "INTERVAL", "TIME WITH TIME ZONE", "TIME_NS", "UNION"}

# The types whose values cannot contain a text that somebody wrote, even if they are stored as texts.
TEXTLESS = (
    WHOLE_NUMBERS
    | FLOATS
    | TIMESTAMPS
    | TIMES_OF_DAY
    | {"DECIMAL", "BIGNUM", "BIT", "BOOLEAN", "UUID", "INTERVAL", "DATE"}
)

WORDS = re.compile(r"(?:TIMESTAMP|TIME) WITH TIME ZONE|[^\s()\[\],\"']+")
QUOTED = re.compile(r'"(?:[^"]|"")*"|\'(?:[^\']|\'\')*\'')
SUFFIX = re.compile(r"\[(\d*)\]")


@dataclass(frozen=True)
class ColumnType:
    """A type: its name without arguments, and the types inside it.

    `fields` are the names of the fields of a structure or a union; the fields of `row(1, 2)` have no names. A decimal
    has `digits` in total, `places` of them after the point.
    """

    name: str
    inner: tuple[ColumnType, ...] = ()
    fields: tuple[str, ...] = ()
    digits: int = 0
    places: int = 0

    @classmethod
    def parse(cls, text: str) -> ColumnType:
        """Parse a type. Raises ValueError for a text that is not a type."""
        return _parse(text)

    def parts(self) -> Iterator[ColumnType]:
        """Yield the type itself and every type inside it, at any depth."""
        yield self
        for inner in self.inner:
            yield from inner.parts()

    @property
    def parquet_cast(self) -> str | None:
        """Return the type to cast values to before they are written to Parquet; None if no cast is needed.

        Integers of 128 bits become decimals. Other values that Parquet has no type for become texts.
        """
        if self.name in WIDE_INTEGERS:
            return "DECIMAL(38, 0)"
        lossy = any(part.name in NOT_IN_PARQUET or part.is_nameless for part in self.parts())
        return TEXT if lossy else None

    @property
    def is_nameless(self) -> bool:
        """Whether the type is a structure whose fields have no names."""
        return self.name == "STRUCT" and not self.fields

    @property
    def is_text_in_parquet(self) -> bool:
        """Whether Parquet contains the values, or parts of them, as texts, which sort differently."""
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
        """Whether a value can never contain a text that somebody wrote."""
        return self.name in TEXTLESS

    @property
    def is_timestamp(self) -> bool:
        """Whether the values are dates with a time of day, with or without a time zone."""
        return self.name in TIMESTAMPS

    @property
    def is_date_or_time(self) -> bool:
        """Whether the values are dates or times, which strftime can print."""
        return self.is_timestamp or self.name in {"DATE", "TIME"}

    @property
    def is_temporal(self) -> bool:
        """Whether the values are dates or times of any kind."""
        return self.is_timestamp or self.name == "DATE" or self.name in TIMES_OF_DAY

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
    """Parses a type from the beginning of the remaining text."""

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
        """Parse `name type, …)`, or types without names; return the names and the types."""
        names, inner = [], []
        while True:
            names += self._field_name()
            inner.append(self.type())
            if not self._takes(", "):
                break
        self._expect(")")
        return tuple(names), tuple(inner)

    def _field_name(self) -> list[str]:
        """Parse the name in front of a field's type, if there is one: a word or a quoted text, and a space."""
        name = QUOTED.match(self.text, self.place) or WORDS.match(self.text, self.place)
        if name is None or not self.text.startswith(" ", name.end()):
            return []
        self.place = name.end() + 1
        return [name[0][1:-1].replace('""', '"') if name[0].startswith('"') else name[0]]

    def _arguments(self) -> str:
        """Return the text before the closing bracket. Quoted texts in it may contain brackets."""
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
