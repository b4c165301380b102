"""Measures the columns of a chunk by one query: what their cells need, and how wide they are.

A second query looks for numbers of many digits, but only in columns whose smallest or largest number may be one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from unicodedata import east_asian_width

from octavo.authoring.columns import Column
from octavo.documents.xlsx import strings
from octavo.documents.xlsx.cell_types import CellType, cell_type
from octavo.documents.xlsx.number_formats import GENERAL, ExcelFormat, excel_format
from octavo.documents.xlsx.record import ColumnRecord
from octavo.documents.xlsx.rows import ColumnCells, source_of, text_name
from octavo.documents.xlsx.styles import column_style
from octavo.documents.xlsx.types import ColumnTypes
from octavo.errors import TooLarge

if TYPE_CHECKING:
    from octavo.data.snapshot import Rows

MEASURED_TEXT = 200  # characters; no column is so wide


class Measures(NamedTuple):
    """What the query finds out about a column: SQL, and then its answer.

    `filled` is the number of cells that are not empty. `low` and `high` are the smallest and the largest number.
    `longest` is the longest text. `care` says whether a text needs an escape. `kept` is the number of values that are
    kept as texts, and `longest_kept` the length of the longest one.
    """

    filled: Any
    low: Any = "NULL"
    high: Any = "NULL"
    longest: Any = "NULL"
    care: Any = "false"
    fractions: Any = "false"
    kept: Any = "0"
    longest_kept: Any = "0"


class Measured(NamedTuple):
    """The number of the rows, and of each column the cells and the record."""

    rows: int
    cells: list[ColumnCells]
    records: tuple[ColumnRecord, ...]


def measure(rows: Rows, columns: Sequence[Column], types: Sequence[ColumnTypes]) -> Measured:
    """Measure the columns of a chunk. Raises TooLarge if a text is longer than a cell can be."""
    cell_types = [cell_type(column.name, each) for column, each in zip(columns, types, strict=True)]
    source = source_of(rows, cell_types)
    count, found = _ask(rows, source, cell_types)
    cells, records = [], []
    for index, (column, each, answer) in enumerate(zip(columns, cell_types, found, strict=True)):
        longest = answer.longest or ""
        if len(longest.encode()) > strings.LONGEST_TEXT:
            _refuse_long_texts(rows, source, column, text_name(index))
        shown = excel_format(column.parsed_format, types[index].shown, fractions=bool(answer.fractions))
        style = 0 if shown.code == GENERAL else column_style(index)
        complete, kept, quickened = answer.filled == count, answer.kept > 0, each.quickened(answer.high)
        cells.append(ColumnCells(quickened, style, complete, kept, bool(answer.care), len(longest.encode())))
        records.append(ColumnRecord(_width(shown, answer), answer.kept, bool(answer.fractions)))
    return Measured(count, cells, tuple(records))


def _ask(rows: Rows, source: str, types: Sequence[CellType]) -> tuple[int, list[Measures]]:
    """Return the number of the rows, and what is found out about each column."""
    asked = [sql for index, each in enumerate(types) for sql in _measures(each, text_name(index))]
    count, *answers = rows.connection.execute(f"SELECT count(*), {', '.join(asked)} FROM {source}").fetchone() or (0,)
    size = len(Measures._fields)
    found = [Measures(*answers[first : first + size]) for first in range(0, len(answers), size)]
    for index, (each, answer) in enumerate(zip(types, found, strict=True)):
        if each.may_be_kept(answer.low, answer.high):
            query = f"SELECT {_count_of_kept(each)}, {_longest_of_kept(each)} FROM {source}"
            kept, longest = rows.connection.execute(query).fetchone() or (0, 0)
            found[index] = answer._replace(kept=kept, longest_kept=longest)
    return count, found


def _measures(each: CellType, text: str) -> Measures:
    """Return the aggregates that measure a column. `text` is the name of its texts, if it has texts."""
    if each.kind == "text":
        care = f"bool_or({strings.sql_needs_care(text)})" if each.may_need_care else "false"
        return Measures(f"count(*) FILTER (WHERE {text} <> '')", longest=f"arg_max({text}, strlen({text}))", care=care)
    measures = Measures(f"count({each.column})")
    if each.number:
        measures = measures._replace(low=f"min({each.number})", high=f"max({each.number})")
    if each.fraction:
        measures = measures._replace(fractions=f"bool_or({each.fraction})")
    if each.kept and each.kept_beyond is None:
        measures = measures._replace(kept=_count_of_kept(each), longest_kept=_longest_of_kept(each))
    return measures


def _count_of_kept(each: CellType) -> str:
    return f"count(*) FILTER (WHERE {each.kept})"


def _longest_of_kept(each: CellType) -> str:
    return f"max(CASE WHEN {each.kept} THEN length({each.text}) END)"  # FILTER would compute all lengths


def _width(shown: ExcelFormat, found: Measures) -> int:
    """Return the number of characters of the widest cell: of the numbers, and of the texts."""
    wholes = [f"{int(number)}" for number in (found.low, found.high) if number is not None]
    texts = max(_text_width(found.longest or ""), found.longest_kept or 0)
    return max([texts, shown.width or 0, *map(shown.width_of, wholes)])


def _text_width(text: str) -> int:
    """Return the width of a text's widest line. Chinese, Japanese and Korean characters are two wide."""
    lines = text[:MEASURED_TEXT].splitlines() or [""]
    return max(sum(1 + (east_asian_width(character) in "WF") for character in line) for line in lines)


def _refuse_long_texts(rows: Rows, source: str, column: Column, text: str) -> None:
    """Raise TooLarge if a text has more characters than a cell can have. A text of so many bytes may have fewer."""
    query = f"SELECT max({strings.sql_utf16_length(text)}) FROM {source}"
    (longest,) = rows.connection.execute(query).fetchone() or (0,)
    if longest > strings.LONGEST_TEXT:
        raise TooLarge(
            f"The column {column.name!r} has a text of {longest:,} characters. A cell of a workbook can have"
            f" {strings.LONGEST_TEXT:,}. Request another format, or shorten the text in the query."
        )
