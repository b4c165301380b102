"""How a value of each type is written as JSON (RFC 8259): the rules that `json` and `ndjson` share. Pure.

Types are kept: whole numbers and decimals with all their digits, booleans, NULL as null, lists, structures and maps as
JSON. Dates and times are texts in ISO 8601 (RFC 3339 for a time with a zone), bytes are texts in base64 (RFC 4648 § 4).
JSON has no NaN and no infinity, so those are null. DuckDB writes the JSON; `json_value` prepares the few types that it
would write otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping

from octavo.data.column_types import TIMESTAMPS, ColumnType
from octavo.data.sql import identifier, literal

# How a value of these types is written; `{0}` is the value.
REWRITTEN = {
    "FLOAT": "CASE WHEN isfinite({0}) THEN {0}::VARCHAR::DOUBLE END",  # as a double, 0.1 is 0.10000000149011612
    "DOUBLE": "CASE WHEN isfinite({0}) THEN {0} END",
    **dict.fromkeys(TIMESTAMPS, "replace({0}::VARCHAR, ' ', 'T')"),
    "TIMESTAMP WITH TIME ZONE": "replace(replace({0}::VARCHAR, ' ', 'T'), '+00', 'Z')",  # 2013-01-01 05:15:00+00
    "BLOB": "to_base64({0})",
}

NARROWEST_EXACT_DECIMAL, WIDEST_DECIMAL = 19, 38  # digits


def json_columns(types: Mapping[str, str]) -> str:
    """Return the SQL of the columns, for a COPY as JSON. `types` has DuckDB's type of each column."""
    return ", ".join(
        f"{json_value(identifier(name), ColumnType.parse(kind))} AS {identifier(name)}" for name, kind in types.items()
    )


def json_value(expression: str, kind: ColumnType, depth: int = 0) -> str:
    """Return the SQL of a value that DuckDB writes as JSON should have it; `depth` is how many lists are around it."""
    if kind.inner:
        if not any(map(_is_rewritten, kind.parts())):
            return expression
        return f"CASE WHEN {expression} IS NOT NULL THEN {_nested(expression, kind, depth)} END"
    return _decimal(expression, kind) if kind.name == "DECIMAL" else REWRITTEN.get(kind.name, "{0}").format(expression)


def _is_rewritten(kind: ColumnType) -> bool:
    return not kind.inner and json_value("x", kind) != "x"


def _decimal(expression: str, kind: ColumnType) -> str:
    """Return the SQL of a decimal with all its digits.

    DuckDB writes decimals of up to 18 digits as doubles (100.0 for 100) and no zero before the point where all digits
    are behind it, which is no JSON: a wider decimal has neither fault. None is wider than 38 digits, so one with 38
    places is a text.
    """
    if kind.places == WIDEST_DECIMAL:
        return f"replace({expression}::VARCHAR, '.', '0.')"
    width = max(kind.digits, NARROWEST_EXACT_DECIMAL, kind.places + 1)
    return expression if width == kind.digits else f"{expression}::DECIMAL({width}, {kind.places})"


def _nested(expression: str, kind: ColumnType, depth: int) -> str:
    """Return the SQL of a structure, a map or a list, each value inside it as JSON should have it."""
    item = f"item{depth}"
    match kind.name:
        case "STRUCT":
            fields = (
                f"{literal(name)}: {json_value(f'{expression}.{identifier(name)}', inner, depth)}"
                for name, inner in zip(kind.fields, kind.inner, strict=True)
            )
            return f"{{{', '.join(fields)}}}"
        case "MAP":
            entry = f"{{'key': {item}.key, 'value': {json_value(f'{item}.value', kind.inner[1], depth + 1)}}}"
            return f"map_from_entries(list_transform(map_entries({expression}), lambda {item}: {entry}))"
    return f"list_transform({expression}, lambda {item}: {json_value(item, kind.inner[0], depth + 1)})"
