"""Read the API's answers: as the expected model, or as the error that a problem document (RFC 9457) describes.

An answer that API Gateway gives in front of Octavo raises ApiFailed or ApiRefused, too. Any other answer, such as a
proxy's page, raises ApiUnreachable with what was received.
"""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from octavo.client.gateway import failure, is_from_gateway, json_object
from octavo.errors import ApiFailed, ApiRefused, ApiUnreachable, Problem

View = TypeVar("View", bound=BaseModel)

NOT_ALLOWED = {401: "UNAUTHORIZED", 403: "FORBIDDEN"}


def read_answer(response: httpx.Response, view: type[View]) -> View:
    """Read the answer as `view`. Raises ApiRefused, ApiFailed, or ApiUnreachable if it is not Octavo's."""
    if not response.is_success:
        _refuse(response)
    try:
        return view.model_validate_json(response.content)
    except ValidationError as error:
        raise _not_octavo(response) from error


def read_no_content(response: httpx.Response) -> None:
    """Expect the status 204. Raises the same errors as `read_answer`."""
    if response.status_code != httpx.codes.NO_CONTENT:
        _refuse(response)


def _refuse(response: httpx.Response) -> NoReturn:
    """Raise the error that the answer describes: a problem document, a refusal by API Gateway, or something else."""
    body = json_object(response)
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type == "application/problem+json" or {"code", "title", "status"} <= body.keys():
        refusal = ApiFailed if response.is_server_error else ApiRefused
        detail = str(body.get("detail") or body.get("title") or response.reason_phrase)
        code = str(body.get("code") or f"HTTP_{response.status_code}")
        raise refusal(response.status_code, code, detail, _problems(body.get("errors")))
    if response.status_code in NOT_ALLOWED:
        raise ApiRefused(
            response.status_code, NOT_ALLOWED[response.status_code], _how_to_authenticate(response.request)
        )
    if is_from_gateway(response):
        raise failure(response)
    raise _not_octavo(response)


def _problems(errors: Any) -> tuple[Problem, ...]:
    if not isinstance(errors, list):
        return ()
    return tuple(
        Problem(str(error.get("pointer", "")), str(error.get("detail", ""))) for error in errors if type(error) is dict
    )


def _how_to_authenticate(request: httpx.Request) -> str:
    authorization = request.headers.get("Authorization", "")
    if not authorization:
        return (
            "The API requires authentication, and the request was not signed. Use --sign REGION (or OCTAVO_SIGN)"
            " to sign requests with AWS credentials, or set OCTAVO_TOKEN."
        )
    if authorization.startswith("Bearer "):
        return "The API did not accept this OCTAVO_TOKEN. It may have expired, or another issuer may have issued it."
    return (
        "The API did not accept this AWS identity, which needs the permission execute-api:Invoke on the API."
        " Check the profile (aws sts get-caller-identity), the region and the clock of this machine."
    )


def _not_octavo(response: httpx.Response) -> ApiUnreachable:
    media_type = response.headers.get("Content-Type", "nothing").partition(";")[0]
    moved = f" It redirects to {response.headers['Location']}." if response.has_redirect_location else ""
    return ApiUnreachable(
        f"{response.request.url} answered {response.status_code} with {media_type}, which is not an answer of Octavo."
        f"{moved} Check the address (--url, OCTAVO_URL, .octavo/stack.json) and any proxy in between."
    )
