"""Merge: join head, segments and tail into the document, and end the report as SUCCESS."""

from typing import Any

from functions.merge.join import join
from octavo.authoring.catalogue import report_type_named
from octavo.errors import ReportEnded, ReportNotFound
from octavo.lifecycle.report import Status
from octavo.observability import logger, told_by_kind
from octavo.settings import settings
from octavo.storage.bucket import Bucket
from octavo.storage.table import Table

table, bucket = Table.named(settings.table), Bucket.named(settings.bucket)


@told_by_kind
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    report = table.find(event["report_id"])
    if report.status is Status.SUCCESS:  # by an earlier try of this merge
        return {}
    table.merging(report.id)
    document = join(report, report_type_named(report.type), bucket)
    try:
        table.succeed(report.id, document)
    except ReportEnded:
        if not _succeeded(report.id):  # cancelled meanwhile, or deleted: nobody will ask for the document
            bucket.delete(document.key)
            raise
    logger.info("report ready", report_id=report.id, rows=document.rows, size_bytes=document.size_bytes)
    return {}


def _succeeded(report_id: str) -> bool:
    try:
        return table.find(report_id).status is Status.SUCCESS
    except ReportNotFound:
        return False
