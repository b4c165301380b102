"""A chunk's segment: its pages as indirect objects, final as they are, and their record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from octavo.authoring.report_type import Column, ReportType
from octavo.data.snapshot import Rows, order_column
from octavo.documents.pdf.fonts import load_fonts
from octavo.documents.pdf.pages import SegmentPages, object_number
from octavo.documents.pdf.syntax import objects
from octavo.documents.pdf.table.cells import Ink, cell_writers
from octavo.documents.pdf.table.content import ContentWriter, paginate
from octavo.documents.pdf.table.formatting import TOTALS_LABEL, display_total
from octavo.documents.pdf.table.layout import Layout
from octavo.documents.pdf.table.rows import DrawnRows, draw_rows
from octavo.documents.pdf.table.split_rows import split_tall_rows
from octavo.lifecycle.manifest import Chunk, Manifest
from octavo.settings import settings

BUFFER_BYTES = 1 << 20


def write_table_pages(
    rows: Rows, chunk: Chunk, manifest: Manifest, report_type: type[ReportType], path: Path
) -> tuple[int, SegmentPages]:
    """Write the chunk's rows as table pages; the last chunk ends with the totals. Return the rows, and the record."""
    layout = Layout.from_json(manifest.layout["table"])
    ink = Ink(load_fonts(settings.fonts))
    key = order_column(report_type.order_by[0])
    drawn = draw_rows(rows, report_type.columns, layout, ink, manifest.layout["recurring"], key, chunk)
    drawn = split_tall_rows(drawn, rows, chunk.first_row, report_type.columns, layout, ink)
    if chunk.number == len(manifest.chunks) - 1 and manifest.totals and manifest.rows:
        drawn = _with_totals(drawn, rows.types, report_type.columns, manifest.totals, layout, ink)
    spans = list(paginate(drawn, layout))
    lengths = []
    writer = ContentWriter(layout)
    with path.open("wb", BUFFER_BYTES) as file:
        for page, span in enumerate(spans):
            number = object_number(page, chunk.number, len(manifest.chunks))
            stream = writer.content(drawn, span)
            lengths.append(file.write(objects.indirect(number, b"<</Filter/FlateDecode>>", stream)))
    counts = [drawn.counted(span.first, span.stop) for span in spans]
    edges = list(_edges(counts))
    record = SegmentPages(
        lengths=tuple(lengths),
        rows=tuple(counts),
        first_keys=_texts(drawn.keys, [first for first, _ in edges]),
        last_keys=_texts(drawn.keys, [last for _, last in edges]),
        glyphs=ink.glyphs.to_json(),
        missing=ink.missing,
    )
    return sum(counts), record


def _with_totals(
    drawn: DrawnRows,
    types: Mapping[str, str],
    columns: Sequence[Column],
    totals: Mapping[str, Any],
    layout: Layout,
    ink: Ink,
) -> DrawnRows:
    """Append the row of totals, in bold; where its first cell is free, it says what it is."""
    cells = []
    for index, writer in enumerate(cell_writers(types, columns, layout, ink)):
        text = display_total(writer.column, totals[writer.column.name]) if writer.column.name in totals else None
        cells.append(writer.cell(TOTALS_LABEL if text is None and index == 0 else text, bold=True))
    row = f"/F2 1000 Tf[{''.join(cell.operators for cell in cells)}]TJ"
    operators = b"".join([drawn.operators, row.encode("ascii")])
    most = max(cell.lines for cell in cells)
    wraps = drawn.lines is not None or most > 1
    lines = [*(drawn.lines or [1] * len(drawn)), most] if wraps else None
    return DrawnRows(
        operators,
        [*drawn.edges, len(operators)],
        lines,
        uncounted=drawn.uncounted | {len(drawn)},
        totals=True,
        keys=drawn.keys,
    )


def _edges(counts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of the chunk's rows that begins on each page."""
    row = 0
    for count in counts:
        yield row, max(row, row + count - 1)
        row += count


def _texts(keys: Sequence[str], rows: Sequence[int]) -> tuple[str, ...]:
    return tuple(keys[row] if row < len(keys) else "" for row in rows)
