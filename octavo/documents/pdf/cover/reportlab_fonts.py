"""The document's typefaces in reportlab, for report types that draw their pages with it.

reportlab_fonts.register()
canvas.setFont(reportlab_fonts.REGULAR, 10)
canvas.drawString(72, 720, "Ελληνικά, кириллица")
"""

from __future__ import annotations

from pathlib import Path

from reportlab.pdfbase.pdfmetrics import getRegisteredFontNames, registerFont, registerFontFamily
from reportlab.pdfbase.ttfonts import TTFont

FOLDER = Path(__file__).parents[1] / "fonts"
REGULAR = "OctavoSans"
SEMIBOLD = "OctavoSans-SemiBold"
FILES = {REGULAR: "OctavoSans-Regular.ttf", SEMIBOLD: "OctavoSans-SemiBold.ttf"}


def register() -> None:
    """Register REGULAR and SEMIBOLD with reportlab. `<b>` in a paragraph in REGULAR selects SEMIBOLD."""
    for name, file in FILES.items():
        if name not in getRegisteredFontNames():
            registerFont(TTFont(name, str(FOLDER / file)))
    registerFontFamily(REGULAR, normal=REGULAR, bold=SEMIBOLD, italic=REGULAR, boldItalic=SEMIBOLD)
