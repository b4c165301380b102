"""Chunk: write the rows of one chunk as a segment of the document."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from octavo.authoring.catalogue import report_type_named
from octavo.errors import Busy
from octavo.lifecycle.manifest import Chunk
from octavo.lifecycle.report import Report
from octavo.lifecycle.version import version
from octavo.metrics import Metric, timed
from octavo.observability import hide_error_details, logger
from octavo.pipeline.render import render
from octavo.pipeline.working_folder import working_folder
from octavo.settings import settings
from octavo.storage.bucket import Bucket
from octavo.storage.patience import WORKING
from octavo.storage.reports import Reports
from octavo.storage.transactions import Table

reports = Reports(Table.named(settings.table, WORKING))
bucket = Bucket.named(settings.bucket, WORKING)


@hide_error_details
@timed(Metric.CHUNK_SECONDS)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    report = reports.running(event["report_id"])
    report_type, chunk = report_type_named(report.type), Chunk.from_json(event["chunk"])
    manifest = bucket.manifest(report.id, version(settings.bundle_digest, report_type.definition))
    snapshot = bucket.url(manifest.snapshot_key)
    with working_folder() as folder:
        path = folder / "segment"
        segment = render(report_type, report.format, manifest, chunk, snapshot, path)
        bucket.keep_segment(report.id, segment, path)
    _count(report, chunk)
    logger.info("chunk rendered", report_id=report.id, chunk=chunk.number, size_bytes=segment.size_bytes)
    return {}


def _count(report: Report, chunk: Chunk) -> None:
    """Add the chunk to the progress that callers see. If that is impossible, the chunk is rendered nevertheless."""
    try:
        reports.count_chunk(report, chunk)
    except (Busy, BotoCoreError, ClientError) as error:
        logger.warning("chunk not counted", report_id=report.id, chunk=chunk.number, cause=type(error).__name__)
