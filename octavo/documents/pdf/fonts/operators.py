"""From placed glyphs to the operators that show them (PDF 32000-1, 9.4.3). All of them are plain ASCII.

The font size is 1000, so that a number in TJ, a rise and an advance are all in 1/1000 em:

    /C1 1000 Tf                       select the font
    [<0012 0034>-40<0056>]TJ          glyphs by number; 40 further to the right before the third (without the space)
    120 Ts …  0 Ts                    what follows is 120 higher: marks above and below their base
    /Span<</ActualText<FEFF…>>>BDC    what this draws reads so: for copying and searching (14.9.4)
    EMC
"""

from __future__ import annotations

from collections.abc import Iterable

from octavo.documents.pdf.fonts.shape import Placed

# A string in parentheses (7.3.4.2), in WinAnsiEncoding (annex D): what isn't printable ASCII as three octal digits.
ESCAPES = {ord(character): "\\" + character for character in "()\\"} | {
    ord(bytes([byte]).decode("cp1252")): f"\\{byte:o}"
    for byte in range(0x80, 0x100)
    if byte not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}
}


def string(text: str) -> str:
    """Write a text whose characters are all in WinAnsiEncoding."""
    return f"({text.translate(ESCAPES)})"


def actual_text(text: str, operators: str) -> str:
    """Say what text the operators draw."""
    return f"/Span<</ActualText<FEFF{text.encode('utf-16-be').hex().upper()}>>>BDC{operators} EMC"


def show(glyphs: Iterable[Placed]) -> str:
    """Show glyphs of the selected font, and go to where the next are to stand."""
    parts: list[str] = []
    array: list[str] = []  # strings and moves
    codes: list[str] = []  # of the string to which the next glyph belongs if there is no move before it
    rise = 0
    behind = 0  # how far the place to draw at is to the right of where the last glyph left off
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
