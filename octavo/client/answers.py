"""What the API answered: the model it promised, or the error its problem document stands for (RFC 9457).

An answer that is not Octavo's (a proxy's page, a wrong address) is ApiUnreachable, and says what came instead.
"""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from octavo.errors import ApiFailed, ApiRefused, ApiUnreachable, Problem

View = TypeVar("View", bound=BaseModel)

NOT_ALLOWED = {401: "UNAUTHORIZED", 403: "FORBIDDEN"}


def read_answer(response: httpx.Response, view: type[View]) -> View:
    """Read the answer as `view`. Raises ApiRefused (4xx), ApiFailed (5xx), or ApiUnreachable if it is not Octavo's."""
    if not response.is_success:
        _refuse(response)
    try:
        return view.model_validate_json(response.content)
    except ValidationError as error:
        raise _not_octavo(response) from error


def read_no_content(response: httpx.Response) -> None:
    """Expect 204. Raises as `read_answer` does."""
    if response.status_code != httpx.codes.NO_CONTENT:
        _refuse(response)


def _refuse(response: httpx.Response) -> NoReturn:
    """Raise what the answer stands for: a problem, API Gateway's own refusal, or something foreign."""
    body = _json_object(response)
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type == "application/problem+json" or {"code", "title", "status"} <= body.keys():
        refusal = ApiFailed if response.is_server_error else ApiRefused
        detail = str(body.get("detail") or body.get("title") or response.reason_phrase)
        code = str(body.get("code") or f"HTTP_{response.status_code}")
        raise refusal(response.status_code, code, detail, _problems(body.get("errors")))
    if response.status_code in NOT_ALLOWED:
        raise ApiRefused(response.status_code, NOT_ALLOWED[response.status_code], _who_is_asking(response.request))
    raise _not_octavo(response)


def _json_object(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _problems(errors: Any) -> tuple[Problem, ...]:
    if not isinstance(errors, list):
        return ()
    return tuple(
        Problem(str(error.get("pointer", "")), str(error.get("detail", ""))) for error in errors if type(error) is dict
    )


def _who_is_asking(request: httpx.Request) -> str:
    authorization = request.headers.get("Authorization", "")
    if not authorization:
        return (
            "The API wants to know who is asking, and the request was not signed. Say --sign REGION (or OCTAVO_SIGN)"
            " for AWS credentials, or set OCTAVO_TOKEN."
        )
    if authorization.startswith("Bearer "):
        return "The API does not accept this OCTAVO_TOKEN: it may have expired, or come from another issuer."
    return (
        "The API does not let this AWS identity in: it needs execute-api:Invoke on the API."
        " Check the profile (aws sts get-caller-identity), the region and this machine's clock."
    )


def _not_octavo(response: httpx.Response) -> ApiUnreachable:
    media_type = response.headers.get("Content-Type", "nothing").partition(";")[0]
    moved = f" It points to {response.headers['Location']}." if response.has_redirect_location else ""
    return ApiUnreachable(
        f"{response.request.url} answered {response.status_code} with {media_type}, which is not Octavo's.{moved}"
        " Check the address (--url, OCTAVO_URL, .octavo/stack.json), and any proxy in between."
    )
