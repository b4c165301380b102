"""Shaping: from a run of text of one face, script and direction to glyphs at their places (HarfBuzz)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import uharfbuzz as hb

from octavo.documents.pdf.fonts.face import Face


@dataclass(frozen=True, slots=True)
class Placed:
    """A glyph: its own width, as the document declares it, and how it is placed here. In 1/1000 em.

    `advance` is how far the next glyph's origin is from this one's, `right` and `up` how far this glyph is moved from
    its origin. `text` is the source of the glyph; glyphs that share a source have it on their first.
    """

    glyph: int
    width: int
    advance: int
    right: int = 0
    up: int = 0
    text: str = ""


def shape(face: Face, text: str, script: str | None, *, right_to_left: bool) -> list[Placed]:
    """Return the glyphs from the left to the right as they are drawn."""
    buffer = _shaped(face, text, script, right_to_left=right_to_left)
    infos, positions = buffer.glyph_infos, buffer.glyph_positions
    starts = sorted({info.cluster for info in infos})
    ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
    placed, met = [], set()
    for info, position in zip(infos, positions, strict=True):
        source = "" if info.cluster in met else text[info.cluster : ends[info.cluster]]
        met.add(info.cluster)
        advance, right, up = position.x_advance, position.x_offset, position.y_offset
        placed.append(Placed(info.codepoint, face.advance(info.codepoint), advance, right, up, source))
    return placed


def shaped_width(face: Face, text: str, script: str | None, *, right_to_left: bool) -> int:
    """Return the sum of the advances of the glyphs that `shape` returns."""
    positions = _shaped(face, text, script, right_to_left=right_to_left).glyph_positions
    return sum([position.x_advance for position in positions])


def _shaped(face: Face, text: str, script: str | None, *, right_to_left: bool) -> hb.Buffer:
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.direction = "rtl" if right_to_left else "ltr"
    buffer.script = script or "Zyyy"
    buffer.language = "und"
    buffer.cluster_level = hb.BufferClusterLevel.MONOTONE_GRAPHEMES
    buffer.flags = hb.BufferFlags.REMOVE_DEFAULT_IGNORABLES
    hb.shape(face.harfbuzz, buffer)
    return buffer


@cache
def script(character: str) -> str | None:
    """Return the character's script (ISO 15924), None for what all scripts share."""
    buffer = hb.Buffer()
    buffer.add_str(character)
    buffer.guess_segment_properties()
    found = buffer.script
    return None if found is None else str(found)
