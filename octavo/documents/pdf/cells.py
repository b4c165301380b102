"""A cell as a part of its row's text array, the same for all rows that have its value. One row is one array (TJ, PDF
32000-1 § 9.4.3), in which a positive number moves to the left; inside a page's text object the font size is 1000
units, so one unit is 1/1000 em, and every column stands at a constant:

    [-450(JetBlue Airways)7820           aligned left: go to the column's left edge, draw, go back by the text's width
     -2140(1,234)                        aligned right: go so far that the text ends at the column's right edge
    ]TJ T*                               down to the next row

A cell begins where the one before it has its edge and ends at its own, so its part depends on nothing but its value.
`octavo.documents.pdf.rows` makes the parts of a chunk's rows, by column.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from octavo.documents.pdf.display import Display, display
from octavo.documents.pdf.fonts import Fonts, Glyphs, breaks
from octavo.documents.pdf.layout import LEADING, Layout, Place
from octavo.documents.pdf.wrap import shorten, wrap
from octavo.report_type import Column

NEGATIVE = "-"


@dataclass
class Ink:
    """What has been drawn: the glyphs to embed, and how many characters no font had."""

    fonts: Fonts
    glyphs: Glyphs = field(default_factory=Glyphs)
    missing: int = 0

    def draw(self, text: str, *, bold: bool = False) -> tuple[str, int]:
        """Return the operators that draw a line of text, and its width."""
        encoded = self.fonts.encode(text, bold=bold)
        if encoded.glyphs or encoded.missing:  # WinAnsi text, which is most, has neither
            self.glyphs |= encoded.glyphs
            self.missing += encoded.missing
        return encoded.operators.decode("ascii"), encoded.width


class Cell(NamedTuple):
    """A cell's operators, how many lines it has, and how many of its characters no font had."""

    operators: str
    lines: int
    missing: int = 0


class CellWriter:
    """Draws the cells of one column at its place."""

    def __init__(
        self, column: Column, shown: Display, place: Place, ink: Ink, *, move: int, behind_string: bool
    ) -> None:
        self.column = column
        self.shown = shown
        self.place = place
        self.move = move
        self.lead = "" if behind_string else " "
        self.ink = ink
        self.nothing = f"{self.lead}{-move}{self.ends}"

    @property
    def ends(self) -> str:
        """What makes an end of the cell: a string where it is aligned right, so that the next needs no space."""
        return "()" if self.place.right_aligned else ""

    @property
    def draws_plain_text(self) -> bool:
        """Tell whether SQL can draw cells of plain text."""
        return self.shown.shape == "text" and not self.shown.numeric and not self.shown.python

    def cell(self, text: str | None, *, bold: bool = False) -> Cell:
        """Draw a text, on as many lines as it takes; None is an empty cell."""
        if text is None or text == "":
            return Cell(self.nothing, 1)
        simple = self.ink.fonts.simple(text, bold=bold)
        if simple and simple[1] <= self.place.width:
            return Cell(self.lead + self._moved(*simple, self.move), 1)
        return self.draw(self.lines(text, bold=bold), bold=bold)

    def draw(self, lines: Sequence[str], *, bold: bool = False) -> Cell:
        """Draw lines, one below the other: each begins where the row does."""
        first, *others = lines
        seen = self.ink.missing
        drawn = self.lead + self._line(first, self.move, bold=bold)
        for line in others:
            drawn += f"]TJ 0 {-LEADING} Td[{self._line(line, self.place.origin, bold=bold)}"
        if others:
            drawn += f"]TJ 0 {LEADING * len(others)} Td[{-self.place.origin}{self.ends}"
        return Cell(drawn, len(lines), self.ink.missing - seen)

    def lines(self, text: str, *, bold: bool = False) -> list[str]:
        """Break a text into the lines of its cell."""

        def width(part: str) -> int:
            return self.ink.fonts.width(part, bold=bold)

        if self.column.overflow == "ellipsis" and not self.shown.numeric:
            return [shorten(text, self.place.width, width)]
        return wrap(text, self.place.width, width, breaks)

    def _line(self, text: str, move: int, *, bold: bool) -> str:
        """Draw a line that begins so far behind the column's edge, and end there."""
        if not text:
            return f"{-move}{self.ends}"
        simple = self.ink.fonts.simple(text, bold=bold)
        if simple:
            return self._moved(*simple, move)
        operators, width = self.ink.draw(text, bold=bold)
        return self._moved(f"]TJ{operators}[{self.ends}", width, move)

    def _moved(self, string: str, width: int, move: int) -> str:
        """Put the moves around what draws a text."""
        return f"{width - move}{string}" if self.place.right_aligned else f"{-move}{string}{width}"


def cell_writers(types: Mapping[str, str], columns: Sequence[Column], layout: Layout, ink: Ink) -> Iterator[CellWriter]:
    """Yield a writer for each column, each moving from the origin of the one before."""
    before: Place | None = None
    for column, place in zip(columns, layout.places, strict=True):
        move = place.origin - (before.origin if before else 0)
        behind_string = before is None or before.right_aligned
        yield CellWriter(
            column, display(column, types[column.name]), place, ink, move=move, behind_string=behind_string
        )
        before = place


def figure(length: int, shown: Display) -> str:
    """Return a text as wide as a number of this many characters, without a sign."""
    whole = length - shown.places - 1 if shown.places else length
    commas = max(0, whole) // 4 if shown.grouped else 0
    return "0" * (length - commas - bool(shown.places)) + "," * commas + "." * bool(shown.places)
