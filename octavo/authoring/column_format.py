"""Parses `Column.format`, which says how people see a column's values, in print and in spreadsheets. Pure.

"${:,.2f}"     NumberFormat(prefix="$", grouping=True, places=2)     SQL and spreadsheets can format numbers like this
"%d.%m.%Y"     TimePattern("%d.%m.%Y")                               a strftime pattern
"{:>10}"       PythonFormat("{:>10}")                                any other format spec, which only Python can apply
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

NUMBER = re.compile(r"(?P<prefix>[^{}]*)\{(?::(?P<comma>,?)(?:\.(?P<places>\d+)f|d?))?\}(?P<suffix>[^{}]*)")
EXAMPLES = ((1, 2), (1.5, 2.5), ("one", "two"), (datetime(2000, 12, 31, 1), datetime(1999, 1, 2, 13)))  # noqa: DTZ001


@dataclass(frozen=True)
class PythonFormat:
    """A text with a format spec in braces, for `str.format`."""

    spec: str


@dataclass(frozen=True)
class NumberFormat(PythonFormat):
    """A number between a prefix and a suffix.

    `grouping` puts a comma before every three digits. `places` is the number of decimal places; None leaves it to the
    value.
    """

    prefix: str = ""
    suffix: str = ""
    grouping: bool = False
    places: int | None = None

    def with_places(self, places: int) -> str:
        """Return the format spec with this number of decimal places."""
        return f"{self.prefix}{{:{',' * self.grouping}.{places}f}}{self.suffix}"


@dataclass(frozen=True)
class TimePattern:
    """A strftime pattern, for dates and times."""

    pattern: str


ColumnFormat = NumberFormat | PythonFormat | TimePattern


@lru_cache(maxsize=1024)
def parse_format(text: str) -> ColumnFormat:
    """Parse a column's format. Raises ValueError for a text that does not format any value."""
    found: ColumnFormat = TimePattern(text)
    if number := NUMBER.fullmatch(text):
        places = None if number["places"] is None else int(number["places"])
        found = NumberFormat(text, number["prefix"], number["suffix"], bool(number["comma"]), places)
    elif "{" in text:
        found = PythonFormat(text)
    if not _formats_something(text):
        raise ValueError(f"format {text!r} is neither a format spec such as '{{:,}}' nor a pattern such as '%Y-%m-%d'")
    return found


def _formats_something(text: str) -> bool:
    """Return whether the format can print at least one kind of value, so that different values look different."""
    if "{" not in text:
        return date(2000, 12, 31).strftime(text) != text
    return any(tells_apart(text, *values) for values in EXAMPLES)


def tells_apart(spec: str, one: object, other: object) -> bool:
    """Return whether a format spec prints two values differently. `{:,}`, for example, prints a comma for any date."""
    try:
        return spec.format(one) != spec.format(other)
    except (ValueError, TypeError, LookupError, AttributeError):
        return False
