"""Text in PDF: fonts, their metrics, and the operators that show a text (PDF 32000-1 § 9.4 to § 9.10).

    load_fonts(files)           the shipped fonts and, after them, configured ones: `Fonts`
    fonts.encode(text)          operators, width, glyphs, and how many characters no font has
    TextEncoder(fonts)          encodes texts and collects their glyphs
    a.glyphs | b.glyphs         the glyphs of several chunks
    embed(fonts, glyphs, add)   the font objects, with one subset for each face

    breaks(text), graphemes(text)    where a text may be broken into lines, and where a word may be cut

`line_encoder` encodes a line of text. `plain` is the quick way for texts of known characters. For other texts,
`fallback` chooses a font (`face`) for each part, `bidi` orders right-to-left text, `shape` shapes what needs it, and
`operators` writes the operators. `make` makes the two shipped fonts.
"""

from octavo.documents.pdf.fonts.breaks import breaks, graphemes
from octavo.documents.pdf.fonts.embed import embed
from octavo.documents.pdf.fonts.glyphs import Glyphs
from octavo.documents.pdf.fonts.line_encoder import Encoded
from octavo.documents.pdf.fonts.load import Fonts, load_fonts
from octavo.documents.pdf.fonts.text_encoder import TextEncoder

__all__ = ["Encoded", "Fonts", "Glyphs", "TextEncoder", "breaks", "embed", "graphemes", "load_fonts"]
