"""Errors of DuckDB become Octavo's errors. Errors that would occur again are not retried."""

import errno
import shutil
from contextlib import closing
from types import SimpleNamespace

import duckdb
import pytest

from octavo import Column, ReportType
from octavo.data import database, snapshot
from octavo.data.database import connect
from octavo.data.failures import Work, converted_errors, exhaustion_converted
from octavo.data.snapshot import take_snapshot
from octavo.errors import QueryFailed, SourceUnavailable, TooLarge
from octavo.pipeline.plan import plan_document
from octavo.pipeline.render import render
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


EXHAUSTED = [
    duckdb.OutOfMemoryException("Out of Memory Error: failed to pin block"),
    duckdb.IOException("IO Error: Could not write all bytes to file: No space left on device"),
    duckdb.IOException("IO Error: Could not write all bytes to file: Disk quota exceeded"),
    OSError(errno.ENOSPC, "No space left on device", "octavo-1/segment"),
    OSError(errno.EDQUOT, "Disk quota exceeded"),
    MemoryError("Unable to allocate 2.00 GiB for an array"),
]


@pytest.mark.parametrize("error", EXHAUSTED, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    ("work", "advice"),
    [
        (Work.QUERY, r"a shorter period; .* \(plan_memory_mb, plan_storage_mb\)\.$"),
        (Work.LAYOUT, r"another format; .* \(plan_memory_mb, plan_storage_mb\)\.$"),
        (Work.CHUNK, r"smaller chunk_rows, .* \(chunk_memory_mb, chunk_storage_mb\)\.$"),
    ],
    ids=["query", "layout", "chunk"],
)
def test_no_memory_and_no_disk_are_told_with_what_to_do(error, work, advice):
    message = f"report type 'numbers' needs more memory or disk.*{advice}"
    with pytest.raises(TooLarge, match=message) as raised, exhaustion_converted(Numbers, work):
        raise error
    assert not raised.value.retryable
    assert "octavo-1" not in raised.value.message


@pytest.mark.parametrize("error", [OSError(errno.EACCES, "denied"), duckdb.IOException("IO Error: x"), ValueError("x")])
def test_any_other_error_is_not_told_as_too_large(error):
    with pytest.raises(type(error), match=str(error)[-1]), exhaustion_converted(Numbers, Work.CHUNK):
        raise error


