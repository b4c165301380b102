"""Fonts: the shipped face and those configured behind it, in two weights; from a text to the operators that draw it.

A page's resources name fonts so, of which `embed` makes the font dictionaries:

    F1  F2    the shipped face, regular and bold, one byte a character (WinAnsiEncoding): Latin text is short and fast
    C0  B0    the same two, a glyph's number in two bytes (Identity-H): every other character that they have
    C1  B1    the first configured font, and its bold; C2, B2 the second …

Text in WinAnsi is drawn by F1 or F2. Any other text is cut in graphemes, each drawn by the first font that has all its
characters. A grapheme that is one plain character is one glyph; marks, joined and right-to-left scripts are shaped.
What is drawn reads as the source: each glyph tells its character (ToUnicode), and where that isn't enough, as after
shaping, the operators carry the text (ActualText).

Deliberately so:
- White space of every kind is a space; other control characters and lone surrogates are drawn as U+FFFD, as is every
  character that no font has. These are counted as missing.
- A no-break space is a space. A soft hyphen is drawn, as a hyphen, only where a line ends with it. Other invisible
  characters (joiners, direction marks, variation selectors) have their effect and no width.
- A letter and its marks are composed where Unicode and the font have the whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from unicodedata import bidirectional, category, mirrored, normalize

from octavo.documents.pdf.fonts import bidi
from octavo.documents.pdf.fonts.breaks import graphemes
from octavo.documents.pdf.fonts.face import Face
from octavo.documents.pdf.fonts.glyphs import NONE, Glyphs
from octavo.documents.pdf.fonts.operators import ESCAPES, actual_text, show, string
from octavo.documents.pdf.fonts.shape import Placed, script, shape

REPLACEMENT = "\ufffd"
SOFT_HYPHEN = "\u00ad"
WHITE_SPACE = dict.fromkeys(map(ord, "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"), " ")
WINANSI = "".join(map(chr, range(0x20, 0x7F))) + "".join(
    character for character in map(chr, ESCAPES) if not character.isascii() and character != SOFT_HYPHEN
)
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
)
# Scripts whose characters are drawn one by one, as they come. All others are shaped.
PLAIN = re.compile(
    "[\u0020-\u058f\u10a0-\u10ff\u13a0-\u13ff\u1d00-\u2ddf\u2e00-\ua67f\ua700-\ua7ff\uab30-\uab6f\uac00-\ud7a3"
    "\ue000-\ufb17\ufe10-\ufe1f\ufe30-\ufe6f\uff00-\uffef\ufffd\U00010000-\U000107ff\U0001d000-\U0001d7ff\U0001f000-\U0003ffff]"
)
UNPLAIN = {"Mn", "Mc", "Me", "Cc", "Cf", "Cs"}


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text as drawn: what draws it, how wide it is in 1/1000 em, what must be embedded, how much no font had."""

    operators: bytes
    width: int
    glyphs: Glyphs
    missing: int


@dataclass(frozen=True, slots=True)
class Plain:
    """A character that is one glyph, whatever stands beside it, and reads as itself."""

    font: str
    code: str
    width: int
    bit: int


@dataclass(frozen=True, slots=True)
class Item:
    """A part of a text that one font draws at one go. `text` is drawn; `source` is what the cell had there."""

    font: int
    level: int
    text: str
    source: str
    shaped: bool
    exact: bool  # each glyph tells its character by itself
    script: str | None = None
    missing: int = 0

    def takes(self, other: Item) -> bool:
        """Tell whether `other`, the next part, can be drawn along with this one."""
        return (
            (self.font, self.level, self.shaped, self.exact) == (other.font, other.level, other.shaped, other.exact)
            and (self.script == other.script or None in (self.script, other.script))
            and not (self.missing or other.missing)
        )

    def joined(self, other: Item) -> Item:
        return replace(
            self,
            text=self.text + other.text,
            source=self.source + other.source,
            script=self.script or other.script,
        )


