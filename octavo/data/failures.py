"""Converts DuckDB's errors to Octavo's. Their messages never contain values of rows, SQL or addresses.

OutOfMemoryException, or a full disk                TooLarge            permanent
IOException, HTTPException while sources are read   SourceUnavailable   may pass
any other error                                     QueryFailed         permanent
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from octavo.errors import PermanentError, QueryFailed, SourceUnavailable, TooLarge

if TYPE_CHECKING:
    from octavo.authoring.report_type import ReportType

UNREADABLE = (duckdb.IOException, duckdb.HTTPException)
OF_THE_QUERY = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException, duckdb.SyntaxException)
DISK_FULL = ("No space left on device", "Disk quota exceeded")
NOT_A_SOURCE = ("Parquet files do not support",)  # an IOException about a value, not about a file


@contextmanager
def converted_errors(report_type: type[ReportType]) -> Iterator[None]:
    """Convert DuckDB's errors in running a query to TooLarge, SourceUnavailable or QueryFailed."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise too_large(report_type) from error
    except UNREADABLE as error:
        if any(text in str(error) for text in DISK_FULL):
            raise too_large(report_type) from error
        if any(text in str(error) for text in NOT_A_SOURCE):
            raise query_failed(report_type, error) from error
        raise unavailable(report_type) from error
    except duckdb.Error as error:
        raise query_failed(report_type, error) from error


def too_large(report_type: type[ReportType]) -> PermanentError:
    """Return the error for a query that needs more memory or disk space than there is."""
    return TooLarge(
        f"The query of report type {report_type.name!r} needs more memory or disk than the plan function has. Ask for"
        " less, such as a shorter period; or have the operator give the function more (infra/limits.py)."
    )


def unavailable(report_type: type[ReportType]) -> SourceUnavailable:
    """Return the error for a source that cannot be read at the moment."""
    return SourceUnavailable(f"A source of report type {report_type.name!r} can't be read now. Try again later.")


def query_failed(report_type: type[ReportType], error: duckdb.Error) -> QueryFailed:
    """Return the error for a query that failed on its data."""
    return QueryFailed(
        f"The query of report type {report_type.name!r} failed on its data ({kind(error)}). Trying again won't help:"
        " tell the report type's author."
    )


def kind(error: duckdb.Error) -> str:
    """Return the kind of an error without its details, which may contain values of rows."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__.removesuffix("Exception")).lower() + " error"


def first_line(error: duckdb.Error) -> str:
    """Return the first line of an error in the SQL; only the kind of other errors, whose text may contain values."""
    if not isinstance(error, OF_THE_QUERY):
        return kind(error)
    return str(error).splitlines()[0].strip().rstrip(".")
