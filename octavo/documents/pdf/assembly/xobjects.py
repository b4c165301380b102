"""What table pages share, as form XObjects (PDF 32000-1 §8.10): the header row, and the zebra of a full page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from octavo.authoring.report_type import Column
from octavo.documents.pdf.assembly.tail import Add
from octavo.documents.pdf.syntax import objects
from octavo.documents.pdf.table.cells import CellWriter, Ink, cell_writers
from octavo.documents.pdf.table.content import INK, number, rule, stripes, text_matrix
from octavo.documents.pdf.table.layout import Layout, row_height
from octavo.documents.pdf.table.wrap import shorten


def draw_header(columns: Sequence[Column], types: Mapping[str, str], layout: Layout, ink: Ink) -> bytes:
    """Return the operators of the header row: the columns' titles, standing on the line under it."""
    cells = []
    for writer in cell_writers(types, columns, layout, ink):
        lines = _title_lines(writer, layout.header_lines)
        cells.append(writer.draw([""] * (layout.header_lines - len(lines)) + lines, bold=True).operators)
    matrix = text_matrix(layout, layout.top_pt, "F2")
    return f"{INK} BT {matrix}[{''.join(cells)}]TJ ET {rule(layout.body_top_pt, layout)}".encode()


def _title_lines(writer: CellWriter, most: int) -> list[str]:
    """Break a title into at most so many lines; what is too much ends in an ellipsis."""
    lines = writer.lines(writer.column.title, bold=True)
    if len(lines) <= most:
        return lines
    rest = " ".join(lines[most - 1 :])
    fonts = writer.ink.fonts
    return [*lines[: most - 1], shorten(rest + "…", writer.place.width, lambda text: fonts.width(text, bold=True))]


def add_forms(header: bytes, fonts: bytes, layout: Layout, add: Add) -> bytes:
    """Add both forms; return their entries of a resource dictionary. `fonts` are the entries of the fonts."""
    box = f"/BBox[0 0 {number(layout.width_pt)} {number(layout.height_pt)}]".encode()
    form = b"<</Type/XObject/Subtype/Form" + box
    zebra = stripes([row_height(1)] * layout.rows_per_page, layout).encode()
    header_number = add(form + b"/Resources<</Font<<" + fonts + b">>>>>>", header)
    zebra_number = add(form + b">>", zebra)
    return b"/H %b/Z %b" % (objects.reference(header_number), objects.reference(zebra_number))
