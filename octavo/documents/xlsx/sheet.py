"""The sheets with the rows of the report (ECMA-376 Part 1, 18.3.1.99 worksheet): what is before and after the rows.

    head        the header row, which stays in sight, and the widths of the columns
    segments    the rows
    tail        in the last sheet the totals; the filter of the header row, and how to print

A sheet has 1,048,576 rows at most. Further rows go on in further sheets, each with its header row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from octavo.authoring.columns import Column
from octavo.documents.xlsx.cells import row, text_cell
from octavo.documents.xlsx.namespaces import DECLARATION, SPREADSHEET
from octavo.documents.xlsx.number_formats import ExcelFormat
from octavo.documents.xlsx.record import ColumnRecord
from octavo.documents.xlsx.references import column_letters
from octavo.documents.xlsx.styles import NUMBERS
from octavo.documents.xlsx.types import ColumnTypes

SHEET_ROWS = 1_048_576
MOST_COLUMNS = 16_384
"""What a sheet can have (Excel specifications and limits)."""

HEADER_ROWS = 1
NARROWEST, WIDEST = 6, 60  # characters of a column
FILTER_BUTTON = 3  # characters in the header
BOLD_WIDTH = 1.1  # of a character, in plain ones
PADDING = 2  # characters


def sections_of(rows: int, *, has_totals: bool) -> tuple[int, ...]:
    """Return the number of rows of each sheet. In each sheet there is room for the header and for the totals."""
    most = SHEET_ROWS - HEADER_ROWS - has_totals
    full, rest = divmod(rows, most)
    return (most,) * full + ((rest,) if rest or not full else ())


@dataclass(frozen=True)
class SheetColumn:
    """A column of the workbook: all that sheets say about it. `record` describes all cells of the report."""

    column: Column
    types: ColumnTypes
    format: ExcelFormat
    record: ColumnRecord
    total: Any = None

    @property
    def is_aligned_right(self) -> bool:
        return self.types.shown.is_number or self.types.shown.is_date_or_time or self.types.shown.name == "INTERVAL"

    @property
    def width(self) -> float:
        """The width in characters, between NARROWEST and WIDEST."""
        header = len(self.column.title) * BOLD_WIDTH + FILTER_BUTTON
        total = len(str(self.total)) * 4 // 3 if self.total is not None else 0
        return min(WIDEST, max(NARROWEST, header, self.record.width, total)) + PADDING


def head_xml(columns: Sequence[SheetColumn], rows: int, *, selected: bool) -> str:
    """Return what is before the rows of a sheet. `rows` is the number of all its rows, those of its own included."""
    last = f"{column_letters(len(columns) - 1)}{rows}"
    widths = (
        f'<col min="{number}" max="{number}" width="{column.width:.2f}" customWidth="1"/>'
        for number, column in enumerate(columns, start=1)
    )
    header = row(
        text_cell(column.column.title, NUMBERS["header_right" if column.is_aligned_right else "header"])
        for column in columns
    )
    tab = ' tabSelected="1"' if selected else ""
    return (
        f'{DECLARATION}<worksheet xmlns="{SPREADSHEET}">'
        '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        f'<dimension ref="A1:{last}"/>'
        f'<sheetViews><sheetView{tab} workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        '<selection pane="bottomLeft" activeCell="A2" sqref="A2"/></sheetView></sheetViews>'
        '<sheetFormatPr defaultRowHeight="15"/>'
        f"<cols>{''.join(widths)}</cols>"
        f"<sheetData>{header}"
    )


def tail_xml(columns: Sequence[SheetColumn], rows: int, totals: str = "") -> str:
    """Return what is after the rows of a sheet. `rows` is the number of the report's rows in it."""
    return (
        f"{totals}</sheetData>"
        f'<autoFilter ref="A1:{column_letters(len(columns) - 1)}{rows + HEADER_ROWS}"/>'
        '<pageMargins left="0.5" right="0.5" top="0.5" bottom="0.6" header="0.3" footer="0.3"/>'
        '<pageSetup orientation="landscape" fitToHeight="0"/>'
        "<headerFooter><oddFooter>&amp;L&amp;A&amp;RPage &amp;P of &amp;N</oddFooter></headerFooter>"
        f"{_ignored_errors(columns, rows)}</worksheet>"
    )


def _ignored_errors(columns: Sequence[SheetColumn], rows: int) -> str:
    """Return that texts of digits are meant to be texts. Otherwise Excel marks each such cell as an error."""
    references = list(_text_columns(columns, rows)) if rows else []
    if not references:
        return ""
    return f'<ignoredErrors><ignoredError sqref="{" ".join(references)}" numberStoredAsText="1"/></ignoredErrors>'


def _text_columns(columns: Sequence[SheetColumn], rows: int) -> Iterator[str]:
    """Yield references to the cells of texts; columns beside each other are one reference."""
    first = None
    for index, column in enumerate([*columns, None]):
        is_text = column is not None and column.types.shown.is_text
        if is_text and first is None:
            first = index
        if not is_text and first is not None:
            yield f"{column_letters(first)}2:{column_letters(index - 1)}{rows + HEADER_ROWS}"
            first = None
