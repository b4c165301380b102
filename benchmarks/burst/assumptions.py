"""Every number of the model that does not come from the template. Those with an address are AWS's own."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import log
from types import MappingProxyType

# How long the functions run when they are warm. The seconds of an API function include its calls of DynamoDB.
SECONDS = MappingProxyType(
    {"plan": 5.0, "chunk": 3.0, "merge": 2.0, "admit": 0.1, "fail": 0.1, "submit": 0.15, "status": 0.05}
)


@dataclass(frozen=True)
class Assumptions:
    """What AWS and the functions do."""

    seconds: Mapping[str, float] = field(default_factory=lambda: SECONDS)  # on average
    spread: float = 0.4  # of these seconds: the standard deviation of their logarithm
    cold_start_s: float = 1.5  # on average; DuckDB's functions need more, those of the API less

    # https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html: 1,000 execution environments every 10 seconds
    # for each function, refilled continuously.
    environments: int = 1_000
    environments_per_s: float = 100.0

    # https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html: state transitions of an account, in the
    # regions with the lower quota. Retries count. What exceeds it is delayed.
    transitions: int = 800
    transitions_per_s: float = 500.0
    transition_s: tuple[float, float] = (0.05, 0.1)
    read_items_s: float = 0.5  # the map reads the list of its items from S3

    def duration_s(self, function: str, rng: random.Random) -> float:
        return _around(self.seconds[function], self.spread, rng)

    def cold_s(self, rng: random.Random) -> float:
        return _around(self.cold_start_s, self.spread, rng)


def _around(mean: float, spread: float, rng: random.Random) -> float:
    """Return a duration from a log-normal distribution with this mean: most are a little shorter, a few much longer."""
    return rng.lognormvariate(log(mean) - spread**2 / 2, spread) if mean else 0.0
