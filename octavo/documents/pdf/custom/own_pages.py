"""The segment of a chunk whose pages the report type draws itself, with reportlab or anything else that makes a PDF."""

from __future__ import annotations

from pathlib import Path

from octavo.authoring.report_type import ReportType
from octavo.data.snapshot import Rows
from octavo.documents.pdf.custom.pdf_import import UnusablePdf, import_pdf
from octavo.documents.pdf.pages import SegmentPages, object_number
from octavo.errors import RenderFailed
from octavo.lifecycle.manifest import Chunk, Manifest


def write_own_pages(
    rows: Rows, chunk: Chunk, manifest: Manifest, report_type: type[ReportType], path: Path
) -> tuple[int, SegmentPages]:
    """Let the report type draw the chunk's rows, and write its pages.

    Return the number of rows, and the record of the pages. Raises RenderFailed if there is no PDF, or one that can't
    be used.
    """
    cursor = rows.connection.execute(rows.select)
    records = [dict(zip(rows.types, row, strict=True)) for row in cursor.fetchall()]
    if not records:
        path.write_bytes(b"")
        return 0, SegmentPages((), (), (), imported=())
    pdf = report_type.draw_pages(records)
    if not (isinstance(pdf, bytes) and pdf.startswith(b"%PDF-")):
        raise RenderFailed(f"draw_pages of report type {report_type.name!r} must return a PDF as bytes.")

    def number(k: int) -> int:
        return object_number(k, chunk.number, len(manifest.chunks))

    try:
        imported = import_pdf(pdf, number)
    except UnusablePdf as error:
        raise RenderFailed(
            f"The PDF that draw_pages of report type {report_type.name!r} returns can't be used: {error}."
        ) from error
    with path.open("wb") as file:
        lengths = tuple(file.write(whole) for whole in imported.objects)
    keys = _keys(records, report_type, len(imported.pages))
    return len(records), SegmentPages(lengths, keys, keys, imported=tuple(imported.pages))


def _keys(records: list[dict[str, object]], report_type: type[ReportType], pages: int) -> tuple[str, ...]:
    """Return a key for each page: the order value of its row, if each row has one page; otherwise empty keys."""
    name = report_type.order[0].column
    if len(records) != pages or name not in records[0]:
        return ("",) * pages
    return tuple("" if record[name] is None else str(record[name]) for record in records)
