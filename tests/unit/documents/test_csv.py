"""CSV segments, read back by Python's csv module and by DuckDB."""

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from octavo.authoring.columns import Column
from octavo.authoring.report_type import ReportType
from octavo.authoring.sources import Parquet
from octavo.data.snapshot import Rows
from octavo.documents import csv as format_csv
from octavo.format_options import DELIMITERS, CsvOptions
from octavo.lifecycle.manifest import Chunk, Manifest

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=12)
spiky = st.text(st.sampled_from("\",\r\n'=+-@\t ;\\é😀\x1b"), max_size=6)


class Table(ReportType):
    title = "Table"
    sources = {"t": Parquet("t.parquet")}
    query = "select a, b from t"
    order_by = ("a",)
    columns = (Column("a", "The first"), Column("b"))


CHUNK = Chunk(0, 0, 1)
MANIFEST = Manifest("snapshots/a/b.parquet", 1, {}, (CHUNK,), {})


def manifest(options):
    return replace(MANIFEST, format_options=CsvOptions(**options).model_dump())


def head(report_type, **options):
    return b"".join(format_csv.bind(None, report_type, manifest(options), []).pieces)


def written(select, folder, parameters=(), stored_as_text=None, **options):
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"CREATE TABLE t AS {select}", parameters)
    types = {name: kind for name, kind, *_ in connection.execute("DESCRIBE t").fetchall()}
    path = folder / "segment"
    written = format_csv.write_segment(
        Rows(connection, "t", types, stored_as_text or {}), CHUNK, manifest(options), Table, path
    )
    assert written.rows == len(connection.table("t"))
    return path.read_bytes()


def parsed(data):
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


def guarded(text):
    return "'" + text if text[:1] and text[0] in "=+-@\t\r\n＝＋－＠" else text


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(texts | spiky, texts | spiky), min_size=1, max_size=8))
def test_every_text_is_read_back_by_another_reader(tmp_path, rows):
    values = ", ".join("(?, ?)" for _ in rows)
    flat = [cell for row in rows for cell in row]
    data = written(f"SELECT * FROM (VALUES {values}) v(a, b)", folder=tmp_path, parameters=flat)
    assert parsed(data) == [[guarded(a), guarded(b)] for a, b in rows]


moments = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)) | st.datetimes().map(
    lambda moment: moment.replace(microsecond=0)
)
cells = st.tuples(
    texts | spiky | st.none(),
    st.integers(-(2**63), 2**63 - 1) | st.integers(-9, 9) | st.none(),
    moments | st.none(),
    st.floats() | st.none(),
)


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(DELIMITERS)), st.lists(cells, min_size=1, max_size=8))
def test_the_lines_are_those_that_duckdb_writes(tmp_path, name, rows):
    values = ", ".join("(?::varchar, ?::bigint, ?::timestamp, ?::double)" for _ in rows)
    select, flat = f"SELECT * FROM (VALUES {values}) v(a, b, c, d)", [cell for row in rows for cell in row]
    found = written(select, tmp_path, flat, formula_guard=False, delimiter=name)
    columns = "a, b, replace(c::varchar, ' ', 'T') AS c, d"
    assert found == written_by_duckdb(select, columns, tmp_path, flat, delimiter=DELIMITERS[name])


@pytest.mark.parametrize(
    "value",
    [
        "timestamp '0044-03-15 (BC) 12:00:00'",
        "timestamp '0999-12-31 23:59:59'",
        "timestamp '10000-01-01 00:00:00'",
        "timestamp '2013-01-01 05:15:00.000001'",
        "timestamp 'infinity'",
        "timestamp_ns '2013-01-01 05:15:00.123456789'",
        "timestamp_s '2013-01-01 05:15:00'",
        "date '0044-03-15 (BC)'",
        "time '05:15:00.5'",
        "170141183460469231731687303715884105727::hugeint",
        "18446744073709551615::ubigint",
        "(-128)::tinyint",
        "'inf'::double",
        "1.50::decimal(4, 2)",
        "NULL::boolean",
        "['a,b', NULL, '\"']",
        "{'a': 'b', 'c': -1}",
        "chr(0) || 'a'",
        "'\\xAA'::blob",
        "interval 90 minutes",
    ],
)
def test_a_value_of_any_type_is_written_as_duckdb_writes_it(value, tmp_path):
    select = f"SELECT {value} AS a, 1 AS b"
    columns = "replace(a::varchar, ' ', 'T') AS a, b" if "timestamp" in value else "a, b"
    assert written(select, tmp_path, formula_guard=False) == written_by_duckdb(select, columns, tmp_path)


