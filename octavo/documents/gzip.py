"""gzip (RFC 1952): the segments of another format, compressed.

A gzip file may consist of several members, one after the other (RFC 1952 § 2.2). Each segment is one member, and so are
the bytes that the other format puts between segments.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from octavo.authoring.report_type import ReportType
from octavo.documents.compression import Compression, compressor
from octavo.documents.format import Bound, Format, Written
from octavo.lifecycle.manifest import Chunk, Manifest, Segment
from octavo.lifecycle.report import Report

if TYPE_CHECKING:
    from octavo.data.snapshot import Rows  # loads DuckDB, which the merge does not need

BLOCK_BYTES = 1024**2
GZIP = 16 + zlib.MAX_WBITS  # a window of 32 KiB, and the header and the trailer of gzip around the data


class Gzip:
    """A format that writes what `inner` writes, compressed. The option `compression` is `fast` or `small`."""

    def __init__(self, inner: Format) -> None:
        self.inner = inner
        self.plan = inner.plan

    def write_segment(
        self, rows: Rows, chunk: Chunk, manifest: Manifest, report_type: type[ReportType], path: Path
    ) -> Written:
        """Write the segment of the inner format beside `path`, and compress it to `path`, one block after the other."""
        plain = path.with_name(f"{path.name}.plain")
        options, compression = _split(manifest)
        written = self.inner.write_segment(rows, chunk, options, report_type, plain)
        deflate = compressor(compression, GZIP)
        with plain.open("rb") as source, path.open("wb") as target:
            while block := source.read(BLOCK_BYTES):
                target.write(deflate.compress(block))
            target.write(deflate.flush())
        plain.unlink()
        return written

    def bind(
        self, report: Report, report_type: type[ReportType], manifest: Manifest, segments: Sequence[Segment]
    ) -> Bound:
        """Compress the bytes around the segments, each piece as a member of its own."""
        options, compression = _split(manifest)
        bound = self.inner.bind(report, report_type, options, segments)
        pieces = [piece if isinstance(piece, Segment) else _member(piece, compression) for piece in bound.pieces]
        return replace(bound, pieces=pieces)


def _split(manifest: Manifest) -> tuple[Manifest, Compression]:
    """Return the manifest as the inner format knows it, and the compression."""
    options = dict(manifest.format_options)
    compression = options.pop("compression")
    return replace(manifest, format_options=options), compression


def _member(data: bytes, compression: Compression) -> bytes:
    deflate = compressor(compression, GZIP)
    return deflate.compress(data) + deflate.flush()
