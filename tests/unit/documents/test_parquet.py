"""Parquet documents, read by pyarrow, polars and DuckDB, against the rows that they were made from."""

from base64 import b64decode

import duckdb
import polars
import pyarrow.parquet as pq
import pytest

from octavo.documents.parquet.footer import Part, joined_footer
from octavo.errors import MergeFailed
from reports.flights import Flights
from tests.unit.documents.conftest import EXAMPLE_DATA, of_type

NASTY = """
    SELECT range AS n, (range - 5)::tinyint AS tiny, range::smallint AS small, range::integer AS whole,
           range::utinyint AS utiny, range::usmallint AS usmall, range::uinteger AS uwhole, range::ubigint AS ubig,
           (range * 1.1)::float AS single, CASE range WHEN 3 THEN 'nan' WHEN 4 THEN '-inf' ELSE '1.5' END::double AS d,
           (range * 0.25)::decimal(4, 2) AS dec4, (range * 1.25)::decimal(18, 3) AS dec18,
           '12345678901234567890123456789012345.678'::decimal(38, 3) AS dec38, range % 2 = 0 AS flag,
           DATE '0001-01-01' + range::int AS day, TIME '05:15:00.25' AS clock,
           TIMESTAMP '2013-01-01 05:15:00.123456' + interval (range) day AS moment,
           TIMESTAMPTZ '2013-01-01 05:15:00Z' + interval (range) hour AS zoned,
           CASE range % 4 WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN 'a\u0301 😀 \u05d0\u05d1 \x01' ELSE '=1' END AS t,
           '\\x00\\xFF'::blob AS bytes, '01890000-0000-7000-8000-000000000001'::uuid AS id,
           CASE WHEN range % 3 > 0 THEN [range, NULL] END AS list, [[]::int[], [1]] AS lists,
           {'a': range, 'b': {'c': 'x'}} AS struct, map {'k': range} AS map,
           NULL::integer AS none
    FROM range({rows})
"""


def nasty(rows):
    return NASTY.replace("{rows}", str(rows))


def source_of(made):
    return f"(SELECT * EXCLUDE (_row) FROM '{made.space.snapshot}')"


def difference(made):
    """Count the rows that are only in the document or only in the snapshot, with how often they occur."""
    document, source = f"(FROM '{made.path}')", source_of(made)
    ((only_here,),) = duckdb.sql(f"SELECT count(*) FROM ({document} EXCEPT ALL {source})").fetchall()
    ((only_there,),) = duckdb.sql(f"SELECT count(*) FROM ({source} EXCEPT ALL {document})").fetchall()
    return only_here, only_there


@pytest.mark.parametrize("rows", [0, 1, 100])
@pytest.mark.parametrize("compression", ["zstd", "snappy"])
def test_every_type_is_kept_and_three_readers_see_the_same_rows(make, rows, compression):
    made = make(nasty(rows), "parquet", 40, compression=compression)
    assert difference(made) == (0, 0)
    types = {name: kind for name, kind, *_ in duckdb.sql(f"DESCRIBE FROM '{made.path}'").fetchall()}
    assert types == {name: kind for name, kind, *_ in duckdb.sql(f"DESCRIBE FROM {source_of(made)}").fetchall()}
    by_arrow, snapshot = pq.read_table(made.path), pq.read_table(made.space.snapshot).drop_columns("_row")
    assert by_arrow.schema.remove_metadata() == snapshot.schema.remove_metadata()
    assert repr(by_arrow.to_pydict()) == repr(snapshot.to_pydict())  # nan is not equal to itself
    by_polars, expected = polars.read_parquet(made.path), polars.read_parquet(made.space.snapshot).drop("_row")
    assert by_polars.schema == expected.schema
    assert by_polars.equals(expected, null_equal=True) or repr(by_polars.rows()) == repr(expected.rows())


@pytest.mark.parametrize("chunk_rows", [1000, 500, 20])
def test_rows_are_in_order_and_complete_in_one_two_and_fifty_chunks(make, chunk_rows):
    made = make("SELECT range AS n, 'x' || range AS t FROM range(1000)", "parquet", chunk_rows)
    assert len(made.segments) == 1000 // chunk_rows
    table = pq.read_table(made.path)
    assert table["n"].to_pylist() == list(range(1000))
    assert table["t"].to_pylist() == [f"x{n}" for n in range(1000)]
    assert pq.ParquetFile(made.path).metadata.num_row_groups == 1000 // chunk_rows


