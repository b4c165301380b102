"""Encode the rows of a chunk as text operators: one SQL query writes the array of each row in one piece.

A cell's part of the array depends on its value alone (`octavo.documents.pdf.table.cells`), so that the rows can be
written column by column, and put together by SQL. Each column is written in the cheapest way that suits it
(`octavo.documents.pdf.table.column_sql`, `octavo.documents.pdf.table.dictionary`).

The snapshot is read twice: once for the distinct values of all dictionary columns, and once for the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from octavo.authoring.columns import ROW
from octavo.data.sql import identifier
from octavo.documents.pdf.plan import LEADING, Layout, PdfPlan, row_height
from octavo.documents.pdf.table.cells import CellWriter
from octavo.documents.pdf.table.column_sql import (
    LINES,
    OPERATORS,
    ColumnSql,
    create_table,
    expression,
    lines_of,
    operators_of,
    tables_of,
    text_column,
)
from octavo.documents.pdf.table.dictionary import find_values, written_by_python, written_by_sql
from octavo.documents.pdf.table.encoded_rows import EncodedRows, fetch_rows
from octavo.lifecycle.manifest import Chunk

if TYPE_CHECKING:
    from octavo.data.snapshot import Rows

LONGEST_KEY = 80  # characters of an order value, for the outline
NEXT_ROW = "]TJ T*"  # goes down one line, by the leading that is set at the beginning of a page
MOST_COLUMNS = 40  # in one query: each join by value takes some megabytes


def encode_rows(rows: Rows, chunk: Chunk, writers: Sequence[CellWriter], plan: PdfPlan, key: str) -> EncodedRows:
    """Encode the chunk's rows in their order.

    `key` is the column whose printed values are wanted as keys, for the rows at the edges of pages.
    """
    columns = _columns(rows, chunk, writers, plan.dictionary_columns)
    if len(columns) > MOST_COLUMNS:
        firsts = range(0, len(columns), MOST_COLUMNS)
        columns = [_joined(rows, first, columns[first : first + MOST_COLUMNS]) for first in firsts]
    wraps = any(column.lines for column in columns)
    lines = lines_of(columns) if wraps else "NULL::integer"
    down = f"']TJ 0 ', -({lines} * {LEADING} + {row_height(0)}), ' Td'" if wraps else f"'{NEXT_ROW}'"
    keys = next((_keys(writer, plan.layout, chunk) for writer in writers if writer.column.name == key), "''")
    number = f"({ROW} - {chunk.first_row})::integer"
    query = f"SELECT {number}, {lines}, concat('[', {operators_of(columns)}, {down}), {keys}"
    return fetch_rows(rows.connection, f"{query} FROM {tables_of(rows, columns)}", wraps=wraps)


def _columns(
    rows: Rows, chunk: Chunk, writers: Sequence[CellWriter], dictionary_columns: Sequence[str]
) -> list[ColumnSql]:
    """Choose how each column is written: by value if it is a dictionary column or if SQL cannot write it."""
    expressions = [expression(writer) for writer in writers]
    names = [identifier(writer.column.name) for writer in writers]
    by_value = [
        number
        for number, (writer, sql) in enumerate(zip(writers, expressions, strict=True))
        if writer.column.name in dictionary_columns or not (sql or writer.writes_plain_text)
    ]
    values: dict[int, str] = {}
    for first in range(0, len(by_value), MOST_COLUMNS):
        values |= find_values(rows, {number: names[number] for number in by_value[first : first + MOST_COLUMNS]})
    columns = []
    for number, (writer, sql) in enumerate(zip(writers, expressions, strict=True)):
        if number in values and sql:
            columns.append(written_by_sql(rows, number, names[number], sql, values[number]))
        elif number in values:
            columns.append(written_by_python(rows, number, names[number], writer, values[number]))
        else:
            columns.append(ColumnSql(sql) if sql else text_column(rows, chunk, number, writer))
    return columns


def _joined(rows: Rows, first: int, columns: Sequence[ColumnSql]) -> ColumnSql:
    """Put some columns together in a table of their own, so that they are like one column."""
    table = f"part{first}"
    selected = f"concat({operators_of(columns)}) AS {OPERATORS}, {lines_of(columns)} AS {LINES}"
    create_table(rows.connection, table, f"SELECT {selected} FROM {tables_of(rows, columns)} ORDER BY {ROW}")
    lines = f"{table}.{LINES}" if any(column.lines for column in columns) else None
    return ColumnSql(f"{table}.{OPERATORS}", lines, beside=table)


def _keys(writer: CellWriter, layout: Layout, chunk: Chunk) -> str:
    """Return the SQL of a column's printed values; they are empty for rows that are known to be inside a page."""
    text = f"coalesce(left({writer.format.sql}::varchar, {LONGEST_KEY}), '')"
    if not layout.fixed:
        return text
    place = f"({ROW} - {chunk.first_row}) % {layout.rows_per_page}"
    last = chunk.first_row + chunk.rows - 1
    return f"CASE WHEN {place} IN (0, {layout.rows_per_page - 1}) OR {ROW} = {last} THEN {text} ELSE '' END"
