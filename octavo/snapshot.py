"""The snapshot: the report's query is run once, its ordered rows are kept as Parquet, every chunk reads them.

    sources ─► query, bound parameters ─► order ─► number the rows ─► snapshot.parquet
                                                                        │
                                    rows 0 … 124,999 ◄── chunk 0 ───────┤
                                     rows 125,000 …  ◄── chunk 1 ───────┘

The column `_row` ascends through the file, so Parquet's row-group statistics tell DuckDB which few groups hold a
chunk: it reads those and no others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from pydantic import BaseModel

from octavo.database import connect
from octavo.errors import QueryFailed, ReportTypeError, SourceUnavailable, TooLarge
from octavo.manifest import Chunk
from octavo.report_type import ROW, Column, Csv, ReportType, Source
from octavo.sql import identifier, literal

ROW_GROUP_ROWS = 51_200  # less than half a chunk: a multiple of DuckDB's vector of 2,048
LOSSLESS = {
    **dict.fromkeys(("HUGEINT", "UHUGEINT"), "DECIMAL(38, 0)"),
    **dict.fromkeys(("BIGNUM", "BIT", "INTERVAL", "TIME WITH TIME ZONE"), "VARCHAR"),
}
NEVER_KEPT = re.compile(r'UNION\(|STRUCT\((?!"|[^ ,()]+ )')  # unions, and structures whose fields have no names
OF_THE_QUERY = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException, duckdb.SyntaxException)

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


def take_snapshot(report_type: type[ReportType], parameters: BaseModel, data_root: str, folder: Path) -> Snapshot:
    """Run the report type's query once and write its ordered rows into `folder`.

    Raises SourceUnavailable, ReportTypeError, QueryFailed, and TooLarge when there are more than the type's
    `max_rows`: never a row less than the query gives.
    """
    with closing(connect(folder, _readable(report_type, data_root))) as connection:
        _open_sources(connection, report_type, data_root)
        types = _check_query(connection, report_type)
        path = folder / "snapshot.parquet"
        kept = _kept(report_type.columns, types)
        query = f"""
            COPY (
                SELECT row_number() OVER () - 1 AS {ROW}, *
                FROM (SELECT {kept} FROM ({_select(report_type)}) ORDER BY {_order(report_type)})
                LIMIT {report_type.max_rows + 1}
            ) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP_ROWS})
        """
        try:
            (rows,) = connection.execute(query, parameters.model_dump()).fetchone() or (0,)
        except (duckdb.IOException, duckdb.HTTPException) as error:
            raise _unavailable(report_type) from error
        except duckdb.Error as error:
            raise _query_failed(report_type, error) from error
        if rows > report_type.max_rows:
            raise TooLarge(
                f"The report would have more than {report_type.max_rows:,} rows, the limit of"
                f" {report_type.name!r}. Ask for less, such as a shorter period."
            )
        return Snapshot(path, rows, _totals(connection, report_type, path))


def read_rows(
    connection: duckdb.DuckDBPyConnection, report_type: type[ReportType], snapshot: str, chunk: Chunk | None = None
) -> Rows:
    """Describe the chunk's rows (or all) of the snapshot at a path or `s3://` address; only its footer is read yet."""
    table = f"read_parquet({literal(snapshot)})"
    names = _names(report_type.columns)
    described = connection.execute(f"DESCRIBE SELECT {names} FROM {table}").fetchall()
    types = {name: kind for name, kind, *_ in described}
    if chunk is None:
        return Rows(connection, table, types)
    last = chunk.first_row + chunk.rows - 1
    return Rows(connection, f"(FROM {table} WHERE {ROW} BETWEEN {chunk.first_row} AND {last})", types)


def check(report_type: type[ReportType], data_root: str) -> None:
    """Try the report type on the data under `data_root` without running its query.

    Raises ReportTypeError for what only DuckDB can tell (a query that does not parse, a parameter or a column that is
    not there) and SourceUnavailable for files that are not; each names the type, the fault and the mend.
    """
    with TemporaryDirectory(prefix="octavo-") as name:
        folder = Path(name)
        with closing(connect(folder, _readable(report_type, data_root))) as connection:
            _open_sources(connection, report_type, data_root)
            _check_query(connection, report_type)


def _readable(report_type: type[ReportType], data_root: str) -> list[str]:
    """List the places the sources lie in: up to the last folder before a name or a pattern."""
    places = {_folder(source.located(data_root)) for source in report_type.sources.values()}
    return sorted(places | {data_root})


def _folder(place: str) -> str:
    before_pattern = re.split(r"[*?\[{]", place, maxsplit=1)[0]
    return before_pattern.rpartition("/")[0]


def _open_sources(connection: duckdb.DuckDBPyConnection, report_type: type[ReportType], data_root: str) -> None:
    """Make each source a view, one by one, so that what is wrong with one is told by its name."""
    for name, source in report_type.sources.items():
        reader = f"{source.reader}({literal(source.located(data_root))}{_options(source)})"
        try:
            connection.execute(f"CREATE VIEW {identifier(name)} AS SELECT * FROM {reader}")
        except (duckdb.IOException, duckdb.HTTPException) as error:
            raise SourceUnavailable(
                f"The source {name!r} of report type {report_type.name!r} can't be read: no file matches"
                f" {source.path!r} under the data root, or it can't be opened now. Put the file there, then try again."
            ) from error
        except duckdb.Error as error:
            raise ReportTypeError(
                f"The source {name!r} of report type {report_type.name!r} can't be read: {source.path!r} is not"
                f" what {type(source).__name__} reads ({_kind(error)}). Check the file, or the source's options."
            ) from error


