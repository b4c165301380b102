"""PDF 1.7 (ISO 32000-1): a cover, table pages or a report type's own, and all that makes a large file pleasant to read.

A chunk writes pages as final objects (`table.segment`, `custom.own_pages`), the merge what is around them
(`assembly.book`); docs/pdf.md draws the file.

    plan      measure ─► layout                    what each column needs, where everything stands
    chunk     rows ─► content ─► segment           rows as operators, by column; pages; objects
    merge     cover, xobjects, fonts ─► structure  head and tail
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from octavo.authoring.report_type import ReportType
from octavo.documents.format import Bound, Plan, Written
from octavo.documents.pdf.cover.chart_data import chart_figures
from octavo.documents.pdf.fonts import load_fonts
from octavo.documents.pdf.pages import SegmentPages
from octavo.documents.pdf.table.layout import arrange
from octavo.documents.pdf.table.measure import measure
from octavo.documents.pdf.table.rows import recurring
from octavo.lifecycle.manifest import Chunk, Manifest, Segment
from octavo.lifecycle.report import Report
from octavo.settings import settings

if TYPE_CHECKING:
    from octavo.data.snapshot import Rows, Value  # DuckDB, which the merge does not need

OWN_PAGES_CHUNK_ROWS = 2_000  # drawing by hand is slow: smaller chunks, more of them at once


def plan(rows: Rows, totals: Mapping[str, Value], report_type: type[ReportType], chunk_rows: int) -> Plan:
    """Lay the pages out by what the columns need. Where all rows have one height, chunks are cut at page ends."""
    needs = measure(rows, totals, report_type.columns, load_fonts(settings.fonts))
    layout = arrange(needs, report_type.page)
    decided = {
        "table": asdict(layout),
        "types": dict(rows.types),
        "recurring": recurring(rows, report_type.columns, chunk_rows),
        "chart": chart_figures(rows, report_type),
    }
    if report_type.draws_pages():
        return Plan(decided, min(chunk_rows, OWN_PAGES_CHUNK_ROWS))
    return Plan(decided, chunk_rows, layout.rows_per_page if layout.fixed else 1)


def write_segment(rows: Rows, chunk: Chunk, manifest: Manifest, report_type: type[ReportType], path: Path) -> Written:
    """Write the rows as pages: the report type's own where it draws them, table pages otherwise."""
    if report_type.draws_pages():
        from octavo.documents.pdf.custom.own_pages import write_own_pages  # pypdf: only who draws pays for it

        count, record = write_own_pages(rows, chunk, manifest, report_type, path)
    else:
        from octavo.documents.pdf.table.segment import write_table_pages

        count, record = write_table_pages(rows, chunk, manifest, report_type, path)
    return Written(count, record.to_json())


def bind(report: Report, report_type: type[ReportType], manifest: Manifest, segments: Sequence[Segment]) -> Bound:
    """Put the head before and the tail after the segments, made from their records."""
    from octavo.documents.pdf.assembly.book import bind_book  # reportlab, pypdf, numpy: only the merge pays for them

    records = [SegmentPages.from_json(segment.details) for segment in segments]
    head, tail, pages = bind_book(report, report_type, manifest, records)
    return Bound([head, *segments, tail], pages)
