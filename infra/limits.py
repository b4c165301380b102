"""Every size, timeout and lifetime of the stack, in one place.

The timeouts nest, each a little longer than the one inside it, so that a worker is dead before its retry starts and
no report is judged dead while it still lives:

    function < state (+ STATE_MARGIN_S) < workflow (WORKFLOW_TIMEOUT_S) < deadline on the report (DEADLINE_S)
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FunctionSize:
    """What Lambda gives a function; its share of a CPU grows with its memory (1769 MB is one whole)."""

    memory_mb: int
    timeout_s: int
    storage_mb: int = 512


SIZES = {
    # API Gateway waits 30 s at most. Memory here buys a quick cold start.
    "submit": FunctionSize(memory_mb=1024, timeout_s=29),
    "status": FunctionSize(memory_mb=1024, timeout_s=29),
    "manage": FunctionSize(memory_mb=1024, timeout_s=29),
    # One query over the whole source; DuckDB spills to /tmp. 3008 MB is what a new account may have.
    "plan": FunctionSize(memory_mb=3008, timeout_s=600, storage_mb=4096),
    "chunk": FunctionSize(memory_mb=1769, timeout_s=300, storage_mb=1024),
    # Joins in S3 itself: it waits more than it works.
    "merge": FunctionSize(memory_mb=1024, timeout_s=600),
    "fail": FunctionSize(memory_mb=256, timeout_s=30),
}

STATE_MARGIN_S = 10
WORKFLOW_TIMEOUT_S = 3600
DEADLINE_S = WORKFLOW_TIMEOUT_S + 300

LINK_LIFETIME_S = 900
WORK_RETENTION_DAYS = 2
INCOMPLETE_UPLOAD_DAYS = 1
