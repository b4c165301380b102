"""JSON (RFC 8259): one array with an object for each row, under the names of the columns.

    [
        {"scheduled":"2013-01-01T05:15:00","carrier":"UA","flight":1545,"dep_delay":null,"distance":1400},
        {"scheduled":"2013-01-01T05:29:00","carrier":"UA","flight":1714,"dep_delay":4,"distance":1416}
    ]

DuckDB writes the rows of a chunk as an array of its own. Two changes make it a part of the document's array: `[`
becomes `,` in all chunks but the first, and the end of the array is cut off. Each object is on a line of its own, after
a tab. `json_values` has the rules for single values.
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

END = b"\n]\n"  # of an array that DuckDB writes

plan = end_after_any_row  # a row is an object of the array


def write_segment(rows: Rows, chunk: Chunk, manifest: Manifest, report_type: type[ReportType], path: Path) -> Written:
    """Write the rows as objects, with a comma before each but the first of the document."""
    target = f"{literal(str(path))} (FORMAT json, ARRAY true)"
    copy = f"COPY (SELECT {json_columns(rows.types)} FROM {rows.source}) TO {target}"
    (written,) = rows.connection.execute(copy).fetchone() or (0,)
    if written:
        with path.open("r+b") as file:
            file.write(b"[" if chunk.number == 0 else b",")
            file.truncate(path.stat().st_size - len(END))
    else:
        path.write_bytes(b"[")
    return Written(int(written))


def bind(report: Report, report_type: type[ReportType], manifest: Manifest, segments: Sequence[Segment]) -> Bound:
    """End the array after the last segment; the first segment has begun it."""
    return Bound([*segments, END])
