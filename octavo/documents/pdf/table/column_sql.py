"""A column's operators as SQL: as an expression where SQL can write the cells, from a table of cells otherwise.

- Numbers are written by SQL. All digits have one width, so the move before a number is looked up by its length.
- Times, and text of many distinct values, are written by SQL too, except for cells that may not fit or that have other
  characters than printable ASCII. Where the widths of the texts differ, `]TJ 0 0 Td[` goes back to the beginning of the
  row, for which SQL need not know them.
- The cells of other columns are written in Python, once for each value (`octavo.documents.pdf.table.dictionary`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from octavo.authoring.columns import ROW
from octavo.data.sql import identifier, literal
from octavo.documents.pdf.table.cells import NEGATIVE, Cell, CellWriter, figure
from octavo.lifecycle.manifest import Chunk

if TYPE_CHECKING:
    import duckdb

    from octavo.data.snapshot import Rows

# Names of columns that no query of a report type has.
OPERATORS, LINES, MISSING = '"cell.operators"', '"cell.lines"', '"cell.missing"'
WRITTEN_BY_SQL = Cell("", 1)  # stands in a table for a cell that needs no Python
PART_BYTES = 1 << 22
ASCII = "".join(map(chr, range(32, 127)))


@dataclass(frozen=True)
class ColumnSql:
    """How a column is part of the query of the rows.

    `operators` is SQL, and so is `lines` if cells may have more than one. `join` is the clause that joins a table to
    the rows. `beside` is a table that has the rows of the chunk in their order.
    """

    operators: str
    lines: str | None = None
    join: str = ""
    beside: str = ""


def create_table(
    connection: duckdb.DuckDBPyConnection, table: str, query: str, parameters: Mapping[str, str] | None = None
) -> None:
    """Create a temporary table of the rows of a query."""
    connection.execute(f"CREATE TEMP TABLE {table} AS {query}", parameters)


def operators_of(columns: Sequence[ColumnSql]) -> str:
    """Return the arguments of `concat` that put the operators of a row together."""
    return ", ".join(column.operators for column in columns)


def lines_of(columns: Sequence[ColumnSql]) -> str:
    """Return the SQL of the number of lines of a row."""
    counts = [column.lines for column in columns if column.lines]
    return f"greatest(1, {', '.join(counts)})::integer" if counts else "1::integer"


def tables_of(rows: Rows, columns: Sequence[ColumnSql]) -> str:
    """Return what the columns are read from: the chunk, the tables beside it, and the tables joined to it."""
    beside = "".join(f" POSITIONAL JOIN {column.beside}" for column in columns if column.beside)
    return f"{rows.source} AS chunk{beside}{''.join(column.join for column in columns)}"


def expression(writer: CellWriter) -> str | None:
    """Return the SQL that writes the cells of a column of numbers or times that all fit; None for other columns."""
    if writer.place.fits and writer.format.shape == "number":
        return _number(writer)
    if writer.place.fits and writer.format.shape == "time":
        return _string(writer, writer.format.sql)
    return None


def _number(writer: CellWriter) -> str:
    """Return the SQL of a number's operators. The move that makes it end at its edge is looked up by its length."""
    fonts, cell_format = writer.encoder.fonts, writer.format
    minus, ahead = fonts.width(NEGATIVE), writer.place.origin - writer.begin
    name = identifier(writer.column.name)
    longest = writer.place.width // min(map(fonts.width, "0,.")) + 1  # characters
    plain, negative = [], []
    for length in range(1, longest + 1):
        plain.append(f"{writer.lead}{fonts.width(figure(length, cell_format)) - ahead}(")
        negative.append(f"{writer.lead}{fonts.width(figure(length - 1, cell_format)) + minus - ahead}(")
    index = f"length({cell_format.sql}) + CASE WHEN {name} < 0 THEN {len(plain)} ELSE 0 END"
    operators = f"concat({_list(plain + negative)}[{index}], {cell_format.sql}, '){writer.move_on}')"
    return f"CASE WHEN {name} IS NULL THEN '{writer.empty}' ELSE {operators} END"


