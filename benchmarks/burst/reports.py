"""What the functions of the workflow do with reports, as far as it decides how a burst ends.

The shares are those of the product (`octavo.lifecycle.share`). That they are read and written without a race, which the
product achieves with a condition on one item of the table, is assumed here.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.burst.machine import Json
from octavo.lifecycle.share import is_small, share


class Reports:
    """The reports of a burst by their IDs, and the shares of the capacity that they hold."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._chunks: dict[str, int] = {}
        self._held: dict[str, int] = {}

    def add(self, chunks: int) -> str:
        """Add a report; return its ID."""
        report_id = str(len(self._chunks))
        self._chunks[report_id] = chunks
        return report_id

    def answer(self, function: str, event: Json) -> Json:
        """Do what a function does to shares; return its answer."""
        report_id = event["report_id"]
        match function:
            case "plan":
                chunks = self._chunks[report_id]
                return {"chunks_key": report_id, "chunks": chunks, "rows": chunks, "share": self._share(report_id)}
            case "admit":
                return self._share(report_id)
            case "merge" | "fail":
                self._held.pop(report_id, None)
        return {}

    def items(self, key: str) -> Sequence[Json]:
        """Return the list of chunks that plan has written."""
        return range(self._chunks[key])

    def _share(self, report_id: str) -> int:
        if report_id in self._held:
            return self._held[report_id]
        chunks = self._chunks[report_id]
        taken = share(self._capacity, self._held.values(), chunks)
        if taken and not is_small(self._capacity, chunks):
            self._held[report_id] = taken
        return taken
