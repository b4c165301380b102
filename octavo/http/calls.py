"""The calls of the API in one place: who answers them is deployed from it, what they answer is documented from it."""

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
    """What a call answers when all is well: `model` as JSON, or a body of another `media_type`, or nothing."""

    description: str
    model: type[BaseModel] | None = None
    media_type: str | None = None
    headers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Call:
    """A call, the function that answers it, and what it answers; `headers` of a request are those it heeds."""

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

CALLS = (
    Call(
        "POST",
        "/reports",
        "submit",
        "submit",
        "Ask for a report",
        {
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
        (
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
    ),
    Call(
        "GET",
        "/reports",
        "status",
        "list",
        "List the caller's reports, newest first",
        {
            200: Answer(
                "A page of reports; a new one may be missing for a moment.", ReportsView, headers=("Cache-Control",)
            )
        },
        (InvalidRequest,),
    ),
    Call(
        "GET",
        "/reports/{id}",
        "status",
        "status",
        "Show how a report stands",
        {
            200: Answer("The report, FAIL included.", ReportView, headers=REPORT_HEADERS),
            304: Answer("It stands as If-None-Match knows it.", headers=REPORT_HEADERS),
        },
        (ReportNotFound,),
        headers=("If-None-Match",),
    ),
    Call(
        "GET",
        "/reports/{id}/document",
        "status",
        "document",
        "Go to the document",
        {
            303: Answer(
                "`Location` is a link to the document that lives for minutes.", headers=("Location", "Cache-Control")
            )
        },
        (ReportNotFound, DocumentNotReady, ReportFailed, DocumentGone),
    ),
    Call(
        "POST",
        "/reports/{id}/cancel",
        "manage",
        "cancel",
        "Cancel a running report",
        {
            202: Answer("The report, now FAIL with the code CANCELLED.", ReportView, headers=REPORT_HEADERS),
            200: Answer("It had ended before, and stays as it is.", ReportView, headers=REPORT_HEADERS),
        },
        (ReportNotFound, SharedReport),
    ),
    Call(
        "DELETE",
        "/reports/{id}",
        "manage",
        "delete",
        "Delete a report that has ended, and its document",
        {204: Answer("It is deleted, and the links to its document stopped working.")},
        (ReportNotFound, StillRunning, SharedReport),
    ),
    Call(
        "GET",
        "/report-types",
        "status",
        "types",
        "List what can be asked for",
        {200: Answer("Every report type, by name.", ReportTypesView)},
    ),
    Call(
        "GET",
        "/report-types/{name}",
        "status",
        "type",
        "Show what a report type takes and gives",
        {200: Answer("The report type.", ReportTypeView)},
        (UnknownReportType,),
    ),
    Call(
        "GET",
        "/openapi.json",
        "status",
        "openapi",
        "The OpenAPI document of this API",
        {200: Answer("OpenAPI 3.1.", media_type=JSON)},
    ),
    Call(
        "GET",
        "/docs",
        "status",
        "docs",
        "The same as a page to read and try",
        {
            200: Answer(
                "A page that loads nothing from elsewhere.", media_type=HTML, headers=("Content-Security-Policy",)
            )
        },
    ),
)


def routes() -> list[tuple[str, str, str]]:
    """Return method, path and function of all routes: those of the calls, and HEAD where GET is."""
    found = [(call.method, call.path, call.function) for call in CALLS]
    return found + [("HEAD", call.path, call.function) for call in CALLS if call.method == "GET"]
