"""Bursts of reports, the clients that wait for them, and what comes of it.

A client submits its report, and polls it until it has ended, with the pauses of `octavo.client`. It repeats a call that
Lambda refused until the call succeeds. While large reports are rendered, one client after the other submits a report of
one chunk.
"""

from __future__ import annotations

import random
import statistics
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.burst.account import Account
from benchmarks.burst.assumptions import Assumptions
from benchmarks.burst.clock import Clock, Steps
from benchmarks.burst.executions import Executions
from benchmarks.burst.machine import StateError
from benchmarks.burst.reports import Reports
from benchmarks.burst.template import Deployed
from octavo.http.models import POLL_AGAIN_S

API = frozenset({"submit", "status"})
FIRST_PAUSE_S, PAUSE_GROWTH, LONGEST_PAUSE_S, PAUSE_JITTER = 0.5, 1.5, 5.0, 1.2  # octavo.client.retries.pause_s
SMALL_EVERY_S = 10.0


@dataclass(frozen=True)
class Scenario:
    """A burst of `reports` reports with `chunks` chunks each, submitted within some seconds."""

    reports: int
    chunks: int
    within_s: float = 5.0

    @property
    def name(self) -> str:
        return f"{self.reports:,} x {self.chunks:,}"


SCENARIOS = (Scenario(50, 160), Scenario(500, 1), Scenario(1, 1_600))
LARGEST = SCENARIOS[0]


@dataclass
class Outcome:
    """What came of a burst: the seconds of each report until its client saw the end, and what failed."""

    seconds: list[float] = field(default_factory=list)
    small_s: list[float] = field(default_factory=list)
    submit_s: list[float] = field(default_factory=list)  # until the API accepted the report
    errors: Counter[str] = field(default_factory=Counter)
    throttled: Mapping[str, int] = field(default_factory=dict)
    most_running: int = 0
    transitions: int = 0

    @property
    def failed(self) -> int:
        return self.errors.total()

    @property
    def slowest_s(self) -> float:
        return max(self.seconds)

    @property
    def median_s(self) -> float:
        return statistics.median(self.seconds)

    @property
    def slowest_small_s(self) -> float | None:
        return max(self.small_s, default=None)

    @property
    def throttled_by_api(self) -> int:
        """Return how many calls of the API were refused; the clients repeated them."""
        return sum(count for function, count in self.throttled.items() if function in API)

    @property
    def throttled_steps(self) -> int:
        """Return how many invocations by workflows were refused; the workflows repeated them or failed."""
        return sum(self.throttled.values()) - self.throttled_by_api


class Burst:
    """One simulated burst."""

    def __init__(self, deployed: Deployed, limit: int, seed: int, assumptions: Assumptions) -> None:
        self._rng = random.Random(seed)
        self._clock = Clock()
        self._machine = deployed.machine
        self._reports = Reports(deployed.capacity)
        self._account = Account(
            self._clock,
            assumptions,
            self._rng,
            limit=limit,
            reserved=deployed.reserved,
            timeouts_s=deployed.timeouts_s,
        )
        self._executions = Executions(self._clock, assumptions, self._rng, self._account, self._reports)
        self._outcome = Outcome()
        self._left = 0

    def run(self, scenario: Scenario) -> Outcome:
        self._left = scenario.reports
        for number in range(scenario.reports):
            at_s = scenario.within_s * number / scenario.reports
            self._clock.start(self._large(at_s, scenario.chunks))
        if scenario.chunks > 1:
            self._clock.start(self._small())
        self._clock.run()
        self._outcome.throttled = self._account.throttled
        self._outcome.most_running = self._account.most_running
        self._outcome.transitions = self._executions.transitions
        return self._outcome

    def _large(self, at_s: float, chunks: int) -> Steps[None]:
        yield at_s
        self._outcome.seconds.append((yield from self._client(chunks)))
        self._left -= 1

    def _small(self) -> Steps[None]:
        while True:
            yield SMALL_EVERY_S
            if not self._left:
                return
            self._outcome.small_s.append((yield from self._client(1)))

    def _client(self, chunks: int) -> Steps[float]:
        """Submit a report and wait for its end; return the seconds that this took."""
        began = self._clock.now
        yield from self._call("submit")
        self._outcome.submit_s.append(self._clock.now - began)
        report_id, errors = self._reports.add(chunks), list[str | None]()

        def execution() -> Steps[None]:
            errors.append((yield from self._executions.run(self._machine, {"report_id": report_id})))

        self._clock.start(execution())
        polls = 0
        while True:
            ended = bool(errors)
            yield from self._call("status")
            if ended:
                break
            yield self._pause_s(polls, at_least_s=POLL_AGAIN_S)
            polls += 1
        if errors[0]:
            self._outcome.errors[errors[0]] += 1
        return self._clock.now - began

    def _call(self, function: str) -> Steps[None]:
        """Call the API until it is not refused."""
        attempt = 0
        while True:
            try:
                yield from self._account.invoke(function)
                return
            except StateError:
                yield self._pause_s(attempt)
                attempt += 1

    def _pause_s(self, attempt: int, at_least_s: float = 0.0) -> float:
        grown = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * PAUSE_GROWTH ** min(attempt, 20))
        return max(grown, at_least_s) * self._rng.uniform(1.0, PAUSE_JITTER)
