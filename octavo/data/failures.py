"""DuckDB's errors, told as Octavo's: what happened and what to do, never a value of a row, SQL or an address.

OutOfMemoryException, or a full disk                TooLarge            trying again won't help
IOException, HTTPException while sources are read   SourceUnavailable   may pass
any other error                                     QueryFailed         trying again won't help
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
NOT_A_SOURCE = ("Parquet files do not support",)  # said when a value is written, although it is an IOException


@contextmanager
def told(report_type: type[ReportType]) -> Iterator[None]:
    """Tell DuckDB's errors in running the query of a report type as TooLarge, SourceUnavailable or QueryFailed."""
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
    """Say that the query needs more memory or disk than there is."""
    return TooLarge(
        f"The query of report type {report_type.name!r} needs more memory or disk than the plan function has. Ask for"
        " less, such as a shorter period; or have the operator give the function more (infra/limits.py)."
    )


def unavailable(report_type: type[ReportType]) -> SourceUnavailable:
    """Say that a source can't be read now."""
    return SourceUnavailable(f"A source of report type {report_type.name!r} can't be read now. Try again later.")


def query_failed(report_type: type[ReportType], error: duckdb.Error) -> QueryFailed:
    """Say that the query failed on its data, and how."""
    return QueryFailed(
        f"The query of report type {report_type.name!r} failed on its data ({kind(error)}). Trying again won't help:"
        " tell the report type's author."
    )


def kind(error: duckdb.Error) -> str:
    """Name the error without its details, which may hold values of rows."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__.removesuffix("Exception")).lower() + " error"


def first_line(error: duckdb.Error) -> str:
    """Tell what is wrong with the query itself; another error's text may hold values of rows, or addresses."""
    if not isinstance(error, OF_THE_QUERY):
        return kind(error)
    return str(error).splitlines()[0].strip().rstrip(".")