def _options(source: Source) -> str:
    if isinstance(source, Csv) and source.types:
        types = ", ".join(f"{literal(column)}: {literal(kind)}" for column, kind in source.types.items())
        return f", types = {{{types}}}"
    return ""


def _check_query(connection: duckdb.DuckDBPyConnection, report_type: type[ReportType]) -> dict[str, str]:
    """Hold the query against the type's parameters, columns and order; return the types of what it gives."""
    where = f"The query of report type {report_type.name!r}"
    try:
        statements = connection.extract_statements(report_type.query)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise ReportTypeError(f"{where} must be one SELECT statement.")
        named, declared = set(statements[0].named_parameters), set(report_type.Parameters.model_fields)
        if unused := sorted(declared - named):
            raise ReportTypeError(f"{where} doesn't use the parameter {unused[0]!r}: write ${unused[0]}, or remove it.")
        if unknown := sorted(named - declared):
            raise ReportTypeError(f"{where} uses ${unknown[0]}, which Parameters doesn't have: add it there.")
        described = connection.execute(f"DESCRIBE {_select(report_type)}", dict.fromkeys(named)).fetchall()
    except (duckdb.IOException, duckdb.HTTPException) as error:  # gone since its view was made
        raise _unavailable(report_type) from error
    except duckdb.Error as error:
        raise ReportTypeError(f"{where} is not valid: {_first_line(error)}.") from error
    given = [name for name, *_ in described]
    wanted = [column.name for column in report_type.columns] + [order_column(term) for term in report_type.order_by]
    if missing := [name for name in wanted if name not in given]:
        raise ReportTypeError(
            f"{where} gives no column {missing[0]!r}, which columns or order_by names. It gives: {', '.join(given)}."
        )
    return {name: kind for name, kind, *_ in described}


def _totals(connection: duckdb.DuckDBPyConnection, report_type: type[ReportType], path: Path) -> dict[str, Value]:
    totalled = [column for column in report_type.columns if column.total]
    if not totalled:
        return {}
    wanted = ", ".join(f"{column.total}({identifier(column.name)})" for column in totalled)
    try:
        values = connection.execute(f"SELECT {wanted} FROM read_parquet({literal(str(path))})").fetchone() or ()
    except duckdb.Error as error:
        raise _query_failed(report_type, error) from error
    return {column.name: _plain(value) for column, value in zip(totalled, values, strict=True)}


def _plain(value: Any) -> Value:
    """Return a total as JSON can hold it without loss."""
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if value is None or isinstance(value, int | float | str):
        return value
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _select(report_type: type[ReportType]) -> str:
    """Return the query as it can stand in brackets: without a last semicolon, a last comment closed by a new line."""
    return report_type.query.strip().rstrip(";") + "\n"


def _names(columns: tuple[Column, ...]) -> str:
    return ", ".join(identifier(column.name) for column in columns)


def _kept(columns: tuple[Column, ...], types: Mapping[str, str]) -> str:
    """Return the columns to keep, cast where Parquet has no such type and DuckDB would write another in silence.

    `sum` of integers is a HUGEINT, which DuckDB writes as DOUBLE (https://duckdb.org/docs/stable/data/parquet/overview).
    """
    kept = []
    for name in (column.name for column in columns):
        cast = _lossless(types[name])
        kept.append(f"{identifier(name)}::{cast} AS {identifier(name)}" if cast else identifier(name))
    return ", ".join(kept)


def _lossless(kind: str) -> str | None:
    """Return what to cast a type to, if at all: lists and structures that hold such a type become their text."""
    if kind in LOSSLESS:
        return LOSSLESS[kind]
    return "VARCHAR" if NEVER_KEPT.search(kind) or any(lossy in kind for lossy in LOSSLESS) else None


def _order(report_type: type[ReportType]) -> str:
    terms = [identifier(order_column(term)) + term[len(order_column(term)) :] for term in report_type.order_by]
    return ", ".join(f"{term} NULLS LAST" for term in terms)


def order_column(term: str) -> str:
    """Return the column of an order_by term."""
    column, _, direction = term.rpartition(" ")
    return column.strip() if direction.lower() in {"asc", "desc"} else term


def _unavailable(report_type: type[ReportType]) -> SourceUnavailable:
    return SourceUnavailable(f"A source of report type {report_type.name!r} can't be read now. Try again later.")


def _query_failed(report_type: type[ReportType], error: duckdb.Error) -> QueryFailed:
    return QueryFailed(
        f"The query of report type {report_type.name!r} failed on its data ({_kind(error)}). Trying again won't help:"
        " tell the report type's author."
    )


def _kind(error: duckdb.Error) -> str:
    """Name the error without its details, which may hold values of rows."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__.removesuffix("Exception")).lower() + " error"


def _first_line(error: duckdb.Error) -> str:
    """Tell what is wrong with the query itself; another error's text may hold values of rows, or addresses."""
    if not isinstance(error, OF_THE_QUERY):
        return _kind(error)
    return str(error).splitlines()[0].strip().rstrip(".")
