"""The glyphs that a document uses. Each chunk collects its glyphs, the merge joins them, and `embed` embeds them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Used glyphs by the name of their font in the resources (`C0`, …). Immutable: `a | b` has the glyphs of both.

    `used` has a bit for each glyph: joining is cheap, and the record of a segment stays small. `texts` has the text of
    each glyph whose font does not say what it stands for, such as a ligature. If a glyph has two texts, the shorter one
    is kept; of two texts of the same length, the one that sorts first. The order of joining therefore does not matter.
    """

    used: Mapping[str, int] = field(default_factory=dict)
    texts: Mapping[str, Mapping[int, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, font: str, glyphs: Iterable[int], texts: Mapping[int, str] | None = None) -> Glyphs:
        bits = _bits(set(glyphs))
        return cls({font: bits} if bits else {}, {font: texts} if texts else {})

    @classmethod
    def joined(cls, several: Iterable[Glyphs]) -> Glyphs:
        """Return the glyphs of all of them."""
        used: dict[str, int] = {}
        texts: dict[str, dict[int, str]] = {}
        for each in several:
            for font, bits in each.used.items():
                used[font] = used.get(font, 0) | bits
            for font, glyph, text in each._texts():
                known = texts.setdefault(font, {})
                known[glyph] = _preferred(known.get(glyph, text), text)
        return cls(used, texts)

    def __or__(self, other: Glyphs) -> Glyphs:
        return self if other is NONE or other in self else Glyphs.joined((self, other))

    def __contains__(self, other: Glyphs) -> bool:
        """Return whether joining `other` would change nothing, which is usual after the first texts of a document."""
        return all(bits & ~self.used.get(font, 0) == 0 for font, bits in other.used.items()) and all(
            (known := self.texts.get(font, {}).get(glyph)) is not None and _preferred(known, text) == known
            for font, glyph, text in other._texts()
        )

    def _texts(self) -> Iterator[tuple[str, int, str]]:
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
        """Return the glyphs as JSON. The bits are in hexadecimal."""
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


def _bits(numbers: Collection[int]) -> int:
    """Return the integer in which exactly these bits are set."""
    data = bytearray(max(numbers, default=0) // 8 + 1)
    for number in numbers:
        data[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(data, "little")


def _preferred(text: str, other: str) -> str:
    return min(text, other, key=lambda text: (len(text), text))


NONE = Glyphs()
