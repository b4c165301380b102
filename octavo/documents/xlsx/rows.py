"""A chunk's rows as XML (ECMA-376 Part 1, 18.3.1.73 row), each written in one piece by one SQL query.

    <row><c s="14"><v>41275.218750000000</v></c><c t="inlineStr"><is><t>UA</t></is></c><c/> … </row>

Cells have no references (`r="A1"`), which ECMA-376 leaves optional. Texts are inline strings, because a table of shared
strings could not be made in parallel; repeating a text costs little where it is compressed. (`t="str"` would be
shorter, but that is for the results of formulas, 18.18.11 ST_CellType.)

The chunk is read twice. The first query measures the columns. The second one writes the rows, and takes for each column
only the care that its values need: most texts need no escapes, and most columns have no NULL. Each cell is a function
of one column. DuckDB executes functions, unlike casts, only once for each distinct value of a column that the snapshot
contains as a dictionary.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from octavo.data.sql import identifier
from octavo.documents.xlsx import strings
from octavo.documents.xlsx.cell_types import CellType
from octavo.documents.xlsx.cells import EMPTY
from octavo.documents.xlsx.styles import FORMULA_LIKE

if TYPE_CHECKING:
    from octavo.data.snapshot import Rows

FETCHED_BYTES = 1 << 20
LEAST_FETCHED_ROWS, MOST_FETCHED_ROWS = 16, 2048
TAGS_BYTES = 40  # of a cell, with a number in it


@dataclass(frozen=True)
class ColumnCells:
    """A column of a chunk: how its values become cells, and what these are like.

    `style` is the number of their style. `complete` says that no cell is empty, `kept` that some values are kept as
    texts, and `care` that some texts need escapes or look like formulas. `bytes` is the size of the longest text.
    """

    type: CellType
    style: int
    complete: bool
    kept: bool
    care: bool
    bytes: int


def source_of(rows: Rows, types: Sequence[CellType]) -> str:
    """Return what to select from: the rows, with the texts of text columns under the names `text_name` gives."""
    texts = [f"{each.value} AS {text_name(index)}" for index, each in enumerate(types) if each.kind == "text"]
    return f"(SELECT {', '.join(['*', *texts])} FROM {rows.source})" if texts else rows.source


def text_name(index: int) -> str:
    """Return a name that no column of a report type has."""
    return identifier(f"cell.{index}")


class Block(NamedTuple):
    """Some rows that follow each other: their number and their XML."""

    rows: int
    xml: bytes


def row_xml(rows: Rows, columns: Sequence[ColumnCells]) -> Iterator[Block]:
    """Yield the XML of the rows, some rows at a time, so that they are never all in memory."""
    longest = sum(column.bytes + TAGS_BYTES for column in columns)
    fetched = max(LEAST_FETCHED_ROWS, min(MOST_FETCHED_ROWS, FETCHED_BYTES // longest))
    source = source_of(rows, [column.type for column in columns])
    result = rows.connection.execute(f"SELECT encode({_row(columns)}) FROM {source}")
    while found := result.fetchmany(fetched):
        yield Block(len(found), b"".join([xml for (xml,) in found]))


def _row(columns: Sequence[ColumnCells]) -> str:
    """Return the SQL of a row."""
    cells = (_cell(column, text_name(index)) for index, column in enumerate(columns))
    return f"concat('<row>', {', '.join(cells)}, '</row>')"


def _cell(column: ColumnCells, text: str) -> str:
    """Return the SQL of a cell. `text` is the name of the column's texts, if it has texts."""
    cell = _text_cell(column, text) if column.type.kind == "text" else _plain_cell(column)
    cases = []
    if not column.complete:
        empty = f"{text} IS NULL OR {text} = ''" if column.type.kind == "text" else f"{column.type.column} IS NULL"
        cases.append(f"WHEN {empty} THEN '{EMPTY}'")
    if column.kept:
        cases.append(f"WHEN {column.type.kept} THEN {_kept(column.type)}")
    return f"CASE {' '.join(cases)} ELSE {cell} END" if cases else cell


def _plain_cell(column: ColumnCells) -> str:
    attributes = f' s="{column.style}"' if column.style else ""
    if column.type.kind == "boolean":
        attributes += ' t="b"'
    return f"concat('<c{attributes}><v>', {column.type.value}, '</v></c>')"


def _text_cell(column: ColumnCells, text: str) -> str:
    style = f' s="{column.style}"' if column.style else ""
    if not column.care:
        return f"""concat('<c{style} t="inlineStr"><is><t>', {text}, '</t></is></c>')"""
    number = f"CASE WHEN {strings.sql_is_like_formula(text)} THEN {FORMULA_LIKE} ELSE {column.style} END"
    rest = '" t="inlineStr"><is><t xml:space="preserve">'
    return f"""concat('<c s="', {number}, '{rest}', {strings.sql_escaped(text)}, '</t></is></c>')"""


def _kept(each: CellType) -> str:
    """Return the SQL of the cell of a value that is kept as a text. Such texts need no escapes."""
    return f"""concat('<c t="inlineStr"><is><t>', {each.text}, '</t></is></c>')"""
