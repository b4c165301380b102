"""The answers that API Gateway gives by itself, when the function behind it is busy, fails or takes too long.

They are JSON with nothing but a message, such as `{"message": "Service Unavailable"}`. API Gateway answers 429 if it
gets too many requests, 500 or 503 if Lambda throttles the function, if the function fails, or if it takes longer than
30 s: https://repost.aws/knowledge-center/api-gateway-5xx-error
"""

from __future__ import annotations

from typing import Any

import httpx

from octavo.errors import ApiFailed, Busy, OctavoError

BUSY_STATUSES = frozenset({429, 502, 503, 504})


def is_from_gateway(response: httpx.Response) -> bool:
    """Has API Gateway answered by itself that the API is busy or has failed?"""
    if response.status_code not in BUSY_STATUSES | {500}:
        return False
    return json_object(response).keys() == {"message"}


def failure(response: httpx.Response) -> ApiFailed:
    """Return the error that such an answer describes."""
    status = f"{response.status_code} {response.reason_phrase}"
    if response.status_code in BUSY_STATUSES:
        detail = f"The API is busy at this moment ({status}). Try again in a few seconds."
        return ApiFailed(response.status_code, Busy.code, detail)
    detail = f"The API failed ({status}). Try again; if it fails again, tell its operator."
    return ApiFailed(response.status_code, OctavoError.code, detail)


def json_object(response: httpx.Response) -> dict[str, Any]:
    """Return the body of an answer if it is a JSON object, and an empty one otherwise."""
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
