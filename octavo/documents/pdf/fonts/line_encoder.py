"""Encode lines of text in one weight: the shipped face, and the configured faces that show what it lacks.

These are the names of the fonts in the resources of a page. `embed` makes their dictionaries.

    F1  F2    the shipped face, regular and bold; one byte for each character (WinAnsiEncoding)
    C0  B0    the same two faces; two bytes for each glyph (Identity-H), for their characters outside WinAnsi
    C1  B1    the first configured font and its bold; C2 and B2 are the second …

WinAnsi text is shown with F1 or F2, because one byte for each character is short and quick to write. All other text is
split into items, each with its own font (see `fallback`). Text that is copied from the document is the source text:
most glyphs lead to their characters (ToUnicode). Where that is not enough, as after shaping, the operators contain the
text (ActualText).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from unicodedata import mirrored

from octavo.documents.pdf.fonts import bidi
from octavo.documents.pdf.fonts.face import Face
from octavo.documents.pdf.fonts.fallback import WHITE_SPACE, FontFallback, Item
from octavo.documents.pdf.fonts.glyphs import Glyphs
from octavo.documents.pdf.fonts.operators import actual_text, show
from octavo.documents.pdf.fonts.plain import PlainCharacters
from octavo.documents.pdf.fonts.shape import Placed, shape, shaped_width


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text as operators: its width in 1/1000 em, its glyphs, and how many of its characters no font has."""

    operators: bytes
    width: int
    glyphs: Glyphs
    missing: int


class LineEncoder:
    """Encodes lines of text in one weight. `simple` is the name of the font for WinAnsi: F1 or F2."""

    def __init__(self, simple: str, faces: Sequence[tuple[str, Face]]) -> None:
        self.simple = simple
        self.faces = faces
        self.plain = PlainCharacters(simple, faces[0][1])
        self._fallback = FontFallback(faces, self.plain)

    def width(self, text: str) -> int:
        """Return the width of a text as `encode` shows it."""
        width = self.plain.width(text)
        return sum(map(self._width, self._fallback.items(text))) if width is None else width

    def encode(self, text: str) -> Encoded:
        if shown := self.plain.show(text):
            operators, width, missing = shown
            return Encoded(operators.encode("ascii"), width, self.plain.glyphs(text), missing)
        spaced = text.translate(WHITE_SPACE)
        return self.encode(spaced) if spaced != text else self._encode_items(text)

    def _encode_items(self, text: str) -> Encoded:
        operators, width, glyphs, missing = [], 0, [], 0
        selected = self.simple
        for item in bidi.visual(self._fallback.items(text)):
            font = self.faces[item.first.font][0]
            placed = self._placed(item)
            if font != selected:
                operators.append(f"/{font} 1000 Tf")
                selected = font
            operators += self._shown(item, placed)
            width += sum([glyph.advance for glyph in placed])
            glyphs.append(self._used(item, placed))
            missing += item.first.missing
        if selected != self.simple:
            operators.append(f"/{self.simple} 1000 Tf")
        return Encoded("".join(operators).encode("ascii"), width, Glyphs.joined(glyphs), missing)

    def _shown(self, item: Item, placed: Sequence[Placed]) -> Iterator[str]:
        """Show the glyphs of an item, and add the text of those from which a reader would not get it."""
        if not item.first.shaped:
            yield show(placed) if item.first.exact else actual_text(item.source, show(placed))
            return
        known = self.faces[item.first.font][1].characters
        exact: list[Placed] = []
        for glyphs in _by_source(placed):
            text = glyphs[0].text
            if _read_as([known.get(glyph.glyph) for glyph in glyphs], text, left_to_right=item.level % 2 == 0):
                exact += glyphs
                continue
            if exact:
                yield show(exact)
                exact = []
            yield _shown_with_text(text, tuple(glyphs))
        if exact:
            yield show(exact)

    def _used(self, item: Item, placed: Sequence[Placed]) -> Glyphs:
        font, face = self.faces[item.first.font]
        texts = {}
        if item.first.shaped:
            known = face.characters
            texts = {glyph.glyph: glyph.text for glyph in placed if glyph.glyph not in known and glyph.text}
        return Glyphs.of(font, (glyph.glyph for glyph in placed), texts)

    def _placed(self, item: Item) -> Sequence[Placed]:
        if item.first.shaped:
            face = self.faces[item.first.font][1]
            return shape(face, item.text, item.script, right_to_left=bool(item.level % 2))
        return [self._fallback.unshaped(item.first.font, character) for character in item.text]

    def _width(self, item: Item) -> int:
        """Return the sum of the advances of `_placed`."""
        if item.first.shaped:
            face = self.faces[item.first.font][1]
            return shaped_width(face, item.text, item.script, right_to_left=bool(item.level % 2))
        return sum([self._fallback.unshaped(item.first.font, character).advance for character in item.text])


@lru_cache(maxsize=1 << 14)
def _shown_with_text(text: str, glyphs: tuple[Placed, ...]) -> str:
    """Show glyphs and add their text. Letters recur in few forms, so most results are in the cache."""
    return actual_text(text, show(glyphs))


def _by_source(placed: Sequence[Placed]) -> Iterator[list[Placed]]:
    """Group the glyphs that come from the same characters of the source."""
    group: list[Placed] = []
    for glyph in placed:
        if glyph.text and group:
            yield group
            group = []
        group.append(glyph)
    if group:
        yield group


def _read_as(known: Sequence[str | None], text: str, *, left_to_right: bool) -> bool:
    """Return whether readers get `text` from glyphs that stand for the characters `known`.

    A font may not say for which characters a form of a letter or a ligature stands: then `known` has None, and
    `Glyphs.texts` has the characters. A mirrored bracket is read as the bracket that is visible, because readers
    mirror it themselves when they order the text.
    """
    if len(known) > 1:
        return left_to_right and list(text) == known
    return known[0] in (text, None) or (len(text) == 1 and bool(mirrored(text)))
