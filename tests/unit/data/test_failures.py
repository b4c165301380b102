"""Errors of DuckDB become Octavo's errors. Errors that would occur again are not retried."""

import duckdb
import pytest

from octavo import Column, ReportType
from octavo.data import database
from octavo.data.failures import converted_errors
from octavo.data.snapshot import take_snapshot
from octavo.errors import QueryFailed, SourceUnavailable, TooLarge
from octavo.settings import Settings


class Numbers(ReportType):
    title = "Numbers"
    sources = {}
    query = "select range as n from range(10)"
    order_by = ("n",)
    columns = (Column("n"),)


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (
            duckdb.IOException(
                'IO Error: Could not write file "/tmp/octavo-1/snapshot.parquet": No space left on device'
            ),
            TooLarge,
            "needs more memory or disk than the plan function has. Ask for less",
        ),
        (duckdb.OutOfMemoryException("Out of Memory Error: failed to offload data block"), TooLarge, "Ask for less"),
        (
            duckdb.IOException("IO Error: Parquet files do not support negative intervals"),
            QueryFailed,
            r"failed on its data \(io error\)",
        ),
        (duckdb.IOException('IO Error: Cannot open file "/data/a.csv"'), SourceUnavailable, "Try again later"),
        (duckdb.HTTPException("HTTP Error: 404"), SourceUnavailable, "Try again later"),
        (duckdb.ConversionException("Conversion Error: 'Anna'"), QueryFailed, r"\(conversion error\)"),
    ],
)
def test_each_error_of_duckdb_becomes_the_right_error_with_a_message(error, kind, message):
    with pytest.raises(kind, match=f"report type 'numbers'.*{message}") as raised, converted_errors(Numbers):
        raise error
    assert raised.value.retryable == (kind is SourceUnavailable)
    assert not any(secret in raised.value.message for secret in ("octavo-1", "/data/a.csv", "Anna"))


def test_a_query_that_needs_too_much_memory_fails_as_too_large_and_is_not_retried(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "settings", Settings({"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "64"}))
    hungry = type("Hungry", (Numbers,), {"query": "select len(list(range)) as n from range(20000000)"})
    with pytest.raises(TooLarge, match="'hungry' needs more memory"):
        take_snapshot(hungry, {}, str(tmp_path), tmp_path)


@pytest.mark.parametrize("interval", ["-interval 90 minutes", "interval '-2 days'", "[-interval 1 month]"])
def test_a_negative_interval_is_a_value_like_any_other(interval, tmp_path):
    lasting = type("Lasting", (Numbers,), {"query": f"select {interval} as n"})
    snapshot = take_snapshot(lasting, {}, str(tmp_path), tmp_path)
    (expected,) = duckdb.sql(f"SELECT ({interval})::varchar").fetchone()
    assert duckdb.sql(f"SELECT n FROM '{snapshot.path}'").fetchall() == [(expected,)]
