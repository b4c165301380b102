"""The styles of a workbook (ECMA-376 Part 1, 18.8). A cell refers to a style by its number. Pure.

    0 …            the styles below, which every workbook has
    FIRST, +1      the cells of the first column, and its total
    FIRST+2, +3    the cells of the second column, and its total, and so on

The numbers follow from the place of the column alone: a chunk writes them without knowing what they will look like.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from octavo.documents.xlsx.namespaces import DECLARATION, SPREADSHEET
from octavo.documents.xlsx.number_formats import GENERAL, ExcelFormat
from octavo.documents.xlsx.strings import attribute
from octavo.documents.xlsx.theme import TYPEFACE

MOST_NUMBER_FORMATS = 200  # Excel allows no more (Excel specifications and limits)
FIRST_OWN_FORMAT = 164  # lower numbers are Excel's own formats

FONT, BOLD, TITLE_FONT, MUTED, HEADING_FONT = range(5)
NO_FILL, HEADER_FILL = 0, 2  # 1 is a pattern that Excel reserves
NO_BORDER, BELOW, ABOVE = range(3)


@dataclass(frozen=True)
class Look:
    """How a style looks: its font, fill and border, its number format, and the attributes of its alignment."""

    font: int = FONT
    fill: int = NO_FILL
    border: int = NO_BORDER
    format: str = GENERAL
    alignment: str = ""
    quote_prefix: bool = False


LOOKS = {
    "plain": Look(),
    "formula_like": Look(quote_prefix=True),
    "header": Look(BOLD, HEADER_FILL, BELOW, alignment='vertical="center"'),
    "header_right": Look(BOLD, HEADER_FILL, BELOW, alignment='horizontal="right" vertical="center"'),
    "total_label": Look(BOLD, border=ABOVE),
    "total_count": Look(BOLD, border=ABOVE, format="#,##0"),
    "title": Look(TITLE_FONT),
    "heading": Look(HEADING_FONT),
    "label": Look(MUTED, alignment='vertical="top"'),
    "value": Look(alignment='horizontal="left" vertical="top" wrapText="1"'),
    "count": Look(format="#,##0", alignment='horizontal="left"'),
    "moment": Look(format='yyyy-mm-dd hh:mm:ss" UTC"', alignment='horizontal="left"'),
    "amount": Look(format="#,##0.##########", alignment='horizontal="left"'),
}
NUMBERS = {name: number for number, name in enumerate(LOOKS)}
FIRST_COLUMN = len(LOOKS)
FORMULA_LIKE = NUMBERS["formula_like"]
"""The style of a text that Excel would run as a formula. With it, the text remains a text when somebody edits it."""


def column_style(index: int) -> int:
    """Return the number of the style of a column's cells."""
    return FIRST_COLUMN + 2 * index


def total_style(index: int) -> int:
    """Return the number of the style of a column's total."""
    return FIRST_COLUMN + 2 * index + 1


@dataclass
class _NumberFormats:
    """The number formats of a workbook, as they are collected."""

    numbers: dict[str, int] = field(default_factory=dict)

    def number_of(self, code: str) -> int:
        if code == GENERAL:
            return 0
        if code not in self.numbers and len(self.numbers) >= MOST_NUMBER_FORMATS:
            return 0
        return self.numbers.setdefault(code, FIRST_OWN_FORMAT + len(self.numbers))


def styles_xml(columns: Sequence[ExcelFormat]) -> str:
    """Return the part of a workbook that has all styles."""
    formats = _NumberFormats()
    pairs = ((Look(format=each.code), Look(BOLD, border=ABOVE, format=each.code)) for each in columns)
    looks = "".join(_look(look, formats) for look in chain(LOOKS.values(), chain.from_iterable(pairs)))
    codes = [
        f'<numFmt numFmtId="{number}" formatCode="{attribute(code)}"/>' for code, number in formats.numbers.items()
    ]
    fonts = [
        _font(),
        _font("<b/>"),
        _font("<b/>", size=16),
        _font(color="FF595959"),
        _font("<b/>", size=12, color="FF1F4E79"),
    ]
    fills = [
        '<fill><patternFill patternType="none"/></fill>',
        '<fill><patternFill patternType="gray125"/></fill>',
        '<fill><patternFill patternType="solid"><fgColor rgb="FFDDE6F0"/><bgColor indexed="64"/></patternFill></fill>',
    ]
    return (
        f'{DECLARATION}<styleSheet xmlns="{SPREADSHEET}">'
        f"{_list('numFmts', codes) if codes else ''}"
        f"{_list('fonts', fonts)}{_list('fills', fills)}"
        f"{_list('borders', [_border(), _border(bottom='thin'), _border(top='thin')])}"
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{FIRST_COLUMN + 2 * len(columns)}">{looks}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
        "</styleSheet>"
    )


def _look(look: Look, formats: _NumberFormats) -> str:
    number = formats.number_of(look.format)
    applied = (
        ("applyNumberFormat", number),
        ("applyFont", look.font),
        ("applyFill", look.fill),
        ("applyBorder", look.border),
        ("applyAlignment", look.alignment),
        ("quotePrefix", look.quote_prefix),
    )
    flags = "".join(f' {name}="1"' for name, value in applied if value)
    inside = f"><alignment {look.alignment}/></xf>" if look.alignment else "/>"
    ids = f'numFmtId="{number}" fontId="{look.font}" fillId="{look.fill}" borderId="{look.border}"'
    return f'<xf {ids} xfId="0"{flags}{inside}'


def _font(marks: str = "", *, size: int = 11, color: str | None = None) -> str:
    tint = f'<color rgb="{color}"/>' if color else ""
    return f'<font>{marks}<sz val="{size}"/>{tint}<name val="{TYPEFACE}"/><family val="2"/></font>'


def _border(**sides: str) -> str:
    lines = "".join(
        f'<{side} style="{sides[side]}"><color indexed="64"/></{side}>' if side in sides else f"<{side}/>"
        for side in ("left", "right", "top", "bottom", "diagonal")
    )
    return f"<border>{lines}</border>"


def _list(name: str, items: Iterable[str]) -> str:
    items = list(items)
    return f'<{name} count="{len(items)}">{"".join(items)}</{name}>'
