"""Write the operators that show placed glyphs (PDF 32000-1 § 9.4.3). All of them are plain ASCII.

The font size is 1000, so that the numbers in TJ, rises and advances are all in 1/1000 em:

    /C1 1000 Tf                       select the font
    [<0012 0034>-40<0056>]TJ          glyphs by number; 40 further to the right before the third (without the space)
    120 Ts …  0 Ts                    the glyphs between these are 120 higher, as marks above their base are
    /Span<</ActualText<FEFF…>>>BDC    the text of what is shown, for copying and searching (§ 14.9.4)
    EMC
"""

from __future__ import annotations

from collections.abc import Iterable

from octavo.documents.pdf.fonts.shape import Placed

# Strings in parentheses (§ 7.3.4.2), in WinAnsiEncoding (annex D): three octal digits for other than printable ASCII.
ESCAPES = {ord(character): "\\" + character for character in "()\\"} | {
    ord(bytes([byte]).decode("cp1252")): f"\\{byte:o}"
    for byte in range(0x80, 0x100)
    if byte not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}
}


def string(text: str) -> str:
    """Write a text whose characters are all in WinAnsiEncoding."""
    return f"({text.translate(ESCAPES)})"


def actual_text(text: str, operators: str) -> str:
    """Add the text that the operators show, for copying and searching."""
    return f"/Span<</ActualText<FEFF{text.encode('utf-16-be').hex().upper()}>>>BDC{operators} EMC"


def show(glyphs: Iterable[Placed]) -> str:
    """Show glyphs of the selected font, and move to where the next ones begin."""
    parts: list[str] = []
    array: list[str] = []  # strings and moves
    codes: list[str] = []  # of the string to which the next glyph belongs if there is no move before it
    rise = 0
    behind = 0  # the distance from where the last glyph ended to where the next one begins
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
    """Move the codes, if there are any, into the array as a string; return the array."""
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
