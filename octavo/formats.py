"""The document formats: their names in requests, and what Octavo knows about each without loading its module.

A format is one module with the interface of `octavo.documents.format`, and one line here. docs/formats.md shows how
to add one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from octavo.format_options import CsvOptions, FormatOptions, PdfOptions


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
        "ndjson": FormatEntry("octavo.documents.ndjson", "application/x-ndjson", "ndjson"),
    }
)
