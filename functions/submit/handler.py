"""POST /reports: claim the fingerprint and put the report in one transaction, start its workflow, answer its ID."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from functions.submit.claim import claim
from functions.submit.start import start
from functions.submit.wait import preferred_wait_s, wait
from octavo.authoring.catalogue import report_type_named
from octavo.http.idempotency import key_of
from octavo.http.models import ReportRequest, ReportView
from octavo.http.web import Api, report_answer
from octavo.lifecycle.report import Report, Status
from octavo.lifecycle.submission import new_report
from octavo.observability import logger
from octavo.settings import settings
from octavo.storage.bucket import Bucket
from octavo.storage.table import Table
from octavo.storage.workflow import Workflow

table, bucket = Table.named(settings.table), Bucket.named(settings.bucket)
workflow = Workflow.at(settings.state_machine_arn)
lifetimes = {"deadline": timedelta(seconds=settings.deadline_s), "retention": timedelta(seconds=settings.retention_s)}
api = Api()
handler = api.answer


@api.post("/reports")
def submit(request: Annotated[ReportRequest, Body()]) -> Response[ReportView]:
    report_type = report_type_named(request.type)
    now = datetime.now(UTC)
    wanted = new_report(request, report_type, owner=api.caller, now=now, **lifetimes)
    max_age = timedelta(seconds=report_type.max_age_s if request.max_age is None else request.max_age)
    sent_key = api.header("Idempotency-Key")

    def may_answer(standing: Report) -> bool:
        return standing.answers(now, max_age) and (standing.document is None or bucket.has(standing.document))

    report = claim(
        wanted,
        table,
        may_answer,
        caller=api.caller,
        force=request.force,
        key=None if sent_key is None else key_of(sent_key, api.caller, request),
        max_running=settings.max_running,
    )
    is_new = report is wanted
    if report.status is Status.RUNNING:
        start(report, workflow, table, is_new=is_new)
    logger.info("report submitted", report_id=report.id, deduplicated=not is_new)
    wait_s = preferred_wait_s(api.header("Prefer"))
    if wait_s is not None:
        report = wait(report, table, wait_s)
    running = report.status is Status.RUNNING
    answer = report_answer(report, bucket, status=202 if running else 200, deduplicated=not is_new)
    if wait_s is not None:
        answer.headers["Preference-Applied"] = f"wait={wait_s}"
    return answer
