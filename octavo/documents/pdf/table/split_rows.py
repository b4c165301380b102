"""Rows that are taller than a page: the only rows that are split. Rare, so each is drawn anew, in Python."""

from __future__ import annotations

from collections.abc import Sequence

from octavo.authoring.report_type import ROW, Column
from octavo.data.snapshot import Rows
from octavo.documents.pdf.table.cells import Ink, cell_writers
from octavo.documents.pdf.table.layout import Layout, row_height
from octavo.documents.pdf.table.rows import DrawnRows


def split_tall_rows(
    drawn: DrawnRows, rows: Rows, first_row: int, columns: Sequence[Column], layout: Layout, ink: Ink
) -> DrawnRows:
    """Replace each row of more lines than a page has by parts that have no more, one a page."""
    most = layout.body_lines
    if drawn.lines is None or max(drawn.lines, default=1) <= most:
        return drawn
    pieces: list[bytes | memoryview] = []
    lines: list[int] = []
    edges = [0]
    uncounted = set()
    missing = ink.missing  # those of tall rows have been counted
    for row, count in enumerate(drawn.lines):
        parts = [(drawn.operators[drawn.edges[row] : drawn.edges[row + 1]], count)]
        if count > most:
            parts = list(_parts(rows, first_row + row, columns, layout, ink))
        for index, (operators, height) in enumerate(parts):
            if index:
                uncounted.add(len(lines))
            pieces.append(operators)
            lines.append(height)
            edges.append(edges[-1] + len(operators))
    ink.missing = missing
    return DrawnRows(b"".join(pieces), edges, lines, frozenset(uncounted), keys=drawn.keys)


def _parts(rows: Rows, number: int, columns: Sequence[Column], layout: Layout, ink: Ink) -> list[tuple[bytes, int]]:
    """Draw a row as parts of at most a page's lines each."""
    writers = list(cell_writers(rows.types, columns, layout, ink))
    wanted = ", ".join(writer.shown.sql for writer in writers)
    values = rows.connection.execute(f"SELECT {wanted} FROM {rows.source} WHERE {ROW} = {number}").fetchone() or ()
    cells: list[list[str]] = []
    for writer, value in zip(writers, values, strict=True):
        text = writer.shown.python(value) if writer.shown.python and value is not None else value
        cells.append(writer.lines(text) if text else [])
    parts = []
    most = layout.body_lines
    for first in range(0, max(map(len, cells)), most):
        here = [lines[first : first + most] for lines in cells]
        height = max(map(len, here))
        drawn = [
            writer.draw(lines).operators if lines else writer.nothing
            for writer, lines in zip(writers, here, strict=True)
        ]
        parts.append((f"[{''.join(drawn)}]TJ 0 {-row_height(height)} Td".encode("ascii"), height))
    return parts
