"""Memory and time of 1, 3 and 10 million rows: each deployed handler in processes of its own.

Plan, chunk and merge run with the memory setting that their functions have, against the emulator's S3 and DynamoDB,
which keep their data in a process that is not counted. The chunks are rendered by two warm workers, the peak is the
higher one's. The finished document is read by polars, and every row of it held against the trip it must be.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

from benchmarks import steps
from benchmarks.emulated import BUCKET, Emulated, emulated_aws
from benchmarks.figures import BenchmarkError, Figure, Tell, millions
from benchmarks.report_types import trips
from benchmarks.workers import Usage, Workers

ROWS = (1_000_000, 3_000_000, 10_000_000)
CHUNK_WORKERS = 2
MERGES = 3


def run(tell: Tell) -> list[Figure]:
    figures = []
    merges = {}
    for rows in ROWS:
        with emulated_aws() as aws:
            found, merges[rows] = _measure(aws, rows, tell)
            figures += found
    few, many = merges[ROWS[0]], merges[ROWS[-1]]
    sizes = f"{millions(ROWS[-1])}_vs_{millions(ROWS[0])}"
    return [
        *figures,
        Figure(f"merge.time_{sizes}", _seconds(many) / _seconds(few), "x", "time of the merge with ten times the rows"),
        Figure(f"merge.cpu_{sizes}", _cpu(many) / _cpu(few), "x", "of which in the merge's own process"),
        Figure(f"merge.peak_{sizes}", _peak(many) / _peak(few), "x", "memory of the merge with ten times the rows"),
        Figure(f"merge.peak_mb_{millions(ROWS[-1])}", _peak(many), "MB", "memory of the merge"),
    ]


def _measure(aws: Emulated, rows: int, tell: Tell) -> tuple[list[Figure], list[Usage]]:
    """Take a report of `rows` rows through the handlers; return its figures and the merges."""
    size = millions(rows)
    tell(f"{size}: generating {rows:,} trips")
    with Workers("plan", aws.environment) as worker:
        source = worker.call(generate, aws.folder, rows)
        report_id = worker.call(steps.enrol, "trips")
    aws.s3.upload_file(str(source), BUCKET, "data/trips.parquet")
    source.unlink()
    tell(f"{size}: plan")
    with Workers("plan", aws.environment) as worker:
        work, planned = worker.call(steps.plan, report_id)
    rendered = []
    with Workers("chunk", aws.environment, count=CHUNK_WORKERS) as workers:
        for number, usage in enumerate(workers.map(steps.render, work), start=1):
            rendered.append(usage)
            if number % 10 == 0 or number == len(work):
                tell(f"{size}: {number} of {len(work)} chunks")
    tell(f"{size}: merge")
    with Workers("merge", aws.environment) as worker:
        merges = [worker.call(steps.merge, report_id)]
        key = worker.call(steps.document_key, report_id)
        merges += [worker.call(steps.merge_again, report_id) for _ in range(MERGES - 1)]
    tell(f"{size}: reading the document")
    document = aws.folder / "document.csv"
    aws.s3.download_file(BUCKET, key, str(document))
    size_bytes = document.stat().st_size
    with Workers("plan", aws.environment, bundled=False) as worker:
        if fault := worker.call(find_fault, document, rows):
            raise BenchmarkError(f"The document of {rows:,} rows is wrong: {fault}.")
    return [
        Figure(f"memory.plan_peak_mb_{size}", planned.peak_mb, "MB", "most memory the plan had"),
        Figure(f"memory.chunk_peak_mb_{size}", _peak(rendered), "MB", f"of a chunk, {len(work)} of them"),
        Figure(f"memory.merge_peak_mb_{size}", _peak(merges), "MB", "of the merge"),
        Figure(f"memory.document_mb_{size}", size_bytes / 1e6, "MB", "the document, checked row by row"),
        Figure(f"plan.seconds_{size}", planned.seconds, "s", "plan: read, sort, snapshot"),
        Figure(f"chunk.seconds_{size}", _seconds(rendered), "s", "a chunk, two at a time"),
        Figure(f"merge.seconds_{size}", _seconds(merges), "s", "merge"),
        Figure(f"merge.cpu_seconds_{size}", _cpu(merges), "s", "of which in the merge's own process"),
    ], merges


def _peak(usages: Sequence[Usage]) -> float:
    return max(usage.peak_mb for usage in usages)


def _seconds(usages: Sequence[Usage]) -> float:
    return statistics.median(usage.seconds for usage in usages)


def _cpu(usages: Sequence[Usage]) -> float:
    return statistics.median(usage.cpu_seconds for usage in usages)


def generate(folder: Path, rows: int) -> Path:
    """Write the source file into `folder`."""
    path = folder / "trips.parquet"
    trips.generate(rows, path)
    return path


def find_fault(document: Path, rows: int) -> str | None:
    """Read the document with polars and say what is wrong with it, if anything.

    The trips are in the order of their numbers, and all but their made-up hashes follow from those. A value that is
    missing where there must be one is a fault as well.
    """
    import polars as pl  # type: ignore[import-not-found, unused-ignore]  # in the environment of `make bench` alone

    trip = pl.int_range(pl.len())
    number = trip.cast(pl.String)
    companies = pl.Series(trips.COMPANIES)
    started = pl.datetime(2024, 1, 1) + pl.duration(seconds=trip * 3)
    right = {
        "trip": number,
        "started": started.dt.strftime("%Y-%m-%dT%H:%M:%S"),
        "company": pl.lit(companies).gather(trip % len(companies)),
        "remark": pl.when(trip % 10 == 1).then("'=trip " + number).otherwise(pl.col("remark")),  # with the guard
    }
    cents = (pl.col("fare").cast(pl.Float64) * 100).round().cast(pl.Int64)
    read = pl.scan_csv(document, infer_schema=False).select(
        pl.len().alias("rows"),
        *(pl.col(name).ne_missing(value).sum() for name, value in right.items()),
        cents.ne_missing(300 + trip * 37 % 9700).sum().alias("fare"),
        (pl.col("tip").is_null() != (trip % 3 == 0)).sum().alias("tip"),
        (pl.col("remark").is_null() != (trip % 10 == 0)).sum().alias("remark's absence"),
    )
    found = read.collect().row(0, named=True)
    if found["rows"] != rows:
        return f"it has {found['rows']:,} rows"
    return next((f"{count:,} rows fail in {what}" for what, count in found.items() if what != "rows" and count), None)
