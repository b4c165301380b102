"""Idempotency-Key: a caller's own name for a request, so that sending it twice makes one report. Pure.

The header is that of draft-ietf-httpapi-idempotency-key-header; its value is taken as it comes, quotes included.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

import rfc8785

from octavo.errors import InvalidRequest
from octavo.http.models import ReportRequest

VALUE = re.compile(r"[!-~][ -~]{0,253}[!-~]|[!-~]")  # visible ASCII, spaces within


@dataclass(frozen=True)
class Key:
    """A key as the table has it: hashed with its owner, so that nobody meets another's; and its request's digest."""

    hashed: str
    request: str


def key_of(value: str, caller: str, request: ReportRequest) -> Key:
    """Return the key of a request. Raises InvalidRequest for a value that can't be one."""
    if not VALUE.fullmatch(value):
        raise InvalidRequest("The Idempotency-Key must have 1 to 255 visible ASCII characters, such as a UUID.")
    body = rfc8785.dumps(request.model_dump(mode="json", exclude_unset=True))
    return Key(_digest(f"{caller}\n{value}".encode()), _digest(body))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
