"""GET: a report's status, the link to its document, the caller's reports, and what the API offers (`about`)."""

from datetime import UTC, datetime

from aws_lambda_powertools.event_handler import Response

from functions.status.about import about
from octavo.errors import DocumentGone, DocumentNotReady, ReportFailed
from octavo.http.calls import DOCUMENT, LIST, STATUS
from octavo.http.list_page import that_fit
from octavo.http.list_query import cursor_of, read_query
from octavo.http.models import ReportsView, ReportView
from octavo.http.web import Api, answers, not_modified, report_answer, shown_report
from octavo.settings import settings
from octavo.storage.bucket import Bucket
from octavo.storage.listing import Listing
from octavo.storage.reports import Reports
from octavo.storage.transactions import Table

table, bucket = Table.named(settings.table), Bucket.named(settings.bucket)
reports, listing = Reports(table), Listing(table)
api = Api()
api.include_router(about)
handler = api.answer


@answers(api, STATUS)
def status(id: str) -> Response[ReportView | str]:
    report = reports.with_progress(reports.find_for(api.caller, id))
    known = api.header("If-None-Match")
    return not_modified(report, known, datetime.now(UTC)) or report_answer(report, bucket)


@answers(api, DOCUMENT)
def document(id: str) -> Response[str]:
    report = reports.find_for(api.caller, id)
    if report.failure:
        raise ReportFailed(f"{report.failure.code}: {report.failure.message}")
    if not report.document:
        raise DocumentNotReady(f"The report is still running. Ask for its status at /reports/{id}.")
    if not bucket.has(report.document):
        raise DocumentGone("The document was deleted or has expired. Submit the request again.")
    url, _ = bucket.link(report.document, settings.link_lifetime_s)
    return Response(303, body="", headers={"Location": url, "Cache-Control": "no-store"})


@answers(api, LIST)
def own_reports() -> Response[ReportsView]:
    query = read_query(api.current_event.raw_event.get("rawQueryString", ""))
    found, end = listing.page(
        api.caller, status=query.status, report_type=query.type, limit=query.limit, after=query.position
    )
    page = that_fit(shown_report(report, bucket) for report in reports.all_with_progress(found))
    if len(page) < len(found):
        end = found[len(page) - 1].position
    view = ReportsView(reports=page, next_cursor=cursor_of(end) if end else None)
    return Response(200, "application/json", view, {"Cache-Control": "no-store"})
