"""What every document format offers: one module with three functions, `plan`, `write_segment` and `bind`.

    plan            once, after the snapshot            how the document will be laid out and cut in chunks
    write_segment   for each chunk, in parallel         the chunk's rows as bytes that stay as they are
    bind            once, after the last chunk          what stands before, between and after the segments

The document is the sequence of pieces that `bind` returns: literal bytes, and segments, which are never read again.
A format's module is loaded when it is used; `octavo.formats` has the names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from octavo.formats import FORMATS
from octavo.lifecycle.manifest import Manifest, Segment

if TYPE_CHECKING:
    from octavo.authoring.report_type import ReportType
    from octavo.data.snapshot import Rows, Value
    from octavo.lifecycle.manifest import Chunk
    from octavo.lifecycle.report import Report

Piece = bytes | Segment
"""A part of a document: bytes that the merge writes, or a segment that a chunk has written."""


@dataclass(frozen=True)
class Plan:
    """How a format will make the document.

    `layout` is what its chunks and its merge need to know, as JSON. A chunk has at most `chunk_rows` rows; it ends
    at the end of a `unit` of rows, such as a page, and never goes on beyond the end of a section. `sections` has the
    rows of each section, such as a sheet of a workbook; None makes all rows one section.
    """

    layout: Mapping[str, Any]
    chunk_rows: int
    unit: int = 1
    sections: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Written:
    """A segment as it was written: its rows, and what else the merge needs to know of it, as JSON."""

    rows: int
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Bound:
    """The document: its pieces in order, each segment once, and how many pages it has, where it has any."""

    pieces: Sequence[Piece]
    pages: int | None = None


class Format(Protocol):
    """What a format's module offers."""

    def plan(self, rows: Rows, totals: Mapping[str, Value], report_type: type[ReportType], chunk_rows: int) -> Plan:
        """Decide how the document will be made, from the rows of the whole snapshot and its totals.

        `chunk_rows` is how many rows a chunk should have at most; the format may plan fewer.
        """

    def write_segment(
        self, rows: Rows, chunk: Chunk, manifest: Manifest, report_type: type[ReportType], path: Path
    ) -> Written:
        """Write the rows of a chunk to `path`, as they will stand in the document."""

    def bind(
        self, report: Report, report_type: type[ReportType], manifest: Manifest, segments: Sequence[Segment]
    ) -> Bound:
        """Return the pieces of the document, from the segments' records alone."""


def format_named(name: str) -> Format:
    """Return the module of a format in FORMATS."""
    return cast("Format", import_module(FORMATS[name].module))
