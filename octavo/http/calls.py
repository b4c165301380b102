"""The calls of the API, each declared once.

The deployed routes, the handlers' routes (`octavo.http.web.answers`) and the OpenAPI document follow from these
declarations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from octavo.errors import (
    Busy,
    DocumentGone,
    DocumentNotReady,
    InvalidRequest,
    KeyReused,
    MalformedRequest,
    OctavoError,
    ReportFailed,
    ReportNotFound,
    RequestTooLarge,
    SharedReport,
    StartFailed,
    StillRunning,
    TooManyRunning,
    UnknownReportType,
)
from octavo.http.models import ReportsView, ReportTypesView, ReportTypeView, ReportView

JSON, HTML = "application/json", "text/html; charset=utf-8"


@dataclass(frozen=True)
class Answer:
    """What a call answers if nothing is wrong: `model` as JSON, or a body of another `media_type`, or no body."""

    description: str
    model: type[BaseModel] | None = None
    media_type: str | None = None
    headers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Call:
    """A call, the function that answers it, and what it answers. `headers` are those of a request that matter to it."""

    method: str
    path: str
    function: str
    name: str
    summary: str
    answers: Mapping[int, Answer]
    errors: tuple[type[OctavoError], ...] = ()
    headers: tuple[str, ...] = ()


REPORT_HEADERS = ("Location", "Cache-Control", "ETag", "Retry-After")
SUBMIT_HEADERS = (*REPORT_HEADERS, "Preference-Applied")

SUBMIT = Call(
    "POST",
    "/reports",
    function="submit",
    name="submit",
    summary="Ask for a report",
    answers={
        202: Answer(
            "A new report, or one joined while it is RUNNING.",
            ReportView,
            headers=SUBMIT_HEADERS,
        ),
        200: Answer(
            "A report that has ended: an earlier SUCCESS, or one that ended while this call waited for it.",
            ReportView,
            headers=SUBMIT_HEADERS,
        ),
    },
    errors=(
        MalformedRequest,
        UnknownReportType,
        RequestTooLarge,
        InvalidRequest,
        KeyReused,
        TooManyRunning,
        StartFailed,
        Busy,
    ),
    headers=("Idempotency-Key", "Prefer"),
)

LIST = Call(
    "GET",
    "/reports",
    function="status",
    name="list",
    summary="List the caller's reports, newest first",
    answers={
        200: Answer(
            "A page of the list; a new report may be missing for a moment.", ReportsView, headers=("Cache-Control",)
        )
    },
    errors=(InvalidRequest,),
)

STATUS = Call(
    "GET",
    "/reports/{id}",
    function="status",
    name="status",
    summary="Show the status of a report",
    answers={
        200: Answer("The report, whatever its status.", ReportView, headers=REPORT_HEADERS),
        304: Answer("Not modified: the ETag matches If-None-Match.", headers=REPORT_HEADERS),
    },
    errors=(ReportNotFound,),
    headers=("If-None-Match",),
)

DOCUMENT = Call(
    "GET",
    "/reports/{id}/document",
    function="status",
    name="document",
    summary="Go to the document",
    answers={
        303: Answer(
            "`Location` is a link to the document that works for some minutes.", headers=("Location", "Cache-Control")
        )
    },
    errors=(ReportNotFound, DocumentNotReady, ReportFailed, DocumentGone),
)

CANCEL = Call(
    "POST",
    "/reports/{id}/cancel",
    function="manage",
    name="cancel",
    summary="Cancel a running report",
    answers={
        202: Answer("The report, now FAIL with the code CANCELLED.", ReportView, headers=REPORT_HEADERS),
        200: Answer("The report had ended before and is unchanged.", ReportView, headers=REPORT_HEADERS),
    },
    errors=(ReportNotFound, SharedReport),
)

DELETE = Call(
    "DELETE",
    "/reports/{id}",
    function="manage",
    name="delete",
    summary="Delete a report that has ended, and its document",
    answers={204: Answer("The report is deleted; links to its document no longer work.")},
    errors=(ReportNotFound, StillRunning, SharedReport),
)

TYPES = Call(
    "GET",
    "/report-types",
    function="status",
    name="types",
    summary="List the report types",
    answers={200: Answer("Every report type, by name.", ReportTypesView)},
)

TYPE = Call(
    "GET",
    "/report-types/{name}",
    function="status",
    name="type",
    summary="Show a report type's parameters, columns and formats",
    answers={200: Answer("The report type.", ReportTypeView)},
    errors=(UnknownReportType,),
)

OPENAPI = Call(
    "GET",
    "/openapi.json",
    function="status",
    name="openapi",
    summary="The OpenAPI document of this API",
    answers={200: Answer("OpenAPI 3.1.", media_type=JSON)},
)

DOCS = Call(
    "GET",
    "/docs",
    function="status",
    name="docs",
    summary="The documentation of this API as a web page",
    answers={
        200: Answer(
            "A page that loads nothing from other servers.", media_type=HTML, headers=("Content-Security-Policy",)
        )
    },
)

CALLS = (SUBMIT, LIST, STATUS, DOCUMENT, CANCEL, DELETE, TYPES, TYPE, OPENAPI, DOCS)


def routes() -> list[tuple[str, str, str]]:
    """Return method, path and function of all routes: those of the calls, and HEAD where GET is."""
    found = [(call.method, call.path, call.function) for call in CALLS]
    return found + [("HEAD", call.path, call.function) for call in CALLS if call.method == "GET"]
