"""Simulate bursts of reports with several limits of an account: `make burst`.

The exit status is 1 if a report failed, or if a small report waited too long for the large ones.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from rich.console import Console
from rich.table import Table

from benchmarks.burst.assumptions import SECONDS, Assumptions
from benchmarks.burst.scenarios import LARGEST, SCENARIOS, Burst, Outcome, Scenario
from benchmarks.burst.template import Deployed

LIMITS = (10, 100, 1_000)
SMALL_AT_MOST = 0.1  # of the time of the largest burst


def main() -> int:
    arguments = _arguments()
    console = Console(width=130)
    assumptions = replace(
        Assumptions(), seconds=_seconds(arguments), cold_start_s=arguments.cold_start, spread=arguments.spread
    )
    table = _table()
    failed, total, slowest_s, late = 0, 0, 0.0, []
    for limit in arguments.limit or LIMITS:
        capacity = arguments.capacity or capacity_for(limit)
        deployed = Deployed.synthesized(capacity=capacity)
        for scenario in SCENARIOS:
            outcome = Burst(deployed, limit, arguments.seed, assumptions).run(scenario)
            table.add_row(f"{limit:,}", f"{capacity:,}", scenario.name, *_cells(scenario, outcome))
            failed, total = failed + outcome.failed, total + scenario.reports + len(outcome.small_s)
            slowest_s = max(slowest_s, outcome.slowest_s)
            small_s = outcome.slowest_small_s
            if scenario == LARGEST and small_s and small_s > SMALL_AT_MOST * outcome.slowest_s:
                late.append(limit)
    console.print(table)
    for limit in late:
        console.print(f"Limit {limit:,}: a small report took more than a tenth of the burst's time.")
    print(f"{failed} of {total:,} reports failed; the slowest took {slowest_s:,.0f} s")
    return 1 if failed or late else 0


def capacity_for(limit: int) -> int:
    """Return the option `capacity` that docs/deploy.md recommends for an account with this limit."""
    if limit < 500:
        return max(1, min(99, limit * 4 // 5))
    return min(200, (limit - 100) // 2)


def _table() -> Table:
    table = Table(title="Simulated bursts (reports x chunks)", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for heading in ("limit", "capacity", "burst", "failed", "slowest", "median", "small report", "submit"):
        table.add_column(heading, justify="right", no_wrap=True)
    for heading in ("refused steps", "refused calls", "at once", "transitions"):
        table.add_column(heading, justify="right")
    return table


def _cells(scenario: Scenario, outcome: Outcome) -> list[str]:
    small_s = outcome.slowest_small_s
    return [
        f"{outcome.failed}",
        f"{outcome.slowest_s:,.0f} s",
        f"{outcome.median_s:,.0f} s",
        "" if small_s is None else f"{small_s:,.0f} s",
        f"{max(outcome.submit_s):,.0f} s",
        f"{outcome.throttled_steps:,}",
        f"{outcome.throttled_by_api:,}",
        f"{outcome.most_running:,}",
        f"{outcome.transitions:,}",
    ]


def _seconds(arguments: argparse.Namespace) -> Mapping[str, float]:
    chosen = {name: getattr(arguments, name) for name in ("plan", "chunk", "merge")}
    return MappingProxyType({**SECONDS, **chosen})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.burst", description=(__doc__ or "").partition("\n")[0])
    add = parser.add_argument
    add("--limit", type=int, action="append", help="concurrent executions of the account; repeatable")
    add("--capacity", type=int, help="the option `capacity` (default: what docs/deploy.md recommends for the limit)")
    add("--seed", type=int, default=1, help="another seed makes another burst")
    for name in ("plan", "chunk", "merge"):
        add(f"--{name}", type=float, default=SECONDS[name], help=f"average seconds of {name} when warm")
    add("--cold-start", type=float, default=Assumptions.cold_start_s, help="average seconds of a cold start")
    add("--spread", type=float, default=Assumptions.spread, help="how much the seconds vary (0: not at all)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
