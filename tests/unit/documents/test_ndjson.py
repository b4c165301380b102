"""NDJSON segments, read back by Python's json module and by DuckDB."""

import json
from decimal import Decimal

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from octavo.authoring.columns import Column
from octavo.authoring.report_type import ReportType
from octavo.authoring.sources import Parquet
from octavo.data.snapshot import Rows
from octavo.documents import ndjson
from octavo.lifecycle.manifest import Chunk, Manifest, Segment

CHUNK = Chunk(0, 0, 1)
MANIFEST = Manifest("snapshots/a/b.parquet", 1, {}, (CHUNK,), {})


class Table(ReportType):
    title = "Table"
    sources = {"t": Parquet("t.parquet")}
    query = "select v from t"
    order_by = ("v",)
    columns = (Column("v"),)


def lines(select, folder, parameters=()):
    """Write what a query gives, kept as Parquet first, as a report's snapshot is; return the lines."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"CREATE TABLE t AS {select}", parameters)
    connection.execute(f"COPY t TO '{folder}/t.parquet'")
    source = f"read_parquet('{folder}/t.parquet')"
    types = {name: kind for name, kind, *_ in connection.execute(f"DESCRIBE FROM {source}").fetchall()}
    path = folder / "segment"
    written = ndjson.write_segment(Rows(connection, source, types), CHUNK, MANIFEST, Table, path)
    found = path.read_bytes().decode().split("\n")[:-1]
    assert written.rows == len(found)
    return found


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("9223372036854775807", "9223372036854775807"),
        ("18446744073709551615::ubigint", "18446744073709551615"),
        ("12345678901234567890123456789012345678::decimal(38, 0)", "12345678901234567890123456789012345678"),
        ("1.50::decimal(9, 2)", "1.50"),
        ("-0.5::decimal(1, 1)", "-0.5"),
        ("0.000000000000000001::decimal(18, 18)", "0.000000000000000001"),
        ("100::decimal(5, 0)", "100"),
        ("-0.5::decimal(38, 38)", f'"-0.5{"0" * 37}"'),
        ("0.1::double", "0.1"),
        ("0.1::float", "0.1"),
        ("'nan'::double", "null"),
        ("'-infinity'::float", "null"),
        ("true", "true"),
        ("null::int", "null"),
        ("''", '""'),
        ("'a\"b\\ü\n\x01😀'", '"a\\"b\\\\ü\\n\\u0001😀"'),
        ("date '2013-01-05'", '"2013-01-05"'),
        ("time '05:15:00.5'", '"05:15:00.5"'),
        ("timestamp '2013-01-05 05:15:00'", '"2013-01-05T05:15:00"'),
        ("timestamptz '2013-01-05 05:15:00.25+02'", '"2013-01-05T03:15:00.25Z"'),
        ("timestamp_ns '2013-01-05 05:15:00.123456789'", '"2013-01-05T05:15:00.123456789"'),
        ("'\\x00\\xFFa'::blob", '"AP9h"'),
        ("uuid '01890000-0000-7000-8000-000000000001'", '"01890000-0000-7000-8000-000000000001"'),
        ("'a'::enum('b', 'a')", '"a"'),
        ("[1, null]", "[1,null]"),
        ("[timestamp '2013-01-05 05:15:00', null]", '["2013-01-05T05:15:00",null]'),
        ("[['nan'::double, 1.5], null, []]", "[[null,1.5],null,[]]"),
        ("array_value(0.1::float, 2)", "[0.1,2.0]"),
        ("{'at': timestamp '2013-01-05', 'the n': 1}", '{"at":"2013-01-05T00:00:00","the n":1}'),
        ("[{'at': [timestamptz '2013-01-05 00:00:00Z']}]", '[{"at":["2013-01-05T00:00:00Z"]}]'),
        ("map {'a': 'inf'::double}", '{"a":null}'),
        ("map {'a': [{'x': 0.1::float}]}", '{"a":[{"x":0.1}]}'),
        ("null::struct(moment timestamp)", "null"),
        ("[1.50::decimal(9, 2)]", "[1.50]"),
    ],
)
def test_a_value_of_any_type_is_written_as_json_should_have_it(tmp_path, value, expected):
    assert lines(f"SELECT {value} AS v", tmp_path) == [f'{{"v":{expected}}}']


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",))),
            st.integers(-(2**63), 2**63 - 1),
            st.floats(allow_nan=False, allow_infinity=False),
            st.decimals(-(10**20), 10**20, places=5),
        ),
        min_size=1,
    )
)
def test_rows_are_read_back_as_they_were(tmp_path, rows):
    columns = {"t": "VARCHAR", "i": "BIGINT", "f": "DOUBLE", "d": "DECIMAL(38, 5)"}
    parameters = {name: [str(row[at]) if name == "d" else row[at] for row in rows] for at, name in enumerate(columns)}
    listed = ", ".join(f"unnest(${name})::{kind} AS {name}" for name, kind in columns.items())
    found = [json.loads(line, parse_float=Decimal) for line in lines(f"SELECT {listed}", tmp_path, parameters)]
    assert [tuple(each.values()) for each in found] == [(t, i, Decimal(repr(f)), d) for t, i, f, d in rows]


def test_the_document_is_its_segments_and_nothing_else(tmp_path):
    segment = Segment(0, 3, 30, 0, {})
    assert ndjson.bind(None, Table, MANIFEST, [segment]).pieces == [segment]
    text = lines("SELECT range AS v FROM range(3)", tmp_path)
    (tmp_path / "document.ndjson").write_text("\n".join(text) + "\n")
    assert duckdb.sql(f"SELECT sum(v) FROM read_json('{tmp_path}/document.ndjson')").fetchone() == (3,)
