"""When the client asks again, and after how long.

A pause grows with every try, and is never shorter than the server asks.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import httpx

TRIES = 4
LONGEST_PAUSE_S = 20.0  # a server that asks for more gets no further try: its answer is passed on
WORTH_ANOTHER_TRY = frozenset({429, 502, 503, 504})

Sleep = Callable[[float], None]


def send_with_retries(send: Callable[[], httpx.Response], *, sleep: Sleep) -> httpx.Response:
    """Call `send` until it gives an answer not worth another try; return the last answer, `tries` in its extensions.

    Every call of the API may be sent twice: identical requests share a run, and a forced one has its Idempotency-Key.
    Raises the last try's httpx.TransportError.
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
            if last or response.status_code not in WORTH_ANOTHER_TRY or (asked_s or 0) > LONGEST_PAUSE_S:
                response.extensions["tries"] = attempt + 1
                return response
        sleep(pause_s(attempt, at_least_s=asked_s))
    raise AssertionError("the last try returns or raises")


def pause_s(attempt: int, *, first_s: float = 0.5, longest_s: float = 5.0, at_least_s: float | None = None) -> float:
    """Give the pause after try number `attempt` (from 0): half as long again each time, and up to a fifth of jitter."""
    grown = min(longest_s, first_s * 1.5 ** min(attempt, 20))
    return max(grown, at_least_s or 0.0) * random.uniform(1.0, 1.2)  # noqa: S311 - jitter is no secret


def retry_after_s(response: httpx.Response) -> float | None:
    """Read Retry-After in its form in seconds, the one Octavo sends (RFC 9110 §10.2.3)."""
    value = response.headers.get("Retry-After", "").strip()
    return float(value) if value.isascii() and value.isdigit() else None
