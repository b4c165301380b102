"""The shares of the capacity that large reports hold, in one item of the table.

    take ──► a share: the report is rendered ──► release, when its last chunk is rendered or it ends
      ▲ └──► 0: there is no room
      └── wait, then try again

The item names the reports that hold a share now, at most some twenty. It is read consistently and written on the
condition that nobody has changed it, so the shares never add up to more than the capacity. A report whose process died
before `release` is found by the reports that wait: each attempt without success looks at one of the holders.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from octavo.errors import Busy, ReportNotFound
from octavo.lifecycle.report import Report, Status
from octavo.lifecycle.share import is_small, share
from octavo.storage.items import Item, epoch, shares_item_key
from octavo.storage.transactions import ConditionFailed, Interference, Table

if TYPE_CHECKING:
    from octavo.storage.reports import Reports


class Shares:
    """The shares of a capacity, which is the number of chunks of all reports that may be rendered at once."""

    def __init__(self, table: Table, reports: Reports, capacity: int) -> None:
        self._table = table
        self._reports = reports
        self._capacity = capacity

    def take(self, report: Report, chunks: int) -> int:
        """Take a share for a report with so many chunks, and return it; 0 if the report must wait.

        A report that holds a share already keeps it. One that is small needs none: it gets as many as it has chunks.
        """
        if is_small(self._capacity, chunks):
            return share(self._capacity, (), chunks)
        try:
            return self._table.retried(lambda: self._attempt(report, chunks))
        except Busy:  # too many others take or release theirs at this moment
            return 0

    def _attempt(self, report: Report, chunks: int) -> int:
        found = self._table.get(shares_item_key()) or {}
        held: dict[str, Item] = {
            name: entry for name, entry in found.get("shares", {}).items() if entry["until"] > epoch(self._table.now())
        }
        if report.id in held:
            return int(held[report.id]["share"])
        taken = share(self._capacity, [entry["share"] for entry in held.values()], chunks)
        if taken:
            held[report.id] = {"share": taken, "until": epoch(report.deadline)}
            self._write(held, seen=found.get("version"))
        elif held:
            self._look_at_one_of(held)
        return taken

    def _write(self, held: Mapping[str, Item], *, seen: int | None) -> None:
        """Write the shares. Raises Interference if they are not those that were read."""
        item = shares_item_key() | {"shares": held, "version": (seen or 0) + 1}
        condition = "attribute_not_exists(pk)" if seen is None else "version = :seen"
        put = self._table.put(item, condition, None if seen is None else {":seen": seen})
        try:
            self._table.write_once(put)
        except ConditionFailed:
            raise Interference from None

    def _look_at_one_of(self, held: Mapping[str, Item]) -> None:
        """Release the share of a report that has ended without releasing it."""
        report_id = random.choice(list(held))  # noqa: S311  (no secret)
        with suppress(ReportNotFound):
            if self._reports.find(report_id).status is Status.RUNNING:
                return
        release(self._table, report_id)


def release(table: Table, report_id: str) -> None:
    """Give back the share of a report, if it holds one."""
    try:
        table.update(
            shares_item_key(),
            "REMOVE shares.#id ADD version :one",
            {":one": 1},
            "attribute_exists(shares.#id)",
            {"#id": report_id},
        )
    except (ConditionFailed, Busy):  # it holds none; or a report that waits finds it later
        return
