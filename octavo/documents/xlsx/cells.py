"""Cells that are written in Python: those of headers, totals and the sheet about the report. Pure.

`octavo.documents.xlsx.rows` writes the cells of a report's rows in SQL, in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Final

from octavo.documents.xlsx.strings import SPACES, escaped

EMPTY: Final = "<c/>"
EPOCH = date(1899, 12, 30)  # day 0 of Excel's calendar, if 1 March 1900 is day 61
FIRST_DATE, LAST_DATE = date(1900, 3, 1), date(9999, 12, 31)
"""The dates that all readers understand alike: Excel's calendar has a 29 February 1900, which there was not."""

DAY = timedelta(days=1)


def text_cell(text: str, style: int = 0) -> str:
    """Write a text as an inline string, which never becomes a formula."""
    space = ' xml:space="preserve"' if text[:1] in SPACES or text[-1:] in SPACES else ""
    return f'<c{_style(style)} t="inlineStr"><is><t{space}>{escaped(text)}</t></is></c>' if text else empty_cell(style)


def number_cell(number: str | float, style: int = 0) -> str:
    """Write a number. A text must be a number as XML Schema writes it."""
    return f"<c{_style(style)}><v>{number}</v></c>"


def boolean_cell(value: bool, style: int = 0) -> str:
    return f'<c{_style(style)} t="b"><v>{int(value)}</v></c>'


def formula_cell(formula: str, number: str | float, style: int = 0) -> str:
    """Write a formula with the number that it yields. The formula must not contain anything from the data."""
    return f"<c{_style(style)}><f>{escaped(formula)}</f><v>{number}</v></c>"


def empty_cell(style: int = 0) -> str:
    return f"<c{_style(style)}/>"


def row(cells: Iterable[str]) -> str:
    return f"<row>{''.join(cells)}</row>"


def serial(value: date | datetime | time | timedelta) -> float | None:
    """Return the number of days by which Excel knows a date, a time or a duration; None if it knows none.

    The zone of a time is ignored.
    """
    match value:
        case timedelta():
            return value / DAY if value >= timedelta() else None
        case time():
            return timedelta(hours=value.hour, minutes=value.minute, seconds=value.second) / DAY + (
                value.microsecond / 86_400_000_000
            )
        case datetime():
            days = value.replace(tzinfo=None) - datetime.combine(EPOCH, time())
            return days / DAY if FIRST_DATE <= value.date() <= LAST_DATE else None
    return float((value - EPOCH).days) if FIRST_DATE <= value <= LAST_DATE else None


def _style(style: int) -> str:
    return f' s="{style}"' if style else ""
