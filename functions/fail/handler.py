"""Fail: end a report as FAIL with its reason, unless it has ended already."""

from typing import Any

from octavo.errors import ReportNotFound
from octavo.lifecycle.diagnosis import diagnose
from octavo.observability import hide_error_details, logger
from octavo.settings import settings
from octavo.storage.reports import Reports
from octavo.storage.transactions import Table

reports = Reports(Table.named(settings.table))


@hide_error_details
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    report_id, failure = diagnose(event)
    try:
        report, _ = reports.end(report_id, failure)
    except ReportNotFound:  # it was cancelled and deleted: nobody waits for the reason
        logger.info("failure of a report that is gone", report_id=report_id, code=failure.code)
        return {"status": None, "code": None}
    code = report.failure.code if report.failure else None
    logger.info("failure recorded", report_id=report_id, status=report.status, code=code, chunk=failure.chunk)
    return {"status": report.status, "code": code}
