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
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

Sleep = Callable[[float], None]


def send_with_retries(send: Callable[[], httpx.Response], *, repeatable: bool, sleep: Sleep) -> httpx.Response:
    """Call `send` until it gives an answer not worth another try; return the last answer.

    What is not `repeatable` is sent again only when the server cannot have acted on it: no connection, or 429.
    Raises the last try's httpx.TransportError.
    """
    for attempt in range(TRIES):
        last = attempt == TRIES - 1
        asked_s = None
        try:
            response = send()
        except httpx.UnsupportedProtocol:
            raise
        except httpx.TransportError as error:
            if last or not (repeatable or isinstance(error, NOT_SENT)):
                raise
        else:
            asked_s = retry_after_s(response)
            again = WORTH_ANOTHER_TRY if repeatable else {429}
            if last or response.status_code not in again or (asked_s or 0) > LONGEST_PAUSE_S:
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
