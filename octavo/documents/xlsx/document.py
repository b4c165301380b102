"""The merge: the archive of a workbook around the segments, from top to bottom."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from octavo.authoring.report_type import ReportType
from octavo.documents.chart_data import ChartData, drawable
from octavo.documents.format import Piece
from octavo.documents.xlsx import workbook
from octavo.documents.xlsx.about import TITLE, about_sheet
from octavo.documents.xlsx.archive import Entry, Part, archive
from octavo.documents.xlsx.chart import chart_xml, drawing_xml
from octavo.documents.xlsx.deflate import last_piece, piece
from octavo.documents.xlsx.namespaces import OFFICE
from octavo.documents.xlsx.number_formats import excel_format
from octavo.documents.xlsx.record import SegmentRecord, summed
from octavo.documents.xlsx.references import sheet_names
from octavo.documents.xlsx.sheet import HEADER_ROWS, SheetColumn, head_xml, sections_of, tail_xml
from octavo.documents.xlsx.styles import styles_xml
from octavo.documents.xlsx.theme import theme_xml
from octavo.documents.xlsx.totals import totals_row
from octavo.documents.xlsx.types import types_of
from octavo.lifecycle.manifest import Manifest, Segment
from octavo.lifecycle.report import Report

RELATIONSHIPS = f"{OFFICE}/relationships"


def assemble_workbook(
    report: Report, report_type: type[ReportType], manifest: Manifest, segments: Sequence[Segment]
) -> list[Piece]:
    """Return the pieces of a workbook: sheets with the rows, and a sheet about the report."""
    records = [SegmentRecord.from_json(segment.details) for segment in segments]
    columns = _columns(report_type, manifest, records)
    has_totals = any(column.column.total for column in columns)
    sections = sections_of(manifest.rows, has_totals=has_totals)
    names = sheet_names([*[report_type.title] * len(sections), TITLE])
    totals = totals_row(columns, dict(zip(names, sections, strict=False))) if manifest.rows else ""
    chart = _chart(manifest.layout["chart"])
    entries = [
        Entry.of("[Content_Types].xml", workbook.content_types_xml(len(names), has_chart=chart is not None)),
        Entry.of("_rels/.rels", workbook.package_relationships_xml()),
        Entry.of("xl/workbook.xml", workbook.workbook_xml(names, sections, len(columns))),
        Entry.of("xl/_rels/workbook.xml.rels", workbook.workbook_relationships_xml(len(names))),
        Entry.of("xl/styles.xml", styles_xml([column.format for column in columns])),
        Entry.of("xl/theme/theme1.xml", theme_xml()),
        Entry.of("docProps/core.xml", _core_properties(report, report_type)),
        Entry.of("docProps/app.xml", workbook.extended_properties_xml()),
        *_about(report, report_type, manifest, columns, chart, names),
        *_sheets(columns, sections, totals, segments, records),
    ]
    return archive(entries, report.created_at)


def _columns(report_type: type[ReportType], manifest: Manifest, records: Sequence[SegmentRecord]) -> list[SheetColumn]:
    columns = []
    totals: Any = manifest.totals if manifest.rows else {}
    types = types_of(report_type.columns, manifest.layout["types"])
    cells = summed(records, len(report_type.columns))
    for column, each, record in zip(report_type.columns, types, cells, strict=True):
        shown = excel_format(column.parsed_format, each.shown, fractions=record.fractions)
        columns.append(SheetColumn(column, each, shown, record, totals.get(column.name)))
    return columns


def _chart(value: Any) -> ChartData | None:
    """Return the chart, if it has anything to show."""
    if value is None:
        return None
    chart = drawable(ChartData.from_json(value))
    return chart if chart.values else None


def _core_properties(report: Report, report_type: type[ReportType]) -> str:
    return workbook.core_properties_xml(
        title=report_type.title,
        author=report_type.author,
        description=report_type.description,
        language=report_type.language,
        identifier=report.fingerprint,
        created=report.created_at,
    )


def _about(
    report: Report,
    report_type: type[ReportType],
    manifest: Manifest,
    columns: Sequence[SheetColumn],
    chart: ChartData | None,
    names: Sequence[str],
) -> Iterator[Entry]:
    """Yield the sheet about the report, and its chart."""
    sheet = about_sheet(report, report_type, columns, manifest.rows, chart)
    part = workbook.sheet_part(len(names))
    yield Entry.of(part, sheet.xml)
    if chart is not None:
        relationships = f"xl/worksheets/_rels/{part.rpartition('/')[2]}.rels"
        yield Entry.of(
            relationships, workbook.relationships_xml([(f"{RELATIONSHIPS}/drawing", "../drawings/drawing1.xml")])
        )
        yield Entry.of("xl/drawings/drawing1.xml", drawing_xml(chart))
        yield Entry.of(
            "xl/drawings/_rels/drawing1.xml.rels",
            workbook.relationships_xml([(f"{RELATIONSHIPS}/chart", "../charts/chart1.xml")]),
        )
        yield Entry.of("xl/charts/chart1.xml", chart_xml(chart, names[-1], sheet.first_point, sheet.last_point))


def _sheets(
    columns: Sequence[SheetColumn],
    sections: Sequence[int],
    totals: str,
    segments: Sequence[Segment],
    records: Sequence[SegmentRecord],
) -> Iterator[Entry]:
    """Yield the sheets with the rows. A segment has rows of one sheet only."""
    written = list(zip(segments, records, strict=True))
    for index, rows in enumerate(sections):
        is_last = index == len(sections) - 1
        below = totals if is_last else ""
        head = head_xml(columns, HEADER_ROWS + rows + bool(below), selected=index == 0).encode()
        tail = tail_xml(columns, rows, below).encode()
        parts = [Part(piece(head), zlib.crc32(head), len(head))]
        missing = rows
        while written and (missing or is_last):
            segment, record = written.pop(0)
            missing -= segment.rows
            parts.append(Part(segment, record.crc32, record.size_bytes))
        parts.append(Part(last_piece(tail), zlib.crc32(tail), len(tail)))
        yield Entry(workbook.sheet_part(index + 1), parts)
