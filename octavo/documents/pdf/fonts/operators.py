"""Write the operators that show glyphs at their positions (PDF 32000-1 § 9.4.3). All of them are ASCII.

The font size is 1000, so that the numbers in TJ, rises and advances are all in 1/1000 em:

    /C1 1000 Tf                       select the font
    [<00120034>-40<0056>]TJ           the glyphs 0x12, 0x34 and 0x56; the last one is moved to the right by 40
    120 Ts …  0 Ts                    the glyphs between these are raised by 120, such as marks above a letter
    /Span<</ActualText<FEFF…>>>BDC    the text of the glyphs that follow, for copying and searching (§ 14.9.4)
    EMC                               the end of these glyphs
"""

from __future__ import annotations

from collections.abc import Iterable

from octavo.documents.pdf.fonts.shape import Placed

# How strings in parentheses (§ 7.3.4.2) write the characters of WinAnsiEncoding (annex D) that are not plain ASCII.
ESCAPES = {ord(character): "\\" + character for character in "()\\"} | {
    ord(bytes([byte]).decode("cp1252")): f"\\{byte:o}"
    for byte in range(0x80, 0x100)
    if byte not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}
}


def string(text: str) -> str:
    """Write a text as a string. All its characters must be in WinAnsiEncoding."""
    return f"({text.translate(ESCAPES)})"


def actual_text(text: str, operators: str) -> str:
    """Add to operators the text that they show, for copying and searching."""
    return f"/Span<</ActualText<FEFF{text.encode('utf-16-be').hex().upper()}>>>BDC{operators} EMC"


def show(glyphs: Iterable[Placed]) -> str:
    """Show glyphs of the selected font, and move to the origin of the glyph after them."""
    parts: list[str] = []
    array: list[str] = []  # the strings and moves of the current TJ
    codes: list[str] = []  # the glyphs of the current string; a move begins another string
    rise = 0
    behind = 0  # the distance from the end of the last glyph to the origin of the next one
    for glyph in glyphs:
        if glyph.up != rise:
            parts += [_array(_ended(array, codes)), f" {glyph.up} Ts"]
            array, rise = [], glyph.up
        move = behind + glyph.right
        if move:
            _ended(array, codes).append(str(-move))
        codes.append(f"{glyph.glyph:04X}")
        behind = glyph.advance - glyph.right - glyph.width
    _ended(array, codes)
    if behind:
        array.append(str(-behind))
    parts.append(_array(array))
    if rise:
        parts.append(" 0 Ts")
    return "".join(parts)


def _ended(array: list[str], codes: list[str]) -> list[str]:
    """End the current string: move its codes into the array; return the array."""
    if codes:
        array.append(f"<{''.join(codes)}>")
        codes.clear()
    return array


def _array(array: list[str]) -> str:
    if not array:
        return ""
    if len(array) == 1 and array[0].startswith("<"):
        return f"{array[0]}Tj"
    return f"[{''.join(array)}]TJ"