class FontFallback:
    """The faces of one weight, in the order in which they are asked for a character."""

    def __init__(self, simple: str, faces: Sequence[tuple[str, Face]]) -> None:
        self.simple = simple
        self.faces = faces
        shipped = faces[0][1]
        self._winansi = {character: shipped.advance(shipped.glyph(character) or 0) for character in WINANSI}
        self._widths = dict(self._winansi)  # and those of plain characters, as they are met
        self._plain_characters: dict[str, Plain] = {}  # likewise
        self._fonts: dict[str, int | None] = {}

    def advances(self) -> list[int]:
        """Return the width of each byte of UTF-8 text, -1 for what isn't printable ASCII."""
        return [self._winansi[chr(byte)] if 0x20 <= byte < 0x7F else -1 for byte in range(256)]

    def width(self, text: str) -> int:
        widths = self._widths
        try:
            return sum([widths[character] for character in text])
        except KeyError:
            return sum(glyph.advance for item in self._items(text) for glyph in self._placed(item))

    def simple_string(self, text: str) -> tuple[str, int] | None:
        """Return a text of WinAnsi as a string of the simple font, and its width; None for any other text."""
        widths = self._winansi
        try:
            width = sum([widths[character] for character in text])
        except KeyError:
            return None
        return string(text), width

    def encode(self, text: str) -> Encoded:
        if simple := self.simple_string(text):
            return Encoded(f"{simple[0]}Tj".encode("ascii") if text else b"", simple[1], NONE, 0)
        spaced = text.translate(WHITE_SPACE)
        return self.encode(spaced) if spaced != text else self._encode_plain(text) or self._encode(text)

    def _encode_plain(self, text: str) -> Encoded | None:
        """Encode a text as `_encode` does, but quickly: one of plain characters that have all been met before."""
        known = self._plain_characters
        try:
            characters = [known[character] for character in text]
        except KeyError:
            return None
        operators = ""
        used: dict[str, int] = {}
        for font, group in groupby(characters, key=lambda character: character.font):
            bits, code = used.get(font, 0), ""
            for character in group:
                bits |= character.bit
                code += character.code
            used[font] = bits
            operators += f"/{font} 1000 Tf<{code}>Tj"
        operators += f"/{self.simple} 1000 Tf"
        return Encoded(operators.encode("ascii"), sum([character.width for character in characters]), Glyphs(used), 0)

    def _encode(self, text: str) -> Encoded:
        """Encode any text."""
        operators, width, glyphs, missing = [], 0, NONE, 0
        selected = self.simple
        for item in bidi.visual(list(self._items(text))):
            font = self.faces[item.font][0]
            placed = self._placed(item)
            if font != selected:
                operators.append(f"/{font} 1000 Tf")
                selected = font
            operators += self._shown(item, placed)
            width += sum(glyph.advance for glyph in placed)
            glyphs |= self._used(item, placed)
            missing += item.missing
        if selected != self.simple:
            operators.append(f"/{self.simple} 1000 Tf")
        return Encoded("".join(operators).encode("ascii"), width, glyphs, missing)

    def _shown(self, item: Item, placed: Sequence[Placed]) -> Iterator[str]:
        """Show the glyphs of an item, and say the text of those that don't tell it by themselves."""
        if not item.shaped:
            yield show(placed) if item.exact else actual_text(item.source, show(placed))
            return
        known = self.faces[item.font][1].characters
        plain: list[Placed] = []
        for glyphs in _by_source(placed):
            text = glyphs[0].text
            if _tell([known.get(glyph.glyph) for glyph in glyphs], text, left_to_right=item.level % 2 == 0):
                plain += glyphs
                continue
            if plain:
                yield show(plain)
                plain = []
            yield actual_text(text, show(glyphs))
        if plain:
            yield show(plain)

    def _used(self, item: Item, placed: Sequence[Placed]) -> Glyphs:
        font, face = self.faces[item.font]
        texts = {}
        if item.shaped:
            known = face.characters
            texts = {glyph.glyph: glyph.text for glyph in placed if glyph.glyph not in known and glyph.text}
        return Glyphs.of(font, (glyph.glyph for glyph in placed), texts)

    def _placed(self, item: Item) -> list[Placed]:
        face = self.faces[item.font][1]
        if item.shaped:
            return shape(face, item.text, item.script, right_to_left=bool(item.level % 2))
        glyphs = [face.glyph(character) or 0 for character in item.text]
        return [Placed(glyph, face.advance(glyph), face.advance(glyph)) for glyph in glyphs]

    def _items(self, text: str) -> Iterator[Item]:
        """Cut a text in parts, in their logical order."""
        text = text.translate(WHITE_SPACE)
        levels = bidi.levels(text) if bidi.NEEDED.search(text) else None
        edges = [0, *graphemes(text), len(text)] if text else []
        last: Item | None = None
        for start, stop in pairwise(edges):
            level = levels[start] if levels else 0
            for item in self._parts(text[start:stop], level, last, ends_line=stop == len(text)):
                if last is not None and last.takes(item):
                    last = last.joined(item)
                    continue
                if last is not None:
                    yield last
                last = item
        if last is not None:
            yield last

    def _parts(self, grapheme: str, level: int, before: Item | None, *, ends_line: bool) -> Iterator[Item]:
        """Choose the font of a grapheme, or of each of its characters if no font has them all."""
        if grapheme == SOFT_HYPHEN and ends_line:
            yield self._plain("-", grapheme, level)
            return
        between_shaped = before is not None and before.shaped and grapheme == " "
        if level % 2 == 0 and not between_shaped:
            composed = normalize("NFC", grapheme) if len(grapheme) > 1 else grapheme
            if self._is_plain(composed) and (len(grapheme) == 1 or self._font_of(composed) is not None):
                yield self._plain(composed, composed, level)
                return
        drawn = INVISIBLE.sub("", grapheme)
        if not drawn:
            return
        font = self._font_with(drawn, before if len(drawn) == 1 and script(drawn) is None else None)
        if font is not None:
            yield Item(font, level, grapheme, grapheme, shaped=True, exact=False, script=_script(drawn))
        elif len(drawn) > 1:
            for character in drawn:
                yield from self._parts(character, level, before, ends_line=False)
        else:
            yield self._replacement(grapheme, level)

    def _plain(self, character: str, source: str, level: int) -> Item:
        """Draw one plain character."""
        font = self._font_of(character)
        if font is None:
            return self._replacement(source, level)
        name, face = self.faces[font]
        glyph = face.glyph(character) or 0
        exact = face.characters[glyph] == source
        if source == character:
            width = self._widths.setdefault(character, face.advance(glyph))
            if exact:
                self._plain_characters[character] = Plain(name, f"{glyph:04X}", width, 1 << glyph)
        return Item(font, level, character, source, shaped=False, exact=exact)

    def _replacement(self, source: str, level: int) -> Item:
        """Draw a character that no font has; its text is kept, unless it is none."""
        is_text = category(source[0]) not in {"Cc", "Cs", "Cn"}
        source = source if is_text else REPLACEMENT
        return Item(0, level, REPLACEMENT, source, shaped=False, exact=not is_text, missing=1)

    def _is_plain(self, character: str) -> bool:
        return (
            len(character) == 1
            and bool(PLAIN.match(character))
            and category(character) not in UNPLAIN
            and bidirectional(character) != "R"
        )

    def _font_of(self, character: str) -> int | None:
        try:
            return self._fonts[character]
        except KeyError:
            found = self._fonts[character] = self._font_with(character, None)
            return found

    def _font_with(self, characters: str, before: Item | None) -> int | None:
        """Return the number of the first font that has all these characters, the neighbour's if it has them."""
        order = [*([before.font] if before else []), *range(len(self.faces))]
        return next((font for font in order if all(map(self.faces[font][1].has, characters))), None)


def _script(text: str) -> str | None:
    return next(filter(None, map(script, text)), None)


def _by_source(placed: Sequence[Placed]) -> Iterator[list[Placed]]:
    """Part glyphs by the text of which they come."""
    group: list[Placed] = []
    for glyph in placed:
        if glyph.text and group:
            yield group
            group = []
        group.append(glyph)
    if group:
        yield group


def _tell(known: Sequence[str | None], text: str, *, left_to_right: bool) -> bool:
    """Tell whether glyphs that stand for `known` read as `text` by themselves.

    Of forms of letters and of ligatures the font may not say the characters: `Glyphs.texts` does. A mirrored bracket
    stays the bracket that one sees: readers turn it themselves when they order the text.
    """
    if len(known) > 1:
        return left_to_right and list(text) == known
    return known[0] in (text, None) or (len(text) == 1 and bool(mirrored(text)))
