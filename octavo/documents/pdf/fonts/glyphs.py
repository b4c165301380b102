"""The glyphs that a document uses. Chunks collect them, the merge joins them, and `embed` embeds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The glyphs in use, by the font's name in the resources (`C0`, `B1`, …). Immutable: `a | b` has those of both.

    `used` has a bit for each glyph, so that joining is cheap and the record stays small. `texts` has the text that a
    glyph stands for, if the font itself does not say it, as with ligatures. Of two texts, the shorter one is kept, and
    the lesser one of two that are equally long. The order in which glyphs are joined therefore does not matter.
    """

    used: Mapping[str, int] = field(default_factory=dict)
    texts: Mapping[str, Mapping[int, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, font: str, glyphs: Iterable[int], texts: Mapping[int, str] | None = None) -> Glyphs:
        bits = 0
        for glyph in glyphs:
            bits |= 1 << glyph
        return cls({font: bits} if bits else {}, {font: texts} if texts else {})

    def __or__(self, other: Glyphs) -> Glyphs:
        if other is NONE or other in self:
            return self
        used = {font: self.used.get(font, 0) | other.used.get(font, 0) for font in {**self.used, **other.used}}
        texts = {font: dict(texts) for font, texts in self.texts.items()}
        for font, glyph, text in other._told():
            known = texts.setdefault(font, {})
            known[glyph] = _preferred(known.get(glyph, text), text)
        return Glyphs(used, texts)

    def __contains__(self, other: Glyphs) -> bool:
        """Tell whether joining `other` would change nothing, which is the usual case after the first texts."""
        return all(bits & ~self.used.get(font, 0) == 0 for font, bits in other.used.items()) and all(
            (known := self.texts.get(font, {}).get(glyph)) is not None and _preferred(known, text) == known
            for font, glyph, text in other._told()
        )

    def _told(self) -> Iterator[tuple[str, int, str]]:
        for font, texts in self.texts.items():
            for glyph, text in texts.items():
                yield font, glyph, text

    def __bool__(self) -> bool:
        return bool(self.used)

    def of_font(self, font: str) -> Iterator[int]:
        """Yield the font's glyphs in ascending order."""
        bits = self.used.get(font, 0)
        while bits:
            lowest = bits & -bits
            yield lowest.bit_length() - 1
            bits ^= lowest

    def to_json(self) -> dict[str, Any]:
        """Return the glyphs as JSON, the bits in hexadecimal."""
        return {
            "used": {font: f"{bits:x}" for font, bits in sorted(self.used.items())},
            "texts": {
                font: {str(glyph): text for glyph, text in sorted(texts.items())}
                for font, texts in sorted(self.texts.items())
            },
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Glyphs:
        return cls(
            {font: int(bits, 16) for font, bits in value["used"].items()},
            {font: {int(glyph): text for glyph, text in texts.items()} for font, texts in value["texts"].items()},
        )


def _preferred(text: str, other: str) -> str:
    return min(text, other, key=lambda text: (len(text), text))


NONE = Glyphs()
