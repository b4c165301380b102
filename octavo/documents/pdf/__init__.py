"""PDF 1.7 (ISO 32000-1): a cover, then table pages or the report type's own pages, with an outline and metadata.

Chunks write pages as final objects, and the merge writes what is around them; docs/pdf.md draws the file.

    plan      table.measure ─► table.layout, chart_data ─► PdfPlan          widths, layout, how columns are encoded
    chunk     table.rows ─► table.content ─► table.segment                  rows as operators, pages, objects
              custom.own_pages                                              pages that the report type draws
    merge     assembly.document                                             head and tail
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from octavo.authoring.presentation import Page
from octavo.authoring.report_type import ReportType
from octavo.documents.chart_data import chart_data
from octavo.documents.format import Bound, Plan, Written
from octavo.documents.pdf.fonts import load_fonts
from octavo.documents.pdf.pages import SegmentPages
from octavo.documents.pdf.plan import PdfPlan
from octavo.documents.pdf.table.dictionary import dictionary_columns
from octavo.documents.pdf.table.layout import arrange
from octavo.documents.pdf.table.measure import measure
from octavo.format_options import PdfOptions
from octavo.lifecycle.manifest import Chunk, Manifest, Segment
from octavo.lifecycle.report import Report
from octavo.settings import settings

if TYPE_CHECKING:
    from octavo.data.snapshot import Rows, Value  # needs DuckDB, which the merge does without

OWN_PAGES_CHUNK_ROWS = 2_000  # a report type draws slowly: smaller chunks, of which more run at the same time


def plan(
    rows: Rows,
    totals: Mapping[str, Value],
    report_type: type[ReportType],
    options: PdfOptions,
    chunk_rows: int,
) -> Plan:
    """Lay out the pages by what the columns need. If all rows have one height, chunks end at the ends of pages."""
    needs = measure(rows, totals, report_type.columns, load_fonts(settings.fonts))
    layout = arrange(needs, _page(report_type.page, options))
    decided = PdfPlan(
        layout=layout,
        column_types=dict(rows.types),
        dictionary_columns=dictionary_columns(rows, report_type.columns, chunk_rows),
        chart=chart_data(rows, report_type),
    ).to_json()
    if report_type.draws_pages():
        return Plan(decided, min(chunk_rows, OWN_PAGES_CHUNK_ROWS))
    return Plan(decided, chunk_rows, layout.rows_per_page if layout.fixed else 1)


def _page(usual: Page, options: PdfOptions) -> Page:
    """Return the page that is asked for. The report type's orientation belongs to its own size."""
    if options.page is None:
        return replace(usual, orientation=options.orientation or usual.orientation)
    asked = replace(usual, size=options.page, orientation=options.orientation)
    return replace(asked, margin_mm=min(usual.margin_mm, asked.widest_margin_mm))


def write_segment(rows: Rows, chunk: Chunk, manifest: Manifest, report_type: type[ReportType], path: Path) -> Written:
    """Write the rows as pages: those that the report type draws itself, or table pages."""
    if report_type.draws_pages():
        from octavo.documents.pdf.custom.own_pages import write_own_pages  # pypdf, which table pages do without

        count, record = write_own_pages(rows, chunk, manifest, report_type, path)
    else:
        from octavo.documents.pdf.table.segment import write_table_pages

        count, record = write_table_pages(rows, chunk, manifest, report_type, path)
    return Written(count, record.to_json())


def bind(report: Report, report_type: type[ReportType], manifest: Manifest, segments: Sequence[Segment]) -> Bound:
    """Put the head before the segments and the tail after them, both made from the records of the segments."""
    # reportlab, pypdf and numpy, which only the merge needs:
    from octavo.documents.pdf.assembly.document import assemble_document

    records = [SegmentPages.from_json(segment.details) for segment in segments]
    head, tail, pages = assemble_document(report, report_type, manifest, records)
    return Bound([head, *segments, tail], pages)
