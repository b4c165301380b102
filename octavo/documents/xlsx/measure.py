"""Measures the columns of a chunk by one query: what their cells need, and how wide they are."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple
from unicodedata import east_asian_width

from octavo.authoring.columns import Column
from octavo.documents.xlsx import strings
from octavo.documents.xlsx.cell_types import CellType, cell_type
from octavo.documents.xlsx.number_formats import ExcelFormat, excel_format
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

    `filled` is the number of cells that are not empty. `low` and `high` are the whole parts of the smallest and the
    largest number. `longest` is the longest text; of numbers, the length of the longest one that is kept as a text.
    `bytes` is the size of all texts, and `care` says whether one of them needs an escape.
    """

    filled: Any
    kept: Any = "0"
    fractions: Any = "false"
    low: Any = "NULL"
    high: Any = "NULL"
    longest: Any = "0"
    bytes: Any = "0"
    care: Any = "false"


class Measured(NamedTuple):
    """The number of the rows, and of each column the cells and the record."""

    rows: int
    cells: list[ColumnCells]
    records: tuple[ColumnRecord, ...]


def measure(rows: Rows, columns: Sequence[Column], types: Sequence[ColumnTypes]) -> Measured:
    """Measure the columns of a chunk. Raises TooLarge if a text is longer than a cell can be."""
    cell_types = [cell_type(column.name, each) for column, each in zip(columns, types, strict=True)]
    asked = [sql for index, each in enumerate(cell_types) for sql in _measures(each, text_name(index))]
    source = source_of(rows, cell_types)
    count, *answers = rows.connection.execute(f"SELECT count(*), {', '.join(asked)} FROM {source}").fetchone() or (0,)
    cells, records = [], []
    for index, (column, each) in enumerate(zip(columns, cell_types, strict=True)):
        found = Measures(*answers[index * len(Measures._fields) : (index + 1) * len(Measures._fields)])
        if isinstance(found.longest, str) and len(found.longest.encode()) > strings.LONGEST_TEXT:
            _refuse_long_texts(rows, source, column, text_name(index))
        shown = excel_format(column.parsed_format, types[index].shown, fractions=bool(found.fractions))
        complete = found.filled == count
        style = column_style(index)
        cells.append(ColumnCells(each, style, complete, found.kept > 0, bool(found.care), int(found.bytes or 0)))
        records.append(ColumnRecord(_width(shown, found), found.kept, bool(found.fractions)))
    return Measured(count, cells, tuple(records))


def _measures(each: CellType, text: str) -> Measures:
    """Return the aggregates that measure a column. `text` is the name of its texts, if it has texts."""
    if each.kind == "text":
        care = f"bool_or({strings.sql_needs_care(text)})" if each.may_need_care else "false"
        longest, size = f"arg_max({text}, strlen({text}))", f"sum(strlen({text}))"
        return Measures(f"count(nullif({text}, ''))", longest=longest, bytes=size, care=care)
    measures = Measures(f"count({each.column})")
    if each.kept:
        longest = f"max(length({each.text})) FILTER (WHERE {each.kept})"
        measures = measures._replace(kept=f"count_if({each.kept})", longest=longest)
    if each.fraction:
        measures = measures._replace(fractions=f"bool_or({each.fraction})")
    if each.whole:
        measures = measures._replace(low=f"min({each.whole})", high=f"max({each.whole})")
    return measures


def _width(shown: ExcelFormat, found: Measures) -> int:
    """Return the number of characters of the widest cell: of the numbers, and of the texts."""
    numbers = [
        f"{value:.0f}" if isinstance(value, float | Decimal) else str(value)
        for value in (found.low, found.high)
        if value is not None
    ]
    texts = _text_width(found.longest) if isinstance(found.longest, str) else found.longest or 0
    return max([texts, shown.width or 0, *map(shown.width_of, numbers)])


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
