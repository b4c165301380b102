"""Every size, timeout and lifetime of the stack.

The timeouts are nested, and each is a little longer than the one inside it. A worker has therefore stopped before its
retry starts, and no report is given up while it is still running:

    function < state (+ STATE_MARGIN_S) < workflow (WORKFLOW_TIMEOUT_S) < deadline on the report (DEADLINE_S)
"""

from __future__ import annotations

from dataclasses import dataclass

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
SMALLEST_MEMORY_MB, LARGEST_MEMORY_MB = 128, 10_240
SMALLEST_STORAGE_MB, LARGEST_STORAGE_MB = 512, 10_240


@dataclass(frozen=True)
class FunctionSize:
    """The resources of a Lambda function: its memory, its time, and its disk at /tmp.

    Its share of a CPU grows with its memory (1769 MB is one whole vCPU).
    """

    memory_mb: int
    timeout_s: int
    storage_mb: int = SMALLEST_STORAGE_MB


SIZES = {
    # API Gateway waits at most 30 s. This much memory makes a cold start quick.
    "submit": FunctionSize(memory_mb=1024, timeout_s=29),
    "status": FunctionSize(memory_mb=1024, timeout_s=29),
    "manage": FunctionSize(memory_mb=1024, timeout_s=29),
    # It runs one query over the whole source and sorts its result, for which DuckDB needs about twice the size of the
    # rows in /tmp (docs/deploy.md, Sizes). A new account may use up to 3008 MB of memory.
    "plan": FunctionSize(memory_mb=3008, timeout_s=600, storage_mb=LARGEST_STORAGE_MB),
    "admit": FunctionSize(memory_mb=512, timeout_s=30),
    "chunk": FunctionSize(memory_mb=1769, timeout_s=300, storage_mb=1024),
    # S3 joins the segments itself, so this function mostly waits.
    "merge": FunctionSize(memory_mb=1024, timeout_s=600),
    # It reads the short list of running reports, and nobody waits for it.
    "watch": FunctionSize(memory_mb=512, timeout_s=60),
    # Its imports take 0.4 s of a whole CPU: 3 s with 256 MB, 0.7 s with this. It runs only when a report fails.
    "fail": FunctionSize(memory_mb=1024, timeout_s=30),
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

WATCH_EVERY_MINUTES = 5

LINK_LIFETIME_S = 900
WORK_RETENTION_DAYS = 2
INCOMPLETE_UPLOAD_DAYS = 1

# Up to this capacity nothing is reserved, because AWS requires that at least 100 functions of an account can run
# without a reservation. An account needs a limit of 300 to reserve 100 for chunks and 100 for plans.
SMALLEST_RESERVATION = 100
