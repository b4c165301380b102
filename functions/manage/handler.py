"""Cancel a running report; delete one that has ended."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from octavo.errors import SharedReport, StillRunning
from octavo.http.models import ReportView
from octavo.http.web import Api, report_answer
from octavo.lifecycle.owner import EVERYONE
from octavo.lifecycle.report import Report, Status
from octavo.observability import logger
from octavo.settings import settings
from octavo.storage.bucket import Bucket
from octavo.storage.table import Table
from octavo.storage.workflow import Workflow

table, bucket = Table.named(settings.table), Bucket.named(settings.bucket)
workflow = Workflow.at(settings.state_machine_arn)
api = Api()
handler = api.answer


@api.post("/reports/<report_id>/cancel")
def cancel(report_id: str) -> Response[ReportView]:
    report, cancelled = table.cancel(_own(report_id).id)
    if cancelled and not workflow.stop(report):
        logger.warning("workflow not stopped: its steps will find that the report has ended", report_id=report.id)
    logger.info("report cancelled", report_id=report.id, was_running=cancelled)
    return report_answer(report, bucket, status=HTTPStatus.ACCEPTED if cancelled else HTTPStatus.OK)


@api.delete("/reports/<report_id>")
def delete(report_id: str) -> Response[str]:
    """Delete the document before the record: whatever is left when that fails, a second try finds it."""
    report = _own(report_id)
    if report.status is Status.RUNNING:
        raise StillRunning(f"The report {report.id} is running. Cancel it first, then delete it.")
    if report.document:
        bucket.delete(report.document.key)
    table.delete(report.id)
    logger.info("report deleted", report_id=report.id)
    return Response(HTTPStatus.NO_CONTENT, body="")


def _own(report_id: str) -> Report:
    """Find a report that the caller alone may end or delete."""
    report = table.find_for(api.caller, report_id)
    if report.owner == EVERYONE:
        raise SharedReport(
            "This report is shared by all callers, so nobody cancels or deletes it; it expires by itself."
        )
    return report
