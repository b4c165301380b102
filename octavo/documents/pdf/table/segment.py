"""The segment of a chunk of table pages: the pages as indirect objects that stay as they are, and their record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from octavo.authoring.report_type import ReportType
from octavo.data.snapshot import Rows, Value
from octavo.documents.formatting import TOTALS_LABEL, format_total
from octavo.documents.pdf.fonts import TextEncoder, load_fonts
from octavo.documents.pdf.pages import SegmentPages, object_number
from octavo.documents.pdf.plan import PdfPlan
from octavo.documents.pdf.syntax import objects
from octavo.documents.pdf.table.cells import CellWriter, cell_writers
from octavo.documents.pdf.table.content import ContentWriter, paginate
from octavo.documents.pdf.table.encoded_rows import EncodedRows
from octavo.documents.pdf.table.rows import encode_rows
from octavo.documents.pdf.table.split_rows import split_rows
from octavo.lifecycle.manifest import Chunk, Manifest
from octavo.settings import settings

BUFFER_BYTES = 1 << 20


def write_table_pages(
    rows: Rows, chunk: Chunk, manifest: Manifest, report_type: type[ReportType], path: Path
) -> tuple[int, SegmentPages]:
    """Write the chunk's rows as table pages, the totals after the last row of the last chunk.

    Return the number of rows, and the record of the pages.
    """
    plan = PdfPlan.from_json(manifest.layout)
    encoder = TextEncoder(load_fonts(settings.fonts))
    writers = cell_writers(report_type.columns, plan, encoder)
    encoded = encode_rows(rows, chunk, writers, plan, report_type.order[0].column)
    encoded = split_rows(encoded, rows, chunk.first_row, writers, plan.layout)
    if chunk.number == len(manifest.chunks) - 1 and manifest.totals and manifest.rows:
        encoded = _with_totals(encoded, writers, manifest.totals)
    spans = list(paginate(encoded, plan.layout))
    lengths = []
    content = ContentWriter(plan.layout)
    with path.open("wb", BUFFER_BYTES) as file:
        for page, span in enumerate(spans):
            number = object_number(page, chunk.number, len(manifest.chunks))
            stream = content.content(encoded, span)
            lengths.append(file.write(objects.indirect(number, b"<</Filter/FlateDecode>>", stream)))
    counts = [encoded.counted(span.first, span.stop) for span in spans]
    edges = list(_edges(counts))
    record = SegmentPages(
        lengths=tuple(lengths),
        first_keys=_texts(encoded.keys, [first for first, _ in edges]),
        last_keys=_texts(encoded.keys, [last for _, last in edges]),
        glyphs=encoder.glyphs,
        missing=encoder.missing,
    )
    return sum(counts), record


def _with_totals(encoded: EncodedRows, writers: Sequence[CellWriter], totals: Mapping[str, Value]) -> EncodedRows:
    """Append the row of totals in bold. Its first cell says what the row is, unless the first column has a total."""
    cells = []
    for index, writer in enumerate(writers):
        text = format_total(writer.column, totals[writer.column.name]) if writer.column.name in totals else None
        cells.append(writer.cell(TOTALS_LABEL if text is None and index == 0 else text, bold=True))
    row = f"/F2 1000 Tf[{''.join(cell.operators for cell in cells)}]TJ"
    operators = b"".join([encoded.operators, row.encode("ascii")])
    most = max(cell.lines for cell in cells)
    wraps = encoded.lines is not None or most > 1
    return EncodedRows(
        operators,
        [*encoded.edges, len(operators)],
        [*(encoded.lines or [1] * len(encoded)), most] if wraps else None,
        uncounted=encoded.uncounted | {len(encoded)},
        totals=True,
        keys=encoded.keys,
    )


def _edges(counts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield, for each page, the first and the last of the chunk's rows that begin on it."""
    row = 0
    for count in counts:
        yield row, max(row, row + count - 1)
        row += count


def _texts(keys: Sequence[str], rows: Sequence[int]) -> tuple[str, ...]:
    return tuple(keys[row] if row < len(keys) else "" for row in rows)
