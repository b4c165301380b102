"""How the values of a column are printed: in SQL where DuckDB prints exactly what Python would, else in Python.

`Column.format` is a Python format spec in braces or a strftime pattern. Without a format, times are printed as ISO 8601
with a space, numbers without grouping, and other values as DuckDB writes them.
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
EXACT_AS_DOUBLE = 15  # a double has so many decimal digits without loss
MOST_PLACES = 30  # decimal places of numbers that SQL prints
PLAIN_TIME = re.compile(r"(?:%[YmdHMS]|[ ,./:_-])*")  # digits and signs that need no escape in a PDF string
DECIMAL_TEXT = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")
ISO_LENGTHS = (
    (11, datetime),
    (10, date),
    (0, time),
)  # lengths in characters: 2013-12-31 has ten, and a moment has more


@dataclass(frozen=True)
class CellFormat:
    """How a column is printed: `sql` is its text, or, if `python` is set, the value from which `python` makes the text.

    `shape` says what `sql` can be: "number" (only digits, signs, points and commas, so that the width follows from the
    number of characters), "time" (digits and signs, aligned left, so that no width is needed) or "text" (anything).
    `numeric` columns are aligned right.
    """

    sql: str
    shape: str
    numeric: bool
    python: Callable[[Any], str] | None = None
    grouped: bool = False  # a number with a comma before every three digits
    places: int = 0  # the decimal places of a number


def choose_format(column: Column, kind: str) -> CellFormat:
    """Choose how a column is printed. `kind` is its type in DuckDB."""
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
        wider = (
            f"::DECIMAL({digits + 1},{places})" if digits == places < 38 else ""
        )  # otherwise DuckDB writes .5 instead of 0.5
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
    """Return the spec with the number of places, if it has none: Python might write 0E-7 instead of 0.0000000."""
    return format.with_places(places) if format.places is None else format.spec


def _time(format: TimePattern | None, name: str, type: ColumnType) -> CellFormat:
    if format is None:
        return CellFormat(f"{name}::varchar", "time" if type.name in {"DATE", "TIMESTAMP"} else "text", False)
    if PLAIN_TIME.fullmatch(format.pattern):
        moment = f"(DATE '1970-01-01' + {name})" if type.name == "TIME" else name
        return CellFormat(f"strftime({moment}, {literal(format.pattern)})", "time", False)
    return CellFormat(name, "text", False, _by_pattern(format.pattern))


def _by_pattern(pattern: str) -> Callable[[Any], str]:
    def python(value: date | datetime | time | str) -> str:  # what Python has no value for is a text: 24:00, years BC
        return value if isinstance(value, str) else value.strftime(pattern)

    return python


def format_total(column: Column, total: str | int | float | None) -> str | None:
    """Print the total of a column, which comes from the manifest, like its values if its format can print it."""
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
