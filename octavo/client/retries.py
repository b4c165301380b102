"""Which requests the client repeats, and after how long a pause.

The pauses grow with every try, and are never shorter than the server asks for in Retry-After.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable

import httpx

from octavo.client.gateway import BUSY_STATUSES, is_from_gateway

TRIES = 4
TRIES_OF_A_POLL = 12  # somebody waits for the report anyway; together some 35 s
LONGEST_PAUSE_S = 20.0  # if a server asks for a longer one, its answer is returned at once

Sleep = Callable[[float], None]


def send_with_retries(
    send: Callable[[], httpx.Response],
    *,
    sleep: Sleep,
    tries: int = TRIES,
    left_s: Callable[[], float] = lambda: math.inf,
) -> httpx.Response:
    """Call `send` until it returns an answer that should not be retried, or `tries` times; return the last answer.

    If no answer comes at all, it is called at most TRIES times. There is no further try when no time is left. The
    answer has the number of tries as `tries` in its extensions. Every call of the API may be sent twice: identical
    requests share a run, and a forced request has an Idempotency-Key. Raises the httpx.TransportError of the last try.
    """
    for attempt in itertools.count():
        asked_s = None
        try:
            response = send()
        except httpx.UnsupportedProtocol:
            raise
        except httpx.TransportError:
            if attempt + 1 >= TRIES or left_s() <= 0:
                raise
        else:
            asked_s = retry_after_s(response)
            last = attempt + 1 >= tries or left_s() <= 0
            if last or not _may_pass(response) or (asked_s or 0) > LONGEST_PAUSE_S:
                response.extensions["tries"] = attempt + 1
                return response
        sleep(min(pause_s(attempt, at_least_s=asked_s), max(left_s(), 0)))
    raise AssertionError("the last try returns or raises")


def _may_pass(response: httpx.Response) -> bool:
    """May another try succeed? Octavo's own 500 is an error in its code; API Gateway's may be a throttled function."""
    return response.status_code in BUSY_STATUSES or is_from_gateway(response)


def pause_s(attempt: int, *, first_s: float = 0.5, longest_s: float = 5.0, at_least_s: float | None = None) -> float:
    """Return the pause after try `attempt` (from 0). It grows by half each time, and has up to 20 % of jitter."""
    grown = min(longest_s, first_s * 1.5 ** min(attempt, 20))
    return max(grown, at_least_s or 0.0) * random.uniform(1.0, 1.2)  # noqa: S311 - jitter needs no secret


def retry_after_s(response: httpx.Response) -> float | None:
    """Read Retry-After in seconds, the form that Octavo sends (RFC 9110 §10.2.3); None for the other form."""
    value = response.headers.get("Retry-After", "").strip()
    return float(value) if value.isascii() and value.isdigit() else None
