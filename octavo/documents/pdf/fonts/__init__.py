"""Text in PDF: fonts, their metrics, and the operators that draw a text (PDF 32000-1, 9.4 to 9.10).

    load_fonts(files)           the shipped font and, behind it, configured ones: `Fonts`
    fonts.encode(text)          operators, width, glyphs, and how many characters no font has
    a.glyphs | b.glyphs         what a document uses, joined over its chunks
    embed(fonts, glyphs, add)   the font objects, one subset for each face

    breaks(text), graphemes(text)    where a text may be broken, and cut

A text is encoded by `fallback`, which asks each face (`face`) for its characters, orders right-to-left text (`bidi`),
shapes what needs it (`shape`) and writes the operators (`operators`). The two shipped fonts are made by `make`.
"""

from octavo.documents.pdf.fonts.breaks import breaks, graphemes
from octavo.documents.pdf.fonts.embed import embed
from octavo.documents.pdf.fonts.fallback import Encoded
from octavo.documents.pdf.fonts.glyphs import Glyphs
from octavo.documents.pdf.fonts.load import Fonts, load_fonts
from octavo.documents.pdf.fonts.text_encoder import TextEncoder

__all__ = ["Encoded", "Fonts", "Glyphs", "TextEncoder", "breaks", "embed", "graphemes", "load_fonts"]
