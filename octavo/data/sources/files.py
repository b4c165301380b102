"""Sources that are files: Parquet, CSV and JSON, local or in S3."""

from __future__ import annotations

from octavo.authoring.sources import Csv, File, Json, Parquet
from octavo.data.sources.needs import Needs
from octavo.data.sql import literal

READERS = {Parquet: "read_parquet", Csv: "read_csv", Json: "read_json"}


def needs(source: File, data_root: str) -> Needs:
    """Return what a connection needs to read the files, and everything below the data root."""
    return Needs.of_path(source.located(data_root)) | Needs.of_path(f"{data_root}/")


def query(source: File, data_root: str) -> str:
    """Return a query that returns the rows of the files."""
    return f"SELECT * FROM {READERS[type(source)]}({literal(source.located(data_root))}{_options(source)})"


def _options(source: File) -> str:
    if isinstance(source, Csv) and source.types:
        types = ", ".join(f"{literal(column)}: {literal(kind)}" for column, kind in source.types.items())
        return f", types = {{{types}}}"
    return ""
