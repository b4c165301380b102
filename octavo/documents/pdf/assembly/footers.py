"""Footers: title, time and "Page 12,345 of 100,000" on every page, in content streams that pages share.

The content of a page may be an array of streams, which are read as if they were one (PDF 32000-1 § 7.8.2). So a footer
is cut where it repeats:

    page 12,345   /Contents [its own   …(Departures from New York)Tj … (Page 12,)Tj   (345)Tj ( of 100,000)Tj ET Q]
    page 12,346   /Contents [its own       └ shared by a thousand pages         ┘      └ shared by 46, 1,046, … ┘ ]

100,000 pages have 1,210 such streams instead of 100,000. The cut is between two operators, inside one text object.
"""

from __future__ import annotations

from dataclasses import dataclass

from octavo.documents.pdf import theme
from octavo.documents.pdf.fonts import TextEncoder
from octavo.documents.pdf.pages import PageBox
from octavo.documents.pdf.syntax.add import Add
from octavo.documents.pdf.syntax.objects import number
from octavo.documents.pdf.table.wrap import shorten


@dataclass(frozen=True)
class Footer:
    """What the footers say besides the page number, and their distance from the edges of the page.

    A title that would reach the rest of the footer ends in an ellipsis.
    """

    title: str
    created: str
    margin_pt: float = 36.0


class Footers:
    """The footers of a document of `pages` pages. A stream is added when the first page needs it."""

    def __init__(self, footer: Footer, pages: int, encoder: TextEncoder, add: Add) -> None:
        self._footer = footer
        self._rest = f" of {pages:,}"
        self._encode = encoder.encode
        self._add = add
        self._beginnings: dict[tuple[PageBox, int, int], int] = {}
        self._ends: dict[str, int] = {}

    def streams(self, page: int, box: PageBox) -> tuple[int, int]:
        """Return the numbers of the two streams of a page, which counts from 1."""
        units = str(page)[-3:]
        key = (box, page // 1000, len(units))
        beginning, end = self._beginnings.get(key), self._ends.get(units)
        if beginning is None:
            beginning = self._beginnings[key] = self._add(b"<<>>", self._beginning(*key))
        if end is None:
            operators, _width = self._encode(units + self._rest)
            end = self._ends[units] = self._add(b"<<>>", operators + b" ET Q")
        return beginning, end

    def _beginning(self, box: PageBox, thousands: int, digits: int) -> bytes:
        """Write the footer up to the page number's last group of digits, so that it will end at the right margin."""
        margin, size = self._footer.margin_pt, theme.FOOTER_FONT_PT
        group = f"{thousands:,}," if thousands else ""
        begins, begins_width = self._encode(f"{self._footer.created}   Page {group}")
        _, ends_width = self._encode("0" * digits + self._rest)
        x = box.width - margin - (begins_width + ends_width) * size / 1000
        title = self._shortened(self._footer.title, (x - margin) * 1000 / size - 2000)
        scale = number(size / 1000)
        matrix = b"%b 0 0 %b %%b %b Tm " % (scale, scale, number(margin))
        return b"".join(
            [
                b"q %b%b rg BT /F1 1000 Tf " % (upright(box), theme.operands(theme.MUTED)),
                matrix % number(margin),
                title,
                b" ",
                matrix % number(x),
                begins,
            ]
        )

    def _shortened(self, text: str, width: float) -> bytes:
        """Encode a text, which ends in an ellipsis if it is wider than `width`."""
        operators, _ = self._encode(shorten(text, int(width), lambda text: self._encode(text)[1]))
        return operators


def upright(box: PageBox) -> bytes:
    """Return the operator that moves the origin to the lower left corner of the page as it is displayed (§ 8.3.4)."""
    left, bottom, right, top = map(number, (box.left, box.bottom, box.right, box.top))
    match box.rotate % 360:
        case 90:
            return b"0 1 -1 0 %b %b cm " % (right, bottom)
        case 180:
            return b"-1 0 0 -1 %b %b cm " % (right, top)
        case 270:
            return b"0 -1 1 0 %b %b cm " % (left, top)
    return b"" if (box.left, box.bottom) == (0, 0) else b"1 0 0 1 %b %b cm " % (left, bottom)
