"""The row of totals: formulas where Excel computes the same, values otherwise. Pure.

A formula is SUBTOTAL, which follows the filter: whoever filters the rows sees the totals of what is left. It has the
total as its value, so that programs that do not compute show it too. The total is a plain value where Excel would
compute another one: for texts and booleans, which its functions leave out, and for columns in which values are kept as
texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from math import isfinite

from octavo.documents.formatting import TOTALS_LABEL
from octavo.documents.xlsx.cell_types import MOST_DIGITS
from octavo.documents.xlsx.cells import empty_cell, formula_cell, number_cell, row, serial, text_cell
from octavo.documents.xlsx.references import column_range, quoted
from octavo.documents.xlsx.sheet import HEADER_ROWS, SheetColumn
from octavo.documents.xlsx.styles import NUMBERS, total_style

FUNCTIONS = {"sum": 109, "avg": 101, "min": 105, "max": 104, "count": 103}  # of SUBTOTAL; 103 is COUNTA
MOST_ARGUMENTS = 250  # Excel allows 254 ranges, and 8,192 characters
LONGEST_FORMULA = 8_000
INTERVAL = re.compile(r"(?:(\d+) days? ?)?(?:(\d+):(\d\d):(\d\d(?:\.\d+)?))?")


def totals_row(columns: Sequence[SheetColumn], sheets: Mapping[str, int]) -> str:
    """Return the row of totals; it is empty if no column has a total. `sheets` has the rows of each sheet by its name.

    The first cell says what the row is, unless the first column has a total itself.
    """
    if not any(column.column.total for column in columns):
        return ""
    return row(_cells(columns, sheets))


def _cells(columns: Sequence[SheetColumn], sheets: Mapping[str, int]) -> Iterator[str]:
    for index, column in enumerate(columns):
        if column.column.total is None:
            label = TOTALS_LABEL if index == 0 else ""
            yield text_cell(label, NUMBERS["total_label"])
            continue
        is_count = column.column.total == "count"
        style = NUMBERS["total_count"] if is_count else total_style(index)
        if column.total is None:
            yield empty_cell(style)
            continue
        number = str(column.total) if is_count else _number(column)
        if number is None:
            yield text_cell(str(column.total), NUMBERS["total_label"])
        elif formula := _formula(index, column, sheets):
            yield formula_cell(formula, number, style)
        else:
            yield number_cell(number, style)


def _formula(index: int, column: SheetColumn, sheets: Mapping[str, int]) -> str | None:
    """Return the formula of a total; None if Excel would compute another value."""
    is_count = column.column.total == "count"
    is_countable = is_count and column.types.stored.is_textless  # of an empty text, there is no cell
    is_computable = column.is_aligned_right and not column.record.kept and not is_count
    if not (is_countable or is_computable) or len(sheets) > MOST_ARGUMENTS:
        return None
    ranges = [
        ("" if len(sheets) == 1 else f"{quoted(name)}!") + column_range(index, HEADER_ROWS + 1, HEADER_ROWS + rows)
        for name, rows in sheets.items()
    ]
    formula = f"SUBTOTAL({FUNCTIONS[column.column.total or 'sum']},{','.join(ranges)})"
    return formula if len(formula) <= LONGEST_FORMULA else None


def _number(column: SheetColumn) -> str | None:
    """Return a total as the number of its cell; None if it becomes a text."""
    total, kind = column.total, column.types.shown
    if kind.is_number:
        return _plain_number(total)
    if not isinstance(total, str) or not column.is_aligned_right:
        return None
    moment = _moment(total)
    days = None if moment is None else serial(moment)
    return None if days is None else repr(days)


def _plain_number(total: str | float) -> str | None:
    """Return a number, if Excel can hold it."""
    if isinstance(total, float):
        return repr(total) if isfinite(total) else None
    try:
        digits = Decimal(total).normalize().as_tuple().digits
    except InvalidOperation:
        return None
    return str(total) if len(digits) <= MOST_DIGITS else None


def _moment(text: str) -> date | datetime | time | timedelta | None:
    """Read a date, a time or a duration as DuckDB writes it; None if Python has none like it."""
    for kind in (date, datetime, time):
        try:
            return kind.fromisoformat(text)
        except ValueError:
            continue
    found = INTERVAL.fullmatch(text)
    if not found or not text:
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
