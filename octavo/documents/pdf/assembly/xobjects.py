"""What table pages share, as form XObjects (PDF 32000-1 § 8.10): the header row, and the shading of a full page."""

from __future__ import annotations

from collections.abc import Sequence

from octavo.documents.pdf.plan import Layout, row_height
from octavo.documents.pdf.syntax import objects
from octavo.documents.pdf.syntax.add import Add
from octavo.documents.pdf.table.cells import CellWriter
from octavo.documents.pdf.table.content import TEXT_COLOUR, number, rule, stripes, text_matrix
from octavo.documents.pdf.table.wrap import shorten


def draw_header(writers: Sequence[CellWriter], layout: Layout) -> bytes:
    """Return the operators of the header row: the columns' titles, aligned at the line below them."""
    cells = []
    for writer in writers:
        lines = _title_lines(writer, layout.header_lines)
        cells.append(writer.write([""] * (layout.header_lines - len(lines)) + lines, bold=True).operators)
    matrix = text_matrix(layout, layout.top_pt, "F2")
    return f"{TEXT_COLOUR} BT {matrix}[{''.join(cells)}]TJ ET {rule(layout.body_top_pt, layout)}".encode()


def _title_lines(writer: CellWriter, most: int) -> list[str]:
    """Break a title into at most `most` lines. A title that needs more lines ends in an ellipsis."""
    lines = writer.lines(writer.column.title, bold=True)
    if len(lines) <= most:
        return lines
    rest = " ".join(lines[most - 1 :])
    fonts = writer.encoder.fonts
    return [*lines[: most - 1], shorten(rest + "…", writer.place.width, lambda text: fonts.width(text, bold=True))]


def add_xobjects(header: bytes, fonts: bytes, layout: Layout, add: Add) -> bytes:
    """Add both XObjects; return their entries in a resource dictionary. `fonts` is the entries of the fonts."""
    box = f"/BBox[0 0 {number(layout.width_pt)} {number(layout.height_pt)}]".encode()
    xobject = b"<</Type/XObject/Subtype/Form" + box
    shading = stripes([row_height(1)] * layout.rows_per_page, layout).encode()
    header_number = add(xobject + b"/Resources<</Font<<" + fonts + b">>>>>>", header)
    shading_number = add(xobject + b">>", shading)
    return b"/H %b/Z %b" % (objects.reference(header_number), objects.reference(shading_number))
