"""Fail: end a report as FAIL with its reason; whatever ended it before stands."""

from typing import Any

from octavo.errors import ReportNotFound
from octavo.lifecycle.failure import diagnose
from octavo.observability import logger, told_by_kind
from octavo.settings import settings
from octavo.storage.table import Table

table = Table.named(settings.table)


@told_by_kind
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    report_id, failure = diagnose(event)
    try:
        report = table.fail(report_id, failure)
    except ReportNotFound:  # cancelled and deleted: nobody is left to be told
        logger.info("failure of a report that is gone", report_id=report_id, code=failure.code)
        return {"status": None, "code": None}
    code = report.failure.code if report.failure else None
    logger.info("failure recorded", report_id=report_id, status=report.status, code=code, chunk=failure.chunk)
    return {"status": report.status, "code": code}
