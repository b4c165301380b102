"""How a column's values look to people: `Column.format`, read once, for print and spreadsheets alike. Pure.

"${:,.2f}"     NumberFormat(prefix="$", grouping=True, places=2)     what spreadsheets and SQL can do as well
"%d.%m.%Y"     TimePattern("%d.%m.%Y")                               a strftime pattern
"{:>10}"       PythonFormat("{:>10}")                                any other format spec: Python alone can do it
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
    """A text with a format spec in braces, as `str.format` takes it."""

    spec: str


@dataclass(frozen=True)
class NumberFormat(PythonFormat):
    """A number between two texts, `grouping` it by commas; `places` is None where the value decides them."""

    prefix: str = ""
    suffix: str = ""
    grouping: bool = False
    places: int | None = None

    def with_places(self, places: int) -> str:
        """Return a spec that prints so many digits after the point."""
        return f"{self.prefix}{{:{',' * self.grouping}.{places}f}}{self.suffix}"


@dataclass(frozen=True)
class TimePattern:
    """A strftime pattern, for dates and times."""

    pattern: str


ColumnFormat = NumberFormat | PythonFormat | TimePattern


@lru_cache(maxsize=1024)
def parse_format(text: str) -> ColumnFormat:
    """Read a column's format. Raises ValueError for a text that formats nothing."""
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
    """Does the format print some value, and another one differently?"""
    if "{" not in text:
        return date(2000, 12, 31).strftime(text) != text
    return any(tells_apart(text, *values) for values in EXAMPLES)


def tells_apart(spec: str, one: object, other: object) -> bool:
    """Does a format spec print both values, and differently? (`{:,}` prints a comma for any date.)"""
    try:
        return spec.format(one) != spec.format(other)
    except (ValueError, TypeError, LookupError, AttributeError):
        return False
