"""What the API functions share: the event handler, and errors as problem documents (RFC 9457)."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from octavo.api import BODY_LIMIT_BYTES, POLL_AGAIN_S, ReportView, report_url, view_report
from octavo.bucket import Bucket
from octavo.errors import InvalidRequest, MalformedRequest, OctavoError, Problem, RequestError, RequestTooLarge
from octavo.observability import logger
from octavo.owner import owner_of
from octavo.report import Report, Status
from octavo.settings import settings

PROBLEM_JSON = "application/problem+json"


class Api(APIGatewayHttpResolver):
    """An event handler that answers whatever goes wrong behind it with a problem document."""

    def __init__(self) -> None:
        super().__init__(enable_validation=True, response_validation_error_http_code=500)
        self.exception_handler(OctavoError)(_problem)
        self.exception_handler(RequestValidationError)(_invalid)
        self.exception_handler(RecursionError)(_too_deep)
        self.exception_handler(Exception)(_unexpected)
        self.not_found(_no_such_address)

    @property
    def caller(self) -> str:
        """The owner the request comes from."""
        return owner_of(self.current_event.raw_event["requestContext"], settings.auth)

    def answer(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer an event of the HTTP API (payload format 2.0)."""
        try:
            return self.resolve(_with_json_body(event), context)
        except RequestError as error:
            return _as_dictionary(_problem(error))


def _with_json_body(event: dict[str, Any]) -> dict[str, Any]:
    """Return the event with its body as text, said to be JSON: a client need not say so, and curl says otherwise.

    Raises RequestTooLarge, and MalformedRequest for what is no UTF-8.
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
    headers = {**event.get("headers", {}), "content-type": "application/json"}
    return {**event, "body": text, "isBase64Encoded": False, "headers": headers}


def report_answer(report: Report, bucket: Bucket, *, status: int = 200, deduplicated: bool = False) -> Response[Any]:
    """Answer with a report: where it is, when to ask again, and a fresh link once it has its document."""
    link = bucket.link(report.document, settings.link_lifetime_s) if report.document else None
    view: ReportView = view_report(report, api_url=settings.api_url, deduplicated=deduplicated, link=link)
    headers = {"Location": report_url(settings.api_url, report.id), "Cache-Control": "no-store"}
    if report.status is Status.RUNNING:
        headers["Retry-After"] = str(POLL_AGAIN_S)
    return Response(status, "application/json", view, headers)


def _problem(error: OctavoError) -> Response[str]:
    problems = error.problems if isinstance(error, InvalidRequest) else ()
    return _problem_document(error.status, error.code, error.title, error.message, problems, retry=error.retryable)


def _invalid(error: RequestValidationError) -> Response[str]:
    """Answer what pydantic or the event handler found in the request."""
    faults = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return _problem(MalformedRequest("The body is not valid JSON. Send one JSON object."))
    problems = tuple(Problem(pointer(fault["loc"][1:]), fault["msg"]) for fault in faults)
    return _problem(InvalidRequest("Some fields are missing, unknown or wrong; `errors` lists them.", problems))


def _too_deep(error: RecursionError) -> Response[str]:
    return _problem(MalformedRequest("The body is nested too deeply. Send a flatter JSON object."))


def _unexpected(error: Exception) -> Response[str]:
    """Answer a fault of our own: the log has its kind and place, the caller no detail."""
    logger.exception("request failed unexpectedly")
    return _problem_document(500, OctavoError.code, OctavoError.title, "Try again; if it stays, tell the operator.")


def _no_such_address(error: Exception) -> Response[str]:
    return _problem_document(404, "NOT_FOUND", "No such address", "The calls begin at /reports and /report-types.")


def _problem_document(
    status: int, code: str, title: str, detail: str, problems: Sequence[Problem] = (), *, retry: bool = False
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
    headers = {"Retry-After": str(POLL_AGAIN_S)} if retry or code == "NOT_READY" else {}
    return Response(status, PROBLEM_JSON, json.dumps(body), headers)


def _as_dictionary(response: Response[str]) -> dict[str, Any]:
    headers = {"Content-Type": response.content_type}
    return {"statusCode": response.status_code, "headers": headers, "body": response.body, "isBase64Encoded": False}


def pointer(location: Sequence[str | int]) -> str:
    """Return a place in JSON as a pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in location)