def test_columns_that_the_snapshot_contains_as_dictionaries_are_written_as_duckdb_writes_them(tmp_path):
    path, texts = tmp_path / "t.parquet", "['a', NULL, '', 'a,b', '\"', 'x\ny', '#', 'é']"
    rows = f"SELECT {texts}[1 + i % 8] AS a, nullif(i % 30 - 9, 0) AS b FROM range(20_000) t(i)"
    duckdb.sql(f"COPY ({rows}) TO '{path}'")
    encodings = duckdb.sql(f"SELECT DISTINCT encodings FROM parquet_metadata('{path}')").fetchall()
    assert encodings == [("PLAIN_DICTIONARY",)]
    rows = Rows(duckdb.connect(), f"read_parquet('{path}')", {"a": "VARCHAR", "b": "BIGINT"})
    unguarded = manifest({"formula_guard": False})
    assert format_csv.write_segment(rows, CHUNK, unguarded, Table, tmp_path / "segment").rows == 20_000
    assert (tmp_path / "segment").read_bytes() == written_by_duckdb(f"FROM '{path}'", "*", tmp_path)


def written_by_duckdb(select, columns, folder, parameters=(), delimiter=","):
    connection, path = duckdb.connect(), folder / "by_duckdb"
    connection.execute(f"CREATE TABLE t AS {select}", parameters)
    options = f"FORMAT csv, HEADER false, DELIMITER '{delimiter}'"
    connection.execute(f"COPY (SELECT {columns} FROM t) TO '{path}' ({options})")
    return path.read_bytes()


def test_rows_keep_their_order_if_a_chunk_begins_near_the_end_of_a_vector(tmp_path):
    path, first, count = tmp_path / "t.parquet", 2048 - 32, 3 * 2048
    numbers = f"SELECT i AS _row, i AS a, 'b' || i AS b FROM range({first + count}) t(i)"
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(f"COPY ({numbers}) TO '{path}'")
    source = f"(FROM read_parquet('{path}') WHERE _row BETWEEN {first} AND {first + count - 1})"
    rows = Rows(connection, source, {"a": "BIGINT", "b": "VARCHAR"})
    format_csv.write_segment(rows, CHUNK, MANIFEST, Table, tmp_path / "segment")
    found = parsed((tmp_path / "segment").read_bytes())
    assert found == [[str(number), f"b{number}"] for number in range(first, first + count)]


def test_null_is_an_empty_field_and_an_empty_text_is_quoted(tmp_path):
    assert written("SELECT NULL::varchar AS a, '' AS b", folder=tmp_path) == b',""\n'


@pytest.mark.parametrize("start", list("=+-@\t\r\n＝＋－＠"))
def test_text_that_a_spreadsheet_would_execute_gets_a_prefix(start, tmp_path):
    data = written("SELECT ? AS a, 1 AS b", folder=tmp_path, parameters=[f"{start}cmd|'/C calc'!A0"])
    assert parsed(data) == [[f"'{start}cmd|'/C calc'!A0", "1"]]


def test_the_guard_can_be_turned_off(tmp_path):
    assert written("SELECT '=1+1' AS a, 1 AS b", tmp_path, formula_guard=False) == b"=1+1,1\n"


def test_negative_numbers_are_no_formulas(tmp_path):
    select = "SELECT -1 AS a, -1.50::decimal(38,2) AS b UNION ALL SELECT -9223372036854775808, -0.01"
    assert sorted(written(select, folder=tmp_path).splitlines()) == [b"-1,-1.50", b"-9223372036854775808,-0.01"]


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (datetime(2013, 1, 1, 5, 15), "2013-01-01T05:15:00"),
        (datetime(2013, 1, 1, 5, 15, 0, 120000), "2013-01-01T05:15:00.12"),
        (datetime(2013, 1, 1, 5, 15, tzinfo=UTC), "2013-01-01T05:15:00Z"),
        (date(2013, 1, 1), "2013-01-01"),
        (Decimal("12345678901234567890123456789012345.678"), "12345678901234567890123456789012345.678"),
        (True, "true"),
        (0.1, "0.1"),
        (1e300, "1e+300"),
        (10**30, "1" + "0" * 30),
        ([1, 2], "[1, 2]"),
    ],
)
def test_values_are_plain_and_times_are_iso_8601(value, plain, tmp_path):
    assert parsed(written("SELECT ? AS a, 0 AS b", folder=tmp_path, parameters=[value])) == [[plain, "0"]]


def test_the_header_has_the_names_of_the_columns_in_their_order():
    assert head(Table) == b"a,b\n"


@pytest.mark.parametrize("name", DELIMITERS)
def test_another_delimiter_separates_the_fields_and_is_quoted_in_texts(name, tmp_path):
    delimiter = DELIMITERS[name]
    data = written("SELECT ? AS a, 1.5 AS b", tmp_path, parameters=[f"x{delimiter}y"], delimiter=name)
    whole = head(Table, delimiter=name) + data
    assert list(csv.reader(io.StringIO(whole.decode()), delimiter=delimiter)) == [["a", "b"], [f"x{delimiter}y", "1.5"]]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(DELIMITERS)), st.lists(texts | spiky, min_size=1, max_size=8))
