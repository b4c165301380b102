"""The interface of a document format: one module with three functions, `plan`, `write_segment` and `bind`.

    plan            once, after the snapshot            decides the layout of the document and its chunks
    write_segment   for each chunk, in parallel         writes the chunk's rows as final bytes
    bind            once, after the last chunk          adds the bytes before, between and after the segments

The document is the sequence of pieces that `bind` returns. A piece is literal bytes or a segment. The bytes of a
segment are never read again. The module of a format is loaded when it is first used; `octavo.formats` lists the names.
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
    from octavo.format_options import FormatOptions
    from octavo.lifecycle.manifest import Chunk
    from octavo.lifecycle.report import Report

Piece = bytes | Segment
"""A part of a document: bytes that the merge writes, or a segment that a chunk has written."""


@dataclass(frozen=True)
class Plan:
    """How a format will make the document.

    `layout` contains what the chunks and the merge must know, as JSON. A chunk has at most `chunk_rows` rows. It ends
    at the end of a `unit` of rows, such as a page, and never continues beyond the end of a section, such as a sheet of
    a workbook. `sections` contains the number of rows of each section; None makes all rows one section.
    """

    layout: Mapping[str, Any]
    chunk_rows: int
    unit: int = 1
    sections: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Written:
    """A segment that has been written: its number of rows, and what else the merge must know about it, as JSON."""

    rows: int
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Bound:
    """The document: its pieces in order, each segment once. `pages` is None for a format without pages."""

    pieces: Sequence[Piece]
    pages: int | None = None


class Format(Protocol):
    """The functions of a format's module."""

    def plan(
        self,
        rows: Rows,
        totals: Mapping[str, Value],
        report_type: type[ReportType],
        options: FormatOptions,
        chunk_rows: int,
    ) -> Plan:
        """Decide how to make the document, from the rows of the whole snapshot and its totals.

        `options` are of the format's own model (`octavo.format_options`); the manifest gives them to the other two
        functions as JSON. `chunk_rows` is the maximum number of rows in a chunk; the format may plan fewer.
        """

    def write_segment(
        self, rows: Rows, chunk: Chunk, manifest: Manifest, report_type: type[ReportType], path: Path
    ) -> Written:
        """Write the rows of a chunk to `path`, exactly as the document will contain them."""

    def bind(
        self, report: Report, report_type: type[ReportType], manifest: Manifest, segments: Sequence[Segment]
    ) -> Bound:
        """Return the pieces of the document. This sees only the records of the segments, not their bytes."""


def format_named(name: str) -> Format:
    """Load and return the module of a format in FORMATS."""
    return cast("Format", import_module(FORMATS[name].module))


def end_after_any_row(
    rows: Rows,
    totals: Mapping[str, Value],
    report_type: type[ReportType],
    options: FormatOptions,
    chunk_rows: int,
) -> Plan:
    """Allow chunks to end after any row; nothing else is to be decided. Several formats use this as their `plan`."""
    return Plan({}, chunk_rows)
