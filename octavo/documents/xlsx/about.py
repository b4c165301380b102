"""The last sheet: what the report is, with which parameters it was made, what the workbook shows otherwise, its chart.

It is the last one, because programs read the first sheet of a workbook unless they are told otherwise.

       A              B                              D
     1 Departures from New York
     2
     3 Rows           336,776
     4 Made           2026-01-01 00:00:00 UTC
       …
       Parameters
       Start          1 January 2013
       Departures by airline                         ┌───────────┐
       United         58,665                         │ the chart │
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from octavo.authoring.parameters import decoded
from octavo.authoring.report_type import ReportType
from octavo.documents.chart_data import ChartData
from octavo.documents.in_words import parameters_in_words
from octavo.documents.xlsx.cell_types import cell_type
from octavo.documents.xlsx.cells import number_cell, row, serial, text_cell
from octavo.documents.xlsx.namespaces import DECLARATION, OFFICE, SPREADSHEET
from octavo.documents.xlsx.sheet import SheetColumn
from octavo.documents.xlsx.strings import LONGEST_TEXT, utf16_length
from octavo.documents.xlsx.styles import NUMBERS
from octavo.lifecycle.report import Report

TITLE = "About"
WIDTHS = (26, 70)
CHARACTERS_PER_PART = LONGEST_TEXT // 2  # of a text that is longer than a cell can be; none has more in UTF-16


@dataclass(frozen=True)
class AboutSheet:
    """The sheet's XML. If it has a chart, its data are in the rows `first_point` to `last_point`, from 1."""

    xml: str
    first_point: int = 0
    last_point: int = 0


def about_sheet(
    report: Report, report_type: type[ReportType], columns: Sequence[SheetColumn], rows: int, chart: ChartData | None
) -> AboutSheet:
    """Return the sheet about a report. `chart` is a `drawable` one that has points."""
    lines = [row([text_cell(report_type.title, NUMBERS["title"])]), row([]), *_facts(report, report_type, rows)]
    parameters = parameters_in_words(report_type.Parameters, decoded(report.bound))
    lines += _section("Parameters", parameters)
    lines += _section("Notes", list(_notes(columns)))
    first = last = 0
    if chart is not None:
        lines += [row([]), row([text_cell(chart.title, NUMBERS["heading"])])]
        first, last = len(lines) + 1, len(lines) + len(chart.names)
        lines += [_point(name, value) for name, value in zip(chart.names, chart.values, strict=True)]
    return AboutSheet(_xml(lines, has_chart=chart is not None), first, last)


def _xml(lines: Sequence[str], *, has_chart: bool) -> str:
    widths = "".join(
        f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
        for number, width in enumerate(WIDTHS, start=1)
    )
    drawing = f'<drawing xmlns:r="{OFFICE}/relationships" r:id="rId1"/>' if has_chart else ""
    return (
        f'{DECLARATION}<worksheet xmlns="{SPREADSHEET}">'
        '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        '<sheetViews><sheetView showGridLines="0" workbookViewId="0"/></sheetViews>'
        '<sheetFormatPr defaultRowHeight="15"/>'
        f"<cols>{widths}</cols>"
        f"<sheetData>{''.join(lines)}</sheetData>"
        '<pageMargins left="0.5" right="0.5" top="0.5" bottom="0.5" header="0.3" footer="0.3"/>'
        f'<pageSetup orientation="landscape" fitToHeight="0"/>{drawing}</worksheet>'
    )


def _facts(report: Report, report_type: type[ReportType], rows: int) -> Iterator[str]:
    if report_type.description:
        yield from _pair("Description", report_type.description)
    yield row([_label("Rows"), number_cell(rows, NUMBERS["count"])])
    yield row([_label("Made"), number_cell(repr(serial(report.created_at)), NUMBERS["moment"])])
    if report_type.author:
        yield from _pair("By", report_type.author)
    yield from _pair("From", ", ".join(name.replace("_", " ") for name in report_type.sources))
    yield from _pair("Request", report.fingerprint.rpartition(":")[2])


def _notes(columns: Sequence[SheetColumn]) -> Iterator[tuple[str, str]]:
    """Yield the titles of the columns whose values are not as in the data, and what is different about them."""
    for column in columns:
        if sentences := list(_differences(column)):
            yield column.column.title, " ".join(sentences)


def _differences(column: SheetColumn) -> Iterator[str]:
    kind = column.types.stored
    if kept := column.record.kept:
        how_many = "1 value is a text" if kept == 1 else f"{kept:,} values are texts"
        yield f"{how_many}, because a workbook cannot hold values that {cell_type('', column.types).why}."
    if column.types.queried.name == "BIGNUM":
        yield "The values are texts, because a workbook cannot hold numbers of any size."
    if kind.is_timestamp and kind.has_time_zone:
        yield "The times are in UTC."
    if kind.inner:
        yield "Lists and structures are written as JSON."
    if kind.name == "BLOB":
        yield "Bytes are written in base64."


def _section(heading: str, pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    if pairs:
        yield row([])
        yield row([text_cell(heading, NUMBERS["heading"])])
        for label, value in pairs:
            yield from _pair(label, value)


def _pair(label: str, value: str) -> Iterator[str]:
    """Yield a row with a label and a value; a value that is longer than a cell can be continues in further rows."""
    if utf16_length(value) <= LONGEST_TEXT:
        parts = [value]
    else:
        parts = [value[at : at + CHARACTERS_PER_PART] for at in range(0, len(value), CHARACTERS_PER_PART)]
    for number, part in enumerate(parts):
        yield row([_label(label if number == 0 else ""), text_cell(part, NUMBERS["value"])])


def _label(text: str) -> str:
    return text_cell(text[:LONGEST_TEXT], NUMBERS["label"])


def _point(name: str, value: float) -> str:
    style = NUMBERS["count" if value == int(value) else "amount"]
    return row([text_cell(name[:CHARACTERS_PER_PART], NUMBERS["label"]), number_cell(repr(value), style)])
