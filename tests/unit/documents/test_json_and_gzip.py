"""JSON arrays and gzip: whole documents, read back by readers that are not ours."""

import gzip
import json
import shutil
import subprocess

import duckdb
import pytest

from octavo import Column
from reports.flights import Flights
from tests.unit.documents.conftest import EXAMPLE_DATA, of_type, report_type

NEW_FORMATS = ("json", "csv.gz", "ndjson.gz")


ROWS = """
    SELECT range AS n, CASE range % 3 WHEN 0 THEN NULL WHEN 1 THEN 'ü "x", 😀' ELSE '=a' END AS letter,
           (range * 1.25)::decimal(30, 2) AS price, TIMESTAMPTZ '2013-01-01 05:00:00Z' + interval (range) hour AS since
    FROM range({})
"""


def made(folder, rows, format, chunk_rows=None, **options):
    """Make a document of some rows; return its path."""
    folder.mkdir()
    duckdb.sql(f"COPY ({ROWS.format(rows)}) TO '{folder}/t.parquet'")
    columns = tuple(map(Column, ("n", "letter", "price", "since")))
    return of_type(report_type(columns=columns, chunk_rows=chunk_rows), folder, folder, format, {}, options).path


def plain(path):
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


@pytest.mark.parametrize("format", NEW_FORMATS)
def test_the_content_is_the_same_for_one_two_and_fifty_chunks(format, tmp_path):
    contents = {plain(made(tmp_path / str(rows), 1000, format, rows)) for rows in (1000, 500, 20)}
    assert len(contents) == 1


@pytest.mark.parametrize("rows", [0, 1, 2500])
def test_json_is_an_array_of_what_ndjson_has_in_lines(rows, tmp_path):
    array = made(tmp_path / "a", rows, "json", 1000)
    lines = made(tmp_path / "b", rows, "ndjson", 1000)
    assert json.loads(array.read_text()) == [json.loads(line) for line in lines.read_text().splitlines()]
    assert duckdb.sql(f"SELECT count(*) FROM read_json('{array}')").fetchone() == (rows,) or rows == 0


@pytest.mark.skipif(not shutil.which("jq"), reason="jq is not installed")
def test_jq_reads_the_array(tmp_path):
    path = made(tmp_path / "a", 2500, "json", 1000)
    read = subprocess.run(["jq", "[length, (map(.n) | add), .[1].letter]", path, "-c"], capture_output=True, check=True)
    assert json.loads(read.stdout) == [2500, 2500 * 2499 // 2, 'ü "x", 😀']


@pytest.mark.parametrize("compression", ["fast", "small"])
@pytest.mark.parametrize(("format", "inner"), [("csv.gz", "csv"), ("ndjson.gz", "ndjson")])
@pytest.mark.parametrize("rows", [0, 1, 2500])
def test_gzip_has_exactly_the_bytes_of_the_inner_format(format, inner, compression, rows, tmp_path):
    path = made(tmp_path / "a", rows, format, 1000, compression=compression)
    expected = made(tmp_path / "b", rows, inner, 1000).read_bytes()
    assert gzip.decompress(path.read_bytes()) == expected
    assert subprocess.run(["gzip", "-dc", path], capture_output=True, check=True).stdout == expected
    if rows:
        read = f"read_csv('{path}')" if inner == "csv" else f"read_json('{path}', format = 'newline_delimited')"
        assert duckdb.sql(f"SELECT count(*), sum(n) FROM {read}").fetchone() == (rows, rows * (rows - 1) // 2)


def test_small_is_smaller_than_fast(tmp_path):
    fast, small = (made(tmp_path / each, 2500, "csv.gz", compression=each).stat().st_size for each in ("fast", "small"))
    assert small < fast


def test_the_options_of_csv_are_those_of_csv_gz_too(tmp_path):
    path = made(tmp_path / "a", 3, "csv.gz", delimiter="semicolon", decimal_comma=True, bom=True)
    expected = made(tmp_path / "b", 3, "csv", delimiter="semicolon", decimal_comma=True, bom=True).read_bytes()
    assert plain(path) == expected
    assert expected.startswith("\ufeffn;letter;price;since\n0;;0,00;".encode())


def test_a_member_says_nothing_of_the_time_and_the_machine(tmp_path):
    one, other = (made(tmp_path / each, 10, "csv.gz").read_bytes() for each in "ab")
    assert one == other
    assert one[4:8] == bytes(4)  # MTIME (RFC 1952 § 2.3)


@pytest.mark.parametrize("format", NEW_FORMATS)
def test_the_flights_of_a_year_are_read_back_as_they_are_in_the_source(format, tmp_path):
    bound = Flights.Parameters().model_dump()
    path = of_type(Flights, EXAMPLE_DATA, tmp_path, format, bound).path
    snapshot = tmp_path / "snapshot.parquet"
    read = f"read_csv('{path}')" if format == "csv.gz" else f"read_json('{path}', maximum_object_size = 100000000)"
    columns = ", ".join(column.name for column in Flights.columns)
    types = {name: kind for name, kind, *_ in duckdb.sql(f"DESCRIBE SELECT {columns} FROM '{snapshot}'").fetchall()}
    back = ", ".join(f"{name}::{kind} AS {name}" for name, kind in types.items())
    written, source = f"SELECT {back} FROM {read}", f"SELECT {columns} FROM '{snapshot}'"
    assert duckdb.sql(f"SELECT count(*) FROM (({written}) EXCEPT ALL ({source}))").fetchone() == (0,)
    assert duckdb.sql(f"SELECT count(*) FROM ({written})").fetchone() == (336_776,)
