"""Every size, timeout and lifetime of the stack.

The timeouts are nested, and each is a little longer than the one inside it. A worker has therefore stopped before its
retry starts, and no report is given up while it is still running:

    function < state (+ STATE_MARGIN_S) < workflow (WORKFLOW_TIMEOUT_S) < deadline on the report (DEADLINE_S)
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FunctionSize:
    """The resources of a Lambda function. Its share of a CPU grows with its memory (1769 MB is one whole vCPU)."""

    memory_mb: int
    timeout_s: int
    storage_mb: int = 512


SIZES = {
    # API Gateway waits at most 30 s. This much memory makes a cold start quick.
    "submit": FunctionSize(memory_mb=1024, timeout_s=29),
    "status": FunctionSize(memory_mb=1024, timeout_s=29),
    "manage": FunctionSize(memory_mb=1024, timeout_s=29),
    # It runs one query over the whole source, and DuckDB spills to /tmp. A new account may use up to 3008 MB.
    "plan": FunctionSize(memory_mb=3008, timeout_s=600, storage_mb=4096),
    "admit": FunctionSize(memory_mb=512, timeout_s=30),
    "chunk": FunctionSize(memory_mb=1769, timeout_s=300, storage_mb=1024),
    # S3 joins the segments itself, so this function mostly waits.
    "merge": FunctionSize(memory_mb=1024, timeout_s=600),
    "fail": FunctionSize(memory_mb=256, timeout_s=30),
}

STATE_MARGIN_S = 10
# Four hours: 8,000 chunks of 3 s need more than one hour in a new account, where ten functions may run at a time.
WORKFLOW_TIMEOUT_S = 4 * 3600
DEADLINE_S = WORKFLOW_TIMEOUT_S + 300

# A throttled state waits a random time between 0 and this, so it waits for half of it on average. It gives up shortly
# before the workflow's own time is up, because then the report can say that the service was busy. Each attempt adds
# about 4 of the at most 25,000 events that an execution's history may have.
LONGEST_BUSY_DELAY_S = 30
BUSY_ATTEMPTS = WORKFLOW_TIMEOUT_S * 9 // 10 // (LONGEST_BUSY_DELAY_S // 2)

# How often a report that waits for capacity looks whether there is some. Each look adds about 10 of the 25,000 events.
CAPACITY_WAIT_S = 10

LINK_LIFETIME_S = 900
WORK_RETENTION_DAYS = 2
INCOMPLETE_UPLOAD_DAYS = 1

# Up to this capacity nothing is reserved, because AWS requires that at least 100 functions of an account can run
# without a reservation. An account needs a limit of 200 to reserve 100.
SMALLEST_RESERVATION = 100
