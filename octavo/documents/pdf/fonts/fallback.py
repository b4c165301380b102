"""Font fallback: split a text into items, each of which one font shows.

A text is split into graphemes, and each grapheme is shown by the first font that has all its characters. A grapheme of
one plain character (see `plain`) is one glyph. HarfBuzz shapes everything else: marks, scripts whose letters join, and
right-to-left scripts.

Rules for particular characters:

- White space of every kind is a space, a no-break space too.
- Other control characters, lone surrogates and characters that no font has are shown as U+FFFD, and counted as missing.
- A soft hyphen is shown only at the end of a line, as a hyphen. Other invisible characters (joiners, direction marks,
  variation selectors) affect the characters beside them and have no width.
- A letter with marks is one composed character if Unicode has it and a font has its glyph.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from unicodedata import bidirectional, category, normalize

from octavo.documents.pdf.fonts import bidi
from octavo.documents.pdf.fonts.breaks import graphemes, joins
from octavo.documents.pdf.fonts.face import Face
from octavo.documents.pdf.fonts.operators import actual_text, show
from octavo.documents.pdf.fonts.plain import BY_GLYPH, BY_TEXT, SOFT_HYPHEN, PlainCharacters
from octavo.documents.pdf.fonts.shape import Placed, script

REPLACEMENT = "\ufffd"
WHITE_SPACE = dict.fromkeys(map(ord, "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"), " ")
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
)
# Scripts whose characters are shown one by one. All other scripts are shaped.
PLAIN = re.compile(
    "[\u0020-\u058f\u10a0-\u10ff\u13a0-\u13ff\u1d00-\u2ddf\u2e00-\ua67f\ua700-\ua7ff\uab30-\uab6f\uac00-\ud7a3"
    "\ue000-\ufb17\ufe10-\ufe1f\ufe30-\ufe6f\uff00-\uffef\ufffd\U00010000-\U000107ff\U0001d000-\U0001d7ff\U0001f000-\U0003ffff]"
)
NEVER_PLAIN = {"Mn", "Mc", "Me", "Cc", "Cf", "Cs"}  # categories: marks, control characters, surrogates


@dataclass(frozen=True, slots=True)
class Part:
    """A grapheme, or one of its characters, and the font that shows it.

    `text` is what the font shows, and `source` is the text of the cell that it stands for.
    """

    font: int
    text: str
    source: str
    shaped: bool
    exact: bool  # whether a reader gets the source from the glyphs alone
    script: str | None = None
    missing: int = 0


@dataclass(slots=True)
class Item:
    """Consecutive parts that have the same font and direction, and are encoded together.

    `level` is the embedding level: odd levels run from right to left.
    """

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
        """Add the next part if it can be encoded together with this item; return whether it can."""
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
    """The faces of one weight with their names. The first face that has a character shows it.

    The plain characters that are found are added to `plain`.
    """

    def __init__(self, faces: Sequence[tuple[str, Face]], plain: PlainCharacters) -> None:
        self.faces = faces
        self._plain = plain
        self._fonts: dict[str, int | None] = {}
        self._glyphs: dict[tuple[int, str], Placed] = {}  # of characters that are not shaped
        self._parts = lru_cache(maxsize=1 << 15)(self._find_parts)

    def items(self, text: str) -> list[Item]:
        """Split a text into items, in logical order."""
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
                parts: Sequence[Part] = (self._plain_part("-", grapheme),)
            else:
                parts = self._parts(
                    grapheme, level % 2, before.font if before else None, before is not None and before.shaped
                )
            for part in parts:
                if last is None or not last.takes(part, level):
                    last = Item.of(part, level)
                    items.append(last)
        return items

    def unshaped(self, font: int, character: str) -> Placed:
        """Return the glyph of a character that is not shaped."""
        try:
            return self._glyphs[font, character]
        except KeyError:
            face = self.faces[font][1]
            glyph = face.glyph(character) or 0
            placed = self._glyphs[font, character] = Placed(glyph, face.advance(glyph), face.advance(glyph))
            return placed

    def _find_parts(self, grapheme: str, odd: int, before: int | None, after_shaped: bool) -> Sequence[Part]:
        """Choose the font of a grapheme, or a font for each of its characters if no font has them all.

        `odd` is 1 if the grapheme runs from right to left. `before` is the font of the part before it, and
        `after_shaped` says whether that part is shaped.
        """
        if not odd and not (after_shaped and grapheme == " "):
            composed = normalize("NFC", grapheme) if len(grapheme) > 1 else grapheme
            if _is_plain(composed) and (len(grapheme) == 1 or self._font_of(composed) is not None):
                return (self._plain_part(composed, composed),)
        visible = INVISIBLE.sub("", grapheme)
        if not visible:
            return ()
        font = self._font_with(visible, before if len(visible) == 1 and script(visible) is None else None)
        if font is not None:
            return (Part(font, grapheme, grapheme, shaped=True, exact=False, script=_script(visible)),)
        if len(visible) > 1:
            parts = (self._parts(character, odd, before, after_shaped) for character in visible)
            return tuple(chain.from_iterable(parts))
        return (self._replacement(grapheme),)

    def _plain_part(self, character: str, source: str) -> Part:
        """Return the part of one plain character."""
        font = self._font_of(character)
        if font is None:
            return self._replacement(source)
        name, face = self.faces[font]
        placed = self.unshaped(font, character)
        exact = face.characters[placed.glyph] == source
        if source == character and not joins(character):
            self._plain.add(character, name, placed, BY_GLYPH if exact else BY_TEXT)
        return Part(font, character, source, shaped=False, exact=exact)

    def _replacement(self, source: str) -> Part:
        """Return the part that shows U+FFFD for a character that no font has.

        Readers of the document get the character itself, except for control characters and other code points that are
        no text: for these they get U+FFFD.
        """
        is_text = category(source[0]) not in {"Cc", "Cs", "Cn"}
        text = source if is_text else REPLACEMENT
        if len(source) == 1 and not joins(source) and not bidi.NEEDED.match(source):
            placed = self.unshaped(0, REPLACEMENT)
            shown = show([placed])
            self._plain.add(source, self.faces[0][0], placed, actual_text(text, shown) if is_text else shown)
        return Part(0, REPLACEMENT, text, shaped=False, exact=not is_text, missing=1)

    def _font_of(self, character: str) -> int | None:
        try:
            return self._fonts[character]
        except KeyError:
            found = self._fonts[character] = self._font_with(character, None)
            return found

    def _font_with(self, characters: str, preferred: int | None) -> int | None:
        """Return the number of the first font that has all these characters. A preferred font is tried first."""
        order = [*([] if preferred is None else [preferred]), *range(len(self.faces))]
        return next((font for font in order if all(map(self.faces[font][1].has, characters))), None)


def _is_plain(character: str) -> bool:
    return (
        len(character) == 1
        and bool(PLAIN.match(character))
        and category(character) not in NEVER_PLAIN
        and bidirectional(character) != "R"
    )


def _script(text: str) -> str | None:
    return next(filter(None, map(script, text)), None)
