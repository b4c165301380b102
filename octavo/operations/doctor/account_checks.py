"""The checks of the stack in its AWS account: capacity, throttles, alarms, and events that were not delivered."""

from __future__ import annotations

from datetime import timedelta

from octavo.operations.doctor.deployment import Deployment
from octavo.operations.doctor.finding import CheckFailed, CheckSkipped

LEAST_FOR_THE_API = 20  # concurrent functions that chunks should leave to submit, status and all others
LEAST_WITHOUT_RESERVATION = 100
LARGEST_SHARE_PERCENT = 80  # of the account's limit for chunks, if nothing is reserved
QUOTA = "Request a higher quota: Service Quotas, AWS Lambda, 'Concurrent executions' (a new account may have 10)"


def capacity(deployment: Deployment) -> str:
    """Chunks leave enough of the account's concurrent functions to the API."""
    found = deployment.stack.concurrency()
    limits = f"The account allows {found.limit:,} concurrent functions"
    if found.reserved is not None:
        if found.unreserved < LEAST_FOR_THE_API:
            raise CheckFailed(
                f"{limits}: {found.reserved:,} are reserved for chunks and as many for plans, and only"
                f" {found.unreserved:,} are left for all others.",
                f"{QUOTA}, or deploy with a lower capacity (docs/deploy.md).",
            )
        return f"{limits}: {found.reserved:,} for chunks, as many for plans, and {found.unreserved:,} for all others."
    most = found.limit * LARGEST_SHARE_PERCENT // 100
    if found.capacity is not None and found.capacity <= most:
        return f"{limits}, of which chunks use up to {found.capacity:,}."
    if found.capacity is None and found.limit >= LEAST_WITHOUT_RESERVATION:
        return f"{limits}; none are reserved for chunks."
    raise CheckFailed(
        f"{limits}, and chunks may use {'all' if found.capacity is None else f'{found.capacity:,}'} of them.",
        f"Deploy with -c capacity={most:,}, so that the API always has some (docs/deploy.md). {QUOTA}.",
    )


def throttles(deployment: Deployment) -> str:
    """No function was throttled in the last hour."""
    counts = deployment.stack.throttles(timedelta(hours=1))
    if counts:
        told = ", ".join(f"{name} {count:,} times" for name, count in counts.items())
        raise CheckFailed(
            f"Functions were throttled in the last hour: {told}.",
            f"Throttled chunks wait and lose only time; throttled API functions answer with errors. {QUOTA}.",
        )
    return "No function was throttled in the last hour."


def alarms(deployment: Deployment) -> str:
    """No alarm of the stack is in the state ALARM."""
    stack = deployment.stack
    states = stack.alarms()
    if not states:
        raise CheckSkipped(f"No alarm has a name that begins with '{stack.name}-'.", "Run `make deploy` again.")
    if alarmed := [name for name, state in states.items() if state == "ALARM"]:
        raise CheckFailed(
            f"{len(alarmed)} of {len(states)} alarms are in the state ALARM: {', '.join(alarmed)}.",
            "Open the alarm in the CloudWatch console: its description says what it means and what to do.",
        )
    silent = sum(state == "INSUFFICIENT_DATA" for state in states.values())
    without_data = f" ({silent} without data yet)" if silent else ""
    return f"None of the {len(states)} alarms is in the state ALARM{without_data}."


def undelivered(deployment: Deployment) -> str:
    """The queue of events that could not be recorded is empty."""
    stack = deployment.stack
    if waiting := stack.undelivered():
        raise CheckFailed(
            f"The queue {stack.name}-undelivered has {waiting:,} messages: ends of workflows that were not recorded.",
            f"Read the log /aws/lambda/{stack.name}-fail, mend its cause, then send the events to it again"
            " (docs/operations.md). The reports themselves become FAIL at their deadline.",
        )
    return f"The queue {stack.name}-undelivered is empty."
