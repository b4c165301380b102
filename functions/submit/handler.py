"""POST /reports: find or put the report that answers the request, start its workflow, and answer with its ID."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from functions.submit.start import start
from functions.submit.wait import preferred_wait_s, wait
from octavo.authoring.catalogue import report_type_named
from octavo.http.calls import SUBMIT
from octavo.http.idempotency import key_of
from octavo.http.models import ReportRequest, ReportView
from octavo.http.web import Api, answers, report_answer
from octavo.lifecycle.report import Report, Status
from octavo.lifecycle.submission import new_report
from octavo.metrics import count_submission
from octavo.observability import logger
from octavo.settings import settings
from octavo.storage.bucket import Bucket
from octavo.storage.claims import Claims, Submission
from octavo.storage.reports import Reports
from octavo.storage.transactions import Table
from octavo.storage.workflow import Workflow

table, bucket = Table.named(settings.table), Bucket.named(settings.bucket)
reports = Reports(table)
claims, workflow = Claims(table, reports), Workflow.at(settings.state_machine_arn)
lifetimes = {"deadline": timedelta(seconds=settings.deadline_s), "retention": timedelta(seconds=settings.retention_s)}
settings.check("max_running")
api = Api()
handler = api.answer


@answers(api, SUBMIT)
def submit(request: Annotated[ReportRequest, Body()]) -> Response[ReportView]:
    submission = _submission(request, datetime.now(UTC))
    report = claims.answer(submission)
    is_new = report is submission.wanted
    count_submission(shared=not is_new)
    if report.status is Status.RUNNING:
        start(report, workflow, reports, is_new=is_new)
    logger.info("report submitted", report_id=report.id, deduplicated=not is_new)
    wait_s = preferred_wait_s(api.header("Prefer"))
    if wait_s is not None:
        report = wait(report, reports, wait_s, api.received_at)
    running = report.status is Status.RUNNING
    shown = reports.with_progress(report)
    answer = report_answer(shown, bucket, status=202 if running else 200, deduplicated=not is_new)
    if wait_s is not None:
        answer.headers["Preference-Applied"] = f"wait={wait_s}"
    return answer


def _submission(request: ReportRequest, now: datetime) -> Submission:
    type_, caller = report_type_named(request.type), api.caller
    asked = request.model_dump(include={"parameters", "format", "format_options"}) | lifetimes
    wanted = new_report(type_, owner=caller, now=now, **asked)
    max_age = timedelta(seconds=type_.max_age_s if request.max_age is None else request.max_age)
    may_answer = partial(_may_answer, now=now, max_age=max_age)
    sent_key = api.header("Idempotency-Key")
    key = None if sent_key is None else key_of(sent_key, caller, request)
    return Submission(wanted, caller, may_answer, settings.max_running, request.force, key)


def _may_answer(report: Report, now: datetime, max_age: timedelta) -> bool:
    return report.answers(now, max_age) and (report.document is None or bucket.has(report.document))
