"""NDJSON (https://github.com/ndjson/ndjson-spec): one JSON object for each row, under the names of the columns.

    {"scheduled":"2013-01-01T05:15:00","carrier":"UA","flight":1545,"dep_delay":null,"distance":1400}

`json_values` has the rules for single values.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from octavo.authoring.report_type import ReportType
from octavo.data.sql import literal
from octavo.documents.format import Bound, Written, end_after_any_row
from octavo.documents.json_values import json_columns
from octavo.lifecycle.manifest import Chunk, Manifest, Segment
from octavo.lifecycle.report import Report

if TYPE_CHECKING:
    from octavo.data.snapshot import Rows  # loads DuckDB, which the merge does not need

plan = end_after_any_row  # a row is a line


def write_segment(rows: Rows, chunk: Chunk, manifest: Manifest, report_type: type[ReportType], path: Path) -> Written:
    """Write the rows as lines, each an object."""
    copy = f"COPY (SELECT {json_columns(rows.types)} FROM {rows.source}) TO {literal(str(path))} (FORMAT json)"
    (written,) = rows.connection.execute(copy).fetchone() or (0,)
    return Written(int(written))


def bind(report: Report, report_type: type[ReportType], manifest: Manifest, segments: Sequence[Segment]) -> Bound:
    """Put nothing around the segments: lines follow lines."""
    return Bound(list(segments))
