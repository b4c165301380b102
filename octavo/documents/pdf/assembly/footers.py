"""Footers: title, time and "Page 12,345 of 100,000" on every page, from streams that pages share.

A page's content may be an array of streams, read as if they were one (§ 7.8.2). So a footer is cut where it repeats:

    page 12,345   /Contents [its own   …(Departures from New York)Tj … (Page 12,)Tj   (345)Tj ( of 100,000)Tj ET Q]
    page 12,346   /Contents [its own       └ shared by the pages of a thousand ┘      └ shared by 46, 1,046, … ┘ ]

100,000 pages have 1,210 such streams instead of 100,000. The cut is between two operators, inside one text object.
"""

from __future__ import annotations

from dataclasses import dataclass

from octavo.documents.pdf import theme
from octavo.documents.pdf.assembly.tail import Add
from octavo.documents.pdf.fonts.encode import Encode
from octavo.documents.pdf.pages import Frame
from octavo.documents.pdf.syntax.objects import number
from octavo.documents.pdf.table.wrap import shorten


@dataclass(frozen=True)
class Footer:
    """What the footers say besides the page number, and how far they stand from the page's edges.

    The title gets an ellipsis where it would meet the rest.
    """

    title: str
    made: str
    margin_pt: float = 36.0


class Footers:
    """The footers of a document of `pages` pages; streams are added to the tail when a page first needs them."""

    def __init__(self, footer: Footer, pages: int, encode: Encode, add: Add) -> None:
        self._footer = footer
        self._rest = f" of {pages:,}"
        self._encode = encode
        self._add = add
        self._beginnings: dict[tuple[Frame, str, int], int] = {}
        self._ends: dict[str, int] = {}

    def streams(self, page: int, frame: Frame) -> tuple[int, int]:
        """Return the two streams of a page, which counts from 1."""
        thousands, _, units = f"{page:,}".rpartition(",")
        key = (frame, thousands and thousands + ",", len(units))
        beginning, end = self._beginnings.get(key), self._ends.get(units)
        if beginning is None:
            beginning = self._beginnings[key] = self._add(b"<<>>", self._beginning(*key))
        if end is None:
            operators, _width = self._encode(units + self._rest)
            end = self._ends[units] = self._add(b"<<>>", operators + b" ET Q")
        return beginning, end

    def _beginning(self, frame: Frame, thousands: str, digits: int) -> bytes:
        """Draw the title and all up to the last digits, so that the whole ends at the right margin."""
        margin, size = self._footer.margin_pt, theme.FOOTER_FONT_PT
        begins, begins_width = self._encode(f"{self._footer.made}   Page {thousands}")
        _, ends_width = self._encode("0" * digits + self._rest)
        x = frame.width - margin - (begins_width + ends_width) * size / 1000
        title = self._fitted(self._footer.title, (x - margin) * 1000 / size - 2000)
        scale = number(size / 1000)
        matrix = b"%b 0 0 %b %%b %b Tm " % (scale, scale, number(margin))
        return b"".join(
            [
                b"q %b%b rg BT /F1 1000 Tf " % (upright(frame), theme.operands(theme.MUTED)),
                matrix % number(margin),
                title,
                b" ",
                matrix % number(x),
                begins,
            ]
        )

    def _fitted(self, text: str, room: float) -> bytes:
        """Encode the text, ended in an ellipsis if it is wider than `room`."""
        operators, _ = self._encode(shorten(text, int(room), lambda text: self._encode(text)[1]))
        return operators


def upright(frame: Frame) -> bytes:
    """Return the operator that puts the origin to the lower left corner of the page as it is displayed (§ 8.3.4)."""
    left, bottom, right, top = map(number, (frame.left, frame.bottom, frame.right, frame.top))
    match frame.rotate % 360:
        case 90:
            return b"0 1 -1 0 %b %b cm " % (right, bottom)
        case 180:
            return b"-1 0 0 -1 %b %b cm " % (right, top)
        case 270:
            return b"0 -1 1 0 %b %b cm " % (left, top)
    return b"" if (frame.left, frame.bottom) == (0, 0) else b"1 0 0 1 %b %b cm " % (left, bottom)
