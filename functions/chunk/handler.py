"""Chunk: write a chunk's rows as the segment that stands in the document."""

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from octavo.bucket import Bucket
from octavo.catalogue import report_type_named
from octavo.database import connect
from octavo.documents import format_named
from octavo.errors import RenderFailed
from octavo.manifest import Chunk
from octavo.observability import logger, told_by_kind
from octavo.settings import settings
from octavo.snapshot import read_rows
from octavo.table import Table

table, bucket = Table.named(settings.table), Bucket.named(settings.bucket)


@told_by_kind
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    report = table.running(event["report_id"])
    chunk = Chunk.from_json(event["chunk"])
    report_type = report_type_named(report.type)
    manifest = bucket.manifest(report.id)
    snapshot = bucket.url(manifest.snapshot_key)
    with TemporaryDirectory(prefix="octavo-") as folder:
        path = Path(folder, "segment")
        with closing(connect(Path(folder), [snapshot.rpartition("/")[0]])) as connection:
            rows = read_rows(connection, report_type, snapshot, chunk)
            written = format_named(report.format).write_segment(rows, chunk, manifest, report_type, path)
        if written.rows != chunk.rows:
            raise RenderFailed(f"Chunk {chunk.number} has {written.rows:,} rows of {chunk.rows:,}. Submit again.")
        segment = bucket.keep_segment(report.id, chunk, path, written.details)
    table.count_chunk(report, chunk)
    logger.info("chunk rendered", report_id=report.id, chunk=chunk.number, size_bytes=segment.size_bytes)
    return {}
