"""Checks report types on the data without running their queries, to find what only DuckDB can find.

`make up` runs `check_all`, so a report type that cannot work is refused with a message that says how to fix it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from uuid import UUID

import duckdb

from octavo.authoring.catalogue import report_types, require_all
from octavo.authoring.column_format import ColumnFormat, NumberFormat, TimePattern, tells_apart
from octavo.authoring.columns import Column
from octavo.authoring.parameters import sample_values
from octavo.data.column_types import FLOATS, TEXT, TIMESTAMPS, WHOLE_NUMBERS, ColumnType
from octavo.data.database import connect
from octavo.data.query import CheckedQuery, checked_query, open_sources, select_of
from octavo.data.snapshot import totals_need_the_result
from octavo.data.sources import needs
from octavo.data.sql import identifier
from octavo.errors import ReportTypeError, SourceUnavailable

if TYPE_CHECKING:
    from octavo.authoring.report_type import ReportType


# Two values of each type as Python reads them from a snapshot. Values of other types are texts there.
TEXTS = ("one", "two")
MOMENTS = (datetime(2000, 12, 31, 1, 2, 3, 4, tzinfo=UTC), datetime(1999, 1, 2, 13, 14, 15, 16, tzinfo=UTC))
EXAMPLES: Mapping[str, tuple[object, object]] = {
    **dict.fromkeys(WHOLE_NUMBERS, (1, 2)),
    **dict.fromkeys(FLOATS, (1.5, 20.25)),
    "DECIMAL": (Decimal("1.5"), Decimal("20.25")),
    "BOOLEAN": (True, False),
    "DATE": (date(2000, 12, 31), date(1999, 1, 2)),
    "TIME": (time(1, 2, 3, 4), time(13, 14, 15, 16)),
    **dict.fromkeys(TIMESTAMPS, MOMENTS),
    "BLOB": (b"", b"a"),
    "UUID": (UUID(int=0), UUID(int=1)),
    "LIST": ([], [1]),
    "ARRAY": ([], [1]),
    "STRUCT": ({}, {"a": 1}),
    "MAP": ({}, {1: 1}),
}


def check_all(data_root: str) -> list[str]:
    """Load every report type and check it on the data under `data_root`; return a message for each missing source.

    A missing source is no error, because it may be added later. Raises ReportTypeError for report types that cannot be
    loaded, and for the first one that cannot work.
    """
    require_all()
    missing = []
    for report_type in report_types().values():
        try:
            check(report_type, data_root)
        except SourceUnavailable as error:
            missing.append(error.message)
    return missing


def check(report_type: type[ReportType], data_root: str) -> None:
    """Check a report type on the data under `data_root` without running its query.

    Raises ReportTypeError for a query that is not valid, a missing parameter or column, and a total, a chart or a
    format that the values do not have. Raises SourceUnavailable for missing files. Each message says how to fix it.
    """
    with TemporaryDirectory(prefix="octavo-") as name:
        with closing(connect(Path(name), needs([report_type], data_root))) as connection:
            open_sources(connection, report_type, data_root)
            query = _query_with_samples(connection, report_type)
            _check_aggregates(connection, report_type, query)
            _check_nameless(report_type, query)
        for column in report_type.columns:
            _check_format(report_type, column, query.types[column.name])


def _query_with_samples(connection: duckdb.DuckDBPyConnection, report_type: type[ReportType]) -> CheckedQuery:
    """Check the query with example values of its parameters, or with NULLs if it does not accept these."""
    samples = sample_values(report_type.Parameters)
    try:
        return checked_query(connection, report_type, samples)
    except ReportTypeError as error:
        with suppress(ReportTypeError):
            return checked_query(connection, report_type, dict.fromkeys(samples))
        raise error


def _check_aggregates(
    connection: duckdb.DuckDBPyConnection, report_type: type[ReportType], query: CheckedQuery
) -> None:
    """Check that the totals and the chart can be computed from the columns' types. Raises ReportTypeError."""
    wanted = [
        (f"total={column.total!r} of column {column.name!r}", column.total, column.name)
        for column in report_type.columns
        if column.total
    ]
    if report_type.chart and report_type.chart.y is not None:
        wanted.append((f"the chart's y, column {report_type.chart.y!r},", "sum", report_type.chart.y))
    for what, aggregate, name in wanted:
        described = f"DESCRIBE SELECT {aggregate}({identifier(name)}) FROM ({select_of(report_type)})"
        try:
            connection.execute(described, query.parameters)
        except duckdb.BinderException as error:
            raise ReportTypeError(
                f"Report type {report_type.name!r}: {what} can't be computed, for its values are {query.types[name]}."
                " Cast the column in the query, or choose another one."
            ) from error


def _check_nameless(report_type: type[ReportType], query: CheckedQuery) -> None:
    """Check that the result can be kept as a table if totals need it: no table can have fields without names."""
    if totals_need_the_result(report_type, query.types):
        for name, given in query.types.items():
            if any(part.is_nameless for part in ColumnType.parse(given).parts()):
                raise ReportTypeError(
                    f"Report type {report_type.name!r}: its totals can't be computed, for column {name!r} has fields"
                    f" without names ({given}). Name them in the query, as in {{'code': …, 'name': …}}."
                )


def _check_format(report_type: type[ReportType], column: Column, given: str) -> None:
    """Check that a column's format can print values of the type in the query. Raises ReportTypeError."""
    if column.parsed_format is not None and not _fits(column.parsed_format, ColumnType.parse(given)):
        raise ReportTypeError(
            f"Report type {report_type.name!r}: the format {column.format!r} of column {column.name!r} can't print its"
            f" values, which are {given}. Cast the column in the query, or give it a format for them, or none."
        )


def _fits(format: ColumnFormat, kind: ColumnType) -> bool:
    if isinstance(format, TimePattern):
        return kind.is_date_or_time
    if isinstance(format, NumberFormat) and (kind.is_whole_number or kind.is_decimal):
        return True
    return tells_apart(format.spec, *(TEXTS if kind.parquet_cast == TEXT else EXAMPLES.get(kind.name, TEXTS)))
