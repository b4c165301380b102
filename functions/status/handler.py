"""GET: a report's status, its document's link, the caller's reports; and what can be asked for (`about`)."""

from datetime import UTC, datetime

from aws_lambda_powertools.event_handler import Response

from functions.status.about import about
from octavo.errors import DocumentGone, DocumentNotReady, ReportFailed
from octavo.http.list_query import cursor_of, read_query
from octavo.http.models import ReportsView, ReportView
from octavo.http.web import Api, not_modified, report_answer, shown_report
from octavo.settings import settings
from octavo.storage.bucket import Bucket
from octavo.storage.table import Table

table, bucket = Table.named(settings.table), Bucket.named(settings.bucket)
api = Api()
api.include_router(about)
handler = api.answer


@api.get("/reports/<report_id>")
def status(report_id: str) -> Response[ReportView | str]:
    report = table.find_for(api.caller, report_id)
    known = api.header("If-None-Match")
    return not_modified(report, known, datetime.now(UTC)) or report_answer(report, bucket)


@api.get("/reports/<report_id>/document")
def document(report_id: str) -> Response[str]:
    report = table.find_for(api.caller, report_id)
    if report.failure:
        raise ReportFailed(f"{report.failure.code}: {report.failure.message}")
    if not report.document:
        raise DocumentNotReady(f"The report is still running. Ask for its status at /reports/{report_id}.")
    if not bucket.has(report.document):
        raise DocumentGone("The document was deleted or its time has passed. Submit the request again.")
    url, _ = bucket.link(report.document, settings.link_lifetime_s)
    return Response(303, body="", headers={"Location": url, "Cache-Control": "no-store"})


@api.get("/reports")
def reports() -> Response[ReportsView]:
    query = read_query(api.current_event.raw_event.get("rawQueryString", ""))
    found, end = table.list_of(
        api.caller, status=query.status, report_type=query.type, limit=query.limit, after=query.position
    )
    view = ReportsView(
        reports=[shown_report(report, bucket) for report in found], next_cursor=cursor_of(end) if end else None
    )
    return Response(200, "application/json", view, {"Cache-Control": "no-store"})
