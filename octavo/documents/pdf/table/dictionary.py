"""Columns that are encoded like a dictionary: each distinct value is written once a chunk, and joined to its rows.

The plan chooses the columns whose values occur often, for all chunks alike (`dictionary_columns`). A join costs less
than any expression of SQL: the flights report is written about eight times as fast with dictionary columns as without
(`pdf.dictionary_columns_gain` in docs/performance.md). Columns that SQL cannot write are encoded in this way, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from octavo.authoring.columns import Column
from octavo.data.column_types import ColumnType
from octavo.data.sql import identifier
from octavo.documents.pdf.table.cells import CellWriter
from octavo.documents.pdf.table.column_sql import (
    LINES,
    MISSING,
    OPERATORS,
    ColumnSql,
    create_table,
    store_cells,
    tables_of,
)

if TYPE_CHECKING:
    from octavo.data.snapshot import Rows

OCCURRENCES = 8  # a column is a dictionary column if its values occur in a chunk so many times, on average
FEW_VALUES = 1000  # a column of no more values is one in any case
VALUE, GROUP = '"cell.value"', '"cell.group"'  # names of columns that no query of a report type has


def dictionary_columns(rows: Rows, columns: Sequence[Column], chunk_rows: int) -> tuple[str, ...]:
    """Return the columns whose values occur often in chunks of `chunk_rows` rows.

    The numbers of distinct values are estimates. A wrong one costs time and changes nothing else.
    """
    names = [column.name for column in columns]
    counts = ", ".join(f"approx_count_distinct({identifier(name)})" for name in names)
    rows_in_all, *values = rows.connection.execute(f"SELECT count(*), {counts} FROM {rows.source}").fetchone() or (0,)
    limit = max(FEW_VALUES, min(rows_in_all, chunk_rows) // OCCURRENCES)
    return tuple(name for name, count in zip(names, values, strict=True) if count <= limit)


def find_values(rows: Rows, names: Mapping[int, str]) -> dict[int, str]:
    """Find the distinct values of some columns in one pass over the rows.

    `names` has the columns' quoted names by their numbers. Return the FROM clause of each column's values.
    """
    listed = ", ".join(names.values())
    sets = ", ".join(f"({name})" for name in names.values())
    source = _without_negative_zero(rows)
    query = f"SELECT grouping_id({listed}) AS {GROUP}, {listed} FROM {source} GROUP BY GROUPING SETS ({sets})"
    table = f"values{min(names)}"
    create_table(rows.connection, table, query)
    every = (1 << len(names)) - 1  # one bit for each column that the group is not of; the last column's is the lowest
    groups = (every - (1 << place) for place in reversed(range(len(names))))
    return {number: f"FROM {table} WHERE {GROUP} = {group}" for number, group in zip(names, groups, strict=True)}


def _without_negative_zero(rows: Rows) -> str:
    """Return where to select the rows from with one zero. -0.0 equals 0.0, so a group of both could show either."""
    floats = [identifier(name) for name, kind in rows.types.items() if ColumnType.parse(kind).is_float]
    if not floats:
        return rows.source
    replaced = ", ".join(f"CASE WHEN {name} = 0 THEN 0 ELSE {name} END AS {name}" for name in floats)
    return f"(SELECT * REPLACE ({replaced}) FROM {rows.source})"


def written_by_sql(rows: Rows, number: int, name: str, expression: str, values: str) -> ColumnSql:
    """Write each distinct value by SQL, and join the cells to the rows."""
    table = f"cells{number}"
    create_table(rows.connection, table, f"SELECT {name} AS {VALUE}, {expression} AS {OPERATORS} {values}")
    return ColumnSql(f"{table}.{OPERATORS}", join=_join(name, table))


def written_by_python(rows: Rows, number: int, name: str, writer: CellWriter, values: str) -> ColumnSql:
    """Write each distinct value in Python, which measures, wraps and chooses fonts; join the cells to the rows."""
    connection, cell_format, table = rows.connection, writer.format, f"cells{number}"
    found = [value for (value,) in connection.execute(f"SELECT {cell_format.sql} {values}").fetchall()]
    texts = found
    if python := cell_format.python:
        texts = [None if value is None else python(value) for value in found]
    written_table = f"written{number}"
    written = store_cells(connection, written_table, map(writer.cell, texts))
    create_table(connection, table, f"FROM (SELECT {name} AS {VALUE} {values}) POSITIONAL JOIN {written_table}")
    connection.execute(f"DROP TABLE {written_table}")
    lines = f"{table}.{LINES}" if written.wraps else None
    column = ColumnSql(f"{table}.{OPERATORS}", lines, join=_join(name, table))
    if written.missing:  # they were counted once for each value, not for each row
        counted = f"SELECT sum({table}.{MISSING}) FROM {tables_of(rows, [column])}"
        (in_rows,) = connection.execute(counted).fetchone() or (0,)
        writer.encoder.missing += in_rows - written.missing
    return column


def _join(name: str, table: str) -> str:
    """Return the join of a column's cells by value. Every row has exactly one match, also where the value is NULL."""
    return f" JOIN {table} ON chunk.{name} IS NOT DISTINCT FROM {table}.{VALUE}"
