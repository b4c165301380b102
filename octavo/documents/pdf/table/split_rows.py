"""Split the rows that are taller than a page, and no others. They are rare: each is written again in Python."""

from __future__ import annotations

from collections.abc import Sequence

from octavo.authoring.columns import ROW
from octavo.data.snapshot import Rows
from octavo.documents.pdf.plan import Layout, row_height
from octavo.documents.pdf.table.cells import CellWriter
from octavo.documents.pdf.table.encoded_rows import EncodedRows


def split_rows(
    encoded: EncodedRows, rows: Rows, first_row: int, writers: Sequence[CellWriter], layout: Layout
) -> EncodedRows:
    """Replace each row that has more lines than a page by parts that have no more. `first_row` is the chunk's first."""
    most = layout.body_lines
    if encoded.lines is None or max(encoded.lines, default=1) <= most:
        return encoded
    pieces: list[bytes | memoryview] = []
    lines: list[int] = []
    edges = [0]
    uncounted = set()
    for row, count in enumerate(encoded.lines):
        parts = [(encoded.operators[encoded.edges[row] : encoded.edges[row + 1]], count)]
        if count > most:
            parts = list(_parts(rows, first_row + row, writers, most))
        for index, (operators, height) in enumerate(parts):
            if index:
                uncounted.add(len(lines))
            pieces.append(operators)
            lines.append(height)
            edges.append(edges[-1] + len(operators))
    return EncodedRows(b"".join(pieces), edges, lines, frozenset(uncounted), keys=encoded.keys)


def _parts(rows: Rows, number: int, writers: Sequence[CellWriter], most: int) -> list[tuple[bytes, int]]:
    """Write a row as parts of at most `most` lines; return the operators and the number of lines of each."""
    encoder = writers[0].encoder
    missing = encoder.missing  # the characters of this row were counted when it was encoded as a whole
    wanted = ", ".join(writer.format.sql for writer in writers)
    values = rows.connection.execute(f"SELECT {wanted} FROM {rows.source} WHERE {ROW} = {number}").fetchone() or ()
    cells: list[list[str]] = []
    for writer, value in zip(writers, values, strict=True):
        text = writer.format.python(value) if writer.format.python and value is not None else value
        cells.append(writer.lines(text) if text else [])
    parts = []
    for first in range(0, max(map(len, cells)), most):
        here = [lines[first : first + most] for lines in cells]
        height = max(map(len, here))
        operators = [
            writer.write(lines).operators if lines else writer.empty
            for writer, lines in zip(writers, here, strict=True)
        ]
        parts.append((f"[{''.join(operators)}]TJ 0 {-row_height(height)} Td".encode("ascii"), height))
    encoder.missing = missing
    return parts
