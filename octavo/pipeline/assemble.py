"""Assemble a document: check that its segments contain every planned row, and put its pieces in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from isal import isal_zlib

from octavo.authoring.report_type import ReportType
from octavo.documents import Piece, format_named
from octavo.errors import MergeFailed
from octavo.lifecycle.manifest import Manifest, Segment
from octavo.lifecycle.report import Report
from octavo.pipeline.checksum import joined_crc32


@dataclass(frozen=True)
class Assembly:
    """A document as a sequence of pieces. `pages` is None for a format without pages."""

    pieces: Sequence[Piece]
    rows: int
    size_bytes: int
    crc32: int
    pages: int | None


def assemble(
    report: Report, report_type: type[ReportType], manifest: Manifest, segments: Sequence[Segment]
) -> Assembly:
    """Put the pieces of the document in order. This reads only the records of the segments, not their bytes.

    Raises MergeFailed when the segments do not contain the planned rows.
    """
    rows = sum(segment.rows for segment in segments)
    if rows != manifest.rows:
        raise MergeFailed(f"The chunks contain {rows:,} of {manifest.rows:,} rows. Submit the request again.")
    bound = format_named(report.format).bind(report, report_type, manifest, segments)
    sums = [_crc32_and_size(piece) for piece in bound.pieces]
    return Assembly(bound.pieces, rows, sum(size for _, size in sums), joined_crc32(sums), bound.pages)


def _crc32_and_size(piece: Piece) -> tuple[int, int]:
    if isinstance(piece, Segment):
        return piece.crc32, piece.size_bytes
    return isal_zlib.crc32(piece), len(piece)
