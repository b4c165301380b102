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
from contextlib import closing, suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from octavo.authoring.parameters import sample_values
from octavo.authoring.report_type import ROW, Column, Csv, ReportType, Source
from octavo.data.column_types import ColumnType
from octavo.data.database import connect
from octavo.data.sql import identifier, literal
from octavo.errors import QueryFailed, ReportTypeError, SourceUnavailable, TooLarge
from octavo.lifecycle.manifest import Chunk

ROW_GROUP_ROWS = 51_200  # less than half a chunk: a multiple of DuckDB's vector of 2,048
QUERY_RESULT = identifier("octavo.result")  # a temporary table, named unlike any source
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


def take_snapshot(
    report_type: type[ReportType], parameters: Mapping[str, Any], data_root: str, folder: Path
) -> Snapshot:
    """Run the report type's query once and write its ordered rows into `folder`.

    `parameters` has the values that the query's parameters are bound to. Rows are put in order, and totals are
    computed, by the query's own values: what Parquet has no type for is written as text, and text orders otherwise.

    Raises SourceUnavailable, ReportTypeError, QueryFailed, and TooLarge when there are more than the type's
    `max_rows`: never a row less than the query gives.
    """
    with closing(connect(folder, _readable(report_type, data_root))) as connection:
        _open_sources(connection, report_type, data_root)
        checked = _checked_query(connection, report_type, parameters)
        types, bound = checked.types, checked.parameters
        path = folder / "snapshot.parquet"
        needed = ", ".join(map(identifier, _needed_columns(report_type)))
        result = f"(SELECT {needed} FROM ({_select(report_type)}))"
        try:
            if keeps_result := _totals_need_the_result(report_type, types):
                limit = f"LIMIT {report_type.max_rows + 1}"
                connection.execute(f"CREATE TEMP TABLE {QUERY_RESULT} AS FROM {result} {limit}", bound)
                result, bound = QUERY_RESULT, {}
            query = f"""
                COPY (
                    SELECT row_number() OVER () - 1 AS {ROW}, {_kept(report_type.columns, types)}
                    FROM (FROM {result} ORDER BY {_order(report_type)})
                    LIMIT {report_type.max_rows + 1}
                ) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP_ROWS})
            """
            (rows,) = connection.execute(query, bound).fetchone() or (0,)
        except (duckdb.IOException, duckdb.HTTPException) as error:
            raise _unavailable(report_type) from error
        except duckdb.Error as error:
            raise _query_failed(report_type, error) from error
        if rows > report_type.max_rows:
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
            _check_aggregates(connection, report_type, _query_with_samples(connection, report_type))


def _query_with_samples(connection: duckdb.DuckDBPyConnection, report_type: type[ReportType]) -> _Query:
    """Check the query with a value of each parameter's type, or with NULLs where such a value is not what it takes."""
    samples = sample_values(report_type.Parameters)
    try:
        return _checked_query(connection, report_type, samples)
    except ReportTypeError as error:
        with suppress(ReportTypeError):
            return _checked_query(connection, report_type, dict.fromkeys(samples))
        raise error


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


@dataclass(frozen=True)
class _Query:
    """A query that DuckDB has accepted: the values it is bound to, and the types of the columns it gives."""

    parameters: Mapping[str, Any]
    types: Mapping[str, str]


def _checked_query(
    connection: duckdb.DuckDBPyConnection, report_type: type[ReportType], parameters: Mapping[str, Any]
) -> _Query:
    """Check the query against the type's parameters, columns and order. Raises ReportTypeError.

    `parameters` may have values that the query does not name, such as computed fields.
    """
    where = f"The query of report type {report_type.name!r}"
    try:
        named = _parameters_of_the_query(connection, report_type, where)
        if missing := sorted(named - parameters.keys()):
            raise QueryFailed(
                f"Report type {report_type.name!r} has changed since the report was submitted: it now has the parameter"
                f" {missing[0]!r}. Submit the request again."
            )
        bound = {name: parameters[name] for name in named}
        described = connection.execute(f"DESCRIBE {_select(report_type)}", bound).fetchall()
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
    return _Query(bound, {name: kind for name, kind, *_ in described})


def _parameters_of_the_query(
    connection: duckdb.DuckDBPyConnection, report_type: type[ReportType], where: str
) -> set[str]:
    """Return the names of the parameters that the query uses. Raises ReportTypeError if they are not the type's."""
    statements = connection.extract_statements(report_type.query)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise ReportTypeError(f"{where} must be one SELECT statement.")
    named = set(statements[0].named_parameters)
    fields, computed = set(report_type.Parameters.model_fields), set(report_type.Parameters.model_computed_fields)
    if unused := sorted(fields - named) if not computed else []:  # a computed field may be what a field is for
        raise ReportTypeError(f"{where} doesn't use the parameter {unused[0]!r}: write ${unused[0]}, or remove it.")
    if unknown := sorted(named - fields - computed):
        raise ReportTypeError(f"{where} uses ${unknown[0]}, which Parameters doesn't have: add it there.")
    return named


def _check_aggregates(connection: duckdb.DuckDBPyConnection, report_type: type[ReportType], query: _Query) -> None:
    """Check that the totals and the chart can be computed of the types that the query gives. Raises ReportTypeError."""
    wanted = {
        f"total={column.total!r} of column {column.name!r}": f"{column.total}({identifier(column.name)})"
        for column in report_type.columns
        if column.total
    }
    if report_type.chart and report_type.chart.y is not None:
        wanted[f"the chart's y, column {report_type.chart.y!r},"] = f"sum({identifier(report_type.chart.y)})"
    for what, aggregate in wanted.items():
        try:
            connection.execute(f"DESCRIBE SELECT {aggregate} FROM ({_select(report_type)})", query.parameters)
        except duckdb.BinderException as error:
            column = aggregate.partition("(")[2].removesuffix(")")
            kind = next(kind for name, kind in query.types.items() if identifier(name) == column)
            raise ReportTypeError(
                f"Report type {report_type.name!r}: {what} can't be computed, for its values are {kind}."
                " Cast the column in the query, or choose another one."
            ) from error


def _needed_columns(report_type: type[ReportType]) -> list[str]:
    """List the query's columns that are shown or put the rows in order, each once."""
    order = [order_column(term) for term in report_type.order_by]
    return list(dict.fromkeys([*(column.name for column in report_type.columns), *order]))


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
    try:
        described = connection.execute(f"DESCRIBE SELECT {', '.join(wanted)} FROM {table}").fetchall()
        types = [ColumnType.parse(kind) for _, kind, *_ in described]
        plain = (
            total if kind.is_number or kind.name == "BOOLEAN" else f"({total})::VARCHAR"
            for total, kind in zip(wanted, types, strict=True)
        )
        values = connection.execute(f"SELECT {', '.join(plain)} FROM {table}").fetchone() or ()
    except duckdb.Error as error:
        raise _query_failed(report_type, error) from error
    return {column.name: _plain(value) for column, value in zip(totalled, values, strict=True)}


def _plain(value: Any) -> Value:
    """Return a total as JSON can hold it without loss."""
    return f"{value:f}" if isinstance(value, Decimal) else value


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
    for column in columns:
        name, cast = identifier(column.name), ColumnType.parse(types[column.name]).parquet_cast
        kept.append(f"{name}::{cast} AS {name}" if cast else name)
    return ", ".join(kept)


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
