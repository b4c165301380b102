"""The document formats: the name by which a request asks for each, and what is known of it without loading its module.

A format is one module with the interface of `octavo.documents.format`, and one line here. docs/formats.md shows how
to add one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class FormatEntry:
    """What a format says of itself.

    `chunk_rows` is how many rows a chunk has at most, unless the report type says otherwise. `prints` says that the
    format is for people to read on pages: it shows titles, formats values for display and may have pages that a report
    type draws itself. Other formats carry plain values under the columns' names.
    """

    module: str
    media_type: str
    extension: str
    chunk_rows: int = 125_000
    prints: bool = False


FORMATS: Mapping[str, FormatEntry] = MappingProxyType(
    {
        "csv": FormatEntry("octavo.documents.csv", "text/csv; charset=utf-8", "csv"),
        "pdf": FormatEntry("octavo.documents.pdf", "application/pdf", "pdf", prints=True),
        "ndjson": FormatEntry("octavo.documents.ndjson", "application/x-ndjson", "ndjson"),
    }
)
