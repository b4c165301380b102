"""Render a chunk: its rows of the snapshot as a segment, bytes that stay as they are in the document."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from octavo.authoring.report_type import ReportType
from octavo.data.database import connect
from octavo.data.snapshot import read_rows
from octavo.documents import format_named
from octavo.errors import RenderFailed
from octavo.lifecycle.manifest import Chunk, Manifest, Segment
from octavo.pipeline.checksum import file_crc32


def render(
    report_type: type[ReportType], format: str, manifest: Manifest, chunk: Chunk, snapshot: str, path: Path
) -> Segment:
    """Write the chunk's segment to `path` and return its record.

    `snapshot` is a path or an `s3://` address. DuckDB may write to the folder of `path`. Raises RenderFailed when the
    segment does not hold the planned rows.
    """
    with closing(connect(path.parent, [snapshot.rpartition("/")[0]])) as connection:
        rows = read_rows(connection, report_type, snapshot, chunk)
        written = format_named(format).write_segment(rows, chunk, manifest, report_type, path)
    if written.rows != chunk.rows:
        raise RenderFailed(f"Chunk {chunk.number} has {written.rows:,} rows of {chunk.rows:,}. Submit again.")
    return Segment(chunk.number, chunk.rows, path.stat().st_size, file_crc32(path), written.details)