def test_every_text_is_read_back_with_every_delimiter(tmp_path, name, cells):
    values = ", ".join("(?, 0)" for _ in cells)
    data = written(f"SELECT * FROM (VALUES {values}) v(a, b)", tmp_path, parameters=cells, delimiter=name)
    found = csv.reader(io.StringIO(data.decode(), newline=""), delimiter=DELIMITERS[name])
    assert list(found) == [[guarded(cell), "0"] for cell in cells]


def test_a_decimal_comma_is_in_numbers_only_and_makes_the_semicolon_the_delimiter(tmp_path):
    select = "SELECT -1234.50::decimal(18,2) AS a, 'v1.5' AS b, 1.5e300::double AS c, 7 AS d, NULL::float AS e"
    assert written(select, tmp_path, decimal_comma=True) == b"-1234,50;v1.5;1,5e+300;7;\n"
    with_commas = written(select, tmp_path, decimal_comma=True, delimiter="comma")
    assert parsed(with_commas) == [["-1234,50", "v1.5", "1,5e+300", "7", ""]]


def test_a_byte_order_mark_and_no_header(tmp_path):
    assert head(Table, bom=True) == b"\xef\xbb\xbfa,b\n"
    assert head(Table, bom=True, header=False) == b"\xef\xbb\xbf"
    assert head(Table, header=False) == b""


def test_the_dialect_of_excel_has_a_mark_and_times_that_excel_recognizes(tmp_path):
    select = (
        "SELECT timestamp '2013-01-01 05:15:00' AS a, timestamptz '2013-01-01 05:15:00Z' AS b, date '2013-01-01' AS c"
    )
    assert head(Table, dialect="excel") == b"\xef\xbb\xbfa,b\n"
    assert head(Table, dialect="excel", bom=False) == b"a,b\n"
    assert written(select, tmp_path, dialect="excel") == b"2013-01-01 05:15:00,2013-01-01 05:15:00,2013-01-01\n"


def test_the_head_and_the_segments_are_one_csv(tmp_path):
    body = written("SELECT i AS a, 'x,' || i AS b FROM range(3) t(i)", folder=tmp_path)
    document = tmp_path / "document.csv"
    document.write_bytes(head(Table) + body)
    assert duckdb.sql(f"FROM read_csv('{document}')").fetchall() == [(0, "x,0"), (1, "x,1"), (2, "x,2")]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("[timestamp '2013-01-01 05:15:00', NULL]", "['2013-01-01 05:15:00', NULL]"),
        ("[timestamptz '2013-01-01 05:15:00+00']", "['2013-01-01 05:15:00+00']"),
        ("[timestamp '2013-01-01 05:15:00']::timestamp[1]", "[2013-01-01 05:15:00]"),
        ("{'at': timestamp '2013-01-01 05:15:00', 'the n': 1}", "{'at': '2013-01-01 05:15:00', 'the n': 1}"),
    ],
)
def test_times_in_a_list_or_a_structure_are_written_as_duckdb_writes_the_list(value, text, tmp_path):
    assert duckdb.sql(f"SELECT ({value})::varchar").fetchone() == (text,)
    assert parsed(written(f"SELECT {value} AS a, 1 AS b", folder=tmp_path)) == [[text, "1"]]


@pytest.mark.parametrize(
    ("kind", "text"),
    [("BIGNUM", "-12345678901234567890123456789012345678901"), ("INTERVAL", "-01:30:00"), ("INTERVAL", "-2 days")],
)
def test_negative_numbers_and_intervals_that_are_stored_as_texts_are_no_formulas(kind, text, tmp_path):
    data = written("SELECT ? AS a, ? AS b", folder=tmp_path, parameters=[text, "-x"], stored_as_text={"a": kind})
    assert parsed(data) == [[text, "'-x"]]


@pytest.mark.parametrize("kind", ["ENUM('-a', 'b')", "UNION(a VARCHAR, b INTEGER)", "JSON", "BLOB"])
def test_values_that_hold_texts_are_guarded_whatever_their_type_is(kind, tmp_path):
    data = written("SELECT '-a' AS a, 1 AS b", folder=tmp_path, stored_as_text={"a": kind})
    assert parsed(data) == [["'-a", "1"]]


@pytest.mark.parametrize("kind", ["VARCHAR", "INTEGER", "TIMESTAMP", "BOOLEAN", "DECIMAL(9, 2)", "INTEGER[]"])
def test_null_in_the_only_column_is_a_row_and_no_blank_line(kind, tmp_path):
    select = f"SELECT * FROM (VALUES (1, NULL::{kind}), (2, NULL::{kind})) v(n, a) ORDER BY n"
    data = written(f"SELECT a FROM ({select})", folder=tmp_path)
    assert data == b'""\n""\n'
    assert parsed(data) == [[""], [""]]


def test_values_of_the_only_column_are_as_in_a_table_of_two(tmp_path):
    values = "(NULL), ('a'), ('=a'), ('with ,comma')"
    assert parsed(written(f"SELECT * FROM (VALUES {values}) v(a)", folder=tmp_path)) == [
        [""],
        ["a"],
        ["'=a"],
        ["with ,comma"],
    ]
