"""GET: the report types that callers can submit, and the documentation of the API."""

from functools import cache

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import Router

from octavo.authoring.catalogue import report_type_named, report_types
from octavo.http.calls import DOCS, OPENAPI, TYPE, TYPES
from octavo.http.models import ReportTypesView, ReportTypeView, view_report_type
from octavo.http.openapi import docs_page, openapi
from octavo.http.web import answers
from octavo.settings import settings

about = Router()  # type: ignore[no-untyped-call]  # powertools left its constructor untyped


@answers(about, TYPES)
def types() -> ReportTypesView:
    return ReportTypesView(report_types=[view_report_type(each) for each in report_types().values()])


@answers(about, TYPE)
def type_named(name: str) -> ReportTypeView:
    return view_report_type(report_type_named(name))


@answers(about, OPENAPI)
def openapi_document() -> Response[str]:
    return Response(200, "application/json", _openapi())


@answers(about, DOCS)
def docs() -> Response[str]:
    page, policy = docs_page(_openapi())
    return Response(200, "text/html; charset=utf-8", page, {"Content-Security-Policy": policy})


@cache
def _openapi() -> str:
    return openapi(report_types().values(), settings.api_url, settings.auth)
