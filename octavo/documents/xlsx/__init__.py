"""XLSX (ECMA-376, transitional): sheets with the rows, typed and formatted, and a sheet about the report.

A workbook is a ZIP archive, and each of its sheets is one deflate stream, which chunks write in pieces:

    archive   styles, … │ sheet1.xml ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒ │ sheet2.xml … │ directory
                         head ▒▒ │ segment ▒▒▒ │ segment ▒▒▒ │ tail ▒
    XML                  <row>…   <row>…        <row>…        </sheetData>…

    plan      sheet, types, chart_data    how many rows each sheet has, the types of columns, the data of the chart
    chunk     measure ─► rows ─► deflate  what the cells of columns are like, rows as XML, compressed
    merge     document ─► archive         all other parts, made from the records of the segments
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from octavo.authoring.report_type import ReportType
from octavo.documents.format import Bound, Plan, Written
from octavo.documents.xlsx.sheet import MOST_COLUMNS, sections_of
from octavo.errors import TooLarge
from octavo.format_options import FormatOptions, XlsxOptions
from octavo.lifecycle.manifest import Chunk, Manifest, Segment
from octavo.lifecycle.report import Report

if TYPE_CHECKING:
    from octavo.data.snapshot import Rows, Value  # loads DuckDB, which the merge does not need


def plan(
    rows: Rows,
    totals: Mapping[str, Value],
    report_type: type[ReportType],
    options: FormatOptions,
    chunk_rows: int,
) -> Plan:
    """Divide the rows into sheets, and compute the data of the chart. Raises TooLarge if there are too many columns."""
    from octavo.documents.chart_data import chart_data
    from octavo.documents.xlsx.types import noted_types

    if len(report_type.columns) > MOST_COLUMNS:
        raise TooLarge(f"The report has {len(report_type.columns):,} columns. A sheet can have {MOST_COLUMNS:,}.")
    (count,) = rows.connection.execute(f"SELECT count(*) FROM {rows.source}").fetchone() or (0,)
    chart = chart_data(rows, report_type)
    layout = {"types": noted_types(rows), "chart": None if chart is None else asdict(chart)}
    has_totals = any(column.total for column in report_type.columns)
    return Plan(layout, chunk_rows, sections=sections_of(count, has_totals=has_totals))


def write_segment(rows: Rows, chunk: Chunk, manifest: Manifest, report_type: type[ReportType], path: Path) -> Written:
    """Write the rows as a piece of a deflate stream."""
    from octavo.documents.xlsx.segment import write_rows

    options = XlsxOptions.model_validate(manifest.format_options)
    count, record = write_rows(rows, manifest, report_type, path, options.compression)
    return Written(count, record.to_json())


def bind(report: Report, report_type: type[ReportType], manifest: Manifest, segments: Sequence[Segment]) -> Bound:
    """Put the archive around the segments, made from their records."""
    from octavo.documents.xlsx.document import assemble_workbook

    return Bound(assemble_workbook(report, report_type, manifest, segments))
