"""Table pages: a chunk's drawn rows, cut into pages, each one compressed content stream.

    /Z Do                              the zebra of a full page, or rectangles of its own on any other
    /H Do                              the header row
    BT /F1 1000 Tf 1650 TL .008 0 0 .008 x y Tm
    … the rows' operators, as they were drawn …
    ET

The rows' bytes are sliced out of the one buffer they were drawn into.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from isal import isal_zlib

from octavo.documents.pdf import theme
from octavo.documents.pdf.table.layout import LEADING, PADDING, Layout, row_height
from octavo.documents.pdf.table.rows import DrawnRows
from octavo.documents.pdf.theme import operands

DEFLATE_LEVEL = 1  # of isal's 0 to 3; zlib would take two thirds of all the time to save a seventh of the bytes
BASELINE = PADDING // 2 + 900  # from a row's upper edge to its first line's baseline, in 1/1000 em
ZEBRA = f"{operands(theme.ZEBRA).decode()} rg"
INK = f"{operands(theme.INK).decode()} rg"
RULE = f"{operands(theme.MUTED).decode()} RG {theme.HAIRLINE_PT} w"


@dataclass(frozen=True)
class Span:
    """The rows of a page: `first` to `stop` (excluded) of its chunk."""

    first: int
    stop: int

    @property
    def rows(self) -> int:
        return self.stop - self.first


def paginate(drawn: DrawnRows, layout: Layout) -> Iterator[Span]:
    """Cut the rows into pages; a row is on one page. No rows make no page: the cover says so."""
    if drawn.lines is None:
        for first in range(0, len(drawn), layout.rows_per_page):
            yield Span(first, min(first + layout.rows_per_page, len(drawn)))
        return
    above = list(accumulate(drawn.lines, initial=0))  # the lines of all rows above a row
    first = 0
    while first < len(drawn):

        def height(stop: int, first: int = first) -> int:
            return (above[stop] - above[first]) * LEADING + (stop - first) * PADDING

        most = min(first + layout.rows_per_page, len(drawn)) + 1
        stop = bisect_right(range(most), layout.page_height, first + 1, key=height) - 1
        stop = max(stop, first + 1)
        yield Span(first, stop)
        first = stop


class ContentWriter:
    """Writes the content streams of pages that are laid out alike."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._begin = f"/H Do\n{INK}\nBT\n{text_matrix(layout, layout.body_top_pt)}\n".encode()

    def content(self, drawn: DrawnRows, span: Span) -> bytes:
        """Return the compressed content stream of a page."""
        rows = drawn.operators[drawn.edges[span.first] : drawn.edges[span.stop]]
        shades = zebra(drawn, span, self._layout).encode()
        # At one go: fed piece by piece, this level of isal finds half as much to save.
        return isal_zlib.compress(b"".join([shades, self._begin, rows, b"\nET"]), DEFLATE_LEVEL)


def text_matrix(layout: Layout, top_pt: float, font: str = "F1") -> str:
    """Return the operators that begin text at the table's left edge, on the first line of a row whose top is given."""
    scale = number(layout.font_size_pt / 1000, places=6)
    baseline = number(top_pt - layout.points(BASELINE))
    return f"/{font} 1000 Tf {row_height(1)} TL {scale} 0 0 {scale} {number(layout.margin_pt)} {baseline} Tm"


def zebra(drawn: DrawnRows, span: Span, layout: Layout) -> str:
    """Return the operators that shade every other row of a page, and rule off the totals."""
    totals = drawn.totals and span.stop == len(drawn)
    if drawn.lines is None and span.rows == layout.rows_per_page and not totals:
        return "/Z Do\n"
    lines = [1] * span.rows if drawn.lines is None else drawn.lines[span.first : span.stop]
    heights = [count * LEADING + PADDING for count in lines]
    if not totals:
        return stripes(heights, layout)
    above = layout.body_top_pt - layout.points(sum(heights[:-1]))
    return stripes(heights[:-1], layout) + rule(above, layout)


def rule(y_pt: float, layout: Layout) -> str:
    """Return a line across the table."""
    left, right = number(layout.margin_pt), number(layout.margin_pt + layout.table_width_pt)
    return f"{RULE} {left} {number(y_pt)} m {right} {number(y_pt)} l S\n"


def stripes(heights: Sequence[int], layout: Layout) -> str:
    """Return the rectangles behind the second, fourth … of rows of these heights, in 1/1000 em."""
    width = round(layout.table_width_pt * 1000 / layout.font_size_pt)
    ends = list(accumulate(heights))
    rectangles = [f"0 {-end} {width} {height} re" for end, height in zip(ends[1::2], heights[1::2], strict=True)]
    if not rectangles:
        return ""
    scale, left, top = number(layout.font_size_pt / 1000, 6), number(layout.margin_pt), number(layout.body_top_pt)
    return f"q {scale} 0 0 {scale} {left} {top} cm {ZEBRA} {' '.join(rectangles)} f Q\n"


def number(value: float, places: int = 3) -> str:
    """Write a number as PDF takes it: without exponent (PDF 32000-1 §7.3.3), and no more digits than can be seen."""
    return f"{value:.{places}f}".rstrip("0").rstrip(".") or "0"
