"""Converts DuckDB's errors to Octavo's. Their messages never contain values of rows, SQL or addresses.

no memory or disk left, in DuckDB or in Python      TooLarge            permanent   exhaustion_converted
IOException, HTTPException while sources are read   SourceUnavailable   may pass    converted_errors
any other error of the query                        QueryFailed         permanent   converted_errors
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

import duckdb

from octavo.errors import QueryFailed, SourceUnavailable, TooLarge

if TYPE_CHECKING:
    from octavo.authoring.report_type import ReportType

UNREADABLE = (duckdb.IOException, duckdb.HTTPException)
OF_THE_QUERY = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException, duckdb.SyntaxException)
DISK_FULL = ("No space left on device", "Disk quota exceeded")
DISK_FULL_ERRNO = (errno.ENOSPC, errno.EDQUOT)
SPILL_FULL = "max_temp_directory_size"  # DuckDB names the setting that limits what it moves to disk
NOT_A_SOURCE = ("Parquet files do not support",)  # an IOException about a value, not about a file


class Work(StrEnum):
    """The work for which memory or disk may not suffice, and what the caller or the operator can do then."""

    QUERY = (
        "The query of report type {name!r} needs more memory or disk than the plan function has. Ask for less, such as"
        " a shorter period; or have the operator give the function more (plan_memory_mb, plan_storage_mb)."
    )
    LAYOUT = (
        "The layout of a document of report type {name!r} needs more memory or disk than the plan function has. Ask for"
        " less, or for another format; or have the operator give the function more (plan_memory_mb, plan_storage_mb)."
    )
    CHUNK = (
        "A chunk of report type {name!r} needs more memory or disk than the chunk function has. Ask for another format;"
        " or have the report type's author set a smaller chunk_rows, or the operator give the function more"
        " (chunk_memory_mb, chunk_storage_mb)."
    )


@contextmanager
def exhaustion_converted(report_type: type[ReportType], work: Work) -> Iterator[None]:
    """Convert every error that says that no memory or no disk is left to TooLarge; another try would fail alike."""
    try:
        yield
    except (duckdb.Error, OSError, MemoryError) as error:
        if not is_exhausted(error):
            raise
        raise TooLarge(work.format(name=report_type.name)) from error


def is_exhausted(error: Exception) -> bool:
    """Return whether the error says that no memory or no disk is left."""
    match error:
        case duckdb.OutOfMemoryException() | MemoryError():
            return True
        case OSError():
            return error.errno in DISK_FULL_ERRNO
    return any(text in str(error) for text in DISK_FULL)


def can_continue_on_disk(error: BaseException | None) -> bool:
    """Return whether DuckDB had no memory left, while there was still room on the disk."""
    return isinstance(error, duckdb.OutOfMemoryException) and SPILL_FULL not in str(error)


@contextmanager
def converted_errors(report_type: type[ReportType]) -> Iterator[None]:
    """Convert DuckDB's errors in running a query to TooLarge, SourceUnavailable or QueryFailed."""
    with exhaustion_converted(report_type, Work.QUERY):
        try:
            yield
        except duckdb.Error as error:
            if is_exhausted(error):
                raise
            if not isinstance(error, UNREADABLE) or any(text in str(error) for text in NOT_A_SOURCE):
                raise query_failed(report_type, error) from error
            raise unavailable(report_type) from error


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
