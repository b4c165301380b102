"""A cell as part of its row's text array. The part is the same in all rows in which the cell has the same value.

A row is one array of texts and moves (operator TJ, PDF 32000-1 § 9.4.3), in which a positive number moves to the left.
The font size inside a page's text object is 1000 units, so that one unit is 1/1000 em:

    [-450(2013-01-01 05:15)-900          aligned left: show the text, then move to the next column's left edge
     (JetBlue Airways)7820               the same before a column that is aligned right: move back by the text's width
     -2140(1,234)                        aligned right: move so far that the text ends at the column's right edge
    ]TJ T*                               go down to the next row

Every cell begins and ends where the cells of its column begin and end in all rows. A cell that is aligned left begins
at the left edge of its column, and a cell that is aligned right begins at the edge of the column before it. Therefore a
cell's part of the array depends on its value alone. `octavo.documents.pdf.table.rows` puts the parts of all rows
together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from octavo.authoring.columns import Column
from octavo.documents.formatting import CellFormat, choose_format
from octavo.documents.pdf.fonts import TextEncoder, breaks
from octavo.documents.pdf.plan import LEADING, PdfPlan, Place
from octavo.documents.pdf.table.wrap import shorten, wrap

NEGATIVE = "-"


class Cell(NamedTuple):
    """A cell's operators, the number of its lines, and how many of its characters no font had."""

    operators: str
    lines: int
    missing: int = 0


class CellWriter:
    """Writes the cells of one column as operators.

    A cell begins at `begin` and ends at `end`, counted from where its row begins.
    """

    def __init__(
        self,
        column: Column,
        cell_format: CellFormat,
        place: Place,
        encoder: TextEncoder,
        *,
        before: Place | None,
        after: Place | None,
    ) -> None:
        self.column = column
        self.format = cell_format
        self.place = place
        self.encoder = encoder
        self.begin = _begin(place, before) if before else 0
        self.end = _begin(after, place) if after else place.origin
        # Two numbers need a space between them. A cell that is aligned right ends in a string, which needs none.
        self.lead = "" if before is None or (before.right_aligned and place.right_aligned) else " "
        self.move_on = f"{place.origin - self.end}" if self.end != place.origin else ""  # from the edge to the end
        self.empty = self._empty(self.begin, self.lead)

    @property
    def writes_plain_text(self) -> bool:
        """Tell whether SQL can write the column's cells, if they are plain text."""
        return self.format.shape == "text" and not self.format.numeric and not self.format.python

    def cell(self, text: str | None, *, bold: bool = False) -> Cell:
        """Write a text on as many lines as it takes. None is an empty cell."""
        if text is None or text == "":
            return Cell(self.empty, 1)
        simple = self.encoder.fonts.simple(text, bold=bold)
        if simple and simple[1] <= self.place.width:
            return Cell(self._moved(*simple, self.begin, self.lead), 1)
        return self.write(self.lines(text, bold=bold), bold=bold)

    def write(self, lines: Sequence[str], *, bold: bool = False) -> Cell:
        """Write lines below each other. All lines but the first begin where the row begins."""
        first, *others = lines
        missing_before = self.encoder.missing
        operators = self._line(first, self.begin, self.lead, bold=bold)
        for line in others:
            operators += f"]TJ 0 {-LEADING} Td[{self._line(line, 0, bold=bold)}"
        if others:
            operators += f"]TJ 0 {LEADING * len(others)} Td[{self._empty(0)}"
        return Cell(operators, len(lines), self.encoder.missing - missing_before)

    def lines(self, text: str, *, bold: bool = False) -> list[str]:
        """Break a text into the lines of its cell."""

        def width(part: str) -> int:
            return self.encoder.fonts.width(part, bold=bold)

        if self.column.overflow == "ellipsis" and not self.format.numeric:
            return [shorten(text, self.place.width, width)]
        return wrap(text, self.place.width, width, breaks)

    def _line(self, text: str, start: int, lead: str = "", *, bold: bool) -> str:
        """Write a line that begins at `start` and ends where the cell ends."""
        if not text:
            return self._empty(start, lead)
        simple = self.encoder.fonts.simple(text, bold=bold)
        if simple:
            return self._moved(*simple, start, lead)
        operators, width = self.encoder.encode(text, bold=bold)
        string = "()" if self.place.right_aligned and not self.move_on else ""
        return self._moved(f"]TJ{operators.decode('ascii')}[{string}", width, start, lead)

    def _moved(self, string: str, width: int, start: int, lead: str) -> str:
        """Add the moves before and after a text, which is `width` wide."""
        ahead = self.place.origin - start
        if self.place.right_aligned:
            return f"{lead}{width - ahead}{string}{self.move_on}"
        moved = f"{lead}{-ahead}" if ahead else ""
        return f"{moved}{string}{width - (self.end - self.place.origin)}"

    def _empty(self, start: int, lead: str = "") -> str:
        """Move from `start` to where the cell ends."""
        if self.place.right_aligned and not self.move_on:
            return f"{lead}{start - self.end}()"
        return f"{lead}{start - self.end}" if start != self.end else ""


def _begin(place: Place, before: Place) -> int:
    """Return where a cell begins that follows another."""
    return before.origin if place.right_aligned else place.left


def cell_writers(columns: Sequence[Column], plan: PdfPlan, encoder: TextEncoder) -> tuple[CellWriter, ...]:
    """Return a writer for each column."""
    places = plan.layout.places
    befores, afters = [None, *places[:-1]], [*places[1:], None]
    return tuple(
        CellWriter(
            column, choose_format(column, plan.column_types[column.name]), place, encoder, before=before, after=after
        )
        for column, place, before, after in zip(columns, places, befores, afters, strict=True)
    )


def figure(length: int, cell_format: CellFormat) -> str:
    """Return a text that is as wide as a number of so many characters without a sign."""
    whole = length - cell_format.places - 1 if cell_format.places else length
    commas = max(0, whole) // 4 if cell_format.grouped else 0
    return "0" * (length - commas - bool(cell_format.places)) + "," * commas + "." * bool(cell_format.places)
