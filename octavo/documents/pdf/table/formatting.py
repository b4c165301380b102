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

from octavo.authoring.report_type import Column
from octavo.data.sql import identifier, literal

WHOLE = {f"{sign}{size}" for sign in ("", "U") for size in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")}
FLOATS = {"FLOAT", "DOUBLE"}
TOTALS_LABEL = "Total"
EXACT_AS_DOUBLE = 15  # decimal digits that a double carries without loss
MOST_PLACES = 30  # behind the point, of numbers that SQL draws
NUMBER_FORMAT = re.compile(r"(?P<before>[^{}]*)\{(?::(?P<comma>,?)(?:\.(?P<places>\d+)f|d?))?\}(?P<after>[^{}]*)")
PLAIN_TIME = re.compile(r"(?:%[YmdHMS]|[ ,./:_-])*")  # digits and signs that need no escape in a PDF string
DECIMAL_TEXT = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")
ISO_LENGTHS = ((11, datetime), (10, date), (0, time))  # characters of 2013-12-31, and what is longer
DECIMAL = re.compile(r"DECIMAL\((?P<digits>\d+),(?P<places>\d+)\)")


@dataclass(frozen=True)
class Display:
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


def display(column: Column, kind: str) -> Display:
    """Choose how a column of this DuckDB type is printed."""
    name = identifier(column.name)
    numeric = kind in WHOLE or kind in FLOATS or kind.startswith("DECIMAL(")
    if column.format and "{" in column.format:
        return _by_spec(column.format, name, kind, numeric)
    if kind in {"DATE", "TIME"} or kind.startswith("TIMESTAMP"):
        return _time(column.format, name, kind)
    if column.format:
        return Display(name, "text", numeric, _by_pattern(column.format))
    if kind in WHOLE:
        return Display(f"{name}::varchar", "number", True)
    if decimal := DECIMAL.fullmatch(kind):
        digits, places = int(decimal["digits"]), int(decimal["places"])
        wider = f"::DECIMAL({digits + 1},{places})" if digits == places < 38 else ""  # else DuckDB writes .5, not 0.5
        return Display(f"{name}{wider}::varchar", "number", True, places=places)
    return Display(name if kind == "VARCHAR" else f"{name}::varchar", "text", numeric)


def _by_spec(spec: str, name: str, kind: str, numeric: bool) -> Display:
    """Print by a format spec, in SQL for the common ones (`{:,}`, `{:.2f}`, `{:,.2f}`, `{:d}`)."""
    parts = NUMBER_FORMAT.fullmatch(spec)
    decimal = DECIMAL.fullmatch(kind)
    if not parts or not (kind in WHOLE or decimal) or kind in {"HUGEINT", "UHUGEINT"}:  # floats may be infinite, or NaN
        return Display(name, "text", numeric, spec.format)
    comma, places = parts["comma"] or "", int(parts["places"] or 0)
    if decimal:
        digits, given = int(decimal["digits"]), int(decimal["places"])
        places = given if parts["places"] is None else places
        if places < given or digits - given + places > EXACT_AS_DOUBLE:
            return Display(name, "text", numeric, _spelled_out(spec, given).format)
        text = f"format('{{:{comma}.{places}f}}', {name}::double)"
    else:
        text = f"format('{{:,}}', {name})" if comma else f"{name}::varchar"
        text = f"({text} || '.{'0' * places}')" if places else text
    if not parts["before"] and not parts["after"] and places <= MOST_PLACES:
        return Display(text, "number", True, grouped=bool(comma), places=places)
    around = f"concat({literal(parts['before'])}, {text}, {literal(parts['after'])})"
    return Display(f"CASE WHEN {name} IS NOT NULL THEN {around} END", "text", True)


def _spelled_out(spec: str, places: int) -> str:
    """Return a spec that prints a decimal with all its places where it names none: Python may write it as 0E-7."""
    parts = NUMBER_FORMAT.fullmatch(spec)
    if not parts or parts["places"] is not None:
        return spec
    return f"{parts['before']}{{:{parts['comma'] or ''}.{places}f}}{parts['after']}"


def _time(pattern: str | None, name: str, kind: str) -> Display:
    if pattern and PLAIN_TIME.fullmatch(pattern):
        moment = f"(DATE '1970-01-01' + {name})" if kind == "TIME" else name
        return Display(f"strftime({moment}, {literal(pattern)})", "time", False)
    if pattern:
        return Display(name, "text", False, _by_pattern(pattern))
    return Display(f"{name}::varchar", "time" if kind in {"DATE", "TIMESTAMP"} else "text", False)


def _by_pattern(pattern: str) -> Callable[[Any], str]:
    def python(value: date | datetime | time | str) -> str:  # a text is what Python has no value for: 24:00, years BC
        return value if isinstance(value, str) else value.strftime(pattern)

    return python


def display_total(column: Column, total: str | int | float | None) -> str | None:
    """Print a column's total, as the manifest has it, like the column's values where its format can."""
    if total is None:
        return None
    if column.total == "count":
        return f"{total:,}"
    try:
        return _total(column.format or "", total)
    except ValueError:
        return str(total)


def _total(spec: str, total: str | int | float) -> str:
    if "{" not in spec:
        if not spec or not isinstance(total, str):
            return str(total)
        return next(kind for length, kind in ISO_LENGTHS if len(total) >= length).fromisoformat(total).strftime(spec)
    if isinstance(total, str) and DECIMAL_TEXT.fullmatch(total):
        return _spelled_out(spec, len(total.partition(".")[2])).format(Decimal(total))
    return spec.format(total)
