"""Plan a report: run its query once, and decide the layout of its document and its chunks."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from octavo.authoring.report_type import ReportType
from octavo.data.database import connect
from octavo.data.failures import Work, exhaustion_converted
from octavo.data.snapshot import Snapshot, read_rows, take_snapshot
from octavo.documents import Plan, format_named
from octavo.formats import FORMATS
from octavo.lifecycle.manifest import Manifest, cut


@dataclass(frozen=True)
class Planned:
    """A snapshot on this machine, and the plan that the format has made for it."""

    snapshot: Snapshot
    plan: Plan
    format_options: Mapping[str, Any]

    def manifest(self, snapshot_key: str, version: str = "") -> Manifest:
        """Return the manifest of the report. `snapshot_key` is where its chunks will find the snapshot.

        `version` is that of the code, which its chunks and its merge must have too.
        """
        chunks = cut(self.snapshot.rows, self.plan.chunk_rows, self.plan.unit, self.plan.sections)
        rows, totals = self.snapshot.rows, self.snapshot.totals
        return Manifest(snapshot_key, rows, totals, chunks, self.plan.layout, self.format_options, version)


def plan(
    report_type: type[ReportType],
    format: str,
    parameters: Mapping[str, Any],
    data_root: str,
    folder: Path,
    format_options: Mapping[str, Any] | None = None,
) -> Planned:
    """Write the snapshot of the report to `folder` and plan its document.

    `parameters` are the values to bind to the query; `format_options` are all options of the format, or None for its
    defaults. Raises what `take_snapshot` and the format raise.
    """
    return plan_document(report_type, format, take_snapshot(report_type, parameters, data_root, folder), format_options)


def plan_document(
    report_type: type[ReportType], format: str, snapshot: Snapshot, format_options: Mapping[str, Any] | None = None
) -> Planned:
    """Plan a document from an existing snapshot. Raises TooLarge, and what the format raises."""
    folder, options = snapshot.path.parent, FORMATS[format].options.model_validate(format_options or {})
    with exhaustion_converted(report_type, Work.LAYOUT), closing(connect(folder)) as connection:
        rows = read_rows(connection, report_type, str(snapshot.path))
        chunk_rows = report_type.chunk_rows or FORMATS[format].chunk_rows
        plan = format_named(format).plan(rows, snapshot.totals, report_type, options, chunk_rows)
        return Planned(snapshot, plan, options.model_dump())
