"""Lambda in one account and region: what runs at the same time, what is refused, and what starts cold.

    the limit of the account ─┬─ reserved for a function: only it runs there, and never more
                              └─ everything else: all other functions share it

https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.burst.assumptions import Assumptions
from benchmarks.burst.bucket import TokenBucket
from benchmarks.burst.clock import Clock, Steps
from benchmarks.burst.machine import StateError

THROTTLED = "Lambda.TooManyRequestsException"
UNRESERVED_AT_LEAST = 100


@dataclass
class Pool:
    """A part of the concurrency. Idle execution environments do not count."""

    size: int
    running: int = 0


class Account:
    """An account that may run `limit` functions at a time; `reserved` are the reserved concurrencies."""

    def __init__(
        self,
        clock: Clock,
        assumptions: Assumptions,
        rng: random.Random,
        *,
        limit: int,
        reserved: Mapping[str, int],
        timeouts_s: Mapping[str, float],
    ) -> None:
        if reserved and limit - sum(reserved.values()) < UNRESERVED_AT_LEAST:
            raise ValueError(f"AWS leaves at least {UNRESERVED_AT_LEAST} of {limit} unreserved, so it refuses this.")
        self._clock = clock
        self._assumptions = assumptions
        self._rng = rng
        self._shared = Pool(limit - sum(reserved.values()))
        self._own = {function: Pool(size) for function, size in reserved.items()}
        self._timeouts_s = timeouts_s
        self._idle: Counter[str] = Counter()
        size, per_s = assumptions.environments, assumptions.environments_per_s
        self._new = {function: TokenBucket(size, per_s) for function in timeouts_s}
        self.throttled: Counter[str] = Counter()
        self.most_running = 0

    def invoke(self, function: str, at_most_s: float = float("inf")) -> Steps[None]:
        """Run a function. Raises StateError if it is throttled or needs more time than it, or its caller, has."""
        pool = self._own.get(function, self._shared)
        cold = not self._idle[function]
        if pool.running >= pool.size or (cold and not self._new[function].take(self._clock.now)):
            self.throttled[function] += 1
            raise StateError(THROTTLED)
        pool.running += 1
        self.most_running = max(
            self.most_running, self._shared.running + sum(own.running for own in self._own.values())
        )
        if not cold:
            self._idle[function] -= 1
        wanted_s, timeout_s = self._assumptions.duration_s(function, self._rng), self._timeouts_s[function]
        seconds = (self._assumptions.cold_s(self._rng) if cold else 0.0) + min(wanted_s, timeout_s)
        self._clock.after(seconds, lambda: self._ended(pool, function))  # also if nobody waits for it any more
        yield min(seconds, at_most_s)
        if seconds > at_most_s:
            raise StateError("States.Timeout")
        if wanted_s > timeout_s:
            raise StateError("Sandbox.Timedout")

    def _ended(self, pool: Pool, function: str) -> None:
        pool.running -= 1
        self._idle[function] += 1
