"""ColumnType parses the names of types as DuckDB writes them."""

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from octavo.data.column_types import ColumnType

NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
LEAVES = st.sampled_from(
    ["INTEGER", "HUGEINT", "VARCHAR", "INTERVAL", "TIME WITH TIME ZONE", "TIMESTAMP WITH TIME ZONE", "DATE", "BIT"]
) | st.builds(lambda digits: ("DECIMAL", digits), st.integers(1, 38)) | st.builds(
    lambda values: ("ENUM", values), st.lists(NAMES, min_size=1, max_size=3, unique=True)
)  # fmt: skip
TYPES = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(lambda t: ("LIST", t), inner)
        | st.builds(lambda t: ("ARRAY", t), inner)
        | st.builds(lambda key, value: ("MAP", key, value), LEAVES, inner)
        | st.builds(
            lambda fields: ("STRUCT", fields),
            st.dictionaries(NAMES, inner, min_size=1, max_size=3).filter(
                lambda fields: len({name.casefold() for name in fields}) == len(fields)
            ),
        )
    ),
    max_leaves=5,
)


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def sql(kind):
    """Write a type as SQL."""
    match kind:
        case ("DECIMAL", digits):
            return f"DECIMAL({digits}, {digits // 2})"
        case ("ENUM", values):
            return f"ENUM({', '.join(chr(39) + value.replace(chr(39), chr(39) * 2) + chr(39) for value in values)})"
        case ("LIST", inner):
            return f"{sql(inner)}[]"
        case ("ARRAY", inner):
            return f"{sql(inner)}[3]"
        case ("MAP", key, value):
            return f"MAP({sql(key)}, {sql(value)})"
        case ("STRUCT", fields):
            return f"STRUCT({', '.join(f'{quoted(name)} {sql(inner)}' for name, inner in fields.items())})"
    return kind


def expected(kind):
    match kind:
        case ("DECIMAL", digits):
            return ColumnType("DECIMAL", digits=digits, places=digits // 2)
        case ("ENUM", _):
            return ColumnType("ENUM")
        case (("LIST" | "ARRAY") as name, inner):
            return ColumnType(name, (expected(inner),))
        case ("MAP", key, value):
            return ColumnType("MAP", (expected(key), expected(value)))
        case ("STRUCT", fields):
            return ColumnType("STRUCT", tuple(map(expected, fields.values())), tuple(fields))
    return ColumnType(kind)


@given(TYPES)
def test_the_description_of_any_type_is_parsed(kind):
    described = duckdb.execute(f"DESCRIBE SELECT NULL::{sql(kind)} AS x").fetchall()[0][1]
    assert ColumnType.parse(described) == expected(kind)


@pytest.mark.parametrize(
    ("value", "names", "cast"),
    [
        ("row(timestamptz '2020-01-01', 1.5)", ["STRUCT", "TIMESTAMP WITH TIME ZONE", "DECIMAL"], "VARCHAR"),
        ("row([1], map {1: 2})", ["STRUCT", "LIST", "INTEGER", "MAP", "INTEGER", "INTEGER"], "VARCHAR"),
        ("union_value(k := 1)", ["UNION", "INTEGER"], "VARCHAR"),
        ("{'INTERVAL': 1}", ["STRUCT", "INTEGER"], None),
        ("'a'::enum('INTERVAL', 'a')", ["ENUM"], None),
        ("1::hugeint", ["HUGEINT"], "DECIMAL(38, 0)"),
        ("[1::uhugeint]", ["LIST", "UHUGEINT"], "VARCHAR"),
    ],
)
def test_a_value_is_cast_for_parquet_only_if_parquet_lacks_its_type(value, names, cast):
    kind = ColumnType.parse(duckdb.execute(f"DESCRIBE SELECT {value} AS x").fetchall()[0][1])
    assert [part.name for part in kind.parts()] == names
    assert kind.parquet_cast == cast


@pytest.mark.parametrize("text", ["", "DECIMAL(", "STRUCT(a INTEGER", "INTEGER]", "MAP(INTEGER)"])
def test_a_text_that_is_not_a_type_is_refused(text):
    with pytest.raises(ValueError, match="is not a type of DuckDB"):
        ColumnType.parse(text)