def test_places_in_the_metadata_are_those_of_the_document(make):
    made = make("SELECT range AS n, range % 10 AS digit FROM range(1000)", "parquet", 100)
    size = made.path.stat().st_size
    metadata = pq.ParquetFile(made.path).metadata
    starts = [
        chunk.dictionary_page_offset or chunk.data_page_offset
        for group in range(10)
        for chunk in (metadata.row_group(group).column(number) for number in range(2))
    ]
    assert starts == sorted(set(starts))
    assert starts[0] >= 4
    assert starts[-1] < size
    for group in range(10):
        read = pq.ParquetFile(made.path).read_row_group(group)
        assert read["n"].to_pylist() == list(range(group * 100, group * 100 + 100))


def test_readers_skip_row_groups_by_their_statistics(make):
    made = make("SELECT range AS n, 'x' AS t FROM range(1000)", "parquet", 100)
    bounds = "stats_min_value::int, stats_max_value::int"
    found = duckdb.sql(f"SELECT {bounds} FROM parquet_metadata('{made.path}') WHERE path_in_schema = 'n'").fetchall()
    assert found == [(first, first + 99) for first in range(0, 1000, 100)]
    damaged = bytearray(made.path.read_bytes())
    second = made.segments[0].size_bytes
    third = second + made.segments[1].size_bytes
    damaged[second:third] = bytes(third - second)  # without the second row group only what skips it can be read
    made.path.write_bytes(damaged)
    assert duckdb.sql(f"SELECT sum(n) FROM '{made.path}' WHERE n >= 250").fetchone() == (sum(range(250, 1000)),)
    assert pq.read_table(made.path, filters=[("n", ">=", 250)]).num_rows == 750
    assert polars.scan_parquet(made.path).filter(polars.col("n") >= 250).select("n").collect().height == 750
    with pytest.raises(duckdb.Error):
        duckdb.sql(f"SELECT sum(n) FROM '{made.path}'").fetchone()


def test_bloom_filters_are_found_where_the_metadata_says(make):
    made = make("SELECT range AS n, 'x' || (range % 40) AS t FROM range(20000)", "parquet", 5000)
    probe = duckdb.sql(f"SELECT DISTINCT bloom_filter_excludes FROM parquet_bloom_probe('{made.path}', 't', 'nowhere')")
    assert probe.fetchall() == [(True,)]
    probe = duckdb.sql(f"SELECT DISTINCT bloom_filter_excludes FROM parquet_bloom_probe('{made.path}', 't', 'x7')")
    assert probe.fetchall() == [(False,)]


def test_the_file_says_what_it_is(make):
    made = make("SELECT range AS n FROM range(3)", "parquet")
    notes = pq.read_metadata(made.path).metadata
    assert notes == {b"title": b"Rows", b"description": b"Rows of a table.", b"fingerprint": b"sha256:" + b"ab" * 32}


def test_three_hundred_columns(make):
    columns = ", ".join(f"range + {number} AS c{number}" for number in range(300))
    made = make(f"SELECT range AS n, {columns} FROM range(50)", "parquet", 20)
    assert difference(made) == (0, 0)
    assert pq.read_table(made.path).num_columns == 301


def test_the_flights_of_a_year_are_read_back_as_they_are_in_the_source(tmp_path):
    small_chunks = type("Flights", (Flights,), {"chunk_rows": 50_000})
    made = of_type(small_chunks, EXAMPLE_DATA, tmp_path, "parquet", Flights.Parameters().model_dump())
    assert len(made.segments) == 7
    assert difference(made) == (0, 0)
    assert polars.scan_parquet(made.path).select(polars.len()).collect().item() == 336_776


def test_chunks_with_other_columns_are_refused(make):
    one = make("SELECT range AS n FROM range(3)", "parquet")
    other = make("SELECT range AS n, 'x' AS t FROM range(3)", "parquet")
    segments = [each.segments[0] for each in (one, other)]
    parts = [Part(segment.size_bytes, b64decode(segment.details["metadata"])) for segment in segments]
    with pytest.raises(MergeFailed, match="The chunks do not have the same columns"):
        joined_footer(parts, {})
