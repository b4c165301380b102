"""How each type of DuckDB becomes a cell: the SQL of its value, and which values Excel cannot hold. Pure.

    whole numbers, decimals     a number; a text if it has more than 15 digits, because Excel shows 15 and zeros after
    FLOAT, DOUBLE               a number; a text if it is not finite, or nearer to zero than Excel's numbers
    BOOLEAN                     a boolean
    DATE, TIMESTAMP, TIME       days since the beginning of Excel's calendar; a text if that does not have the moment
    INTERVAL                    a duration in days; a text if it is negative, or has months, which differ in length
    everything else             a text: UUIDs, bytes in base64, lists and structures as JSON

Excel's numbers are doubles (IEEE 754 binary64). A double has microseconds until the year 2079, and milliseconds after.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from octavo.data.column_types import ColumnType
from octavo.data.sql import identifier
from octavo.documents.json_values import json_value
from octavo.documents.xlsx.types import ColumnTypes

MOST_DIGITS = 15
SMALLEST_DOUBLE = "2.2250738585072014e-308"
NARROW_INTEGERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER"})

DAY_US = 86_400_000_000
EPOCH_US = 25_569 * DAY_US  # from the beginning of Excel's calendar to 1970
FIRST_US, END_US = 61 * DAY_US, 2_958_466 * DAY_US  # 1 March 1900, and the year 10000
MILLISECONDS_US = 65_536 * DAY_US  # from here on, a double has no microseconds


@dataclass(frozen=True)
class CellType:
    """How a column becomes cells.

    `column` is the SQL of the values, and `value` that of what a cell contains. `kept` is SQL that is true for a value
    that becomes a text, and `text` the SQL of that text. `why` says to people which values these are. `whole` is the
    SQL of a number's part before the point. `fraction` is SQL that is true for a time with a fraction of a second.
    `may_need_care` says that there can be texts that somebody wrote.
    """

    kind: Literal["number", "boolean", "text"]
    column: str
    value: str
    text: str
    kept: str | None = None
    why: str = ""
    whole: str | None = None
    fraction: str | None = None
    may_need_care: bool = False


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
        why = "are not finite, or nearer to zero than the numbers of a workbook"
        finite = f"CASE WHEN isfinite({column}) THEN trunc({column}) END"
        names = f"CASE {text} WHEN 'nan' THEN 'NaN' WHEN 'inf' THEN 'Infinity' WHEN '-inf' THEN '-Infinity'"
        return CellType("number", column, column, f"{names} ELSE {text} END", kept, why, whole=finite)
    if kind.name == "BOOLEAN":
        return CellType("boolean", column, f"{column}::TINYINT", text)
    if kind.name == "DATE":
        kept = f"{column} NOT BETWEEN DATE '1900-03-01' AND DATE '9999-12-31'"
        why = "are before 1 March 1900 or after the year 9999"
        return CellType("number", column, f"({column} - DATE '1899-12-30')", text, kept, why)
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
    if kind.is_decimal and kind.digits == kind.places and kind.digits < 38:
        value = text = f"{column}::DECIMAL({kind.digits + 1}, {kind.places})::VARCHAR"  # 0.5, where DuckDB writes .5
    whole = f"trunc({column})" if kind.is_decimal else column
    if kind.name in NARROW_INTEGERS or (kind.is_decimal and kind.digits <= MOST_DIGITS):
        return CellType("number", column, value, text, whole=whole)
    most = "9" * MOST_DIGITS
    if kind.is_decimal:
        digits = most.rjust(kind.places + 1, "0")
        most = f"{digits[: len(digits) - kind.places]}.{digits[len(digits) - kind.places :]}"
        most = f"'{most.removesuffix('.')}'::DECIMAL({kind.digits}, {kind.places})"
    significant = f"trim(replace(replace({column}::VARCHAR, '.', ''), '-', ''), '0')"
    lowest = f"-{most}" if kind.name[0] != "U" else "0"
    kept = (
        f"CASE WHEN {column} NOT BETWEEN {lowest} AND {most} THEN length({significant}) > {MOST_DIGITS} ELSE false END"
    )
    return CellType("number", column, value, text, kept, f"have more than {MOST_DIGITS} digits", whole=whole)


def _timestamp(column: str, kind: ColumnType) -> CellType:
    since_1970 = f"epoch_us({column})"  # NULL for infinity
    held = f"{since_1970} BETWEEN {FIRST_US - EPOCH_US} AND {END_US - EPOCH_US - 1}"
    finer = f"({since_1970} >= {MILLISECONDS_US - EPOCH_US} AND {since_1970} % 1000 <> 0)"
    if kind.name == "TIMESTAMP_NS":
        finer = f"({finer} OR epoch_ns({column}) % 1000 <> 0)"
    return CellType(
        "number",
        column,
        f"(({since_1970} + {EPOCH_US})::DOUBLE / {DAY_US})",
        f"{column}::VARCHAR",
        f"({column} IS NOT NULL AND (NOT coalesce({held}, false) OR {finer}))",
        "are before 1 March 1900 or after the year 9999, or have smaller fractions of a second than a workbook",
        fraction=f"({since_1970} % 1000000 <> 0)",
    )


def _time(column: str) -> CellType:
    moment = f"epoch_us({column})"
    return CellType(
        "number",
        column,
        f"({moment}::DOUBLE / {DAY_US})",
        f"{column}::VARCHAR",
        f"{moment} = {DAY_US}",
        "are 24:00:00, which a workbook would show as 00:00:00",
        fraction=f"({moment} % 1000000 <> 0)",
    )


def _interval(interval: str, text: str) -> CellType:
    """Return the cells of durations. The snapshot has their texts."""
    length = f"epoch_us({interval})"
    months = f"datepart('year', {interval}) <> 0 OR datepart('month', {interval}) <> 0"
    return CellType(
        "number",
        text,
        f"({length}::DOUBLE / {DAY_US})",
        text,
        f"({months} OR {length} NOT BETWEEN 0 AND {END_US - 1})",
        "are negative, or have months or years, which differ in length",
        whole=f"({length} // 3600000000)",
        fraction=f"({length} % 1000000 <> 0)",
    )
