"""Shaping with HarfBuzz: convert text of one face, script and direction to glyphs and their positions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import uharfbuzz as hb

from octavo.documents.pdf.fonts.face import Face


@dataclass(frozen=True, slots=True)
class Placed:
    """A glyph and its position. All lengths are in 1/1000 em.

    `width` is the width that the font declares. `advance` is the distance to the origin of the next glyph. `right` and
    `up` are the distances by which this glyph is moved from its origin. `text` is the source of the glyph; if several
    glyphs have the same source, only the first of them has it.
    """

    glyph: int
    width: int
    advance: int
    right: int = 0
    up: int = 0
    text: str = ""


def shape(face: Face, text: str, script: str | None, *, right_to_left: bool) -> list[Placed]:
    """Return the glyphs in the order in which they are displayed, from the left."""
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
    """Return the script of a character (ISO 15924); None for a character that several scripts use."""
    buffer = hb.Buffer()
    buffer.add_str(character)
    buffer.guess_segment_properties()
    found = buffer.script
    return None if found is None else str(found)
