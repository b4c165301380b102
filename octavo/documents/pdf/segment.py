"""A chunk's segment: its pages as indirect objects, final as they are, and their record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from octavo.database import identifier
from octavo.documents.pdf import objects
from octavo.documents.pdf.cells import DrawnRows, Ink, cell_writers, draw_rows
from octavo.documents.pdf.content import content, paginate
from octavo.documents.pdf.display import TOTALS_LABEL, display, display_total
from octavo.documents.pdf.fonts import load_fonts
from octavo.documents.pdf.layout import Layout
from octavo.documents.pdf.pages import SegmentPages, object_number
from octavo.documents.pdf.tall import split_tall_rows
from octavo.manifest import Chunk, Manifest
from octavo.report_type import ROW, Column, ReportType
from octavo.settings import settings
from octavo.snapshot import Rows, order_column


def write_table_pages(
    rows: Rows, chunk: Chunk, manifest: Manifest, report_type: type[ReportType], path: Path
) -> tuple[int, SegmentPages]:
    """Write the chunk's rows as table pages; the last chunk ends with the totals. Return the rows, and the record."""
    layout = Layout.from_json(manifest.layout["table"])
    ink = Ink(load_fonts(settings.fonts))
    drawn = draw_rows(rows, report_type.columns, layout, ink)
    drawn = split_tall_rows(drawn, rows, chunk.first_row, report_type.columns, layout, ink)
    if chunk.number == len(manifest.chunks) - 1 and manifest.totals and manifest.rows:
        drawn = _with_totals(drawn, rows.types, report_type.columns, manifest.totals, layout, ink)
    spans = list(paginate(drawn, layout))
    lengths = []
    with path.open("wb") as file:
        for page, span in enumerate(spans):
            number = object_number(page, chunk.number, len(manifest.chunks))
            stream = content(drawn, span, layout)
            lengths.append(file.write(objects.indirect(number, b"<</Filter/FlateDecode>>", stream)))
    counts = [drawn.counted(span.first, span.stop) for span in spans]
    first_keys, last_keys = _keys(rows, report_type, chunk.first_row, counts)
    record = SegmentPages(
        lengths=tuple(lengths),
        rows=tuple(counts),
        first_keys=first_keys,
        last_keys=last_keys,
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
    row = "/F2 1000 Tf" + "".join(cell.operators for cell in cells)
    operators = b"".join([drawn.operators, row.encode("ascii")])
    most = max(cell.lines for cell in cells)
    wraps = drawn.lines is not None or most > 1
    lines = [*(drawn.lines or [1] * len(drawn)), most] if wraps else None
    return DrawnRows(operators, [*drawn.edges, len(operators)], lines, drawn.uncounted | {len(drawn)}, totals=True)


def _keys(
    rows: Rows, report_type: type[ReportType], first_row: int, counts: Sequence[int]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the first and the last row's order value of each page, as printed; empty where there is none."""
    name = order_column(report_type.order_by[0])
    column = next((column for column in report_type.columns if column.name == name), None)
    if column is None:
        return ("",) * len(counts), ("",) * len(counts)
    shown = display(column, rows.types[name])
    text = f"{identifier(name)}::varchar" if shown.python else shown.sql
    edges = list(_edges(first_row, counts))
    wanted = ", ".join(str(row) for pair in edges for row in pair) or "-1"
    found = dict(rows.connection.execute(f"SELECT {ROW}, {text} FROM chunk WHERE {ROW} IN ({wanted})").fetchall())
    return (
        tuple(found.get(first) or "" for first, _ in edges),
        tuple(found.get(last) or "" for _, last in edges),
    )


def _edges(first_row: int, counts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the numbers of the first and the last row that begins on each page."""
    row = first_row
    for count in counts:
        yield row, max(row, row + count - 1)
        row += count
