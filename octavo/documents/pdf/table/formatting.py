"""How a column's values look in print: by DuckDB where it can say the same as Python, by Python for each value else.

`Column.format` is a Python format spec in braces or a strftime pattern. Without one, a value looks plain: times in ISO
8601 with a space, numbers without grouping, whatever else as DuckDB writes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from octavo.authoring.column_format import ColumnFormat, NumberFormat, TimePattern
from octavo.authoring.columns import Column
from octavo.data.column_types import WIDE_INTEGERS, ColumnType
from octavo.data.sql import identifier, literal

TOTALS_LABEL = "Total"
EXACT_AS_DOUBLE = 15  # decimal digits that a double carries without loss
MOST_PLACES = 30  # behind the point, of numbers that SQL draws
PLAIN_TIME = re.compile(r"(?:%[YmdHMS]|[ ,./:_-])*")  # digits and signs that need no escape in a PDF string
DECIMAL_TEXT = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")
ISO_LENGTHS = ((11, datetime), (10, date), (0, time))  # characters of 2013-12-31, and what is longer


@dataclass(frozen=True)
class CellFormat:
    """A column's printed text: `sql` gives it in DuckDB, or the value of which `python` makes it; `numeric` is aligned
    right.

    `shape` says what `sql` can give: "number" (digits, signs, points and commas alone, so that the width follows from
    their number), "time" (digits and signs, aligned left, so that no width is needed) or "text" (anything).
    """

    sql: str
    shape: str
    numeric: bool
    python: Callable[[Any], str] | None = None
    grouped: bool = False  # a number with a comma before every three digits
    places: int = 0  # a number's digits behind the point


def choose_format(column: Column, kind: str) -> CellFormat:
    """Choose how a column of this DuckDB type is printed."""
    name, type, format = identifier(column.name), ColumnType.parse(kind), column.parsed_format
    if type.is_date_or_time and (format is None or isinstance(format, TimePattern)):
        return _time(format, name, type)
    if isinstance(format, TimePattern):
        return CellFormat(name, "text", type.is_number, _by_pattern(format.pattern))
    if isinstance(format, NumberFormat) and (type.is_whole_number or type.is_decimal):
        return _number(format, name, type)
    if format is not None:
        return CellFormat(name, "text", type.is_number, format.spec.format)
    if type.is_whole_number:
        return CellFormat(f"{name}::varchar", "number", True)
    if type.is_decimal:
        digits, places = type.digits, type.places
        wider = f"::DECIMAL({digits + 1},{places})" if digits == places < 38 else ""  # else DuckDB writes .5, not 0.5
        return CellFormat(f"{name}{wider}::varchar", "number", True, places=places)
    return CellFormat(name if type.is_text else f"{name}::varchar", "text", type.is_number)


def _number(format: NumberFormat, name: str, type: ColumnType) -> CellFormat:
    """Print a whole number or a decimal by a format: in SQL where DuckDB prints the same as Python."""
    if type.name in WIDE_INTEGERS:
        return CellFormat(name, "text", True, format.spec.format)
    comma, places = "," if format.grouping else "", format.places or 0
    if type.is_decimal:
        places = type.places if format.places is None else format.places
        if places < type.places or type.digits - type.places + places > EXACT_AS_DOUBLE:
            return CellFormat(name, "text", True, _spelled_out(format, type.places).format)
        text = f"format('{{:{comma}.{places}f}}', {name}::double)"
    else:
        text = f"format('{{:,}}', {name})" if comma else f"{name}::varchar"
        text = f"({text} || '.{'0' * places}')" if places else text
    if not format.prefix and not format.suffix and places <= MOST_PLACES:
        return CellFormat(text, "number", True, grouped=format.grouping, places=places)
    around = f"concat({literal(format.prefix)}, {text}, {literal(format.suffix)})"
    return CellFormat(f"CASE WHEN {name} IS NOT NULL THEN {around} END", "text", True)


def _spelled_out(format: NumberFormat, places: int) -> str:
    """Return a spec that prints a decimal with all its places where it names none: Python may write it as 0E-7."""
    return format.with_places(places) if format.places is None else format.spec


def _time(format: TimePattern | None, name: str, type: ColumnType) -> CellFormat:
    if format is None:
        return CellFormat(f"{name}::varchar", "time" if type.name in {"DATE", "TIMESTAMP"} else "text", False)
    if PLAIN_TIME.fullmatch(format.pattern):
        moment = f"(DATE '1970-01-01' + {name})" if type.name == "TIME" else name
        return CellFormat(f"strftime({moment}, {literal(format.pattern)})", "time", False)
    return CellFormat(name, "text", False, _by_pattern(format.pattern))


def _by_pattern(pattern: str) -> Callable[[Any], str]:
    def python(value: date | datetime | time | str) -> str:  # a text is what Python has no value for: 24:00, years BC
        return value if isinstance(value, str) else value.strftime(pattern)

    return python


def format_total(column: Column, total: str | int | float | None) -> str | None:
    """Print a column's total, as the manifest has it, like the column's values where its format can."""
    if total is None:
        return None
    if column.total == "count":
        return f"{total:,}"
    try:
        return _total(column.parsed_format, total)
    except ValueError:
        return str(total)


def _total(format: ColumnFormat | None, total: str | int | float) -> str:
    if format is None:
        return str(total)
    if isinstance(format, TimePattern):
        if not isinstance(total, str):
            return str(total)
        kind = next(kind for length, kind in ISO_LENGTHS if len(total) >= length)
        return kind.fromisoformat(total).strftime(format.pattern)
    if isinstance(total, str) and DECIMAL_TEXT.fullmatch(total):
        places = len(total.partition(".")[2])
        spec = _spelled_out(format, places) if isinstance(format, NumberFormat) else format.spec
        return spec.format(Decimal(total))
    return format.spec.format(total)
