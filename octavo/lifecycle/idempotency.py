"""What Octavo remembers of a caller's Idempotency-Key. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class IdempotencyKey:
    """A caller's own name for a request, as two digests.

    `digest` is of the key and its caller, so that no caller meets another's key. `request_digest` is of the request
    that came with it, so that the same key with another request is noticed.
    """

    digest: str
    request_digest: str
