"""The Idempotency-Key header: a caller's own name for a request, so that sending it twice makes one report. Pure.

The header is that of draft-ietf-httpapi-idempotency-key-header. Its value is used as it is sent, quotes included.
"""

from __future__ import annotations

import hashlib
import re

import rfc8785

from octavo.errors import InvalidRequest
from octavo.http.models import ReportRequest
from octavo.lifecycle.idempotency import IdempotencyKey

VALUE = re.compile(r"[!-~][ -~]{0,253}[!-~]|[!-~]")  # visible ASCII, spaces within


def key_of(value: str, caller: str, request: ReportRequest) -> IdempotencyKey:
    """Return the key of a request. Raises InvalidRequest if the header's value is not allowed."""
    if not VALUE.fullmatch(value):
        raise InvalidRequest("The Idempotency-Key must have 1 to 255 visible ASCII characters, such as a UUID.")
    body = rfc8785.dumps(request.model_dump(mode="json", exclude_unset=True))
    return IdempotencyKey(_digest(f"{caller}\n{value}".encode()), _digest(body))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
