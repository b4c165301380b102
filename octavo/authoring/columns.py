"""The columns of a document. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from octavo.authoring.column_format import ColumnFormat, parse_format

Total = Literal["sum", "min", "max", "avg", "count"]
Overflow = Literal["wrap", "ellipsis"]

WIDEST_EM = 200
ROW = "_row"
"""The snapshot's own column: the number of each row."""

ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


@dataclass(frozen=True)
class Column:
    """A column of the document.

    `name` is the column's name in the query. `title` is the text that people read above it; by default it is the name
    in words. `format` says how values are displayed: a Python format spec in braces (`"{:,}"`) or a strftime pattern
    (`"%Y-%m-%d"`). `total` is the aggregate that is shown below the column. In print, a cell that is too wide wraps
    onto more lines, or ends with an ellipsis (`overflow="ellipsis"`). `width` fixes the width of the column, in em of
    the page's font; one em is as wide as about two digits.
    """

    name: str
    title: str = ""
    format: str | None = None
    total: Total | None = None
    overflow: Overflow = "wrap"
    width: float | None = None

    def __post_init__(self) -> None:
        if not self.title:
            object.__setattr__(self, "title", str(self.name).replace("_", " ").capitalize())

    @property
    def parsed_format(self) -> ColumnFormat | None:
        """The parsed format; None without one. Raises ValueError for a text that does not format any value."""
        return None if self.format is None else parse_format(self.format)

    def fault(self) -> str | None:
        """Return a message about what is wrong with the column, or None."""
        if not isinstance(self.name, str) or not self.name or not isinstance(self.title, str):
            return "the name must be a text that is not empty, the title a text"
        if folded(self.name) == ROW:
            return f"the name {self.name!r} is the snapshot's own; rename it in the query (select … as …)"
        if self.total is not None and self.total not in get_args(Total):
            return f"total {self.total!r} is none of {', '.join(get_args(Total))}"
        if self.overflow not in get_args(Overflow):
            return f"overflow {self.overflow!r} is none of {', '.join(get_args(Overflow))}"
        if self.width is not None and not _is_width(self.width):
            return f"width must be above 0 and at most {WIDEST_EM} em, not {self.width!r}"
        return self._fault_of_format()

    def _fault_of_format(self) -> str | None:
        if not isinstance(self.format, str | None):
            return f"format must be a text, not {self.format!r}"
        try:
            _ = self.parsed_format
        except ValueError as error:
            return str(error)
        return None


def folded(name: str) -> str:
    """Return a name as DuckDB compares names: the letters A to Z, and no others, become lower case."""
    return name.translate(ASCII_LOWER)


def _is_width(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= WIDEST_EM
