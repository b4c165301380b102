"""Pages that a report type draws itself, with reportlab or whatever makes a PDF, as a chunk's segment."""

from __future__ import annotations

from pathlib import Path

from octavo.authoring.report_type import ReportType
from octavo.data.snapshot import Rows, order_column
from octavo.documents.pdf.custom.reemit import reemit
from octavo.documents.pdf.pages import SegmentPages, object_number
from octavo.errors import RenderFailed
from octavo.lifecycle.manifest import Chunk, Manifest


def write_own_pages(
    rows: Rows, chunk: Chunk, manifest: Manifest, report_type: type[ReportType], path: Path
) -> tuple[int, SegmentPages]:
    """Let the report type draw the chunk's rows and write its pages; return the rows, and the record.

    Raises RenderFailed when it gives no PDF.
    """
    cursor = rows.connection.execute(rows.select)
    records = [dict(zip(rows.types, row, strict=True)) for row in cursor.fetchall()]
    pdf = report_type.draw_pages(records) if records else b""
    if records and not (isinstance(pdf, bytes) and pdf.startswith(b"%PDF-")):
        raise RenderFailed(f"draw_pages of report type {report_type.name!r} must return a PDF as bytes.")
    if not records:
        path.write_bytes(b"")
        return 0, SegmentPages((), (), (), (), drawn=())

    def number(k: int) -> int:
        return object_number(k, chunk.number, len(manifest.chunks))

    made = reemit(pdf, number)
    with path.open("wb") as file:
        lengths = tuple(file.write(whole) for whole in made.objects)
    keys = _keys(records, report_type, len(made.pages))
    record = SegmentPages(
        lengths=lengths,
        rows=tuple(0 for _ in made.pages),
        first_keys=keys,
        last_keys=keys,
        drawn=tuple(made.pages),
    )
    return len(records), record


def _keys(records: list[dict[str, object]], report_type: type[ReportType], pages: int) -> tuple[str, ...]:
    """Return a key for each page: that of its row, where each row has a page of its own; else none."""
    name = order_column(report_type.order_by[0])
    if len(records) != pages or name not in records[0]:
        return ("",) * pages
    return tuple("" if record[name] is None else str(record[name]) for record in records)