def _string(writer: CellWriter, text: str) -> str:
    """Return the SQL of the operators of a string that is aligned left and needs no escapes."""
    place = writer.place
    begin = f"{writer.begin - place.left}(" if writer.begin != place.left else "("
    end = f"){place.exact - (writer.end - place.left)}" if place.exact else f")]TJ 0 0 Td[{-writer.end}"
    return f"CASE WHEN {text} IS NULL THEN '{writer.empty}' ELSE concat('{begin}', {text}, '{end}') END"


def text_column(rows: Rows, chunk: Chunk, number: int, writer: CellWriter) -> ColumnSql:
    """Write a column of text by SQL, except for the cells that have other characters than ASCII or may not fit.

    `number` is the column's, which its table is named by.
    """
    text, fonts = writer.format.sql, writer.encoder.fonts
    surely_fits = writer.place.width // max(fonts.width(character) for character in ASCII)
    special = f"regexp_matches({text}, '[^ -~]') OR length({text}) > {surely_fits}"
    found = rows.connection.execute(f"SELECT {ROW}, {text} FROM {rows.source} WHERE {special}").fetchall()
    escaped = text
    for character in ("\\", "(", ")"):
        escaped = f"replace({escaped}, '{character}', '\\{character}')"
    plain = _string(writer, escaped)
    if not found:
        return ColumnSql(plain)
    texts: dict[int, str] = dict(found)
    in_order = map(texts.get, range(chunk.first_row, chunk.first_row + chunk.rows))
    table = f"cells{number}"
    stored = store_cells(rows.connection, table, (writer.cell(text) if text else WRITTEN_BY_SQL for text in in_order))
    operators = f"CASE WHEN {table}.{OPERATORS} = '' THEN {plain} ELSE {table}.{OPERATORS} END"
    return ColumnSql(operators, f"{table}.{LINES}" if stored.wraps else None, beside=table)


class StoredCells(NamedTuple):
    """What is to know of a table of cells: whether any has not 1 line, and how many characters no font had."""

    wraps: bool
    missing: int


def store_cells(connection: duckdb.DuckDBPyConnection, table: str, cells: Iterable[Cell]) -> StoredCells:
    """Create a table of cells in their order, with the columns OPERATORS, LINES and MISSING.

    The cells are passed to SQL as long texts, which it splits: DuckDB would convert a list of Python value by value.
    A text has a part of the cells only, because it is copied several times on its way.
    """
    connection.execute(f"CREATE TEMP TABLE {table} ({OPERATORS} varchar, {LINES} integer, {MISSING} integer)")
    numbers = "unnest(string_split($lines, ' '))::integer, unnest(string_split($missing, ' '))::integer"
    insert = f"INSERT INTO {table} SELECT unnest(string_split($operators, '\n')), {numbers}"
    wraps, missing = False, 0
    for part in _parts(cells):
        wraps = wraps or any(cell.lines != 1 for cell in part)
        missing += sum(cell.missing for cell in part)
        texts = {
            "operators": "\n".join([cell.operators for cell in part]),
            "lines": " ".join([str(cell.lines) for cell in part]),
            "missing": " ".join([str(cell.missing) for cell in part]),
        }
        connection.execute(insert, texts)
    return StoredCells(wraps, missing)


def _parts(cells: Iterable[Cell]) -> Iterator[list[Cell]]:
    """Yield the cells in lists of about PART_BYTES of operators."""
    part: list[Cell] = []
    size = 0
    for cell in cells:
        part.append(cell)
        size += len(cell.operators) + 1
        if size >= PART_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part


def _list(texts: Iterable[str]) -> str:
    return "[" + ", ".join(map(literal, texts)) + "]"
