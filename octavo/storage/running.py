"""The reports that are running, of all callers: for the watch, which nobody waits for."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from octavo.errors import ReportNotFound
from octavo.lifecycle.report import created_at
from octavo.storage.reports import Reports
from octavo.storage.transactions import Table


class Running:
    """The running reports in a table. Its index `running_by_caller` contains these reports and no others."""

    def __init__(self, table: Table, reports: Reports) -> None:
        self._table = table
        self._reports = reports

    def oldest(self) -> timedelta:
        """End the reports whose deadline has passed; return how long the oldest of the others has been running.

        The index may lag by moments, so a report that has just ended may still be counted.
        """
        now = self._table.now()
        begun = [now]
        for item in self._table.scan("running_by_caller"):
            report_id = item["pk"].partition("#")[2]
            if datetime.fromisoformat(item["deadline"]) > now:
                begun.append(created_at(report_id))
            else:
                with suppress(ReportNotFound):
                    self._reports.find(report_id)  # whoever reads a report past its deadline ends it
        return now - min(begun)
