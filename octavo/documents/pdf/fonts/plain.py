"""Plain characters: their glyphs do not depend on the characters beside them. Texts of them are encoded quickly.

Most cells are such texts. The characters of WinAnsiEncoding are plain from the beginning. `FontFallback` adds every
other plain character when it first chooses a font for it, and later texts then take its glyph from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from octavo.documents.pdf.fonts.face import Face
from octavo.documents.pdf.fonts.glyphs import Glyphs
from octavo.documents.pdf.fonts.operators import ESCAPES, actual_text, string
from octavo.documents.pdf.fonts.shape import Placed

SOFT_HYPHEN = "\u00ad"
WINANSI = "".join(map(chr, range(0x20, 0x7F))) + "".join(
    character for character in map(chr, ESCAPES) if not character.isascii() and character != SOFT_HYPHEN
)
BY_GLYPH, BY_TEXT = "glyph", "text"  # how a reader of the document gets a plain character


class Shown(NamedTuple):
    """The operators that show a text, its width in 1/1000 em, and how many of its characters no font has."""

    operators: str
    width: int
    missing: int = 0


@dataclass(frozen=True, slots=True)
class PlainCharacter:
    """A character that always has the same glyph. `code` is the number of the glyph in hexadecimal.

    `reading` says how a reader of the document gets the character:

    - BY_GLYPH: from the glyph.
    - BY_TEXT: from ActualText. Consecutive characters of this kind share one.
    - Otherwise no font has the character, and `reading` is the operators that show U+FFFD instead.
    """

    character: str
    font: str
    glyph: int
    width: int
    code: str
    reading: str


class PlainCharacters:
    """The plain characters that are known in one weight. `simple` is the name of the font for WinAnsi: F1 or F2."""

    def __init__(self, simple: str, shipped: Face) -> None:
        self._simple = simple
        self._winansi = {character: shipped.advance(shipped.glyph(character) or 0) for character in WINANSI}
        self._widths = dict(self._winansi)  # also contains the plain characters that are not in WinAnsi
        self._known: dict[str, PlainCharacter] = {}  # those that are not in WinAnsi
        self._codes: dict[str, dict[str, str]] = {}  # the codes of characters that are read BY_GLYPH, by font

    def add(self, character: str, font: str, placed: Placed, reading: str) -> None:
        """Remember the glyph of a plain character."""
        if character not in self._known:
            code = f"{placed.glyph:04X}"
            self._known[character] = PlainCharacter(character, font, placed.glyph, placed.advance, code, reading)
            self._widths.setdefault(character, placed.advance)
            codes = self._codes.setdefault(font, {})
            if reading == BY_GLYPH:
                codes[character] = code

    def advances(self) -> list[int]:
        """Return the width of each byte of UTF-8 text; it is -1 for a byte that is not printable ASCII."""
        return [self._winansi[chr(byte)] if 0x20 <= byte < 0x7F else -1 for byte in range(256)]

    def width(self, text: str) -> int | None:
        """Return the width of a text; None if one of its characters is not known."""
        widths = self._widths
        try:
            return sum([widths[character] for character in text])
        except KeyError:
            return None

    def simple_string(self, text: str) -> tuple[str, int] | None:
        """Return a text as a string of the simple font, and its width; None if it is not all WinAnsi."""
        widths = self._winansi
        try:
            width = sum([widths[character] for character in text])
        except KeyError:
            return None
        return string(text), width

    def show(self, text: str) -> Shown | None:
        """Encode a text; None if one of its characters is not known."""
        if simple := self.simple_string(text):
            return Shown(f"{simple[0]}Tj" if text else "", simple[1])
        if not (first := self._known.get(text[0])):
            return None
        codes, widths = self._codes[first.font], self._widths
        try:  # most texts are in one font, and all their characters are read BY_GLYPH
            shown = (
                f"/{first.font} 1000 Tf<{''.join([codes[character] for character in text])}>Tj/{self._simple} 1000 Tf"
            )
            return Shown(shown, sum([widths[character] for character in text]))
        except KeyError:
            return self._show_groups(text)

    def _show_groups(self, text: str) -> Shown | None:
        """Encode a text as `show` does, in groups of characters that have the same font and the same way of reading."""
        try:
            characters = [self._known[character] for character in text]
        except KeyError:
            return None
        operators, missing = [], 0
        for font, of_font in groupby(characters, key=attrgetter("font")):
            operators.append(f"/{font} 1000 Tf")
            for reading, alike in groupby(of_font, key=attrgetter("reading")):
                group = list(alike)
                if reading == BY_GLYPH:
                    operators.append(_show_codes(group))
                elif reading == BY_TEXT:
                    source = "".join([plain.character for plain in group])
                    operators.append(actual_text(source, _show_codes(group)))
                else:
                    operators.append(reading * len(group))
                    missing += len(group)
        operators.append(f"/{self._simple} 1000 Tf")
        return Shown("".join(operators), sum([plain.width for plain in characters]), missing)

    def glyphs(self, text: str) -> Glyphs:
        """Return the glyphs of a text that `show` encodes."""
        if self.simple_string(text):
            return Glyphs()
        plain = [self._known[character] for character in set(text)]
        fonts = {character.font for character in plain}
        return Glyphs.joined(Glyphs.of(font, (each.glyph for each in plain if each.font == font)) for font in fonts)


def _show_codes(characters: Sequence[PlainCharacter]) -> str:
    return f"<{''.join([plain.code for plain in characters])}>Tj"
