"""The theme of a workbook (ECMA-376 Part 1, 20.1.6.9), from which charts take their colours. Pure."""

from __future__ import annotations

from octavo.documents.xlsx.namespaces import DECLARATION, DRAWING

TYPEFACE = "Calibri"
COLOURS = {
    "dk1": "000000",
    "lt1": "FFFFFF",
    "dk2": "1F4E79",
    "lt2": "DDE6F0",
    "accent1": "1F4E79",
    "accent2": "C55A11",
    "accent3": "548235",
    "accent4": "BF9000",
    "accent5": "2E9CA6",
    "accent6": "7B5AA6",
    "hlink": "0563C1",
    "folHlink": "954F72",
}


def theme_xml() -> str:
    """Return the theme: colours, a typeface, and the three plain styles that each list must have."""
    colours = "".join(f'<a:{name}><a:srgbClr val="{colour}"/></a:{name}>' for name, colour in COLOURS.items())
    typeface = f'<a:latin typeface="{TYPEFACE}"/><a:ea typeface=""/><a:cs typeface=""/>'
    fill = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
    lines = "".join(f'<a:ln w="{width}">{fill}</a:ln>' for width in (6350, 12700, 19050))
    effect = "<a:effectStyle><a:effectLst/></a:effectStyle>"
    return (
        f'{DECLARATION}<a:theme xmlns:a="{DRAWING}/main" name="Octavo"><a:themeElements>'
        f'<a:clrScheme name="Octavo">{colours}</a:clrScheme>'
        f'<a:fontScheme name="Octavo"><a:majorFont>{typeface}</a:majorFont><a:minorFont>{typeface}</a:minorFont>'
        f'</a:fontScheme><a:fmtScheme name="Octavo"><a:fillStyleLst>{fill * 3}</a:fillStyleLst>'
        f"<a:lnStyleLst>{lines}</a:lnStyleLst><a:effectStyleLst>{effect * 3}</a:effectStyleLst>"
        f"<a:bgFillStyleLst>{fill * 3}</a:bgFillStyleLst></a:fmtScheme></a:themeElements></a:theme>"
    )
