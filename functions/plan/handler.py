"""Plan: run the query once, store its rows as the snapshot, and split them into chunks."""

from typing import Any

from octavo.authoring.catalogue import report_type_named
from octavo.authoring.parameters import decoded
from octavo.lifecycle.version import check_same, version
from octavo.metrics import Metric, timed
from octavo.observability import hide_error_details, logger
from octavo.pipeline.plan import plan
from octavo.pipeline.working_folder import working_folder
from octavo.settings import settings
from octavo.storage.bucket import Bucket, chunks_key
from octavo.storage.patience import WORKING
from octavo.storage.reports import Reports
from octavo.storage.shares import Shares
from octavo.storage.transactions import Table

table, bucket = Table.named(settings.table, WORKING), Bucket.named(settings.bucket, WORKING)
reports = Reports(table)
shares = Shares(table, reports, settings.capacity)
data_root = settings.data_root


@hide_error_details
@timed(Metric.PLAN_SECONDS)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    report = reports.running(event["report_id"])
    report_type = report_type_named(report.type)
    check_same(report_type.definition, report.definition)  # it has validated the parameters
    with working_folder() as folder:
        planned = plan(report_type, report.format, decoded(report.bound), data_root, folder, report.format_options)
        key = bucket.keep_snapshot(report.id, planned.snapshot.path)
    made_by = version(settings.bundle_digest, report_type.definition)
    manifest = bucket.keep_manifest(report.id, planned.manifest(key, made_by))
    reports.planned(report.id, manifest)
    chunks, share = len(manifest.chunks), shares.take(report, len(manifest.chunks))
    logger.info("report planned", report_id=report.id, rows=manifest.rows, chunks=chunks, share=share)
    return {"chunks_key": chunks_key(report.id), "chunks": chunks, "rows": manifest.rows, "share": share}
