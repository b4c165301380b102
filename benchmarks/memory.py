"""Memory and time for 1, 3 and 10 million rows, with each deployed handler in its own processes.

Plan, chunk and merge run with the memory setting of their functions, against the emulator's S3 and DynamoDB. The
emulator stores its data in a process that is not counted. Two warm workers render the chunks; the peak is that of the
larger one. polars then reads the finished document and compares every row with the trip that is expected.
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
        Figure(
            f"merge.time_{sizes}",
            _seconds(many) / _seconds(few),
            "x",
            "time of the merge at ten times the rows ÷ at one",
        ),
        Figure(f"merge.cpu_{sizes}", _cpu(many) / _cpu(few), "x", "the same for the merge's own processor time"),
        Figure(
            f"merge.peak_{sizes}", _peak(many) / _peak(few), "x", "memory of the merge at ten times the rows ÷ at one"
        ),
        Figure(f"merge.peak_mb_{millions(ROWS[-1])}", _peak(many), "MB", "memory of the merge"),
    ]


def _measure(aws: Emulated, rows: int, tell: Tell) -> tuple[list[Figure], list[Usage]]:
    """Run a report of `rows` rows through the handlers; return its figures and the usage of each merge."""
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
        Figure(f"memory.plan_peak_mb_{size}", planned.peak_mb, "MB", "peak memory of the plan"),
        Figure(
            f"memory.chunk_peak_mb_{size}", _peak(rendered), "MB", f"peak memory of a chunk, over {len(work)} chunks"
        ),
        Figure(f"memory.merge_peak_mb_{size}", _peak(merges), "MB", "peak memory of the merge"),
        Figure(
            f"memory.document_mb_{size}", size_bytes / 1e6, "MB", "size of the document, which was checked row by row"
        ),
        Figure(f"plan.seconds_{size}", planned.seconds, "s", "plan: read, sort and store the snapshot"),
        Figure(f"chunk.seconds_{size}", _seconds(rendered), "s", "one chunk, with two at the same time"),
        Figure(f"merge.seconds_{size}", _seconds(merges), "s", "merge"),
        Figure(f"merge.cpu_seconds_{size}", _cpu(merges), "s", "processor time of the merge's own process"),
    ], merges


def _peak(usages: Sequence[Usage]) -> float:
    return max(usage.peak_mb for usage in usages)


def _seconds(usages: Sequence[Usage]) -> float:
    return statistics.median(usage.seconds for usage in usages)


def _cpu(usages: Sequence[Usage]) -> float:
    return statistics.median(usage.cpu_seconds for usage in usages)


def generate(folder: Path, rows: int) -> Path:
    """Write the source file to `folder`."""
    path = folder / "trips.parquet"
    trips.generate(rows, path)
    return path


def find_fault(document: Path, rows: int) -> str | None:
    """Read the document with polars. Return what is wrong with it, or None.

    The trips are in the order of their numbers, and all their values follow from these numbers, except those that are
    made from hashes. A missing value is a fault too.
    """
    import polars as pl  # type: ignore[import-not-found, unused-ignore]  # only in the environment of `make bench`

    trip = pl.int_range(pl.len())
    number = trip.cast(pl.String)
    companies = pl.Series(trips.COMPANIES)
    started = pl.datetime(2024, 1, 1) + pl.duration(seconds=trip * 3)
    right = {
        "trip": number,
        "started": started.dt.strftime("%Y-%m-%dT%H:%M:%S"),
        "company": pl.lit(companies).gather(trip % len(companies)),
        "remark": pl.when(trip % 10 == 1)
        .then("'=trip " + number)
        .otherwise(pl.col("remark")),  # protected against formulas
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
        return f"it contains {found['rows']:,} rows"
    return next(
        (f"{count:,} rows are wrong in {what}" for what, count in found.items() if what != "rows" and count), None
    )
