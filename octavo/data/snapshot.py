"""The snapshot: the query of a report runs once, its sorted rows are stored as Parquet, and every chunk reads them.

    sources ─► query, bound parameters ─► order ─► number the rows ─► snapshot.parquet
                                                                        │
                                    rows 0 … 124,999 ◄── chunk 0 ───────┤
                                     rows 125,000 …  ◄── chunk 1 ───────┘

The column `_row` ascends through the file. The statistics of Parquet's row groups therefore show DuckDB which groups
contain the rows of a chunk, and it reads only these.
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
from octavo.data.failures import can_continue_on_disk, converted_errors
from octavo.data.query import checked_query, columns_of, open_sources, order_of, select_of
from octavo.data.sources import needs
from octavo.data.sql import identifier, literal
from octavo.errors import TooLarge
from octavo.lifecycle.manifest import Chunk

ROW_GROUP_ROWS = 51_200  # less than half a chunk, and a multiple of 2,048, the size of DuckDB's vectors
QUERY_RESULT = identifier("octavo.result")  # a temporary table with a name that no source has
QUERY_TYPES = "octavo_types"  # a key in the metadata of the Parquet file

Value = str | int | float | None


@dataclass(frozen=True)
class Snapshot:
    """A snapshot in the file `path`: the number of its rows, and its totals by column name."""

    path: Path
    rows: int
    totals: Mapping[str, Value]


@dataclass(frozen=True)
class Rows:
    """Rows of the snapshot that have not been read yet: `connection` can select them from `source`, in their order.

    `types` has DuckDB's type of each column, in the order of the report type. `stored_as_text` has the type that a
    column had in the query, for the columns whose values the snapshot contains as texts.
    """

    connection: duckdb.DuckDBPyConnection
    source: str
    types: Mapping[str, str]
    stored_as_text: Mapping[str, str] = field(default_factory=dict)

    @property
    def select(self) -> str:
        """A query that returns the rows."""
        return f"SELECT {', '.join(map(identifier, self.types))} FROM {self.source}"

    @property
    def numbered(self) -> str:
        """A query that returns the rows with their numbers in front."""
        return f"SELECT {ROW}, {', '.join(map(identifier, self.types))} FROM {self.source}"


def take_snapshot(
    report_type: type[ReportType], parameters: Mapping[str, Any], data_root: str, folder: Path
) -> Snapshot:
    """Run the query of the report type once and write its sorted rows into `folder`.

    `parameters` are the values that the query's parameters are bound to. Rows are sorted, and totals are computed, by
    the values of the query and not by those of the snapshot: values that Parquet has no type for are stored as texts,
    which sort differently.

    A query that runs out of memory runs once more, on disk. DuckDB moves rows to disk by estimates of their size, and
    sometimes too late.

    Raises SourceUnavailable, ReportTypeError, QueryFailed, and TooLarge if there are more than `max_rows` rows, or more
    than the memory and the disk can hold. Rows are never left out.
    """
    try:
        return _take_snapshot(report_type, parameters, data_root, folder, on_disk=False)
    except TooLarge as error:
        if not can_continue_on_disk(error.__cause__):
            raise
        return _take_snapshot(report_type, parameters, data_root, folder, on_disk=True)


def _take_snapshot(
    report_type: type[ReportType], parameters: Mapping[str, Any], data_root: str, folder: Path, *, on_disk: bool
) -> Snapshot:
    with closing(connect(folder, needs([report_type], data_root), on_disk=on_disk)) as connection:
        open_sources(connection, report_type, data_root)
        checked = checked_query(connection, report_type, parameters)
        types, bound = checked.types, checked.parameters
        path = folder / "snapshot.parquet"
        needed = ", ".join(f"{identifier(name)} AS {identifier(name)}" for name in columns_of(report_type))
        result = f"(SELECT {needed} FROM ({select_of(report_type)}))"
        most = report_type.max_rows + 1
        with converted_errors(report_type):
            if keeps_result := totals_need_the_result(report_type, types):
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
    """Describe the rows of a chunk, or all rows, of a snapshot. Only the footer of the file is read.

    `snapshot` is a path or an `s3://` address.
    """
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
    """Number the rows and write the columns in `types`; return the number of rows.

    Integers of 128 bits are written as decimals. A decimal has 38 digits at most. If an integer has 39, the query runs
    again, and these columns are written as texts.
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
    """Write the rows, with each column cast to a type that Parquet has, and store the types of those cast to text.

    Without the casts, DuckDB would silently write other types: for example DOUBLE for HUGEINT, the sum of integers
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
    """Return the types that columns had in the query, for the columns that the snapshot contains as texts."""
    noted = f"SELECT decode(value) FROM parquet_kv_metadata({literal(snapshot)}) WHERE decode(key) = '{QUERY_TYPES}'"
    (types,) = connection.execute(noted).fetchone() or ("{}",)
    found: dict[str, str] = json.loads(types)
    return found


def totals_need_the_result(report_type: type[ReportType], types: Mapping[str, str]) -> bool:
    """Return whether a column has a total and the snapshot contains its values as texts."""
    return any(
        column.total not in (None, "count") and ColumnType.parse(types[column.name]).is_text_in_parquet
        for column in report_type.columns
    )


def _totals(connection: duckdb.DuckDBPyConnection, report_type: type[ReportType], table: str) -> dict[str, Value]:
    """Compute the totals over a table. Values that are not numbers are converted to text by DuckDB."""
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
    """Convert a total to a type that JSON can contain without loss."""
    return f"{value:f}" if isinstance(value, Decimal) else value
