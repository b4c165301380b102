"""The snapshot: the report's query is run once, its ordered rows are kept as Parquet, every chunk reads them.

    sources ─► query, bound parameters ─► order ─► number the rows ─► snapshot.parquet
                                                                        │
                                    rows 0 … 124,999 ◄── chunk 0 ───────┤
                                     rows 125,000 …  ◄── chunk 1 ───────┘

The column `_row` ascends through the file, so Parquet's row-group statistics tell DuckDB which few groups hold a
chunk: it reads those and no others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from octavo.authoring.columns import ROW, Column
from octavo.authoring.report_type import ReportType
from octavo.data.column_types import ColumnType
from octavo.data.database import connect
from octavo.data.failures import told
from octavo.data.query import checked_query, columns_of, open_sources, order_of, select_of
from octavo.data.sources import needs
from octavo.data.sql import identifier, literal
from octavo.errors import TooLarge
from octavo.lifecycle.manifest import Chunk

ROW_GROUP_ROWS = 51_200  # less than half a chunk: a multiple of DuckDB's vector of 2,048
QUERY_RESULT = identifier("octavo.result")  # a temporary table, named unlike any source

Value = str | int | float | None


@dataclass(frozen=True)
class Snapshot:
    """A snapshot written to `path`: its rows, and its totals by column name."""

    path: Path
    rows: int
    totals: Mapping[str, Value]


@dataclass(frozen=True)
class Rows:
    """Rows of the snapshot, still in it: `source` is what `connection` reads them from, in their order.

    `types` has DuckDB's type of each column of the report type, in its order.
    """

    connection: duckdb.DuckDBPyConnection
    source: str
    types: Mapping[str, str]

    @property
    def select(self) -> str:
        """The query of the rows."""
        return f"SELECT {', '.join(map(identifier, self.types))} FROM {self.source}"

    @property
    def numbered(self) -> str:
        """The query of the rows, their numbers first."""
        return f"SELECT {ROW}, {', '.join(map(identifier, self.types))} FROM {self.source}"


def take_snapshot(
    report_type: type[ReportType], parameters: Mapping[str, Any], data_root: str, folder: Path
) -> Snapshot:
    """Run the report type's query once and write its ordered rows into `folder`.

    `parameters` has the values that the query's parameters are bound to. Rows are put in order, and totals are
    computed, by the query's own values: what Parquet has no type for is written as text, and text orders otherwise.

    Raises SourceUnavailable, ReportTypeError, QueryFailed, and TooLarge when there are more than the type's
    `max_rows`: never a row less than the query gives.
    """
    with closing(connect(folder, needs([report_type], data_root))) as connection:
        open_sources(connection, report_type, data_root)
        checked = checked_query(connection, report_type, parameters)
        types, bound = checked.types, checked.parameters
        path = folder / "snapshot.parquet"
        needed = ", ".join(f"{identifier(name)} AS {identifier(name)}" for name in columns_of(report_type))
        result = f"(SELECT {needed} FROM ({select_of(report_type)}))"
        most = report_type.max_rows + 1
        with told(report_type):
            if keeps_result := _totals_need_the_result(report_type, types):
                connection.execute(f"CREATE TEMP TABLE {QUERY_RESULT} AS FROM {result} LIMIT {most}", bound)
                result, bound = QUERY_RESULT, {}
            query = f"""
                COPY (
                    SELECT row_number() OVER () - 1 AS {ROW}, {_kept(report_type.columns, types)}
                    FROM (FROM {result} ORDER BY {order_of(report_type)})
                    LIMIT {most}
                ) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP_ROWS})
            """
            (rows,) = connection.execute(query, bound).fetchone() or (0,)
            if rows == most:
                raise TooLarge(
                    f"The report would have more than {report_type.max_rows:,} rows, the limit of"
                    f" {report_type.name!r}. Ask for less, such as a shorter period."
                )
            totalled = result if keeps_result else f"read_parquet({literal(str(path))})"
            return Snapshot(path, rows, _totals(connection, report_type, totalled))


def read_rows(
    connection: duckdb.DuckDBPyConnection, report_type: type[ReportType], snapshot: str, chunk: Chunk | None = None
) -> Rows:
    """Describe the chunk's rows (or all) of the snapshot at a path or `s3://` address; only its footer is read yet."""
    table = f"read_parquet({literal(snapshot)})"
    names = ", ".join(identifier(column.name) for column in report_type.columns)
    described = connection.execute(f"DESCRIBE SELECT {names} FROM {table}").fetchall()
    types = {name: kind for name, kind, *_ in described}
    if chunk is None:
        return Rows(connection, table, types)
    last = chunk.first_row + chunk.rows - 1
    return Rows(connection, f"(FROM {table} WHERE {ROW} BETWEEN {chunk.first_row} AND {last})", types)


def _totals_need_the_result(report_type: type[ReportType], types: Mapping[str, str]) -> bool:
    """Is a total asked of a column whose values the snapshot holds as texts, although the query gives no texts?"""
    return any(
        column.total not in (None, "count") and ColumnType.parse(types[column.name]).is_text_in_parquet
        for column in report_type.columns
    )


def _totals(connection: duckdb.DuckDBPyConnection, report_type: type[ReportType], table: str) -> dict[str, Value]:
    """Compute the totals over a table: numbers as such, any other value as DuckDB writes it."""
    totalled = [column for column in report_type.columns if column.total]
    if not totalled:
        return {}
    wanted = [f"{column.total}({identifier(column.name)})" for column in totalled]
    described = connection.execute(f"DESCRIBE SELECT {', '.join(wanted)} FROM {table}").fetchall()
    types = [ColumnType.parse(kind) for _, kind, *_ in described]
    plain = (
        total if kind.is_number or kind.name == "BOOLEAN" else f"({total})::VARCHAR"
        for total, kind in zip(wanted, types, strict=True)
    )
    values = connection.execute(f"SELECT {', '.join(plain)} FROM {table}").fetchone() or ()
    return {column.name: _plain(value) for column, value in zip(totalled, values, strict=True)}


def _plain(value: Any) -> Value:
    """Return a total as JSON can hold it without loss."""
    return f"{value:f}" if isinstance(value, Decimal) else value


def _kept(columns: Sequence[Column], types: Mapping[str, str]) -> str:
    """Return the columns to keep, cast where Parquet has no such type and DuckDB would write another in silence.

    `sum` of integers is a HUGEINT, which DuckDB writes as DOUBLE (https://duckdb.org/docs/stable/data/parquet/overview).
    """
    kept = []
    for column in columns:
        name, cast = identifier(column.name), ColumnType.parse(types[column.name]).parquet_cast
        kept.append(f"{name}::{cast} AS {name}" if cast else name)
    return ", ".join(kept)
