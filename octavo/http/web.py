"""What the API functions share: the event handler, answers with reports, and problem documents (RFC 9457)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import astuple
from datetime import UTC, datetime
from typing import Any, TypeVar

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.api_gateway import BaseRouter
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from octavo.codes import Code
from octavo.errors import InvalidRequest, MalformedRequest, OctavoError, Problem, RequestError, RequestTooLarge
from octavo.http.calls import Call
from octavo.http.models import BODY_LIMIT_BYTES, POLL_AGAIN_S, ReportView, report_url, view_report
from octavo.http.strict_json import read_json
from octavo.lifecycle.owner import owner_of
from octavo.lifecycle.report import Report, Status
from octavo.observability import logger
from octavo.settings import settings
from octavo.storage.bucket import Bucket

PROBLEM_JSON = "application/problem+json"
SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}  # of every answer

Handler = TypeVar("Handler", bound=Callable[..., Any])


def answers(router: BaseRouter, call: Call) -> Callable[[Handler], Handler]:
    """Let a function answer a call, at the method and the path that `octavo.http.calls` declares.

    `{id}` in the path becomes the function's argument `id`.
    """
    register: Callable[[Handler], Handler] = router.route(call.path.translate(str.maketrans("{}", "<>")), call.method)
    return register


class Api(APIGatewayHttpResolver):
    """An event handler that answers every error with a problem document."""

    def __init__(self) -> None:
        super().__init__(enable_validation=True, response_validation_error_http_code=500)
        settings.check("api_url", "auth", "link_lifetime_s")
        self.exception_handler(OctavoError)(_problem)
        self.exception_handler(RequestValidationError)(_invalid)
        self.exception_handler(Exception)(_unexpected)
        self.not_found(_no_such_address)

    @property
    def caller(self) -> str:
        """The owner that the request comes from."""
        return owner_of(self.current_event.raw_event["requestContext"], settings.auth)

    @property
    def received_at(self) -> datetime:
        """The time when API Gateway received the request."""
        milliseconds: int = self.current_event.raw_event["requestContext"]["timeEpoch"]
        return datetime.fromtimestamp(milliseconds / 1000, UTC)

    def header(self, name: str) -> str | None:
        """Return a header of the request; None if it has none of this name."""
        wanted = name.lower()
        headers: dict[str, str] = self.current_event.raw_event.get("headers") or {}
        return next((value for given, value in headers.items() if given.lower() == wanted), None)

    def answer(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer an event of the HTTP API (payload format 2.0): HEAD as GET, but without a body (RFC 9110 § 9.3.2)."""
        about = event["requestContext"]
        is_head = about["http"]["method"] == "HEAD"
        if is_head:
            event = {**event, "requestContext": {**about, "http": {**about["http"], "method": "GET"}}}
        try:
            answer = self.resolve(_with_json_body(event), context)
        except RequestError as error:
            answer = _as_dictionary(_problem(error))
        except Exception as error:  # Lambda would log its text, which may hold values
            answer = _as_dictionary(_unexpected(error))
        answer["headers"] = {**SAFE, **(answer.get("headers") or {})}
        if is_head:
            answer["body"] = ""
        return answer


def _with_json_body(event: dict[str, Any]) -> dict[str, Any]:
    """Return the event with its body as plain JSON and the content type that says so, whatever type was sent.

    (curl sends another one unless it is told.) Raises RequestTooLarge, and MalformedRequest for a body that is not JSON
    in UTF-8 or that `strict_json` refuses.
    """
    if not event.get("body"):
        return event
    body = base64.b64decode(event["body"]) if event.get("isBase64Encoded") else event["body"].encode()
    if len(body) > BODY_LIMIT_BYTES:
        raise RequestTooLarge(f"The body is over {BODY_LIMIT_BYTES // 1024} KiB. Send a smaller one.")
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise MalformedRequest("The body is not UTF-8. Send one JSON object in UTF-8.") from error
    headers = {**(event.get("headers") or {}), "content-type": "application/json"}
    return {**event, "body": json.dumps(read_json(text)), "isBase64Encoded": False, "headers": headers}


