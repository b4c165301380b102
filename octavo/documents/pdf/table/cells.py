"""A cell as a part of its row's text array, the same for all rows that have its value. One row is one array (TJ, PDF
32000-1 § 9.4.3), in which a positive number moves to the left; inside a page's text object the font size is 1000
units, so one unit is 1/1000 em, and every column stands at a constant:

    [-450(2013-01-01 05:15)-900          aligned left: draw, go on to the next column's left edge
     (JetBlue Airways)7820               the same before a column that is aligned right: go back by the text's width
     -2140(1,234)                        aligned right: go so far that the text ends at the column's right edge
    ]TJ T*                               down to the next row

A cell begins and ends at places that are the same in every row, so its part depends on nothing but its value: cells
that are aligned left begin at their column's edge, those that are aligned right at the edge of the column before.
`octavo.documents.pdf.table.rows` makes the parts of a chunk's rows, by column.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from octavo.authoring.report_type import Column
from octavo.documents.pdf.fonts import Fonts, Glyphs, breaks
from octavo.documents.pdf.table.formatting import Display, display
from octavo.documents.pdf.table.layout import LEADING, Layout, Place
from octavo.documents.pdf.table.wrap import shorten, wrap

NEGATIVE = "-"


@dataclass
class Ink:
    """What has been drawn: the glyphs to embed, and how many characters no font had."""

    fonts: Fonts
    glyphs: Glyphs = field(default_factory=Glyphs)
    missing: int = 0
    _recorded: tuple[set[str], set[str]] = field(default_factory=lambda: (set(), set()))

    def draw(self, text: str, *, bold: bool = False) -> tuple[str, int]:
        """Return the operators that draw a line of text, and its width."""
        plain = self.fonts.plain(text, bold=bold)
        recorded = self._recorded[bold]  # plain characters whose glyphs are among `glyphs`
        if plain and recorded.issuperset(text):
            self.missing += plain.missing
            return plain.operators, plain.width
        encoded = self.fonts.encode(text, bold=bold)
        if encoded.glyphs or encoded.missing:  # WinAnsi text, which is most, has neither
            self.glyphs |= encoded.glyphs
            self.missing += encoded.missing
            if plain:
                recorded.update(text)
        return encoded.operators.decode("ascii"), encoded.width


class Cell(NamedTuple):
    """A cell's operators, how many lines it has, and how many of its characters no font had."""

    operators: str
    lines: int
    missing: int = 0


class CellWriter:
    """Draws the cells of one column, from `begin` to `end` in the row. The row begins at 0, and its first cell too."""

    def __init__(
        self, column: Column, shown: Display, place: Place, ink: Ink, *, before: Place | None, after: Place | None
    ) -> None:
        self.column = column
        self.shown = shown
        self.place = place
        self.ink = ink
        self.begin = _begin(place, before) if before else 0
        self.end = _begin(after, place) if after else place.origin
        # Two numbers need a space between them. Among cells aligned right, each ends in a string, and none is needed.
        self.lead = "" if before is None or (before.right_aligned and place.right_aligned) else " "
        self.on = f"{place.origin - self.end}" if self.end != place.origin else ""  # what leads on from the edge
        self.nothing = self._nothing(self.begin, self.lead)

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
            return Cell(self._moved(*simple, self.begin, self.lead), 1)
        return self.draw(self.lines(text, bold=bold), bold=bold)

    def draw(self, lines: Sequence[str], *, bold: bool = False) -> Cell:
        """Draw lines, one below the other; the others begin where the row does."""
        first, *others = lines
        seen = self.ink.missing
        drawn = self._line(first, self.begin, self.lead, bold=bold)
        for line in others:
            drawn += f"]TJ 0 {-LEADING} Td[{self._line(line, 0, bold=bold)}"
        if others:
            drawn += f"]TJ 0 {LEADING * len(others)} Td[{self._nothing(0)}"
        return Cell(drawn, len(lines), self.ink.missing - seen)

    def lines(self, text: str, *, bold: bool = False) -> list[str]:
        """Break a text into the lines of its cell."""

        def width(part: str) -> int:
            return self.ink.fonts.width(part, bold=bold)

        if self.column.overflow == "ellipsis" and not self.shown.numeric:
            return [shorten(text, self.place.width, width)]
        return wrap(text, self.place.width, width, breaks)

    def _line(self, text: str, start: int, lead: str = "", *, bold: bool) -> str:
        """Draw a line from `start` on, and end where the cell does."""
        if not text:
            return self._nothing(start, lead)
        simple = self.ink.fonts.simple(text, bold=bold)
        if simple:
            return self._moved(*simple, start, lead)
        operators, width = self.ink.draw(text, bold=bold)
        string = "()" if self.place.right_aligned and not self.on else ""
        return self._moved(f"]TJ{operators}[{string}", width, start, lead)

    def _moved(self, string: str, width: int, start: int, lead: str) -> str:
        """Put the moves around what draws a text."""
        ahead = self.place.origin - start
        if self.place.right_aligned:
            return f"{lead}{width - ahead}{string}{self.on}"
        moved = f"{lead}{-ahead}" if ahead else ""
        return f"{moved}{string}{width - (self.end - self.place.origin)}"

    def _nothing(self, start: int, lead: str = "") -> str:
        """Go from `start` to where the cell ends."""
        if self.place.right_aligned and not self.on:
            return f"{lead}{start - self.end}()"
        return f"{lead}{start - self.end}" if start != self.end else ""


def _begin(place: Place, before: Place) -> int:
    """Return where a cell begins that has another before it."""
    return before.origin if place.right_aligned else place.left


def cell_writers(types: Mapping[str, str], columns: Sequence[Column], layout: Layout, ink: Ink) -> Iterator[CellWriter]:
    """Yield a writer for each column."""
    befores, afters = [None, *layout.places[:-1]], [*layout.places[1:], None]
    for column, place, before, after in zip(columns, layout.places, befores, afters, strict=True):
        yield CellWriter(column, display(column, types[column.name]), place, ink, before=before, after=after)


def figure(length: int, shown: Display) -> str:
    """Return a text as wide as a number of this many characters, without a sign."""
    whole = length - shown.places - 1 if shown.places else length
    commas = max(0, whole) // 4 if shown.grouped else 0
    return "0" * (length - commas - bool(shown.places)) + "," * commas + "." * bool(shown.places)
