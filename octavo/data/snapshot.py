"""The snapshot: the report's query is run once, its ordered rows are kept as Parquet, every chunk reads them.

    sources ─► query, bound parameters ─► order ─► number the rows ─► snapshot.parquet
                                                                        │
                                    rows 0 … 124,999 ◄── chunk 0 ───────┤
                                     rows 125,000 …  ◄── chunk 1 ───────┘

The column `_row` ascends through the file, so Parquet's row-group statistics tell DuckDB which few groups hold a
chunk: it reads those and no others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from octavo.authoring.columns import ROW
from octavo.authoring.report_type import ReportType
from octavo.data.column_types import TEXT, WIDE_INTEGERS, ColumnType
from octavo.data.database import connect
from octavo.data.failures import told
from octavo.data.query import checked_query, columns_of, open_sources, order_of, select_of
from octavo.data.sources import needs
from octavo.data.sql import identifier, literal
from octavo.errors import TooLarge
from octavo.lifecycle.manifest import Chunk

ROW_GROUP_ROWS = 51_200  # less than half a chunk: a multiple of DuckDB's vector of 2,048
QUERY_RESULT = identifier("octavo.result")  # a temporary table, named unlike any source
QUERY_TYPES = "octavo_types"  # the key of the snapshot's metadata

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

    `types` has DuckDB's type of each column of the report type, in its order. `stored_as_text` has the type that the
    query gave for each column whose values the snapshot holds as texts.
    """

    connection: duckdb.DuckDBPyConnection
    source: str
    types: Mapping[str, str]
    stored_as_text: Mapping[str, str] = field(default_factory=dict)

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
            ordered = f"(FROM {result} ORDER BY {order_of(report_type)})"
            shown = {column.name: types[column.name] for column in report_type.columns}
            rows = _write(connection, f"{ordered} LIMIT {most}", bound, shown, path)
            if rows == most:
                raise TooLarge(
                    f"The report would have more than {report_type.max_rows:,} rows, the limit of"
                    f" {report_type.name!r}. Ask for less, such as a shorter period."
                )
            totalled = result if keeps_result else read_rows(connection, report_type, str(path)).source
            return Snapshot(path, rows, _totals(connection, report_type, totalled))


def read_rows(
    connection: duckdb.DuckDBPyConnection, report_type: type[ReportType], snapshot: str, chunk: Chunk | None = None
) -> Rows:
    """Describe the chunk's rows (or all) of the snapshot at a path or `s3://` address; only its footer is read yet."""
    table = f"read_parquet({literal(snapshot)})"
    stored_as_text = _query_types(connection, snapshot)
    wide = {name: kind for name, kind in stored_as_text.items() if kind in WIDE_INTEGERS}
    if wide:
        numbers = ", ".join(f"{identifier(name)}::{kind} AS {identifier(name)}" for name, kind in wide.items())
        table = f"(SELECT * REPLACE ({numbers}) FROM {table})"
    if chunk is not None:
        last = chunk.first_row + chunk.rows - 1
        table = f"(FROM {table} WHERE {ROW} BETWEEN {chunk.first_row} AND {last})"
    names = ", ".join(identifier(column.name) for column in report_type.columns)
    described = connection.execute(f"DESCRIBE SELECT {names} FROM {table}").fetchall()
    types = {name: kind for name, kind, *_ in described}
    texts = {name: kind for name, kind in stored_as_text.items() if name not in wide}
    return Rows(connection, table, types, texts)


def _write(
    connection: duckdb.DuckDBPyConnection,
    ordered: str,
    parameters: Mapping[str, Any],
    types: Mapping[str, str],
    path: Path,
) -> int:
    """Number the rows and write them; return how many there are. `types` has the columns to keep.

    Integers of 128 bits are written as decimals, which DuckDB compares faster than texts. The few that have 39 digits
    are too large for a decimal: then the query is run again, and all of such a column is written as texts.
    """
    casts = {name: ColumnType.parse(kind).parquet_cast for name, kind in types.items()}
    wide = {name for name, kind in types.items() if kind in WIDE_INTEGERS}
    try:
        return _copy(connection, ordered, parameters, types, casts, path)
    except duckdb.ConversionException:
        if not wide:
            raise
        return _copy(connection, ordered, parameters, types, casts | dict.fromkeys(wide, TEXT), path)


def _copy(
    connection: duckdb.DuckDBPyConnection,
    ordered: str,
    parameters: Mapping[str, Any],
    types: Mapping[str, str],
    casts: Mapping[str, str | None],
    path: Path,
) -> int:
    """Write the rows with each column cast to the type that Parquet has for it, and note the types that are lost.

    Without a cast, DuckDB would write another type in silence: HUGEINT, which `sum` of integers is, as DOUBLE
    (https://duckdb.org/docs/stable/data/parquet/overview).
    """
    columns = ", ".join(
        f"{identifier(name)}{f'::{cast}' if cast else ''} AS {identifier(name)}" for name, cast in casts.items()
    )
    lost = json.dumps({name: types[name] for name, cast in casts.items() if cast == TEXT})
    copy = f"""
        COPY (SELECT row_number() OVER () - 1 AS {ROW}, {columns} FROM {ordered}) TO {literal(str(path))} (
            FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP_ROWS},
            KV_METADATA {{{QUERY_TYPES}: {literal(lost)}}}
        )
    """
    (rows,) = connection.execute(copy, parameters).fetchone() or (0,)
    return int(rows)


def _query_types(connection: duckdb.DuckDBPyConnection, snapshot: str) -> dict[str, str]:
    """Read the types that the query gave for the columns that the snapshot holds as texts."""
    noted = f"SELECT decode(value) FROM parquet_kv_metadata({literal(snapshot)}) WHERE decode(key) = '{QUERY_TYPES}'"
    (types,) = connection.execute(noted).fetchone() or ("{}",)
    found: dict[str, str] = json.loads(types)
    return found


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