def report_answer(report: Report, bucket: Bucket, *, status: int = 200, deduplicated: bool = False) -> Response[Any]:
    """Answer with a report, its address, when to ask again, and a fresh link if it has its document."""
    view = shown_report(report, bucket, deduplicated=deduplicated)
    return Response(status, "application/json", view, _headers(report, datetime.now(UTC)))


def shown_report(report: Report, bucket: Bucket, *, deduplicated: bool = False) -> ReportView:
    """Show a report, with a fresh link to its document."""
    link = bucket.link(report.document, settings.link_lifetime_s) if report.document else None
    return view_report(report, api_url=settings.api_url, deduplicated=deduplicated, link=link)


def not_modified(report: Report, known: str | None, now: datetime) -> Response[Any] | None:
    """Answer 304 if If-None-Match has the report's current ETag (RFC 9110 § 13.1.2); return None otherwise."""
    tags = {tag.strip().removeprefix("W/") for tag in (known or "").split(",")}
    headers = _headers(report, now)
    if not tags & {headers["ETag"].removeprefix("W/"), "*"}:
        return None
    return Response(304, body="", headers=headers)


def _headers(report: Report, now: datetime) -> dict[str, str]:
    headers = {
        "Location": report_url(settings.api_url, report.id),
        "Cache-Control": "no-store",
        "ETag": entity_tag(report, now, settings.link_lifetime_s),
    }
    if report.status is Status.RUNNING:
        headers["Retry-After"] = str(POLL_AGAIN_S)
    return headers


def entity_tag(report: Report, now: datetime, link_lifetime_s: int) -> str:
    """Return a weak tag (RFC 9110 § 8.8.3) of everything that a client sees, except the link, which always differs.

    If there is a document, the tag changes three times in the lifetime of a link, so that a client that gets 304 still
    has a link that works.
    """
    seen: list[Any] = [report.id, report.status, report.stage, astuple(report.progress), report.failure is not None]
    if report.document:
        seen.append(int(now.timestamp()) * 3 // link_lifetime_s)
    return f'W/"{hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:20]}"'


def _problem(error: OctavoError) -> Response[str]:
    problems = error.problems if isinstance(error, InvalidRequest) else ()
    return _problem_document(
        error.status, error.code, error.title, error.message, problems, worth_waiting=error.worth_waiting
    )


def _invalid(error: RequestValidationError) -> Response[str]:
    """Answer with what pydantic found wrong in the request, after its JSON has been read."""
    problems = tuple(Problem.at(fault["loc"][1:], fault["msg"]) for fault in error.errors())
    return _problem(InvalidRequest("Some fields are missing, unknown or wrong; `errors` lists them.", problems))


def _unexpected(error: Exception) -> Response[str]:
    """Answer an error of Octavo itself. The log gets its kind and place; the caller gets no detail."""
    logger.exception("request failed unexpectedly")
    return _problem_document(
        500, OctavoError.code, OctavoError.title, "Try again; if it fails again, tell the operator."
    )


def _no_such_address(error: Exception) -> Response[str]:
    return _problem_document(404, Code.NOT_FOUND, "No such address", "The calls begin at /reports and /report-types.")


def _problem_document(
    status: int, code: str, title: str, detail: str, problems: Sequence[Problem] = (), *, worth_waiting: bool = False
) -> Response[str]:
    body: dict[str, Any] = {
        "type": f"urn:octavo:problem:{code.lower().replace('_', '-')}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
    }
    if problems:
        body["errors"] = [{"pointer": problem.pointer, "detail": problem.detail} for problem in problems]
    headers = {"Cache-Control": "no-store"} | ({"Retry-After": str(POLL_AGAIN_S)} if worth_waiting else {})
    return Response(status, PROBLEM_JSON, json.dumps(body), headers)


def _as_dictionary(response: Response[str]) -> dict[str, Any]:
    headers = {"Content-Type": response.content_type}
    return {"statusCode": response.status_code, "headers": headers, "body": response.body, "isBase64Encoded": False}
