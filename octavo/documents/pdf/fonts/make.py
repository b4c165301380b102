"""Make the two shipped fonts, Octavo Sans Regular and SemiBold; `python -m octavo.documents.pdf.fonts.make`.

They are Noto Sans with a width and weights that suit tables, and with the characters that reports use: Latin, Greek,
Cyrillic, combining marks, punctuation, currencies. Noto Sans has neither arrows nor mathematical signs: these come from
Inter, scaled to the units of Noto Sans. There is no kerning, so that a text is as wide as its characters together, and
all digits have one width. There is no hinting, which printers and current screens do not need.

Both families are under the SIL Open Font License 1.1, without Reserved Font Names, so that a derivative may have any
name. This one has its own name, so that nobody mistakes it for an installed Noto Sans. OFL.txt has the licence and both
copyrights.

This module needs fontTools, fontpkg-noto-sans and fontpkg-inter, which are development dependencies. It writes the same
bytes each time it is run.
"""

from __future__ import annotations

import copy
from importlib.resources import files
from pathlib import Path
from typing import Any

from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

FOLDER = Path(__file__).parent
FAMILY = "Octavo Sans"
VERSION = "1.0"
WIDTH = 87.5  # semi-condensed: 12 % more text on a line than with the normal width, and still easy to read at 7 points
WEIGHTS = {"Regular": 400, "SemiBold": 600}

NOTO_RANGES = (
    (0x0020, 0x007E),  # ASCII
    (0x00A0, 0x036F),  # Latin-1, Extended A and B, phonetics, modifiers, combining marks
    (0x0370, 0x052F),  # Greek, Cyrillic
    (0x1E00, 0x1FFF),  # Latin Extended Additional (Vietnamese), Greek Extended
    (0x2000, 0x20CF),  # punctuation, superscripts and subscripts, currencies
    (0x2100, 0x218F),  # letterlike signs, fractions
    (0x2212, 0x2212),  # minus
    (0x25CC, 0x25CC),  # dotted circle, the base of a lone mark
    (0xFB00, 0xFB06),  # Latin ligatures, where a text has them as characters
    (0xFFFD, 0xFFFD),  # the replacement character
)
INTER_RANGES = (
    (0x2160, 0x217F),  # Roman numerals
    (0x2190, 0x21FF),  # arrows
    (0x2200, 0x22FF),  # mathematics
    (0x2460, 0x2473),  # circled numbers
    (0x25A0, 0x25FF),  # squares, triangles, circles
    (0x2600, 0x27BF),  # stars, check marks, warning sign
)


def make(style: str) -> Path:
    """Write the font of one style, which is a key of WEIGHTS, into the folder of this module; return its path."""
    weight = WEIGHTS[style]
    font = _instance(_package_file("noto_sans", "NotoSans[wdth,wght].ttf"), NOTO_RANGES, wght=weight, wdth=WIDTH)
    _add_symbols(font, _instance(_package_file("inter", "Inter[opsz,wght].ttf"), INTER_RANGES, wght=weight, opsz=14))
    _keep_only_the_windows_cmap(font)
    _name(font, style)
    font["OS/2"].recalcUnicodeRanges(font)
    font["OS/2"].recalcAvgCharWidth(font)
    path = FOLDER / f"{FAMILY.replace(' ', '')}-{style}.ttf"
    font.save(path)
    return path


def _package_file(package: str, name: str) -> Path:
    return Path(str(files(f"fontpkg_{package}") / "files" / name))


def _instance(path: Path, ranges: tuple[tuple[int, int], ...], **axes: float) -> TTFont:
    """Return the variable font's characters in `ranges` as a static font, with the layout that marks need."""
    font = TTFont(path, recalcTimestamp=False)
    options = Options()
    options.hinting = False
    options.layout_features = ["ccmp", "mark", "mkmk"]
    options.name_IDs = [0, 13, 14]  # copyright and licence
    options.notdef_outline = True
    options.glyph_names = True  # until the symbols are added
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[point for first, last in ranges for point in range(first, last + 1)])
    subsetter.subset(font)
    return instantiateVariableFont(font, axes)


def _add_symbols(font: TTFont, donor: TTFont) -> None:
    """Add the donor's characters that the font lacks, as simple glyphs scaled to the font's units."""
    scale = font["head"].unitsPerEm / donor["head"].unitsPerEm
    outlines, characters = donor.getGlyphSet(), font.getBestCmap()
    for point, name in sorted(donor.getBestCmap().items()):
        if point in characters:
            continue
        pen = TTGlyphPen(None)
        flattened = _Flattening(TransformPen(pen, (scale, 0, 0, scale, 0, 0)), outlines)
        outlines[name].draw(flattened)
        added = f"uni{point:04X}"
        font["glyf"][added] = pen.glyph()
        font["glyf"][added].recalcBounds(font["glyf"])
        advance = round(donor["hmtx"][name][0] * scale)
        font["hmtx"][added] = (advance, getattr(font["glyf"][added], "xMin", 0))
        for table in font["cmap"].tables:
            if table.isUnicode():
                table.cmap[point] = added
    font["post"].extraNames = []


class _Flattening:
    """A pen that draws components as outlines."""

    def __init__(self, pen: TransformPen, outlines: Any) -> None:
        self._pen = pen
        self._outlines = outlines

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pen, name)

    def addComponent(self, name: str, transformation: tuple[float, ...]) -> None:  # noqa: N802  (fontTools' name)
        self._outlines[name].draw(_Flattening(TransformPen(self._pen, transformation), self._outlines))


def _keep_only_the_windows_cmap(font: TTFont) -> None:
    """Keep the (3, 1) subtable, of which PDF takes the simple font's glyphs (PDF 32000-1, 9.6.6.4)."""
    table = next(table for table in font["cmap"].tables if (table.platformID, table.platEncID) == (3, 1))
    kept = copy.copy(table)
    kept.cmap = {point: name for point, name in table.cmap.items() if point <= 0xFFFF}
    font["cmap"].tables = [kept]


def _name(font: TTFont, style: str) -> None:
    names = font["name"]
    copyrights = "; ".join(
        TTFont(_package_file(*source))["name"].getDebugName(0)
        for source in (("noto_sans", "NotoSans[wdth,wght].ttf"), ("inter", "Inter[opsz,wght].ttf"))
    )
    licence = {number: names.getDebugName(number) for number in (13, 14)}
    names.names = []
    regular = style == "Regular"
    texts = {
        0: copyrights,
        1: FAMILY if regular else f"{FAMILY} {style}",
        2: "Regular",
        3: f"{VERSION};{FAMILY} {style}",
        4: f"{FAMILY} {style}",
        5: f"Version {VERSION}",
        6: f"{FAMILY.replace(' ', '')}-{style}",
        10: "Noto Sans at a semi-condensed width, with symbols of Inter, for tables",
        **licence,
    }
    if not regular:
        texts |= {16: FAMILY, 17: style}
    for number, text in texts.items():
        names.setName(text, number, 3, 1, 0x409)
    del font["STAT"]
    font["post"].formatType = 3.0
    font["OS/2"].usWeightClass = WEIGHTS[style]
    font["OS/2"].usWidthClass = 4


if __name__ == "__main__":
    for name in WEIGHTS:
        made = make(name)
        print(made.name, made.stat().st_size, "bytes")
