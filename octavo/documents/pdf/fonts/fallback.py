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
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, groupby, pairwise
from operator import attrgetter
from typing import NamedTuple
from unicodedata import bidirectional, category, mirrored, normalize

from octavo.documents.pdf.fonts import bidi
from octavo.documents.pdf.fonts.breaks import graphemes, joins
from octavo.documents.pdf.fonts.face import Face
from octavo.documents.pdf.fonts.glyphs import Glyphs
from octavo.documents.pdf.fonts.operators import ESCAPES, actual_text, show, string
from octavo.documents.pdf.fonts.shape import Placed, script, shape, shaped_width

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
BY_GLYPH, BY_TEXT = "glyph", "text"  # how a plain character is read
UNPLAIN = {"Mn", "Mc", "Me", "Cc", "Cf", "Cs"}


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text as drawn: what draws it, how wide it is in 1/1000 em, what must be embedded, how much no font had."""

    operators: bytes
    width: int
    glyphs: Glyphs
    missing: int


class Shown(NamedTuple):
    """The operators that show a text, its width in 1/1000 em, and how many of its characters no font has."""

    operators: str
    width: int
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Plain:
    """A character whose glyph does not depend on the characters beside it.

    `code` is the number of the glyph in a string. `reading` says how a reader of the document gets the character:

    - BY_GLYPH: from the glyph.
    - BY_TEXT: from ActualText, one for all such characters that follow each other.
    - Otherwise no font has the character, and `reading` is the operators that show U+FFFD instead.
    """

    character: str
    font: str
    glyph: int
    width: int
    code: str
    reading: str


@dataclass(frozen=True, slots=True)
class Part:
    """What one font draws of a grapheme. `text` is drawn; `source` is what the cell had there."""

    font: int
    text: str
    source: str
    shaped: bool
    exact: bool  # each glyph tells its character by itself
    script: str | None = None
    missing: int = 0


@dataclass(slots=True)
class Item:
    """Parts of a text, of one direction, that one font draws at one go."""

    level: int
    first: Part
    script: str | None
    texts: list[str]
    sources: list[str]

    @classmethod
    def of(cls, part: Part, level: int) -> Item:
        return cls(level, part, part.script, [part.text], [part.source])

    @property
    def text(self) -> str:
        return "".join(self.texts)

    @property
    def source(self) -> str:
        return "".join(self.sources)

    def takes(self, part: Part, level: int) -> bool:
        """Tell whether the next part can be drawn along with this item; if so, add it."""
        first = self.first
        if (
            level != self.level
            or (part.font, part.shaped, part.exact) != (first.font, first.shaped, first.exact)
            or (part.script != self.script and part.script is not None and self.script is not None)
            or part.missing
            or first.missing
        ):
            return False
        self.texts.append(part.text)
        self.sources.append(part.source)
        self.script = self.script or part.script
        return True


class FontFallback:
    """The faces of one weight, in the order in which they are asked for a character."""

    def __init__(self, simple: str, faces: Sequence[tuple[str, Face]]) -> None:
        self.simple = simple
        self.faces = faces
        shipped = faces[0][1]
        self._winansi = {character: shipped.advance(shipped.glyph(character) or 0) for character in WINANSI}
        self._widths = dict(self._winansi)  # and those of plain characters, as they are met
        self._plain_characters: dict[str, Plain] = {}  # likewise
        self._codes: dict[str, dict[str, str]] = {name: {} for name, _ in faces}  # of those read by their glyphs
        self._fonts: dict[str, int | None] = {}
        self._glyphs: dict[tuple[int, str], Placed] = {}  # of characters that are not shaped
        self._parts = lru_cache(maxsize=1 << 15)(self._find_parts)

    def advances(self) -> list[int]:
        """Return the width of each byte of UTF-8 text, -1 for what isn't printable ASCII."""
        return [self._winansi[chr(byte)] if 0x20 <= byte < 0x7F else -1 for byte in range(256)]

    def width(self, text: str) -> int:
        widths = self._widths
        try:
            return sum([widths[character] for character in text])
        except KeyError:
            return sum(map(self._width, self._items(text)))

    def simple_string(self, text: str) -> tuple[str, int] | None:
        """Return a text of WinAnsi as a string of the simple font, and its width; None for any other text."""
        widths = self._winansi
        try:
            width = sum([widths[character] for character in text])
        except KeyError:
            return None
        return string(text), width

    def encode(self, text: str) -> Encoded:
        if drawn := self.plain(text):
            operators, width, missing = drawn
            return Encoded(operators.encode("ascii"), width, self._plain_glyphs(text), missing)
        spaced = text.translate(WHITE_SPACE)
        return self.encode(spaced) if spaced != text else self._encode(text)

    def plain(self, text: str) -> Shown | None:
        """Encode, quickly, a text of WinAnsi or of plain characters that have all been met before; None for others."""
        if simple := self.simple_string(text):
            return Shown(f"{simple[0]}Tj" if text else "", simple[1])
        known = self._plain_characters
        if not (first := known.get(text[0])):
            return None
        codes, widths = self._codes[first.font], self._widths
        try:  # most texts are in one font, whose glyphs tell their characters
            shown = (
                f"/{first.font} 1000 Tf<{''.join([codes[character] for character in text])}>Tj/{self.simple} 1000 Tf"
            )
            return Shown(shown, sum([widths[character] for character in text]))
        except KeyError:
            return self._plain_parts(text)

    def _plain_parts(self, text: str) -> Shown | None:
        """Encode a text as `plain` does, part by part: of each font, and of characters that are read in one way."""
        known = self._plain_characters
        try:
            characters = [known[character] for character in text]
        except KeyError:
            return None
        operators, missing = [], 0
        for font, of_font in groupby(characters, key=attrgetter("font")):
            operators.append(f"/{font} 1000 Tf")
            for reading, alike in groupby(of_font, key=attrgetter("reading")):
                group = list(alike)
                if reading == BY_GLYPH:
                    operators.append(_shown_codes(group))
                elif reading == BY_TEXT:
                    source = "".join([plain.character for plain in group])
                    operators.append(actual_text(source, _shown_codes(group)))
                else:
                    operators.append(reading * len(group))
                    missing += len(group)
        operators.append(f"/{self.simple} 1000 Tf")
        return Shown("".join(operators), sum([plain.width for plain in characters]), missing)

    def _plain_glyphs(self, text: str) -> Glyphs:
        """Return the glyphs of a text that `plain` encodes."""
        plain = [self._plain_characters[character] for character in set(text)] if not self.simple_string(text) else []
        fonts = {character.font for character in plain}
        return Glyphs.joined(Glyphs.of(font, (each.glyph for each in plain if each.font == font)) for font in fonts)

    def _encode(self, text: str) -> Encoded:
        """Encode any text."""
        operators, width, glyphs, missing = [], 0, [], 0
        selected = self.simple
        for item in bidi.visual(self._items(text)):
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
        """Show the glyphs of an item, and say the text of those that don't tell it by themselves."""
        if not item.first.shaped:
            yield show(placed) if item.first.exact else actual_text(item.source, show(placed))
            return
        known = self.faces[item.first.font][1].characters
        plain: list[Placed] = []
        for glyphs in _by_source(placed):
            text = glyphs[0].text
            if _tell([known.get(glyph.glyph) for glyph in glyphs], text, left_to_right=item.level % 2 == 0):
                plain += glyphs
                continue
            if plain:
                yield show(plain)
                plain = []
            yield _shown_as(text, tuple(glyphs))
        if plain:
            yield show(plain)

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
        return [self._unshaped(item.first.font, character) for character in item.text]

    def _width(self, item: Item) -> int:
        """Return the sum of the advances of `_placed`."""
        if item.first.shaped:
            face = self.faces[item.first.font][1]
            return shaped_width(face, item.text, item.script, right_to_left=bool(item.level % 2))
        return sum([self._unshaped(item.first.font, character).advance for character in item.text])

    def _unshaped(self, font: int, character: str) -> Placed:
        """Return the glyph of a character as it is by itself."""
        try:
            return self._glyphs[font, character]
        except KeyError:
            face = self.faces[font][1]
            glyph = face.glyph(character) or 0
            placed = self._glyphs[font, character] = Placed(glyph, face.advance(glyph), face.advance(glyph))
            return placed

    def _items(self, text: str) -> list[Item]:
        """Cut a text in parts, in their logical order."""
        text = text.translate(WHITE_SPACE)
        levels = bidi.levels(text) if bidi.NEEDED.search(text) else None
        edges = [0, *graphemes(text), len(text)] if text else []
        items: list[Item] = []
        last: Item | None = None
        for start, stop in pairwise(edges):
            level = levels[start] if levels else 0
            grapheme = text[start:stop]
            before = last.first if last else None
            if grapheme == SOFT_HYPHEN and stop == len(text):
                parts: Sequence[Part] = (self._plain("-", grapheme),)
            else:
                parts = self._parts(
                    grapheme, level % 2, before.font if before else None, before is not None and before.shaped
                )
            for part in parts:
                if last is None or not last.takes(part, level):
                    last = Item.of(part, level)
                    items.append(last)
        return items

    def _find_parts(self, grapheme: str, odd: int, before: int | None, after_shaped: bool) -> Sequence[Part]:
        """Choose the font of a grapheme, or of each of its characters if no font has them all.

        `odd` is whether it runs right to left; `before` the font of what is before it, and whether that is shaped.
        """
        if not odd and not (after_shaped and grapheme == " "):
            composed = normalize("NFC", grapheme) if len(grapheme) > 1 else grapheme
            if self._is_plain(composed) and (len(grapheme) == 1 or self._font_of(composed) is not None):
                return (self._plain(composed, composed),)
        drawn = INVISIBLE.sub("", grapheme)
        if not drawn:
            return ()
        font = self._font_with(drawn, before if len(drawn) == 1 and script(drawn) is None else None)
        if font is not None:
            return (Part(font, grapheme, grapheme, shaped=True, exact=False, script=_script(drawn)),)
        if len(drawn) > 1:
            parts = (self._parts(character, odd, before, after_shaped) for character in drawn)
            return tuple(chain.from_iterable(parts))
        return (self._replacement(grapheme),)

    def _plain(self, character: str, source: str) -> Part:
        """Draw one plain character."""
        font = self._font_of(character)
        if font is None:
            return self._replacement(source)
        name, face = self.faces[font]
        placed = self._unshaped(font, character)
        exact = face.characters[placed.glyph] == source
        if source == character and not joins(character):
            self._keep(character, name, placed, BY_GLYPH if exact else BY_TEXT)
        return Part(font, character, source, shaped=False, exact=exact)

    def _replacement(self, source: str) -> Part:
        """Draw a character that no font has; its text is kept, unless it is none."""
        is_text = category(source[0]) not in {"Cc", "Cs", "Cn"}
        text = source if is_text else REPLACEMENT
        if len(source) == 1 and not joins(source) and not bidi.NEEDED.match(source):
            placed = self._unshaped(0, REPLACEMENT)
            shown = show([placed])
            self._keep(source, self.faces[0][0], placed, actual_text(text, shown) if is_text else shown)
        return Part(0, REPLACEMENT, text, shaped=False, exact=not is_text, missing=1)

    def _keep(self, character: str, font: str, placed: Placed, reading: str) -> None:
        """Keep what draws a character for other texts."""
        if character not in self._plain_characters:
            code = f"{placed.glyph:04X}"
            self._plain_characters[character] = Plain(character, font, placed.glyph, placed.advance, code, reading)
            self._widths.setdefault(character, placed.advance)
            if reading == BY_GLYPH:
                self._codes[font][character] = code

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

    def _font_with(self, characters: str, before: int | None) -> int | None:
        """Return the number of the first font that has all these characters, the neighbour's if it has them."""
        order = [*([] if before is None else [before]), *range(len(self.faces))]
        return next((font for font in order if all(map(self.faces[font][1].has, characters))), None)


def _shown_codes(characters: Iterable[Plain]) -> str:
    return f"<{''.join([plain.code for plain in characters])}>Tj"


@lru_cache(maxsize=1 << 14)
def _shown_as(text: str, glyphs: tuple[Placed, ...]) -> str:
    """Show glyphs, and say their text; a script's letters recur, each in few forms."""
    return actual_text(text, show(glyphs))


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
