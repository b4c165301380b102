"""Prefer: wait=N (RFC 7240 § 4.3): hold the answer until the report ends, or N seconds passed."""

import re
import time

from octavo.lifecycle.report import Report, Status
from octavo.storage.table import Table

LONGEST_WAIT_S = 20  # API Gateway gives up after 30
LOOK_EVERY_S = 0.5
WAIT = re.compile(r"\s*wait\s*=\s*\"?(\d{1,9})\"?\s*", re.IGNORECASE)


def preferred_wait_s(prefer: str | None) -> int | None:
    """Return the seconds that a Prefer header asks to wait, LONGEST_WAIT_S at most; None if it doesn't.

    What is not understood is ignored, as RFC 7240 § 2 asks; of several waits the first counts.
    """
    for preference in re.split("[,;]", prefer or ""):
        if match := WAIT.fullmatch(preference):
            return min(int(match[1]), LONGEST_WAIT_S)
    return None


def wait(report: Report, table: Table, wait_s: int) -> Report:
    """Look at the report until it ends or the time is up; return it as it was seen last."""
    until = time.monotonic() + wait_s
    while report.status is Status.RUNNING and (left := until - time.monotonic()) > 0:
        time.sleep(min(LOOK_EVERY_S, left))
        report = table.find(report.id)
    return report
