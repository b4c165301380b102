"""Plan: run the query once, keep its rows as the snapshot, cut them in chunks."""

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from octavo.bucket import Bucket, chunks_key
from octavo.catalogue import report_type_named
from octavo.database import connect
from octavo.documents import format_named
from octavo.manifest import Manifest, cut
from octavo.observability import logger, told_by_kind
from octavo.parameters import decoded
from octavo.settings import settings
from octavo.snapshot import read_rows, take_snapshot
from octavo.table import Table

table, bucket = Table.named(settings.table), Bucket.named(settings.bucket)
data_root = settings.data_root


@told_by_kind
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    report = table.running(event["report_id"])
    report_type = report_type_named(report.type)
    with TemporaryDirectory(prefix="octavo-") as folder:
        snapshot = take_snapshot(report_type, decoded(report.bound), data_root, Path(folder))
        with closing(connect(Path(folder), [folder])) as connection:
            rows = read_rows(connection, report_type, str(snapshot.path))
            plan = format_named(report.format).plan(rows, snapshot.totals, report_type)
        key = bucket.keep_snapshot(report.id, snapshot.path)
    planned = Manifest(key, snapshot.rows, snapshot.totals, cut(snapshot.rows, plan.chunk_rows, plan.unit), plan.layout)
    manifest = bucket.keep_manifest(report.id, planned)
    table.planned(report.id, manifest)
    logger.info("report planned", report_id=report.id, rows=manifest.rows, chunks=len(manifest.chunks))
    return {"chunks_key": chunks_key(report.id), "chunks": len(manifest.chunks), "rows": manifest.rows}
