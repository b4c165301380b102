"""The colours and line widths that table pages, footers and the cover share."""

from __future__ import annotations

from octavo.documents.pdf.syntax.objects import number

Colour = tuple[float, float, float]  # red, green, blue from 0 to 1

INK: Colour = (0.13, 0.15, 0.19)
MUTED: Colour = (0.42, 0.45, 0.50)
HAIRLINE: Colour = (0.84, 0.86, 0.89)
ZEBRA: Colour = (0.967, 0.972, 0.98)
ACCENT: Colour = (0.11, 0.31, 0.48)
NOTICE: Colour = (0.62, 0.33, 0.05)
SERIES: tuple[Colour, ...] = (  # of charts: blues and ochres, which colour-blind people can tell apart
    ACCENT,
    (0.25, 0.52, 0.66),
    (0.47, 0.69, 0.76),
    (0.85, 0.63, 0.31),
    (0.74, 0.43, 0.27),
    (0.55, 0.58, 0.62),
    (0.73, 0.82, 0.86),
    (0.92, 0.82, 0.64),
)

HAIRLINE_PT = 0.5
FOOTER_FONT_PT = 7.0


def operands(colour: Colour) -> bytes:
    """Write a colour as the operands of the operators `rg` and `RG`."""
    return b" ".join(map(number, colour))
