"""GET: a report's status, its document's link, and the report types that can be asked for."""

from aws_lambda_powertools.event_handler import Response

from octavo.api import ReportTypesView, ReportTypeView, ReportView, view_report_type
from octavo.bucket import Bucket
from octavo.catalogue import report_type_named, report_types
from octavo.errors import DocumentGone, DocumentNotReady, ReportFailed
from octavo.settings import settings
from octavo.table import Table
from octavo.web import Api, report_answer

table, bucket = Table.named(settings.table), Bucket.named(settings.bucket)
api = Api()
handler = api.answer


@api.get("/reports/<report_id>")
def status(report_id: str) -> Response[ReportView]:
    return report_answer(table.find_for(api.caller, report_id), bucket)


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


@api.get("/report-types")
def types() -> ReportTypesView:
    return ReportTypesView(report_types=[view_report_type(each) for each in report_types().values()])


@api.get("/report-types/<name>")
def type_named(name: str) -> ReportTypeView:
    return view_report_type(report_type_named(name))
