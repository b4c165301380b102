"""Cancel a running report; delete one that has ended."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from octavo.errors import SharedReport
from octavo.http.calls import CANCEL, DELETE
from octavo.http.models import ReportView
from octavo.http.web import Api, answers, report_answer
from octavo.lifecycle.failure import cancelled
from octavo.lifecycle.owner import EVERYONE
from octavo.lifecycle.report import Report, Status
from octavo.observability import logger
from octavo.settings import settings
from octavo.storage.bucket import Bucket
from octavo.storage.reports import Reports, still_running
from octavo.storage.transactions import Table
from octavo.storage.workflow import Workflow

reports, bucket = Reports(Table.named(settings.table)), Bucket.named(settings.bucket)
workflow = Workflow.at(settings.state_machine_arn)
api = Api()
handler = api.answer


@answers(api, CANCEL)
def cancel(id: str) -> Response[ReportView]:
    """End the report before its execution is stopped: steps that still run find that it has ended."""
    report, was_running = reports.end(_own(id).id, cancelled())
    if was_running and not workflow.stop(report):
        logger.warning("workflow not stopped: its steps will find that the report has ended", report_id=report.id)
    logger.info("report cancelled", report_id=report.id, was_running=was_running)
    status = HTTPStatus.ACCEPTED if was_running else HTTPStatus.OK
    return report_answer(reports.with_progress(report), bucket, status=status)


@answers(api, DELETE)
def delete(id: str) -> Response[str]:
    """Delete the document before the record: if that fails, a second call still finds what is left."""
    report = _own(id)
    if report.status is Status.RUNNING:
        raise still_running(report.id)
    if report.document:
        bucket.delete(report.document.key)
    reports.delete(report.id)
    logger.info("report deleted", report_id=report.id)
    return Response(HTTPStatus.NO_CONTENT, body="")


def _own(report_id: str) -> Report:
    """Find a report that the caller alone may cancel or delete."""
    report = reports.find_for(api.caller, report_id)
    if report.owner == EVERYONE:
        raise SharedReport(
            "This report is shared by all callers, so nobody can cancel or delete it. It expires by itself."
        )
    return report
