"""Which requests the client repeats, and after how long a pause.

The pauses grow with every try, and are never shorter than the server asks for in Retry-After.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import httpx

TRIES = 4
LONGEST_PAUSE_S = 20.0  # if a server asks for a longer one, its answer is returned at once
RETRIED_STATUSES = frozenset({429, 502, 503, 504})

Sleep = Callable[[float], None]


def send_with_retries(send: Callable[[], httpx.Response], *, sleep: Sleep) -> httpx.Response:
    """Call `send` until it returns an answer that should not be retried, or TRIES times; return the last answer.

    The answer has the number of tries as `tries` in its extensions. Every call of the API may be sent twice: identical
    requests share a run, and a forced request has an Idempotency-Key. Raises the httpx.TransportError of the last try.
    """
    for attempt in range(TRIES):
        last = attempt == TRIES - 1
        asked_s = None
        try:
            response = send()
        except httpx.UnsupportedProtocol:
            raise
        except httpx.TransportError:
            if last:
                raise
        else:
            asked_s = retry_after_s(response)
            if last or response.status_code not in RETRIED_STATUSES or (asked_s or 0) > LONGEST_PAUSE_S:
                response.extensions["tries"] = attempt + 1
                return response
        sleep(pause_s(attempt, at_least_s=asked_s))
    raise AssertionError("the last try returns or raises")


def pause_s(attempt: int, *, first_s: float = 0.5, longest_s: float = 5.0, at_least_s: float | None = None) -> float:
    """Return the pause after try `attempt` (from 0). It grows by half each time, and has up to 20 % of jitter."""
    grown = min(longest_s, first_s * 1.5 ** min(attempt, 20))
    return max(grown, at_least_s or 0.0) * random.uniform(1.0, 1.2)  # noqa: S311 - jitter needs no secret


def retry_after_s(response: httpx.Response) -> float | None:
    """Read Retry-After in seconds, the form that Octavo sends (RFC 9110 §10.2.3); None for the other form."""
    value = response.headers.get("Retry-After", "").strip()
    return float(value) if value.isascii() and value.isdigit() else None
