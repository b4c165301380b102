"""Parquet (https://parquet.apache.org): the columns under their names, with their types, compressed.

DuckDB writes the rows of a chunk as a Parquet file. Its row groups are the segment; its metadata goes into the record.
The merge writes metadata for all row groups. A chunk's file begins with `PAR1`, which readers skip in the middle of the
document, because they only look at the places that the metadata names.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from octavo.authoring.report_type import ReportType
from octavo.data.sql import literal
from octavo.documents.format import Bound, Written, end_after_any_row
from octavo.documents.parquet.footer import Part, cut_footer, joined_footer
from octavo.format_options import ParquetOptions
from octavo.lifecycle.manifest import Chunk, Manifest, Segment
from octavo.lifecycle.report import Report

if TYPE_CHECKING:
    from octavo.data.snapshot import Rows  # loads DuckDB, which the merge does not need

plan = end_after_any_row  # row groups may have any number of rows


def write_segment(rows: Rows, chunk: Chunk, manifest: Manifest, report_type: type[ReportType], path: Path) -> Written:
    """Write the rows as row groups."""
    options = ParquetOptions.model_validate(manifest.format_options)
    target = f"{literal(str(path))} (FORMAT parquet, COMPRESSION {options.compression})"
    (written,) = rows.connection.execute(f"COPY ({rows.select}) TO {target}").fetchone() or (0,)
    return Written(int(written), {"metadata": b64encode(cut_footer(path)).decode()})


def bind(report: Report, report_type: type[ReportType], manifest: Manifest, segments: Sequence[Segment]) -> Bound:
    """Put the metadata of all row groups after the segments."""
    parts = (Part(segment.size_bytes, b64decode(segment.details["metadata"])) for segment in segments)
    notes = {"title": report_type.title, "description": report_type.description, "fingerprint": report.fingerprint}
    return Bound([*segments, joined_footer(parts, {name: value for name, value in notes.items() if value})])
