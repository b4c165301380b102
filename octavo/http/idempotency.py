"""The Idempotency-Key header: a caller's own name for a request, so that sending it twice makes one report. Pure.

The header is that of draft-ietf-httpapi-idempotency-key-header. Its value is used as it is sent, quotes included.
"""

from __future__ import annotations

import hashlib
import json
import re

from octavo.errors import InvalidRequest
from octavo.http.models import ReportRequest
from octavo.lifecycle.idempotency import IdempotencyKey

VALUE = re.compile(r"[!-~][ -~]{0,253}[!-~]|[!-~]")  # visible ASCII, spaces within


def key_of(value: str, caller: str, request: ReportRequest) -> IdempotencyKey:
    """Return the key of a request. Raises InvalidRequest if the header's value is not allowed."""
    if not VALUE.fullmatch(value):
        raise InvalidRequest("The Idempotency-Key must have 1 to 255 visible ASCII characters, such as a UUID.")
    # Not RFC 8785, which has no integers beyond 2^53 - 1: a decimal parameter may be one. `strict_json` has read equal
    # numbers as equal values.
    body = json.dumps(request.model_dump(mode="json", exclude_unset=True), sort_keys=True)
    return IdempotencyKey(_digest(f"{caller}\n{value}".encode()), _digest(body.encode()))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