@pytest.fixture
def memory(monkeypatch):
    """Set the memory of the function, in MB."""

    def set_memory(memory_mb):
        monkeypatch.setattr(database, "settings", Settings({"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory_mb)}))

    return set_memory


@pytest.fixture
def disk(monkeypatch):
    """Set how much of the disk is free, in bytes."""

    def set_disk(free):
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))

    return set_disk


def test_a_query_that_needs_too_much_memory_fails_as_too_large_and_is_not_retried(tmp_path, memory):
    memory(64)
    hungry = type("Hungry", (Numbers,), {"query": "select len(list(range)) as n from range(20000000)"})
    with pytest.raises(TooLarge, match="'hungry' needs more memory"):
        take_snapshot(hungry, {}, str(tmp_path), tmp_path)


class Sorted(Numbers):
    """96 MB of rows to sort."""

    query = "select hash(range)::varchar || repeat(md5(range::varchar), 9) as n from range(300_000)"


@pytest.fixture
def opened(monkeypatch):
    """The values of `on_disk` that a snapshot opens its database with."""
    values = []

    def recorded(folder, needs, *, on_disk):
        values.append(on_disk)
        return connect(folder, needs, on_disk=on_disk)

    monkeypatch.setattr(snapshot, "connect", recorded)
    return values


def test_a_query_that_runs_out_of_memory_runs_once_more_on_disk(tmp_path, memory, monkeypatch):
    given = []

    def too_small_at_first(folder, needs, *, on_disk):
        memory(2048 if on_disk else 32)
        connection = connect(folder, needs, on_disk=on_disk)
        settings = "SELECT current_setting('threads'), current_setting('debug_force_external')"
        given.append(connection.execute(settings).fetchone())
        return connection

    monkeypatch.setattr(snapshot, "connect", too_small_at_first)
    hungry = type("Hungry", (Numbers,), {"query": "select len(list(range)) as n from range(2_000_000)"})
    assert take_snapshot(hungry, {}, str(tmp_path), tmp_path).rows == 1
    assert given == [(1, False), (1, True)]


def test_a_sort_that_the_disk_cannot_hold_is_too_large_and_runs_only_once(tmp_path, memory, disk, opened):
    memory(300)
    disk(1_000_000)
    with pytest.raises(TooLarge, match="'sorted' needs more memory or disk") as raised:
        take_snapshot(Sorted, {}, str(tmp_path), tmp_path)
    assert "max_temp_directory_size" in str(raised.value.__cause__)
    assert opened == [False]


def test_a_sort_that_the_memory_cannot_hold_continues_on_disk(tmp_path, memory, opened):
    memory(300)
    assert take_snapshot(Sorted, {}, str(tmp_path), tmp_path).rows == 300_000
    assert opened == [False]


def test_the_limits_are_parts_of_the_real_memory_and_of_the_free_disk(tmp_path, memory, disk, monkeypatch):
    memory(10_000)
    disk(2**30)
    monkeypatch.setattr(database, "_physical_memory_mb", lambda: 1000)
    with closing(connect(tmp_path)) as connection:
        (limits,) = connection.execute(
            "SELECT current_setting('memory_limit'), current_setting('max_temp_directory_size'),"
            " current_setting('temp_directory')"
        ).fetchall()
    assert limits == ("333.7 MiB", "921.5 MiB", str(tmp_path / "spill"))


@pytest.fixture
def planned(tmp_path):
    """A report of one chunk of 3 MB, and a function that renders it as a format."""
    many = type("Many", (Numbers,), {"query": "select repeat(md5(range::varchar), 40) as n from range(2500)"})
    taken = take_snapshot(many, {}, str(tmp_path), tmp_path)

    def run(format):
        ready = plan_document(many, format, taken)
        manifest = ready.manifest("snapshots/a/b.parquet")
        return lambda path: render(many, format, manifest, manifest.chunks[0], str(taken.path), path)

    return run


@pytest.mark.parametrize("format", ["csv", "ndjson", "pdf"])
def test_a_chunk_that_the_memory_cannot_hold_is_too_large(format, planned, memory, tmp_path):
    render_chunk = planned(format)
    memory(3)
    with pytest.raises(TooLarge, match="A chunk of report type 'many' needs more memory"):
        render_chunk(tmp_path / "segment")


def test_a_chunk_that_the_disk_cannot_hold_is_too_large(planned, tmp_path):
    render_chunk = planned("pdf")
    (tmp_path / "segment").symlink_to("/dev/full")  # every write to it fails, because the device is full
    with pytest.raises(TooLarge, match="A chunk of report type 'many' needs more memory or disk"):
        render_chunk(tmp_path / "segment")


def test_a_layout_that_the_memory_cannot_hold_is_too_large(planned, memory):
    memory(3)
    with pytest.raises(TooLarge, match="The layout of a document of report type 'many' needs more memory"):
        planned("pdf")


@pytest.mark.parametrize("interval", ["-interval 90 minutes", "interval '-2 days'", "[-interval 1 month]"])
def test_a_negative_interval_is_a_value_like_any_other(interval, tmp_path):
    lasting = type("Lasting", (Numbers,), {"query": f"select {interval} as n"})
    snapshot = take_snapshot(lasting, {}, str(tmp_path), tmp_path)
    (expected,) = duckdb.sql(f"SELECT ({interval})::varchar").fetchone()
    assert duckdb.sql(f"SELECT n FROM '{snapshot.path}'").fetchall() == [(expected,)]
