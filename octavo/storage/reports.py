"""The records of reports. Every change is one write on the condition that the report is RUNNING.

`Reports.end` is the only place that ends a report, for whatever reason:

    merge: the document is complete ────────┐
    fail: the workflow failed ──────────────┤
    manage: the owner cancelled it ─────────┼──► end ──► SUCCESS or FAIL, if the report is still RUNNING
    submit: the workflow did not start ─────┤
    any reader: its deadline has passed ────┘
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace

from octavo.errors import ReportEnded, ReportNotFound, StillRunning
from octavo.lifecycle.failure import timed_out
from octavo.lifecycle.manifest import Chunk, Manifest
from octavo.lifecycle.owner import may_see
from octavo.lifecycle.report import ID_PATTERN, Document, Failure, Report, Stage, Status
from octavo.lifecycle.timestamps import rfc3339
from octavo.metrics import count_end
from octavo.storage.items import Item, moment, report_item_key, report_of
from octavo.storage.progress import note_rendered, rendered
from octavo.storage.shares import release
from octavo.storage.transactions import POOL, ConditionFailed, Table

RUNNING = "#status = :running"
NAMES = {"#status": "status"}
VALUES = {":running": Status.RUNNING}


class Reports:
    """The records of reports in a table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, report_id: str) -> Report:
        """Read a report; end it as FAIL if its deadline has passed. Raises ReportNotFound."""
        item = self._table.get(report_item_key(report_id)) if re.fullmatch(ID_PATTERN, report_id) else None
        if item is None or moment(item["expires_at"]) <= self._table.now():
            raise _not_found(report_id)
        report = report_of(item)
        if report.overdue(self._table.now()):
            report, _ = self.end(report_id, timed_out())
        return report

    def find_for(self, caller: str, report_id: str) -> Report:
        """Read a report that the caller may see. Raises ReportNotFound, for another's report as for none."""
        report = self.find(report_id)
        if not may_see(report.owner, caller):
            raise _not_found(report_id)
        return report

    def running(self, report_id: str) -> Report:
        """Read a report in order to work on it. Raises ReportEnded if it is not RUNNING any more."""
        report = self.find(report_id)
        if report.status is not Status.RUNNING:
            raise _ended(report)
        return report

    def planned(self, report_id: str, manifest: Manifest) -> None:
        """Record the planned rows and chunks, and that the chunks are rendered next. Raises ReportEnded."""
        values = {":stage": Stage.CHUNKS, ":rows": manifest.rows, ":chunks": len(manifest.chunks)}
        self._advance(report_id, "SET stage = :stage, rows_total = :rows, chunks_total = :chunks", values)

    def merging(self, report_id: str) -> None:
        """Record that all chunks are done and the merge has begun. Raises ReportEnded."""
        expression = "SET stage = :stage, rows_done = rows_total, chunks_done = chunks_total"
        self._release(self._advance(report_id, expression, {":stage": Stage.MERGE}))

    def count_chunk(self, report: Report, chunk: Chunk) -> None:
        """Note that a chunk is rendered; noting it again changes nothing. Raises Busy.

        The record is neither read nor changed, so a report that has ended or was deleted stays as it is.
        """
        note_rendered(self._table, report, chunk)

    def with_progress(self, report: Report) -> Report:
        """Return the report with the rows and chunks that are done at this moment. Raises Busy."""
        planned = report.progress
        if planned.chunks_total is None or planned.chunks_done == planned.chunks_total:
            return report
        done = rendered(self._table, report.id)
        return replace(report, progress=replace(planned, rows_done=sum(done.values()), chunks_done=len(done)))

    def all_with_progress(self, reports: Sequence[Report]) -> list[Report]:
        """Return the reports with their progress: a query for each whose chunks are being rendered, POOL at a time."""
        with ThreadPoolExecutor(POOL) as pool:
            return list(pool.map(self.with_progress, reports))

    def end(self, report_id: str, result: Document | Failure) -> tuple[Report, bool]:
        """End a RUNNING report: as SUCCESS with its document, or as FAIL with its failure.

        Return the report as it is then, and whether this call ended it: the first end is final. Raises ReportNotFound.
        """
        status, field = (Status.SUCCESS, "document") if isinstance(result, Document) else (Status.FAIL, "failure")
        expression = f"SET #status = :status, finished_at = :now, {field} = :result REMOVE stage, running_for"
        values = {":status": status, ":now": rfc3339(self._table.now()), ":result": asdict(result)}
        try:
            report = self._change(report_id, expression, values)
        except ConditionFailed as failed:
            if not failed.found:
                raise _not_found(report_id) from None
            return report_of(failed.found), False
        count_end(report)
        if report.failure:  # a report that succeeded has given its share back when its merge began
            self._release(report)
        return report, True

    def _release(self, report: Report) -> None:
        """Give back the share of the capacity. A report with one chunk never holds any."""
        if (report.progress.chunks_total or 0) > 1:
            release(self._table, report.id)

    def delete(self, report_id: str) -> None:
        """Delete the record of a report that has ended; what names it names nothing then, and expires.

        Raises StillRunning.
        """
        unless_running = "attribute_not_exists(pk) OR #status <> :running"
        try:
            self._table.delete(report_item_key(report_id), unless_running, NAMES, VALUES)
        except ConditionFailed:
            raise still_running(report_id) from None

    def _advance(self, report_id: str, expression: str, values: Item) -> Report:
        try:
            return self._change(report_id, expression, values)
        except ConditionFailed as failed:
            raise _ended(report_of(failed.found) if failed.found else None) from None

    def _change(self, report_id: str, expression: str, values: Item) -> Report:
        """Change a RUNNING report; return it as it is then. Raises ConditionFailed if it is not RUNNING."""
        return report_of(
            self._table.update(report_item_key(report_id), expression, {**values, **VALUES}, RUNNING, NAMES)
        )


def still_running(report_id: str) -> StillRunning:
    return StillRunning(f"The report {report_id} is running. Cancel it first, then delete it.")


def _not_found(report_id: str) -> ReportNotFound:
    return ReportNotFound(f"You have no report {report_id!r}. It may have expired: submit the request again.")


def _ended(report: Report | None) -> ReportEnded:
    return ReportEnded(f"The report ended as {report.status}." if report else "The report does not exist.")
