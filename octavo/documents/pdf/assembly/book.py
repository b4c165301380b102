"""The document around its segments: the cover, what table pages share, and what readers are told of it."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from pypdf import PdfReader

from octavo.authoring.parameters import decoded
from octavo.authoring.report_type import Column, ReportType
from octavo.documents.pdf.assembly import structure
from octavo.documents.pdf.assembly.footers import Footer
from octavo.documents.pdf.assembly.metadata import Information
from octavo.documents.pdf.assembly.structure import Shared
from octavo.documents.pdf.assembly.tail import Add
from octavo.documents.pdf.assembly.xobjects import add_forms, draw_header
from octavo.documents.pdf.cover import cover
from octavo.documents.pdf.cover.charts import ChartData
from octavo.documents.pdf.fonts import Glyphs, breaks, embed, load_fonts
from octavo.documents.pdf.pages import SegmentPages
from octavo.documents.pdf.table.cells import Ink
from octavo.documents.pdf.table.formatting import display_total
from octavo.documents.pdf.table.layout import Layout
from octavo.lifecycle.manifest import Manifest
from octavo.lifecycle.report import Report
from octavo.settings import settings

MADE = "%Y-%m-%d %H:%M UTC"
TOTAL_WORDS = {"sum": "{}", "avg": "{}, average", "min": "{}, least", "max": "{}, most", "count": "{}, number"}
TOTAL_WORDS_OF_TIMES = {"min": "{}, first", "max": "{}, last"}


def bind_book(
    report: Report, report_type: type[ReportType], manifest: Manifest, segments: Sequence[SegmentPages]
) -> tuple[bytes, bytes, int]:
    """Return head and tail of the document, and how many pages it has, its cover included."""
    layout = Layout.from_json(manifest.layout["table"])
    fonts = load_fonts(settings.fonts)
    ink = Ink(fonts)
    for segment in segments:
        ink.glyphs |= Glyphs.from_json(segment.glyphs) if segment.glyphs else ink.glyphs
    header = draw_header(report_type.columns, manifest.layout["types"], layout, ink)

    def encode(text: str, *, bold: bool = False) -> tuple[bytes, int]:
        operators, width = ink.draw(text, bold=bold)
        return operators.encode("ascii"), width

    def share(add: Add) -> Shared:
        names = embed(fonts, ink.glyphs, add)
        entries = "".join(f"/{name} {number} 0 R" for name, number in names.items()).encode("ascii")
        return Shared(entries, add_forms(header, entries, layout, add))

    ink.missing += sum(segment.missing or 0 for segment in segments)
    said = ink.missing
    front = cover.draw(_cover(report, report_type, manifest, layout, said), encode, fonts.width, breaks)
    if ink.missing > said:  # on the cover itself
        front = cover.draw(_cover(report, report_type, manifest, layout, ink.missing), encode, fonts.width, breaks)
    book = structure.Book(
        width=layout.width_pt,
        height=layout.height_pt,
        segments=segments,
        information=_information(report, report_type),
        footer=Footer(report_type.title, report.created_at.strftime(MADE), layout.margin_pt),
        share=share,
        encode=encode,
        cover=front,
    )
    head, tail = structure.bind(book)
    return head, tail, PdfReader(BytesIO(front)).get_num_pages() + sum(segment.pages for segment in segments)


def _information(report: Report, report_type: type[ReportType]) -> Information:
    return Information(
        title=report_type.title,
        created=report.created_at.replace(microsecond=0),
        fingerprint=report.fingerprint.rpartition(":")[2],
        author=report_type.author,
        subject=" ".join(report_type.description.split()),
        language=report_type.language,
    )


def _cover(
    report: Report, report_type: type[ReportType], manifest: Manifest, layout: Layout, missing: int
) -> cover.Cover:
    chart = manifest.layout["chart"]
    types = manifest.layout["types"]
    totals = [
        (_total_label(column, types[column.name]), display_total(column, manifest.totals[column.name]) or "–")  # noqa: RUF001
        for column in report_type.columns
        if column.name in manifest.totals and manifest.rows
    ]
    return cover.Cover(
        title=report_type.title,
        description=report_type.description,
        parameters=cover.parameters_in_words(report_type.Parameters, decoded(report.bound)),
        totals=tuple(totals),
        rows=manifest.rows,
        created=report.created_at,
        author=report_type.author,
        sources=tuple(name.replace("_", " ") for name in report_type.sources),
        fingerprint=report.fingerprint.rpartition(":")[2],
        width=layout.width_pt,
        height=layout.height_pt,
        notices=(_missing_notice(missing),) if missing else (),
        chart=ChartData(chart["kind"], chart["title"], tuple(chart["names"]), tuple(chart["values"]))
        if chart
        else None,
    )


def _total_label(column: Column, kind: str) -> str:
    words = TOTAL_WORDS | TOTAL_WORDS_OF_TIMES if kind.startswith(("DATE", "TIME")) else TOTAL_WORDS
    return words[column.total or "sum"].format(column.title)


def _missing_notice(missing: int) -> str:
    some = "1 character is" if missing == 1 else f"{missing:,} characters are"
    return f"{some} in no font of this document, and shown as \ufffd. More fonts can be configured with OCTAVO_FONTS."
