"""Encode the texts of a document, and collect the glyphs that its fonts must contain."""

from __future__ import annotations

from dataclasses import dataclass, field

from octavo.documents.pdf.fonts.glyphs import Glyphs
from octavo.documents.pdf.fonts.load import Fonts


@dataclass
class TextEncoder:
    """Encodes lines of text and collects the glyphs to embed, and how many characters no font had."""

    fonts: Fonts
    glyphs: Glyphs = field(default_factory=Glyphs)
    missing: int = 0
    _collected: tuple[set[str], set[str]] = field(default_factory=lambda: (set(), set()))

    def encode(self, text: str, *, bold: bool = False) -> tuple[bytes, int]:
        """Return the operators that show a line of text, and its width in 1/1000 em.

        The operators belong in a text object in which the font /F1 (/F2 if bold) is selected at size 1000, and leave
        it selected. All digits have the same width.
        """
        plain = self.fonts.plain(text, bold=bold)
        collected = self._collected[bold]  # the plain characters whose glyphs are already in `glyphs`
        if plain and collected.issuperset(text):
            self.missing += plain.missing
            return plain.operators.encode("ascii"), plain.width
        encoded = self.fonts.encode(text, bold=bold)
        if encoded.glyphs or encoded.missing:  # most text is WinAnsi, which has neither
            self.collect(encoded.glyphs, encoded.missing)
            if plain:
                collected.update(text)
        return encoded.operators, encoded.width

    def collect(self, glyphs: Glyphs, missing: int) -> None:
        """Add the glyphs and the missing characters of text that was encoded elsewhere."""
        self.glyphs |= glyphs
        self.missing += missing
