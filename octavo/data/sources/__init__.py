"""Makes DuckDB read each kind of source.

    what it is          octavo.authoring.sources    Parquet("s3://lake/sales/*.parquet")
    what it needs       needs                       before the connection is locked: paths, extensions, secrets
    what it is read as  create_view                 after that: a view under the name that the query uses

A kind of source is one module with the interface of `Kind`, and one line in KINDS. docs/sources.md shows how to add
one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, cast

from octavo.authoring.sources import Csv, Json, Parquet, Source
from octavo.data.sources import files
from octavo.data.sources.needs import Needs
from octavo.data.sql import identifier

if TYPE_CHECKING:
    import duckdb

    from octavo.authoring.report_type import ReportType

__all__ = ["KINDS", "Kind", "Needs", "create_view", "needs"]


class Kind(Protocol):
    """The functions that the module of a kind of source has."""

    def needs(self, source: Any, data_root: str) -> Needs:
        """Return what a connection needs before it is locked."""

    def query(self, source: Any, data_root: str) -> str:
        """Return an SQL query that returns the rows of the source."""


KINDS: Mapping[type[Source], Kind] = MappingProxyType(
    {
        Parquet: cast("Kind", files),
        Csv: cast("Kind", files),
        Json: cast("Kind", files),
    }
)


def needs(report_types: Iterable[type[ReportType]], data_root: str) -> Needs:
    """Return what a connection needs to read all sources of some report types."""
    found = Needs()
    for report_type in report_types:
        for source in report_type.sources.values():
            found |= KINDS[type(source)].needs(source, data_root)
    return found


def create_view(connection: duckdb.DuckDBPyConnection, name: str, source: Source, data_root: str) -> None:
    """Create a view of a source under this name. Raises DuckDB's errors if the source cannot be read."""
    connection.execute(f"CREATE VIEW {identifier(name)} AS {KINDS[type(source)].query(source, data_root)}")
