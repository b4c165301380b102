"""CSV: rows per second of the chunk step, the csv module, pandas, DuckDB and polars, on one thread each.

Each tool reads the snapshot of the flights report (Parquet, 336,776 rows, 13 columns) from this machine's disk and
writes it to a CSV file. The files must be equal byte by byte, or there are no figures. All tools therefore write ISO
8601 times, each in the way that is best for it.

- Octavo does what `functions/chunk` does, except for S3. For each of the report's chunks it opens a database, restricts
  it to its folder, finds the rows of the chunk and writes them with the protection against formulas. The other tools
  have no such protection.
- The others write everything in one go, with everything they need already open.
"""

from __future__ import annotations

import csv
import statistics
import time
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.figures import BenchmarkError, Figure, Tell, median_ratio
from benchmarks.steps import new_report
from benchmarks.workers import Workers

if TYPE_CHECKING:
    import duckdb

    from octavo.pipeline.make import Workspace

ROUNDS = 9
ISO = "%Y-%m-%dT%H:%M:%S"
ONE_THREAD = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}
OTHERS = {
    "csv_module": "rows from DuckDB, 10,000 at a time, through csv.writer",
    "pandas": "DuckDB's df(), then to_csv",
    "duckdb": "COPY, without protection against formulas",
    "polars": "read_parquet, then write_csv",
}


def run(tell: Tell) -> list[Figure]:
    times: dict[str, list[float]] = {"octavo": [], **{name: [] for name in OTHERS}}
    with TemporaryDirectory(prefix="octavo-bench-") as folder, Workers("chunk", ONE_THREAD, bundled=False) as worker:
        tell("taking the snapshot of the flights report")
        flights = worker.call(plan_flights, Path(folder))
        expected = 0
        for number in range(-1, ROUNDS):  # the first round loads libraries and is not counted
            tell(f"round {number + 1} of {ROUNDS}")
            for name in in_turn(list(times), number):
                seconds, crc32 = worker.call(write_once, name, flights)
                if crc32 != (expected := expected or crc32):
                    raise BenchmarkError(f"{name} did not write the same file as the tools before it.")
                if number >= 0:
                    times[name].append(seconds)
    return [
        *(
            Figure(f"csv.rows_vs_{name}", median_ratio(times[name], times["octavo"]), "x", f"Octavo's speed ÷ {how}")
            for name, how in OTHERS.items()
        ),
        *(
            Figure(f"csv.{name}_rows_per_s", flights.manifest.rows / statistics.median(spent), "rows/s", "one thread")
            for name, spent in times.items()
        ),
        Figure("csv.rows", flights.manifest.rows, "rows", "flights, 13 columns"),
    ]


def in_turn(names: list[str], number: int) -> list[str]:
    """Begin each round with a different tool, because the tool that fills the caches slows the next one down."""
    first = number % len(names)
    return names[first:] + names[:first]


def plan_flights(folder: Path, format: str = "csv") -> Workspace:
    """Plan the flights report in `folder`, as the plan step does."""
    from infra.local import EXAMPLE_DATA
    from octavo.authoring.parameters import decoded
    from octavo.pipeline.make import workspace
    from octavo.pipeline.plan import plan
    from reports.flights import Flights

    report = new_report("flights", format)
    planned = plan(Flights, report.format, decoded(report.bound), str(EXAMPLE_DATA), folder)
    return workspace(report, Flights, planned, folder)


def write_once(name: str, flights: Workspace) -> tuple[float, int]:
    """Let one tool write the file; return the seconds and the CRC-32 of the file."""
    write, path = WRITERS[name], flights.snapshot.with_name("written.csv")
    begun = time.perf_counter()
    files = write(flights, path)
    seconds = time.perf_counter() - begun
    crc32 = 0
    for file in files:
        crc32 = zlib.crc32(file.read_bytes(), crc32)
        file.unlink()
    return seconds, crc32


def write_chunks(flights: Workspace, path: Path) -> list[Path]:
    """Write the header to a file next to `path`, and each chunk's segment to its own file; return them in order."""
    header = path.with_suffix(".head")
    header.write_text(",".join(names()) + "\n")
    return [header, *(flights.segment_path(flights.render(chunk).number) for chunk in flights.manifest.chunks)]


def _csv_module(flights: Workspace, path: Path) -> list[Path]:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names())
        result = duckdb_thread().execute(select(flights))
        while rows := result.fetchmany(10_000):
            writer.writerows((scheduled.isoformat(), *rest) for scheduled, *rest in rows)
    return [path]


def _pandas(flights: Workspace, path: Path) -> list[Path]:
    frame = duckdb_thread().sql(select(flights)).df()
    frame.to_csv(path, index=False, lineterminator="\n", date_format=ISO)
    return [path]


def _duckdb(flights: Workspace, path: Path) -> list[Path]:
    options = f"FORMAT csv, HEADER, TIMESTAMPFORMAT '{ISO}'"
    duckdb_thread().execute(f"COPY ({select(flights)}) TO '{path}' ({options})")
    return [path]


def _polars(flights: Workspace, path: Path) -> list[Path]:
    import polars  # type: ignore[import-not-found, unused-ignore]  # only in the environment of `make bench`

    polars.read_parquet(flights.snapshot, columns=names()).write_csv(path, datetime_format=ISO)
    return [path]


WRITERS: dict[str, Callable[[Workspace, Path], list[Path]]] = {
    "octavo": write_chunks,
    "csv_module": _csv_module,
    "pandas": _pandas,
    "duckdb": _duckdb,
    "polars": _polars,
}


@cache
def duckdb_thread() -> duckdb.DuckDBPyConnection:
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    connection.execute("SET enable_progress_bar = false")
    return connection


def select(flights: Workspace) -> str:
    return f"SELECT {', '.join(names())} FROM '{flights.snapshot}'"


def names() -> list[str]:
    from reports.flights import Flights

    return [column.name for column in Flights.columns]
