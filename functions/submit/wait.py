"""Prefer: wait=N (RFC 7240 § 4.3): answer when the report has ended, or after N seconds."""

import re
import time
from datetime import UTC, datetime

from octavo.lifecycle.report import Report, Status
from octavo.storage.reports import Reports

LONGEST_WAIT_S = 20
# API Gateway gives up 30 s after it has received the request. A cold start is part of this time.
ANSWER_WITHIN_S = 26
LOOK_EVERY_S = 0.5
WAIT = re.compile(r"\s*wait\s*=\s*\"?(\d{1,9})\"?\s*", re.IGNORECASE)


def preferred_wait_s(prefer: str | None) -> int | None:
    """Return the seconds that a Prefer header asks to wait, at most LONGEST_WAIT_S; None if it does not ask.

    Preferences that are not understood are ignored, as RFC 7240 § 2 requires. Of several waits the first counts.
    """
    for preference in re.split("[,;]", prefer or ""):
        if match := WAIT.fullmatch(preference):
            return min(int(match[1]), LONGEST_WAIT_S)
    return None


def wait(report: Report, reports: Reports, wait_s: int, received_at: datetime) -> Report:
    """Read the report again and again until it has ended or the time is up; return it as it was read last.

    The time is up after `wait_s`, but at the latest ANSWER_WITHIN_S after API Gateway received the request.
    """
    passed_s = (datetime.now(UTC) - received_at).total_seconds()
    until = time.monotonic() + min(wait_s, ANSWER_WITHIN_S - passed_s)
    while report.status is Status.RUNNING and (left := until - time.monotonic()) > 0:
        time.sleep(min(LOOK_EVERY_S, left))
        report = reports.find(report.id)
    return report
