"""JSON, NDJSON, Parquet and compressed CSV: rows per second of the chunk step beside DuckDB's COPY and Python's gzip.

As in `benchmarks.csv_rows`, every tool reads the snapshot of the flights report from this machine's disk, on one
thread. Octavo does what `functions/chunk` does, except for S3; the others have everything they need already open. The
documents must contain the same rows, or there are no figures: DuckDB reads both back, and counts the rows that only one
of them has.
"""

from __future__ import annotations

import gzip
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.csv_rows import ONE_THREAD, duckdb_thread, in_turn, names, plan_flights, select
from benchmarks.figures import BenchmarkError, Figure, Tell, median_ratio
from benchmarks.workers import Workers
from octavo.pipeline.make import Workspace

ROUNDS = 9
READERS = {
    "json": "read_json('{}', maximum_object_size = 1000000000)",
    "ndjson": "read_json('{}', format = 'newline_delimited')",
    "parquet": "read_parquet('{}')",
    "csv.gz": "read_csv('{}', all_varchar = true)",
}
COPIES = {"json": "FORMAT json, ARRAY true", "ndjson": "FORMAT json", "parquet": "FORMAT parquet, COMPRESSION zstd"}
MEANS = {
    "json": ("json.rows_vs_duckdb", "Octavo's speed ÷ COPY as a JSON array"),
    "ndjson": ("ndjson.rows_vs_duckdb", "Octavo's speed ÷ COPY as NDJSON"),
    "parquet": ("parquet.rows_vs_duckdb", "Octavo's speed ÷ COPY as Parquet with zstd"),
    "csv.gz": ("csv_gz.rows_vs_gzip", "Octavo's speed ÷ COPY as CSV, then Python's gzip at its level 6"),
}


def run(tell: Tell) -> list[Figure]:
    figures: list[Figure] = []
    for format, (key, means) in MEANS.items():
        times: dict[str, list[float]] = {"octavo": [], "other": []}
        with (
            TemporaryDirectory(prefix="octavo-bench-") as folder,
            Workers("chunk", ONE_THREAD, bundled=False) as worker,
        ):
            flights = worker.call(plan_flights, Path(folder), format)
            for number in range(-1, ROUNDS):  # the first round loads libraries and is not counted
                tell(f"{format}, round {number + 1} of {ROUNDS}")
                for name in in_turn(list(times), number):
                    seconds = worker.call(write_once, name, flights)
                    if number >= 0:
                        times[name].append(seconds)
            worker.call(compare, flights)
        figures.append(Figure(key, median_ratio(times["other"], times["octavo"]), "x", means))
        per_second = flights.manifest.rows / statistics.median(times["octavo"])
        figures.append(Figure(f"{key.partition('.')[0]}.octavo_rows_per_s", per_second, "rows/s", "one thread"))
    return figures


def write_once(name: str, flights: Workspace) -> float:
    """Let Octavo write the segments, or the other tool its file; return the seconds."""
    begun = time.perf_counter()
    WRITERS[name](flights)
    return time.perf_counter() - begun


def compare(flights: Workspace) -> None:
    """Check that both documents have the same rows. Raises BenchmarkError."""
    flights.assemble([flights.render(chunk) for chunk in flights.manifest.chunks])
    reader = READERS[flights.report.format]
    one, other = (f"(FROM {reader.format(path)})" for path in (flights.document_path, _other_path(flights)))
    for missing in (f"{one} EXCEPT ALL {other}", f"{other} EXCEPT ALL {one}"):
        found = duckdb_thread().execute(f"SELECT count(*) FROM ({missing})").fetchone()
        if found != (0,):
            raise BenchmarkError(f"{flights.report.format}: {found} rows are only in one of the two documents.")


def _octavo(flights: Workspace) -> None:
    for chunk in flights.manifest.chunks:
        flights.render(chunk)


def _other(flights: Workspace) -> None:
    path = _other_path(flights)
    if options := COPIES.get(flights.report.format):
        duckdb_thread().execute(f"COPY ({select(flights)}) TO '{path}' ({options})")
        return
    plain = path.with_suffix(".plain")
    columns = ", ".join(("replace(scheduled::varchar, ' ', 'T') AS scheduled", *names()[1:]))
    duckdb_thread().execute(f"COPY (SELECT {columns} FROM '{flights.snapshot}') TO '{plain}' (FORMAT csv, HEADER)")
    with plain.open("rb") as source, gzip.open(path, "wb", compresslevel=6) as target:
        while block := source.read(1024**2):
            target.write(block)


def _other_path(flights: Workspace) -> Path:
    return flights.snapshot.with_name(f"other.{flights.report.format}")


WRITERS: dict[str, Callable[[Workspace], None]] = {"octavo": _octavo, "other": _other}
