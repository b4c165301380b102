"""CSV: the chunk step's rows a second beside the csv module, pandas, DuckDB and polars, one thread each.

Everybody reads the flights report's snapshot (Parquet, 336,776 rows, 13 columns) from this machine's disk and writes
it to a CSV file. The files must be equal, byte by byte, or there are no figures: so all write ISO 8601 times, as each
tool does that best.

- Octavo does what `functions/chunk` does, less S3: for each of the report's chunks it opens a database, closes it
  around its folder, finds the chunk's rows and writes them, with the formula guard, which nobody else has.
- The others do it in one go, with what they need already open.
"""

from __future__ import annotations

import csv
import statistics
import time
import zlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.figures import BenchmarkError, Figure, Tell, median_ratio
from benchmarks.workers import Workers

if TYPE_CHECKING:
    import duckdb

    from octavo.manifest import Manifest

ROUNDS = 9
ISO = "%Y-%m-%dT%H:%M:%S"
ONE_THREAD = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}
OTHERS = {
    "csv_module": "rows from DuckDB, 10,000 at a time, through csv.writer",
    "pandas": "DuckDB's df(), then to_csv",
    "duckdb": "COPY, without a guard",
    "polars": "read_parquet, then write_csv",
}


@dataclass(frozen=True)
class Snapshot:
    """The flights report's snapshot on this machine's disk, and its plan."""

    path: Path
    manifest: Manifest


def run(tell: Tell) -> list[Figure]:
    times: dict[str, list[float]] = {"octavo": [], **{name: [] for name in OTHERS}}
    with TemporaryDirectory(prefix="octavo-bench-") as folder, Workers("chunk", ONE_THREAD, bundled=False) as worker:
        tell("making the flights snapshot")
        snapshot = worker.call(make_snapshot, Path(folder))
        expected = 0
        for number in range(-1, ROUNDS):  # the first, which loads libraries, is not counted
            tell(f"round {number + 1} of {ROUNDS}")
            for name in _in_turn(list(times), number):
                seconds, crc32 = worker.call(write_once, name, snapshot)
                if crc32 != (expected := expected or crc32):
                    raise BenchmarkError(f"{name} did not write the same file as those before it.")
                if number >= 0:
                    times[name].append(seconds)
    return [
        *(
            Figure(f"csv.rows_vs_{name}", median_ratio(times[name], times["octavo"]), "x", f"Octavo's speed ÷ {how}")
            for name, how in OTHERS.items()
        ),
        *(
            Figure(f"csv.{name}_rows_per_s", snapshot.manifest.rows / statistics.median(spent), "rows/s", "one thread")
            for name, spent in times.items()
        ),
        Figure("csv.rows", snapshot.manifest.rows, "rows", "flights, 13 columns"),
    ]


def _in_turn(names: list[str], number: int) -> list[str]:
    """Begin each round with another: whoever comes after the largest eater of caches suffers."""
    first = number % len(names)
    return names[first:] + names[:first]


def make_snapshot(folder: Path) -> Snapshot:
    """Plan the flights report as CSV, as the plan step does, into `folder`."""
    from infra.local import EXAMPLE_DATA
    from octavo.database import connect
    from octavo.documents import format_named
    from octavo.manifest import Manifest, cut
    from octavo.parameters import bound_values
    from octavo.snapshot import read_rows, take_snapshot
    from reports.flights import Flights

    taken = take_snapshot(Flights, bound_values(Flights.Parameters()), str(EXAMPLE_DATA), folder)
    with closing(connect(folder, [str(folder)])) as connection:
        plan = format_named("csv").plan(read_rows(connection, Flights, str(taken.path)), taken.totals, Flights)
    chunks = cut(taken.rows, plan.chunk_rows)
    return Snapshot(taken.path, Manifest(taken.path.name, taken.rows, taken.totals, chunks, plan.layout))


def write_once(name: str, snapshot: Snapshot) -> tuple[float, int]:
    """Let one of them write the file; return the seconds, and the file's CRC-32."""
    write, path = WRITERS[name], snapshot.path.with_name("written.csv")
    begun = time.perf_counter()
    files = write(snapshot, path)
    seconds = time.perf_counter() - begun
    crc32 = 0
    for file in files:
        crc32 = zlib.crc32(file.read_bytes(), crc32)
        file.unlink()
    return seconds, crc32


def write_chunks(snapshot: Snapshot, path: Path) -> list[Path]:
    """Write the header and each chunk's segment to files beside `path`; return them in order."""
    from octavo.database import connect
    from octavo.documents import format_named
    from octavo.snapshot import read_rows
    from reports.flights import Flights

    format, folder, manifest = format_named("csv"), path.parent, snapshot.manifest
    files = [path.with_suffix(".head")]
    files[0].write_text(",".join(_names()) + "\n")
    for chunk in manifest.chunks:
        files.append(path.with_suffix(f".{chunk.number}"))
        with closing(connect(folder, [str(folder)])) as connection:
            rows = read_rows(connection, Flights, str(snapshot.path), chunk)
            format.write_segment(rows, chunk, manifest, Flights, files[-1])
    return files


def _csv_module(snapshot: Snapshot, path: Path) -> list[Path]:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_names())
        result = _duckdb_thread().execute(_select(snapshot))
        while rows := result.fetchmany(10_000):
            writer.writerows((scheduled.isoformat(), *rest) for scheduled, *rest in rows)
    return [path]


def _pandas(snapshot: Snapshot, path: Path) -> list[Path]:
    frame = _duckdb_thread().sql(_select(snapshot)).df()
    frame.to_csv(path, index=False, lineterminator="\n", date_format=ISO)
    return [path]


def _duckdb(snapshot: Snapshot, path: Path) -> list[Path]:
    options = f"FORMAT csv, HEADER, TIMESTAMPFORMAT '{ISO}'"
    _duckdb_thread().execute(f"COPY ({_select(snapshot)}) TO '{path}' ({options})")
    return [path]


def _polars(snapshot: Snapshot, path: Path) -> list[Path]:
    import polars  # type: ignore[import-not-found, unused-ignore]  # in the environment of `make bench` alone

    polars.read_parquet(snapshot.path, columns=_names()).write_csv(path, datetime_format=ISO)
    return [path]


WRITERS: dict[str, Callable[[Snapshot, Path], list[Path]]] = {
    "octavo": write_chunks,
    "csv_module": _csv_module,
    "pandas": _pandas,
    "duckdb": _duckdb,
    "polars": _polars,
}


@cache
def _duckdb_thread() -> duckdb.DuckDBPyConnection:
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    connection.execute("SET enable_progress_bar = false")
    return connection


def _select(snapshot: Snapshot) -> str:
    return f"SELECT {', '.join(_names())} FROM '{snapshot.path}'"


def _names() -> list[str]:
    from reports.flights import Flights

    return [column.name for column in Flights.columns]
