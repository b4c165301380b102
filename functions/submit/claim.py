"""Which report answers a request: the one its key stands for, one that stands, or the new one."""

from collections.abc import Callable

from octavo.errors import Busy, TooManyRunning
from octavo.http.idempotency import Key
from octavo.lifecycle.report import Report
from octavo.storage.table import KeyTaken, Table

TRIES = 5


def claim(
    wanted: Report,
    table: Table,
    may_answer: Callable[[Report], bool],
    *,
    caller: str,
    force: bool,
    key: Key | None,
    max_running: int,
) -> Report:
    """Return the report that answers; `wanted` itself when it has been put.

    Raises KeyReused, TooManyRunning, Busy.
    """
    for _ in range(TRIES):
        if key and (known := table.keyed(key)):
            return known
        standing = None if force else table.standing(wanted.fingerprint, may_answer)
        if standing is None and table.running_for(caller, most=max_running) >= max_running:
            raise TooManyRunning(
                f"You have {max_running} reports running, as many as a caller may. Wait until one ends, or cancel one."
            )
        try:
            report = standing or table.claim(wanted, may_answer, caller=caller, force=force, key=key)
            if key and report is not wanted:
                table.remember(key, report)
        except KeyTaken:
            continue
        return report
    raise Busy("Too many requests with this Idempotency-Key at this moment. Try again in a second.")
