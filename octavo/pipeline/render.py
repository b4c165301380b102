"""Render a chunk: write its rows of the snapshot as a segment, whose bytes the document contains unchanged."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from octavo.authoring.report_type import ReportType
from octavo.data.database import connect
from octavo.data.failures import Work, exhaustion_converted
from octavo.data.snapshot import read_rows
from octavo.data.sources import Needs
from octavo.documents import format_named
from octavo.errors import RenderFailed
from octavo.lifecycle.manifest import Chunk, Manifest, Segment
from octavo.pipeline.checksum import file_crc32


def render(
    report_type: type[ReportType], format: str, manifest: Manifest, chunk: Chunk, snapshot: str, path: Path
) -> Segment:
    """Write the segment of the chunk to `path` and return its record.

    `snapshot` is a path or an `s3://` address. DuckDB may write to the folder of `path`. Raises TooLarge when the chunk
    needs more memory or disk than there is, and RenderFailed when the segment does not contain the planned rows.
    """
    with (
        exhaustion_converted(report_type, Work.CHUNK),
        closing(connect(path.parent, Needs.of_path(snapshot))) as connection,
    ):
        rows = read_rows(connection, report_type, snapshot, chunk)
        written = format_named(format).write_segment(rows, chunk, manifest, report_type, path)
    if written.rows != chunk.rows:
        raise RenderFailed(
            f"Chunk {chunk.number} contains {written.rows:,} of {chunk.rows:,} rows. Submit the request again."
        )
    return Segment(chunk.number, chunk.rows, path.stat().st_size, file_crc32(path), written.details)
