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

from octavo.database import identifier, literal
from octavo.report_type import Column

WHOLE = {f"{sign}{size}" for sign in ("", "U") for size in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")}
FLOATS = {"FLOAT", "DOUBLE"}
TOTALS_LABEL = "Total"
EXACT_AS_DOUBLE = 15  # decimal digits that a double carries without loss
NUMBER_FORMAT = re.compile(r"(?P<before>[^{}]*)\{:(?P<comma>,?)(?:\.(?P<places>\d+)f|d?)\}(?P<after>[^{}]*)")
PLAIN_TIME = re.compile(r"(?:%[YmdHMS]|[ ,./:_-])*")  # digits and signs that need no escape in a PDF string
DECIMAL_TEXT = re.compile(r"-?\d+(?:\.\d+)?")
DECIMAL = re.compile(r"DECIMAL\((?P<digits>\d+),(?P<places>\d+)\)")


@dataclass(frozen=True)
class Display:
    """A column's printed text: `sql` gives it in DuckDB, or `python` for a value; `numeric` is aligned right.

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
        return Display(f"{name}::varchar", "number", True, places=int(decimal["places"]))
    return Display(name if kind == "VARCHAR" else f"{name}::varchar", "text", numeric)


def _by_spec(spec: str, name: str, kind: str, numeric: bool) -> Display:
    """Print by a format spec, in SQL for the common ones (`{:,}`, `{:.2f}`, `{:,.2f}`, `{:d}`)."""

    def python(value: Any) -> str:
        return spec.format(value)

    parts = NUMBER_FORMAT.fullmatch(spec)
    if not parts or not numeric or kind in {"HUGEINT", "UHUGEINT"}:
        return Display(name, "text", numeric, python)
    comma, places = parts["comma"], parts["places"]
    if kind in WHOLE:
        text = f"format('{{:,}}', {name})" if comma else f"{name}::varchar"
        if places and int(places):
            text = f"concat({text}, '.{'0' * int(places)}')"
    elif places is None:
        return Display(name, "text", numeric, python)
    elif decimal := DECIMAL.fullmatch(kind):
        if int(decimal["digits"]) > EXACT_AS_DOUBLE or int(decimal["places"]) > int(places):
            return Display(name, "text", numeric, python)
        text = f"format('{{:{comma}.{places}f}}', {name}::double)"
    else:
        return Display(name, "text", numeric, python)  # infinities and NaN are no digits
    if not parts["before"] and not parts["after"]:
        return Display(text, "number", True, grouped=bool(comma), places=int(places or 0))
    around = f"concat({literal(parts['before'])}, {text}, {literal(parts['after'])})"
    return Display(f"CASE WHEN {name} IS NOT NULL THEN {around} END", "text", True)


def _time(pattern: str | None, name: str, kind: str) -> Display:
    if pattern and PLAIN_TIME.fullmatch(pattern):
        return Display(f"strftime({name}, {literal(pattern)})", "text" if kind == "TIME" else "time", False)
    if pattern:
        return Display(name, "text", False, _by_pattern(pattern))
    return Display(f"{name}::varchar", "time" if kind in {"DATE", "TIMESTAMP"} else "text", False)


def _by_pattern(pattern: str) -> Callable[[Any], str]:
    def python(value: date | datetime | time) -> str:
        return value.strftime(pattern)

    return python


def display_total(column: Column, total: str | int | float | None) -> str | None:
    """Print a column's total, as the manifest has it, like the column's values where its format can."""
    if total is None:
        return None
    if column.total != "count" and column.format and "{" in column.format:
        number = Decimal(total) if isinstance(total, str) and DECIMAL_TEXT.fullmatch(total) else total
        try:
            return column.format.format(number)
        except ValueError:
            return str(total)
    return f"{total:,}" if column.total == "count" else str(total)
