"""The document formats: their names in requests, and what Octavo knows about each without loading its module.

A format is one module with the interface of `octavo.documents.format`, and one line here. docs/formats.md shows how
to add one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from octavo.format_options import CsvGzipOptions, CsvOptions, FormatOptions, GzipOptions, ParquetOptions, PdfOptions

# S3 joins segments of 5 MiB and more without reading them, and compressed rows take a third of the space.
COMPRESSED_CHUNK_ROWS = 500_000


@dataclass(frozen=True)
class FormatEntry:
    """The properties of a format.

    `chunk_rows` is the maximum number of rows in a chunk, unless the report type sets its own. `prints` is True for a
    format that people read on pages: it shows titles, formats values for display, and may contain pages that a report
    type draws itself. Other formats contain plain values under the names of the columns. `options` is the model of what
    a request can choose.
    """

    module: str
    media_type: str
    extension: str
    chunk_rows: int = 125_000
    prints: bool = False
    options: type[FormatOptions] = FormatOptions


FORMATS: Mapping[str, FormatEntry] = MappingProxyType(
    {
        "csv": FormatEntry("octavo.documents.csv", "text/csv; charset=utf-8", "csv", options=CsvOptions),
        "pdf": FormatEntry("octavo.documents.pdf", "application/pdf", "pdf", prints=True, options=PdfOptions),
        "json": FormatEntry("octavo.documents.json", "application/json", "json"),
        "ndjson": FormatEntry("octavo.documents.ndjson", "application/x-ndjson", "ndjson"),
        "parquet": FormatEntry(
            "octavo.documents.parquet",
            "application/vnd.apache.parquet",
            "parquet",
            COMPRESSED_CHUNK_ROWS,
            options=ParquetOptions,
        ),
        "csv.gz": FormatEntry(
            "octavo.documents.csv_gz", "application/gzip", "csv.gz", COMPRESSED_CHUNK_ROWS, options=CsvGzipOptions
        ),
        "ndjson.gz": FormatEntry(
            "octavo.documents.ndjson_gz", "application/gzip", "ndjson.gz", COMPRESSED_CHUNK_ROWS, options=GzipOptions
        ),
    }
)
