"""A chunk's rows as XML (ECMA-376 Part 1, 18.3.1.73 row), each written in one piece by one SQL query.

    <row><c s="14"><v>41275.218750000000</v></c><c t="inlineStr"><is><t>UA</t></is></c><c/> … </row>

Cells have no references (`r="A1"`), which ECMA-376 leaves optional. Texts are inline strings, because a table of shared
strings could not be made in parallel; repeating a text costs little where it is compressed. (`t="str"` would be
shorter, but that is for the results of formulas, 18.18.11 ST_CellType.)

The chunk is read twice. The first query measures the columns. The second one writes the rows, and takes for each column
only the care that its values need: most texts need no escapes, and most columns have no NULL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from octavo.data.sql import identifier, literal
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
    """Return the SQL of a row. Constants that follow each other are joined beforehand."""
    arguments: list[str] = []
    constant = "<row>"
    for index, column in enumerate(columns):
        text = text_name(index)
        before, value, after = _cell(column, text)
        empty = f"({text} IS NULL OR {text} = '')" if column.type.kind == "text" else f"{column.type.column} IS NULL"
        if column.complete and not column.kept:
            arguments += [literal(constant + before), value]
            constant = after
        elif column.kept or column.care:
            cell = f"concat({literal(before)}, {value}, {literal(after)})"
            kept = f"WHEN {column.type.kept} THEN {_kept(column.type)} " if column.kept else ""
            arguments += [literal(constant), f"CASE WHEN {empty} THEN '{EMPTY}' {kept}ELSE {cell} END"]
            constant = ""
        else:  # quicker than a CASE around the whole cell; the value of an empty cell adds nothing
            begin = f"CASE WHEN {empty} THEN {literal(constant + EMPTY)} ELSE {literal(constant + before)} END"
            arguments += [begin, value, f"CASE WHEN NOT {empty} THEN {literal(after)} END"]
            constant = ""
    return f"concat({', '.join([*arguments, literal(constant + '</row>')])})"


def _cell(column: ColumnCells, text: str) -> tuple[str, str, str]:
    """Return what is before the value of a cell, the SQL of the value, and what is after it."""
    style = f' s="{column.style}"' if column.style else ""
    match column.type.kind:
        case "number":
            return f"<c{style}><v>", column.type.value, "</v></c>"
        case "boolean":
            return f'<c{style} t="b"><v>', column.type.value, "</v></c>"
    if not column.care:
        return f'<c{style} t="inlineStr"><is><t>', text, "</t></is></c>"
    number = f"CASE WHEN {strings.sql_is_like_formula(text)} THEN {FORMULA_LIKE} ELSE {column.style} END"
    rest = literal('" t="inlineStr"><is><t xml:space="preserve">')
    return '<c s="', f"concat({number}, {rest}, {strings.sql_escaped(text)})", "</t></is></c>"


def _kept(each: CellType) -> str:
    """Return the SQL of the cell of a value that is kept as a text. Such texts need no escapes."""
    return f"""concat('<c t="inlineStr"><is><t>', {each.text}, '</t></is></c>')"""
