"""Merge: join the head, the segments and the tail into the document, and end the report as SUCCESS."""

from typing import Any

from functions.merge.join import join
from octavo.authoring.catalogue import report_type_named
from octavo.errors import ReportEnded, ReportNotFound
from octavo.lifecycle.report import Document, Status
from octavo.metrics import Metric, timed
from octavo.observability import hide_error_details, logger
from octavo.settings import settings
from octavo.storage.bucket import Bucket
from octavo.storage.patience import WORKING
from octavo.storage.reports import Reports
from octavo.storage.transactions import Table

reports = Reports(Table.named(settings.table, WORKING))
bucket = Bucket.named(settings.bucket, WORKING)


@hide_error_details
@timed(Metric.MERGE_SECONDS)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    report = reports.find(event["report_id"])
    if report.status is Status.SUCCESS:  # by an earlier try of this merge
        return {}
    reports.merging(report.id)
    document = join(report, report_type_named(report.type), bucket)
    if not _succeeds(report.id, document):
        bucket.delete(document.key)
        raise ReportEnded("The report was cancelled, failed or was deleted while its document was joined.")
    logger.info("report ready", report_id=report.id, rows=document.rows, size_bytes=document.size_bytes)
    return {}


def _succeeds(report_id: str, document: Document) -> bool:
    """End the report with its document; a merge that runs twice at once may have done so already."""
    try:
        report, _ = reports.end(report_id, document)
    except ReportNotFound:
        return False
    return report.status is Status.SUCCESS
