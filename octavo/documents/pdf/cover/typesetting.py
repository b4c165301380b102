"""Text on the cover: it is measured, wrapped and encoded like the text of table pages, and drawn on a reportlab canvas.

reportlab can draw text itself, but only in one TrueType font at a time. Octavo's encoder gives the cover the fonts of
the table pages with their fallback, shaping and right-to-left text, and the document embeds each font only once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from octavo.documents.pdf import theme
from octavo.documents.pdf.fonts import TextEncoder
from octavo.documents.pdf.syntax.objects import number
from octavo.documents.pdf.table.wrap import shorten, wrap


@dataclass(frozen=True)
class Style:
    """The size, line height, colour and weight of a text. Lengths are in points."""

    size: float
    leading: float
    colour: theme.Colour = theme.INK
    bold: bool = False


class Typesetter:
    """Measures, wraps and draws texts. `breaks` returns the positions in a text at which a line may begin."""

    def __init__(self, encoder: TextEncoder, breaks: Callable[[str], list[int]]) -> None:
        self._encode = encoder.encode
        self._measure = encoder.fonts.width
        self._breaks = breaks

    def width(self, text: str, style: Style) -> float:
        """Return the width of a line in points."""
        return self._measure(text, bold=style.bold) * style.size / 1000

    def lines(self, text: str, style: Style, width: float) -> list[str]:
        """Break a text into lines of at most `width` points."""
        return wrap(text, int(width * 1000 / style.size), self._width_in(style), self._breaks)

    def shortened(self, text: str, style: Style, width: float) -> str:
        """Return the text as one line. A text that is wider than `width` points ends with an ellipsis."""
        return shorten(text, int(width * 1000 / style.size), self._width_in(style))

    def draw(self, canvas: Canvas, text: str, style: Style, x: float, y: float, align: float = 0) -> None:
        """Draw a line with its left edge (`align` 0), its middle (0.5) or its right edge (1) at x."""
        operators, width = self._encode(text, bold=style.bold)
        scale = style.size / 1000
        matrix = f"{_written(scale)} 0 0 {_written(scale)} {_written(x - align * width * scale)} {_written(y)} Tm"
        font = "/F2" if style.bold else "/F1"
        colour = theme.operands(style.colour).decode()
        canvas.addLiteral(f"q BT {colour} rg {font} 1000 Tf {matrix} {operators.decode('ascii')} ET Q")

    def _width_in(self, style: Style) -> Callable[[str], int]:
        return lambda text: self._measure(text, bold=style.bold)


class Text(Flowable):
    """Lines of text in the flow of a page. They may continue on the next page."""

    def __init__(self, typesetter: Typesetter, lines: Sequence[str], style: Style, after: float = 0) -> None:
        super().__init__()
        self._typesetter, self._lines, self._style = typesetter, lines, style
        self.spaceAfter = after

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return width, len(self._lines) * self._style.leading

    def split(self, width: float, height: float) -> list[Flowable]:
        fitting = int(height // self._style.leading)
        if not 0 < fitting < len(self._lines):
            return []
        after: float = self.spaceAfter
        return [
            Text(self._typesetter, self._lines[:fitting], self._style),
            Text(self._typesetter, self._lines[fitting:], self._style, after),
        ]

    def draw(self) -> None:
        y = len(self._lines) * self._style.leading
        for line in self._lines:
            y -= self._style.leading
            self._typesetter.draw(self.canv, line, self._style, 0, y + 0.28 * self._style.leading)


def _written(value: float) -> str:
    return number(value).decode()
