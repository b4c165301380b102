"""Embed the fonts of a document (PDF 32000-1 § 9.6 to § 9.10): each face once, with only the glyphs in use.

    F1  simple font ───────────────┐            one byte for each character: WinAnsiEncoding
        /Widths /ToUnicode         ├─► FontDescriptor ─► font program, a subset
    C0  Type0 ─► CIDFont ──────────┘            two bytes for each glyph: Identity-H
        /ToUnicode  /W

A glyph keeps its number in the subset, so that chunks can write numbers before it is known which glyphs the whole
document uses. F1 and F2 are embedded with all characters of WinAnsi, so that chunks need not record which of them they
used. The same glyphs make the same bytes.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Collection, Mapping, Sequence
from itertools import groupby

import uharfbuzz as hb

from octavo.documents.pdf.fonts.face import Face
from octavo.documents.pdf.fonts.glyphs import Glyphs
from octavo.documents.pdf.fonts.load import Fonts
from octavo.documents.pdf.fonts.operators import ESCAPES
from octavo.documents.pdf.syntax.add import Add

# The characters of WinAnsiEncoding (annex D.2) by code.
WINANSI = {byte: chr(byte) for byte in range(0x20, 0x7F)} | {
    chr(point).encode("cp1252")[0]: chr(point) for point in ESCAPES if point > 0x7F
}
UNUSED_TABLES = {
    *("GSUB", "GPOS", "GDEF", "BASE", "JSTF", "MATH"),  # only shaping needs them
    *("name", "OS/2", "post", "STAT", "DSIG", "gasp", "VORG", "vhea", "vmtx"),  # readers of PDF do not use them (§ 9.9)
}
SYMBOLIC, NONSYMBOLIC, ITALIC = 4, 32, 64  # font flags, table 123
DEFAULT_WIDTH = 1000
ENTRIES_A_BLOCK = 100  # a CMap may not have more (Adobe Technical Note 5014)


def embed(fonts: Fonts, glyphs: Glyphs, add: Add) -> dict[str, int]:
    """Add the fonts that a document uses, and always F1 and F2; return the number of the object of each name.

    `add` has to deflate the streams.
    """
    objects: dict[str, int] = {}
    for weight in (fonts.regular, fonts.bold):
        for place, (font, face) in enumerate(weight.faces):
            simple = weight.simple if place == 0 else None
            used = list(glyphs.of_font(font))
            if font not in objects and (used or simple):
                objects |= _embed_face(font, simple, face, used, glyphs.texts.get(font, {}), add)
    return objects


def _embed_face(
    font: str, simple: str | None, face: Face, used: Sequence[int], texts: Mapping[int, str], add: Add
) -> dict[str, int]:
    """Add the objects of one face: its font program, and the fonts that use it."""
    characters = WINANSI if simple else {}
    program = _subset(face, used, characters.values())
    tag = _subset_tag(program)
    name = f"{tag}+{face.postscript_name}".encode()
    descriptor = add(_descriptor(face, name, _font_file(program, add), nonsymbolic=simple is not None))
    objects = {}
    if simple:
        objects[simple] = add(_simple_font(face, name, descriptor, _to_unicode(1, characters, add)))
    if used:
        known = face.characters
        meanings = {glyph: texts.get(glyph) or known.get(glyph, "") for glyph in used}
        to_unicode = _to_unicode(2, {glyph: text for glyph, text in meanings.items() if text}, add)
        objects[font] = add(_type0_font(face, name, descriptor, used, to_unicode, add))
    return objects


def _subset(face: Face, used: Sequence[int], characters: Collection[str]) -> hb.Face:
    """Return the face with only these glyphs, which keep their numbers. A variable face is fixed at its axis values."""
    flags = hb.SubsetFlags
    wanted = hb.SubsetInput()
    wanted.flags = (
        flags.RETAIN_GIDS
        | flags.NOTDEF_OUTLINE
        | flags.NO_HINTING
        | flags.NO_LAYOUT_CLOSURE
        | flags.DOWNGRADE_CFF2  # PDF has no CFF2
        | flags.CFF_IDENTITY_CHARSET  # a CID is then the number of a glyph (§ 9.7.4.2)
    )
    wanted.glyph_set.update({0, *used})
    wanted.unicode_set.update(map(ord, characters))
    unused = UNUSED_TABLES if characters else {*UNUSED_TABLES, "cmap"}
    wanted.drop_table_tag_set.update(int.from_bytes(tag.encode()) for tag in unused)
    for tag, value in face.axes.items():
        wanted.pin_axis_location(face.program, tag, value)
    return wanted.subset(face.program)


def _subset_tag(program: hb.Face) -> str:
    """Return six capital letters that distinguish this subset from others of its font (§ 9.6.4)."""
    digest = int.from_bytes(hashlib.sha256(program.blob.data).digest()[:8])
    return "".join(chr(ord("A") + digest // 26**place % 26) for place in range(6))


def _font_file(program: hb.Face, add: Add) -> bytes:
    """Add the font program (§ 9.9); return its entry in the descriptor."""
    if "glyf" in program.table_tags:
        data = bytes(program.blob.data)
        return b"/FontFile2 %d 0 R" % add(b"<</Length1 %d>>" % len(data), data)
    data = bytes(program.reference_table("CFF ").data)
    return b"/FontFile3 %d 0 R" % add(b"<</Subtype/CIDFontType0C>>", data)


def _descriptor(face: Face, name: bytes, font_file: bytes, *, nonsymbolic: bool) -> bytes:
    """Write the font descriptor (§ 9.8)."""
    font, metrics = face.harfbuzz, hb.OTMetricsTag
    slant = font.get_style_value(hb.StyleTag.SLANT_ANGLE)
    extents = font.get_font_extents("ltr")
    cap_height = font.get_metric_position_with_fallback(metrics.CAP_HEIGHT)
    flags = (NONSYMBOLIC if nonsymbolic else SYMBOLIC) | (ITALIC if slant else 0)
    stem = round(50 + (face.weight / 65) ** 2)  # font files do not have it; this usual estimate is from the weight
    box = b" ".join(b"%d" % edge for edge in _bounding_box(face))
    return (
        b"<</Type/FontDescriptor/FontName/%b/Flags %d/FontBBox[%b]/ItalicAngle %d/Ascent %d/Descent %d"
        b"/CapHeight %d/StemV %d%b>>"
        % (name, flags, box, round(slant), extents.ascender, extents.descender, cap_height, stem, font_file)
    )


def _bounding_box(face: Face) -> list[int]:
    """Return xMin, yMin, xMax and yMax of all glyphs, from the table `head`."""
    edges = struct.unpack_from(">4h", face.program.reference_table("head").data, 36)
    return [round(edge * 1000 / face.program.upem) for edge in edges]


def _simple_font(face: Face, name: bytes, descriptor: int, to_unicode: int) -> bytes:
    """Write the TrueType font (§ 9.6.3). The cmap of the font program has the glyphs of WinAnsi (§ 9.6.6.4)."""
    codes = range(min(WINANSI), max(WINANSI) + 1)
    widths = b" ".join(b"%d" % (face.advance(face.glyph(WINANSI[c]) or 0) if c in WINANSI else 0) for c in codes)
    return (
        b"<</Type/Font/Subtype/TrueType/BaseFont/%b/Encoding/WinAnsiEncoding/FirstChar %d/LastChar %d/Widths[%b]"
        b"/FontDescriptor %d 0 R/ToUnicode %d 0 R>>" % (name, codes[0], codes[-1], widths, descriptor, to_unicode)
    )


def _type0_font(face: Face, name: bytes, descriptor: int, used: Sequence[int], to_unicode: int, add: Add) -> bytes:
    """Add the CIDFont (§ 9.7.4), in which a CID is the number of a glyph; write its Type 0 font (§ 9.7.6)."""
    truetype = face.outlines == "glyf"
    kind, mapping = (b"CIDFontType2", b"/CIDToGIDMap/Identity") if truetype else (b"CIDFontType0", b"")
    descendant = add(
        b"<</Type/Font/Subtype/%b/BaseFont/%b/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
        b"/FontDescriptor %d 0 R/DW %d/W[%b]%b>>"
        % (kind, name, descriptor, DEFAULT_WIDTH, _widths(face, used), mapping)
    )
    base = name if truetype else name + b"-Identity-H"
    return b"<</Type/Font/Subtype/Type0/BaseFont/%b/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>" % (
        base,
        descendant,
        to_unicode,
    )


def _widths(face: Face, used: Sequence[int]) -> bytes:
    """Write /W (§ 9.7.4.3): `12[520 530]` for glyphs 12 and 13. Glyphs of the default width are left out."""
    widths = [(glyph, face.advance(glyph)) for glyph in used if face.advance(glyph) != DEFAULT_WIDTH]
    runs = groupby(enumerate(widths), key=lambda entry: entry[1][0] - entry[0])
    parts = []
    for _, entries in runs:
        run = [entry for _, entry in entries]
        parts.append(b"%d[%b]" % (run[0][0], b" ".join(b"%d" % width for _, width in run)))
    return b"".join(parts)


def _to_unicode(size: int, meanings: Mapping[int, str], add: Add) -> int:
    """Add the CMap that has the text of each code (§ 9.10.3). A code has `size` bytes."""
    codes = sorted(meanings)
    lines = [
        "/CIDInit/ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def",
        "/CMapName/Adobe-Identity-UCS def/CMapType 2 def",
        f"1 begincodespacerange <{'00' * size}><{'FF' * size}> endcodespacerange",
    ]
    for start in range(0, len(codes), ENTRIES_A_BLOCK):
        block = codes[start : start + ENTRIES_A_BLOCK]
        lines.append(f"{len(block)} beginbfchar")
        lines += [f"<{code:0{2 * size}X}><{meanings[code].encode('utf-16-be').hex().upper()}>" for code in block]
        lines.append("endbfchar")
    lines.append("endcmap CMapName currentdict/CMap defineresource pop end end")
    return add(b"<<>>", "\n".join(lines).encode("ascii"))
