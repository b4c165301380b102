"""The parts of a workbook that say what its other parts are (ECMA-376 Part 1, 18.2; Part 2, the package). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from octavo.documents.xlsx.namespaces import (
    CONTENT_TYPES,
    CORE_PROPERTIES,
    DECLARATION,
    OFFICE,
    RELATIONSHIPS,
    SPREADSHEET,
)
from octavo.documents.xlsx.references import column_letters, quoted
from octavo.documents.xlsx.strings import attribute, escaped

APPLICATION = "Octavo"
MAIN = "application/vnd.openxmlformats-officedocument"


def content_types_xml(sheets: int, *, has_chart: bool) -> str:
    """Return what each part is. `sheets` is the number of all sheets."""
    parts = {
        "/xl/workbook.xml": f"{MAIN}.spreadsheetml.sheet.main+xml",
        "/xl/styles.xml": f"{MAIN}.spreadsheetml.styles+xml",
        "/xl/theme/theme1.xml": f"{MAIN}.theme+xml",
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
        "/docProps/app.xml": f"{MAIN}.extended-properties+xml",
        **{f"/{sheet_part(number)}": f"{MAIN}.spreadsheetml.worksheet+xml" for number in range(1, sheets + 1)},
    }
    if has_chart:
        parts["/xl/drawings/drawing1.xml"] = f"{MAIN}.drawing+xml"
        parts["/xl/charts/chart1.xml"] = f"{MAIN}.drawingml.chart+xml"
    overrides = "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in parts.items())
    return (
        f'{DECLARATION}<Types xmlns="{CONTENT_TYPES}">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


def relationships_xml(targets: Iterable[tuple[str, str]]) -> str:
    """Return the relationships of a part, each with its type and its target; they are called rId1, rId2, …"""
    related = "".join(
        f'<Relationship Id="rId{number}" Type="{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'{DECLARATION}<Relationships xmlns="{RELATIONSHIPS}">{related}</Relationships>'


def package_relationships_xml() -> str:
    """Return where the workbook and its properties are."""
    return relationships_xml(
        (
            (f"{OFFICE}/relationships/officeDocument", "xl/workbook.xml"),
            (
                "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties",
                "docProps/core.xml",
            ),
            (f"{OFFICE}/relationships/extended-properties", "docProps/app.xml"),
        )
    )


def workbook_relationships_xml(sheets: int) -> str:
    """Return where the sheets, the styles and the theme are."""
    worksheets = (
        (f"{OFFICE}/relationships/worksheet", f"worksheets/sheet{number}.xml") for number in range(1, sheets + 1)
    )
    styles = (f"{OFFICE}/relationships/styles", "styles.xml")
    return relationships_xml((*worksheets, styles, (f"{OFFICE}/relationships/theme", "theme/theme1.xml")))


def sheet_part(number: int) -> str:
    """Return the name of a sheet's part. Sheets count from 1."""
    return f"xl/worksheets/sheet{number}.xml"


def workbook_xml(names: Sequence[str], table_sheets: Sequence[int], columns: int) -> str:
    """Return the list of the sheets and of the names that Excel itself gives to cells.

    The first sheets have the rows: `table_sheets` has the number of the report's rows in each of them.
    """
    sheets = "".join(
        f'<sheet name="{attribute(name)}" sheetId="{number}" r:id="rId{number}"/>'
        for number, name in enumerate(names, start=1)
    )
    last = column_letters(columns - 1)
    filters, titles = [], []
    for index, rows in enumerate(table_sheets):
        sheet = escaped(quoted(names[index]))
        filters.append(_name("_xlnm._FilterDatabase", index, f"{sheet}!$A$1:${last}${rows + 1}", ' hidden="1"'))
        titles.append(_name("_xlnm.Print_Titles", index, f"{sheet}!$1:$1"))
    return (
        f'{DECLARATION}<workbook xmlns="{SPREADSHEET}" xmlns:r="{OFFICE}/relationships">'
        '<workbookPr/><bookViews><workbookView activeTab="0"/></bookViews>'
        f"<sheets>{sheets}</sheets><definedNames>{''.join([*filters, *titles])}</definedNames></workbook>"
    )


def _name(name: str, sheet: int, cells: str, attributes: str = "") -> str:
    return f'<definedName name="{name}" localSheetId="{sheet}"{attributes}>{cells}</definedName>'


def core_properties_xml(
    *, title: str, author: str, description: str, language: str, identifier: str, created: datetime
) -> str:
    """Return the properties of the document (Part 2, annex D)."""
    moment = f"{created:%Y-%m-%dT%H:%M:%SZ}"
    texts = (
        ("dc:title", title),
        ("dc:description", description),
        ("dc:creator", author),
        ("dc:identifier", identifier),
        ("dc:language", language),
    )
    properties = "".join(f"<{name}>{escaped(text)}</{name}>" for name, text in texts if text)
    return (
        f'{DECLARATION}<cp:coreProperties xmlns:cp="{CORE_PROPERTIES}"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
        f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{properties}'
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{moment}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{moment}</dcterms:modified></cp:coreProperties>'
    )


def extended_properties_xml() -> str:
    """Return the name of the program that has made the workbook."""
    return (
        f'{DECLARATION}<Properties xmlns="{OFFICE}/extended-properties">'
        f"<Application>{APPLICATION}</Application></Properties>"
    )
