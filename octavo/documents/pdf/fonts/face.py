"""A face: one font of a file with one weight and width, as HarfBuzz reads it. Lengths are in 1/1000 em.

HarfBuzz (uharfbuzz) does everything that reads font files: metrics here, shaping in `shape`, and in `embed` the subset
of the glyphs that a document uses. It reads TrueType, CFF, collections and variable fonts.
"""

from __future__ import annotations

import re
import struct
from functools import cached_property
from pathlib import Path
from unicodedata import normalize

import uharfbuzz as hb

from octavo.errors import SettingError

WIDTH = 87.5  # per cent of the normal width: that of the shipped fonts and of every variable font beside them
REGULAR, BOLD = 400, 600

COLLECTION_INDEX = re.compile(r"(?P<path>.+)#(?P<index>\d+)", re.DOTALL)
PRESENTATION_FORM = re.compile("[\ufb1d-\ufdff\ufe70-\ufefc]")
RESTRICTED = 0x0002  # OS/2 fsType, bits 0 to 3: "must not be modified, embedded or exchanged"
NO_SUBSETTING, BITMAPS_ONLY = 0x0100, 0x0200


class Face:
    """One font. `source` is the path of a file, or for a font of a collection the path and its number: `path#2`."""

    def __init__(self, source: str, weight: int = REGULAR) -> None:
        self.source = source
        self._face = _read(source)
        self._font = hb.Font(self._face)
        self._font.scale = (1000, 1000)
        self.axes = self._axis_values(weight)
        self._font.set_variations(self.axes)
        _refuse_unusable(self._face, source)

    def _axis_values(self, weight: int) -> dict[str, float]:
        """Return the values of a variable font's axes: the given weight, and the width of the shipped fonts."""
        wanted = {"wght": weight, "wdth": WIDTH}
        return {
            axis.tag: min(max(wanted.get(axis.tag, axis.default_value), axis.min_value), axis.max_value)
            for axis in self._face.axis_infos
        }

    @property
    def varies_in_weight(self) -> bool:
        return "wght" in self.axes

    @property
    def harfbuzz(self) -> hb.Font:
        """The font for shaping, scaled to 1000 units per em."""
        return self._font

    @property
    def program(self) -> hb.Face:
        """The contents of the font file, for subsetting."""
        return self._face

    @property
    def outlines(self) -> str:
        """The name of the table of the outlines: `glyf`, `CFF ` or `CFF2`."""
        return next(tag for tag in ("glyf", "CFF2", "CFF ") if tag in self._face.table_tags)

    @property
    def postscript_name(self) -> str:
        """The font's name in PDF. A variable font has the name of its default weight, which may be another one."""
        name = self._face.get_name(hb.OTNameIdPredefined.POSTSCRIPT_NAME)
        if self.varies_in_weight and self.family:
            name = f"{self.family}-{self.weight:.0f}"
        return re.sub(r"[^A-Za-z0-9-]", "", name or Path(self.source).stem) or "Font"

    @property
    def family(self) -> str | None:
        name = hb.OTNameIdPredefined
        family = self._face.get_name(name.TYPOGRAPHIC_FAMILY) or self._face.get_name(name.FONT_FAMILY)
        return family if family is None else str(family)

    @property
    def weight(self) -> float:
        return float(self._font.get_style_value(hb.StyleTag.WEIGHT))

    def glyph(self, character: str) -> int | None:
        """Return the glyph of a character; None if the face has none."""
        return self._font.get_nominal_glyph(ord(character)) or None

    def has(self, character: str) -> bool:
        return self.glyph(character) is not None

    def advance(self, glyph: int) -> int:
        return int(self._font.get_glyph_h_advance(glyph))

    @cached_property
    def characters(self) -> dict[int, str]:
        """The character that each glyph stands for. If there are several, the first that is no variant of another.

        Arabic and Hebrew presentation forms stand for the letters of which they are forms.
        """
        found: dict[int, str] = {}
        for point in sorted(self._face.unicodes):
            character = chr(point)
            glyph = self.glyph(character)
            if glyph is not None and (glyph not in found or normalize("NFKC", found[glyph]) == character):
                found[glyph] = normalize("NFKC", character) if PRESENTATION_FORM.match(character) else character
        return found


def _read(source: str) -> hb.Face:
    """Open the font. The file is mapped into memory instead of being read."""
    numbered = COLLECTION_INDEX.fullmatch(source)
    path, index = (numbered["path"], int(numbered["index"])) if numbered else (source, 0)
    try:
        blob = hb.Blob.from_file_path(path)
    except hb.HarfBuzzError as error:
        raise SettingError(f"The font {source} cannot be read. OCTAVO_FONTS must name existing font files.") from error
    fonts = hb.Face(blob).count
    if index >= fonts:
        raise SettingError(f"The font {source} does not exist: the file holds {fonts} fonts, numbered from 0.")
    return hb.Face(blob, index)


def _refuse_unusable(face: hb.Face, source: str) -> None:
    tags = face.table_tags
    if not {"glyf", "CFF ", "CFF2"} & set(tags) or not face.unicodes:
        raise SettingError(f"The font {source} has no outlines that PDF can embed. Use a TrueType or OpenType font.")
    data = face.reference_table("OS/2").data if "OS/2" in tags else b""
    (permission,) = struct.unpack_from(">H", data, 8) if len(data) >= 10 else (0,)
    if permission & 0x000F == RESTRICTED or permission & (NO_SUBSETTING | BITMAPS_ONLY):
        raise SettingError(f"The font {source} may not be embedded in documents, by its own licence flags (fsType).")
