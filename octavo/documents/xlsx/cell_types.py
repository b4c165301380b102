"""How each type of DuckDB becomes a cell: the SQL of its value, and which values Excel cannot hold. Pure.

    whole numbers, decimals     a number; a text if it has more than 15 digits, because Excel shows 15 and zeros after
    FLOAT, DOUBLE               a number; a text if it is not finite, or nearer to zero than Excel's numbers
    BOOLEAN                     a boolean
    DATE, TIMESTAMP, TIME       days since the beginning of Excel's calendar; a text if that does not have the moment
    INTERVAL                    a duration in days; a text if it is negative, or has months, which differ in length
    everything else             a text: UUIDs, bytes in base64, lists and structures as JSON

Excel's numbers are doubles (IEEE 754 binary64). A double has microseconds until the year 2079, and milliseconds after.
DuckDB writes a decimal of twelve places in half the time of a double, and both mean the same double up to a million
days, in the year 4637.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from octavo.data.column_types import WIDE_INTEGERS, ColumnType
from octavo.data.sql import identifier
from octavo.documents.json_values import json_value
from octavo.documents.xlsx.types import ColumnTypes

MOST_DIGITS = 15
SMALLEST_DOUBLE = "2.2250738585072014e-308"
NARROW_INTEGERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER"})

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
EPOCH_US = 25_569 * DAY_US  # from the beginning of Excel's calendar to 1970
FIRST_US, END_US = 61 * DAY_US, 2_958_466 * DAY_US  # 1 March 1900, and the year 10000
MILLISECONDS_US = 65_536 * DAY_US  # from here on, a double has no microseconds
DECIMAL_DAYS, MOST_DECIMAL_DAYS = "DECIMAL(18, 12)", 1_000_000


@dataclass(frozen=True)
class CellType:
    """How a column becomes cells.

    `column` is the SQL of the values, and `value` that of what a cell contains. `number` is the SQL of what the width
    of a number depends on. `fraction` is SQL that is true for a time with a fraction of a second. `may_need_care` says
    that there can be texts that somebody wrote.

    `kept` is SQL that is true for a value that becomes a text, and `text` the SQL of that text. `why` says to people
    which values these are. If `kept_beyond` is known, all these values are beyond it, in either direction.

    `quick` is the SQL of the same as `value` in a column whose `number` is always below `quick_below`.
    """

    kind: Literal["number", "boolean", "text"]
    column: str
    value: str
    text: str
    kept: str | None = None
    why: str = ""
    kept_beyond: Decimal | None = None
    number: str | None = None
    fraction: str | None = None
    may_need_care: bool = False
    quick: str | None = None
    quick_below: int = 0

    def may_be_kept(self, low: float | Decimal | None, high: float | Decimal | None) -> bool:
        """Return whether numbers between `low` and `high` may have to be looked at one by one."""
        if self.kept_beyond is None or low is None or high is None:
            return False
        return low < -self.kept_beyond or high > self.kept_beyond

    def quickened(self, high: float | Decimal | None) -> CellType:
        """Return the same for a column whose greatest `number` is `high`, with the quickest SQL."""
        if self.quick is None or high is None or high >= self.quick_below:
            return self
        return replace(self, value=self.quick)


def cell_type(name: str, types: ColumnTypes) -> CellType:
    """Return how the column `name` becomes cells."""
    column, kind = identifier(name), types.stored
    text = f"{column}::VARCHAR"
    if types.queried.name == "INTERVAL":
        return _interval(f"{column}::INTERVAL", column)
    if kind.is_whole_number or kind.is_decimal:
        return _exact_number(column, kind)
    if kind.is_float:
        kept = f"NOT isfinite({column}) OR (abs({column}) < {SMALLEST_DOUBLE} AND {column} <> 0)"
        why = "are not finite, or nearer to zero than 2.2E-308"
        finite = f"CASE WHEN isfinite({column}) THEN {column} END"
        names = f"CASE {text} WHEN 'nan' THEN 'NaN' WHEN 'inf' THEN 'Infinity' WHEN '-inf' THEN '-Infinity'"
        return CellType("number", column, column, f"{names} ELSE {text} END", kept, why, number=finite)
    if kind.name == "BOOLEAN":
        return CellType("boolean", column, f"{column}::TINYINT", text)
    if kind.name == "DATE":
        kept = f"{column} NOT BETWEEN DATE '1900-03-01' AND DATE '9999-12-31'"
        why = "are before 1 March 1900 or after the year 9999"
        return CellType("number", column, f"to_json({column} - DATE '1899-12-30')", text, kept, why)
    if kind.is_timestamp:
        return _timestamp(column, kind)
    if kind.name == "TIME":
        return _time(column)
    if kind.inner:
        return _text(f"to_json({json_value(column, kind)})::VARCHAR", may_need_care=True)
    if kind.name == "BLOB":
        return _text(f"to_base64({column})", may_need_care=True)  # it can begin with +
    return _text(column if kind.is_text else text, may_need_care=not types.queried.is_textless)


def _text(text: str, *, may_need_care: bool) -> CellType:
    return CellType("text", text, text, text, may_need_care=may_need_care)


def _exact_number(column: str, kind: ColumnType) -> CellType:
    """Return the cells of whole numbers or decimals. Zeros at the ends are not counted as digits."""
    value, text = column, f"{column}::VARCHAR"
    if kind.is_whole_number and kind.name not in WIDE_INTEGERS:
        value = f"to_json({column})"  # the same digits as a cast, but a function: see `octavo.documents.xlsx.rows`
    if kind.is_decimal and kind.digits == kind.places:
        value = text = f"replace({text}, '.', '0.')"  # DuckDB writes .5 for 0.5 if all digits are behind the point
    if kind.name in NARROW_INTEGERS or (kind.is_decimal and kind.digits <= MOST_DIGITS):
        return CellType("number", column, value, text, number=column)
    most = Decimal((0, (9,) * MOST_DIGITS, -kind.places))
    bound = f"'{most:f}'::DECIMAL({kind.digits}, {kind.places})" if kind.is_decimal else f"{most}"
    lowest = "0" if kind.name.startswith("U") else f"-{bound}"
    digits = f"trim(replace(replace({column}::VARCHAR, '.', ''), '-', ''), '0')"
    kept = f"CASE WHEN {column} NOT BETWEEN {lowest} AND {bound} THEN length({digits}) > {MOST_DIGITS} ELSE false END"
    why = f"have more than {MOST_DIGITS} digits"
    return CellType("number", column, value, text, kept, why, kept_beyond=most, number=column)


def _timestamp(column: str, kind: ColumnType) -> CellType:
    since_1970 = f"epoch_us({column})"  # NULL for infinity
    held = f"{since_1970} BETWEEN {FIRST_US - EPOCH_US} AND {END_US - EPOCH_US - 1}"
    finer = f"({since_1970} >= {MILLISECONDS_US - EPOCH_US} AND {since_1970} % 1000 <> 0)"
    if kind.name == "TIMESTAMP_NS":
        finer = f"({finer} OR epoch_ns({column}) % 1000 <> 0)"
    value = f"(({since_1970} + {EPOCH_US})::DOUBLE / {DAY_US})"
    return CellType(
        "number",
        column,
        value,
        f"{column}::VARCHAR",
        f"({column} IS NOT NULL AND (NOT coalesce({held}, false) OR {finer}))",
        "are before 1 March 1900 or after the year 9999, or have too small fractions of a second",
        number=since_1970,
        fraction=f"({since_1970} % 1000000 <> 0)",
        quick=f"{value}::{DECIMAL_DAYS}",
        quick_below=MOST_DECIMAL_DAYS * DAY_US - EPOCH_US,
    )


def _time(column: str) -> CellType:
    moment = f"epoch_us({column})"
    return CellType(
        "number",
        column,
        f"({moment}::DOUBLE / {DAY_US})::{DECIMAL_DAYS}",
        f"{column}::VARCHAR",
        f"{moment} = {DAY_US}",
        "are 24:00:00",
        fraction=f"({moment} % 1000000 <> 0)",
    )


def _interval(interval: str, text: str) -> CellType:
    """Return the cells of durations. The snapshot has their texts."""
    length = f"epoch_us({interval})"
    months = f"datepart('year', {interval}) <> 0 OR datepart('month', {interval}) <> 0"
    value = f"({length}::DOUBLE / {DAY_US})"
    return CellType(
        "number",
        text,
        value,
        text,
        f"({months} OR {length} NOT BETWEEN 0 AND {END_US - 1})",
        "are negative, or have months or years, which differ in length",
        number=f"({length} // {HOUR_US})",
        fraction=f"({length} % 1000000 <> 0)",
        quick=f"{value}::{DECIMAL_DAYS}",
        quick_below=MOST_DECIMAL_DAYS * 24,
    )
