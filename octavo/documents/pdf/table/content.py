"""Content streams of table pages: the encoded rows of a chunk are cut into pages, and each page is compressed.

    /Z Do                              the shading of a full page; any other page draws rectangles of its own
    /H Do                              the header row
    BT /F1 1000 Tf 1650 TL .008 0 0 .008 x y Tm
    … the rows' operators, as they were encoded …
    ET

The bytes of the rows are slices of the one buffer that holds all rows of the chunk.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, repeat

from isal import isal_zlib

from octavo.documents.pdf import theme
from octavo.documents.pdf.plan import LEADING, PADDING, Layout, row_height
from octavo.documents.pdf.table.encoded_rows import EncodedRows
from octavo.documents.pdf.theme import operands

DEFLATE_LEVEL = 1  # of isal's 0 to 3. zlib would take two thirds of a chunk's time, and save a seventh of its bytes
BASELINE = PADDING // 2 + 900  # from a row's upper edge to the baseline of its first line, in 1/1000 em
SHADING_COLOUR = f"{operands(theme.ZEBRA).decode()} rg"
TEXT_COLOUR = f"{operands(theme.INK).decode()} rg"
RULE = f"{operands(theme.MUTED).decode()} RG {theme.HAIRLINE_PT} w"


@dataclass(frozen=True)
class Span:
    """The rows of a page: those of the chunk from `first` to `stop` (excluded)."""

    first: int
    stop: int

    @property
    def rows(self) -> int:
        return self.stop - self.first


def paginate(rows: EncodedRows, layout: Layout) -> Iterator[Span]:
    """Cut the rows into pages, each row on one page. A chunk without rows has no page."""
    if rows.lines is None:
        for first in range(0, len(rows), layout.rows_per_page):
            yield Span(first, min(first + layout.rows_per_page, len(rows)))
        return
    count = len(rows)
    above = list(accumulate([lines * LEADING + PADDING for lines in rows.lines], initial=0))  # heights of rows above
    first = 0
    while first < count:
        most = min(first + layout.rows_per_page, count) + 1
        stop = bisect_right(above, above[first] + layout.page_height, first + 1, most) - 1
        stop = max(stop, first + 1)
        yield Span(first, stop)
        first = stop


class ContentWriter:
    """Writes the content streams of pages that have one layout."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._begin = f"/H Do\n{TEXT_COLOUR}\nBT\n{text_matrix(layout, layout.body_top_pt)}\n".encode()

    def content(self, rows: EncodedRows, span: Span) -> bytes:
        """Return the compressed content stream of a page."""
        operators = rows.operators[rows.edges[span.first] : rows.edges[span.stop]]
        shading = zebra(rows, span, self._layout).encode()
        # All at once: if it gets its input in pieces, this level of isal saves only half as much.
        return isal_zlib.compress(b"".join([shading, self._begin, operators, b"\nET"]), DEFLATE_LEVEL)


def text_matrix(layout: Layout, top_pt: float, font: str = "F1") -> str:
    """Return the operators that begin text at the table's left edge, on the first line of a row below `top_pt`."""
    scale = number(layout.font_size_pt / 1000, places=6)
    baseline = number(top_pt - layout.points(BASELINE))
    return f"/{font} 1000 Tf {row_height(1)} TL {scale} 0 0 {scale} {number(layout.margin_pt)} {baseline} Tm"


def zebra(rows: EncodedRows, span: Span, layout: Layout) -> str:
    """Return the operators that shade every second row of a page, and draw a line above the totals."""
    totals = rows.totals and span.stop == len(rows)
    if rows.lines is None and span.rows == layout.rows_per_page and not totals:
        return "/Z Do\n"
    lines = [1] * span.rows if rows.lines is None else rows.lines[span.first : span.stop]
    heights = [count * LEADING + PADDING for count in lines]
    if not totals:
        return stripes(heights, layout)
    above = layout.body_top_pt - layout.points(sum(heights[:-1]))
    return stripes(heights[:-1], layout) + rule(above, layout)


def rule(y_pt: float, layout: Layout) -> str:
    """Return the operators of a line across the table."""
    left, right = number(layout.margin_pt), number(layout.margin_pt + layout.table_width_pt)
    return f"{RULE} {left} {number(y_pt)} m {right} {number(y_pt)} l S\n"


def stripes(heights: Sequence[int], layout: Layout) -> str:
    """Return the rectangles behind the second, fourth … row. `heights` are those of all rows, in 1/1000 em."""
    width = round(layout.table_width_pt * 1000 / layout.font_size_pt)
    ends = list(accumulate(heights))
    rectangles = list(map(_rectangle, ends[1::2], heights[1::2], repeat(width)))
    if not rectangles:
        return ""
    scale, left, top = number(layout.font_size_pt / 1000, 6), number(layout.margin_pt), number(layout.body_top_pt)
    return f"q {scale} 0 0 {scale} {left} {top} cm {SHADING_COLOUR} {' '.join(rectangles)} f Q\n"


@lru_cache(maxsize=1 << 14)
def _rectangle(end: int, height: int, width: int) -> str:
    """Return a rectangle that ends `end` below the top of the table. Pages have many of the same rectangles."""
    return f"0 {-end} {width} {height} re"


@lru_cache(maxsize=1 << 10)
def number(value: float, places: int = 3) -> str:
    """Write a number without exponent (PDF 32000-1 § 7.3.3), and with no more decimal places than can be seen."""
    return f"{value:.{places}f}".rstrip("0").rstrip(".") or "0"
