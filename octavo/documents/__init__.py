"""The document formats, each a module with the same small interface (`Format`).

A chunk's rows become a *segment*: bytes that stand in the document unchanged. The merge adds a *head* and a *tail*,
made from the plan alone, and S3 joins the three. So a module says how to write a segment and what goes around them.

A format's module is loaded when it is used; `octavo.formats` has the names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from octavo.formats import FORMATS

if TYPE_CHECKING:
    from octavo.bucket import Segment
    from octavo.manifest import Chunk, Manifest
    from octavo.report import Report
    from octavo.report_type import ReportType
    from octavo.snapshot import Rows, Value


@dataclass(frozen=True)
class Plan:
    """How a format will make the document: what its chunks and its merge need to know, as JSON, and rows a chunk.

    Chunks are cut in whole `unit`s of rows, such as pages.
    """

    layout: Mapping[str, Any]
    chunk_rows: int
    unit: int = 1


@dataclass(frozen=True)
class Written:
    """A segment as it was written: its rows, and what else the merge needs to know of it, as JSON."""

    rows: int
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Bound:
    """What goes around the segments, and how many pages the document has, where it has any."""

    head: bytes
    tail: bytes
    pages: int | None = None


class Format(Protocol):
    """What a format's module offers."""

    MEDIA_TYPE: str

    def plan(self, rows: Rows, totals: Mapping[str, Value], report_type: type[ReportType]) -> Plan:
        """Decide how the document will be made, from the rows of the whole snapshot and its totals."""

    def write_segment(
        self, rows: Rows, chunk: Chunk, manifest: Manifest, report_type: type[ReportType], path: Path
    ) -> Written:
        """Write the rows of a chunk to `path`, as they will stand in the document."""

    def bind(
        self, report: Report, report_type: type[ReportType], manifest: Manifest, segments: Sequence[Segment]
    ) -> Bound:
        """Make what precedes the first segment and what follows the last, from the segments' records alone."""


def format_named(name: str) -> Format:
    """Return the module of a format in FORMATS."""
    return cast("Format", import_module(FORMATS[name]))
