"""PDF: rows per second of the chunk step, compared with reportlab, fpdf2 and typst on one thread; and the pipeline.

Octavo does what `functions/chunk` does, except for S3: for each chunk of the flights report it opens a database, finds
the rows in the snapshot (Parquet) and writes their pages with all 13 columns, a header on each page and shaded rows.

The other tools draw only the first PART rows, because all rows would take them minutes. Their speed for these rows
counts as their speed for all, which is an advantage for them: none of them gets faster per row as documents grow, and a
LongTable gets much slower, because it copies the rest of its rows at each page. They have the rows as texts, the
widths of the columns and their libraries loaded, and run in another process than Octavo. typst gets a new process each
time, because it remembers what it has laid out.

Every row must be on its page, otherwise there are no figures: pdfium counts the rows on all pages of the other tools,
and on every SAMPLE-th page of Octavo's document.
"""

from __future__ import annotations

import statistics
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import pdf_others
from benchmarks.figures import BenchmarkError, Figure, Tell, median_ratio
from benchmarks.pdf_documents import (
    ONE_THREAD,
    Planned,
    check_document,
    page_contents,
    plan,
    report_type,
    take,
    write,
    write_all,
)
from benchmarks.pdf_others import HOW
from benchmarks.workers import Usage, Workers, measured

ROUNDS = 5
PIPELINE_ROUNDS = 3
LARGE_CHUNK_ROWS = 100_000
AFRESH = {"typst"}


def run(tell: Tell) -> list[Figure]:
    speeds: dict[str, list[float]] = {"octavo": [], "wrapped": [], **{name: [] for name in HOW}}
    shares: list[float] = []
    with (
        TemporaryDirectory(prefix="octavo-bench-") as name,
        Workers("chunk", ONE_THREAD) as worker,
        Workers("chunk", ONE_THREAD) as others,
    ):
        folder = Path(name)
        tell("making the flights snapshot, and the documents to check")
        fixed, wrapped = worker.call(plan_both, folder)
        pages, wrapped_pages = (worker.call(write_and_check, planned) for planned in (fixed, wrapped))
        for number in range(-1, ROUNDS):  # the first round loads the libraries and is not counted
            tell(f"round {number + 1} of {ROUNDS}")
            found = {"octavo": worker.call(rows_per_s, fixed), "wrapped": worker.call(rows_per_s, wrapped)}
            share = worker.call(share_of_deflate, fixed)
            for other in HOW:
                found[other] = _other(other, others, fixed.snapshot, folder)
            if number >= 0:
                shares.append(share)
                for each, speed in found.items():
                    speeds[each].append(speed)
        tell(f"a chunk of {LARGE_CHUNK_ROWS:,} rows in a process of its own")
        with Workers("chunk", ONE_THREAD) as alone:
            size_bytes, usage = alone.call(large_chunk, fixed)
        dictionary = dictionary_columns(tell, folder)
        tell("the whole pipeline on a local stack")
        pipeline = _pipeline(folder)
    rows = fixed.manifest.rows
    longtable = rows / statistics.median(speeds["longtable"])
    return [
        *(
            Figure(
                f"pdf.rows_vs_{other}", median_ratio(speeds["octavo"], speeds[other]), "x", f"Octavo's speed ÷ {how}"
            )
            for other, how in HOW.items()
        ),
        *dictionary,
        Figure("pdf.wrap_cost", median_ratio(speeds["octavo"], speeds["wrapped"]), "x", "time with wrapping ÷ without"),
        Figure("pdf.share_of_deflate", statistics.median(shares), "", "of a chunk's time, for deflating its pages"),
        Figure("pdf.chunk_peak_mb", usage.peak_mb, "MB", f"of a process, a chunk of {LARGE_CHUNK_ROWS:,} rows"),
        Figure("pdf.pipeline_vs_longtable", longtable / pipeline, "x", "LongTable, scaled ÷ pipeline"),
        Figure("pdf.pipeline_seconds", pipeline, "s", "flights, submit to SUCCESS"),
        Figure("pdf.longtable_seconds", longtable, "s", "flights, scaled from a part"),
        Figure("pdf.rows_per_s", statistics.median(speeds["octavo"]), "rows/s", "one thread"),
        Figure("pdf.wrapped_rows_per_s", statistics.median(speeds["wrapped"]), "rows/s", "up to three lines"),
        *(Figure(f"pdf.{other}_rows_per_s", statistics.median(speeds[other]), "rows/s", "one thread") for other in HOW),
        Figure("pdf.bytes_per_row", size_bytes / LARGE_CHUNK_ROWS, "", "of a segment"),
        Figure("pdf.pages", pages, "", "flights, the cover included"),
        Figure("pdf.wrapped_pages", wrapped_pages, "", "the same, wrapped"),
        Figure("pdf.rows", rows, "rows", "flights, 13 columns"),
    ]


def plan_both(folder: Path) -> tuple[Planned, Planned]:
    """Plan flights as it is, and in columns so narrow that cells wrap."""
    taken = take("flights", folder)
    fixed, wrapped = plan("flights", taken), plan("narrow", taken)
    if not fixed.plan.layout.fixed or wrapped.plan.layout.fixed:
        raise BenchmarkError("Flights should fit its lines, and its narrow twin should not.")
    return fixed, wrapped


def write_and_check(planned: Planned) -> int:
    """Make the whole document once and check it; return its pages."""
    write_all(planned)
    return check_document(planned)


def rows_per_s(planned: Planned) -> float:
    """Write all chunks; return the rows a second."""
    begun = time.perf_counter()
    written = [write(planned, chunk).rows for chunk in planned.manifest.chunks]
    seconds = time.perf_counter() - begun
    if sum(written) != planned.manifest.rows:
        raise BenchmarkError(f"{sum(written):,} rows of {planned.manifest.rows:,} were written.")
    return planned.manifest.rows / seconds


def dictionary_columns(tell: Tell, folder: Path) -> list[Figure]:
    """Measure what dictionary columns bring: for flights, and for a table whose columns all have few values."""
    gains: dict[str, float] = {}
    with Workers("chunk", ONE_THREAD) as worker:
        for kind in ("flights", "codes"):
            planned = worker.call(plan_alone, kind, folder / f"dictionary-{kind}")
            pairs: list[tuple[float, float]] = []
            for number in range(-1, ROUNDS):
                tell(f"{kind} with and without dictionary columns, round {number + 1} of {ROUNDS}")
                pair = worker.call(rows_per_s, planned), worker.call(rows_per_s, planned.without_dictionary_columns())
                if number >= 0:
                    pairs.append(pair)
            gains[kind] = median_ratio(*zip(*pairs, strict=True))
            if kind == "flights":
                saved_s = statistics.median(planned.manifest.rows * (1 / slow - 1 / fast) for fast, slow in pairs)
                cost = worker.call(seconds_of_estimate, planned) / saved_s
    means = "speed with dictionary columns ÷ without"
    return [
        Figure("pdf.dictionary_columns_gain", gains["flights"], "x", f"flights: {means}"),
        Figure("pdf.dictionary_columns_gain_codes", gains["codes"], "x", f"columns of few values: {means}"),
        Figure("pdf.dictionary_columns_cost", cost, "", "flights: time to choose them at the plan ÷ time saved"),
    ]


def plan_alone(kind: str, folder: Path) -> Planned:
    """Take a snapshot into a folder of its own and plan its document."""
    folder.mkdir()
    return plan(kind, take(kind, folder))


def seconds_of_estimate(planned: Planned) -> float:
    """Choose the dictionary columns as the plan does; return the median seconds."""
    from octavo.data.database import connect
    from octavo.data.snapshot import read_rows
    from octavo.documents.pdf.table.dictionary import dictionary_columns as choose
    from octavo.formats import FORMATS

    folder, chosen, times = planned.snapshot.parent, report_type(planned.kind), []
    with closing(connect(folder)) as connection:
        rows = read_rows(connection, chosen, str(planned.snapshot))
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            choose(rows, chosen.columns, FORMATS["pdf"].chunk_rows)
            times.append(time.perf_counter() - begun)
    return statistics.median(times)


def share_of_deflate(planned: Planned) -> float:
    """Write a chunk, then deflate its pages once more; return the second time ÷ the first."""
    from isal import isal_zlib

    from octavo.documents.pdf.table.content import DEFLATE_LEVEL

    chunk = planned.manifest.chunks[0]
    begun = time.perf_counter()
    write(planned, chunk)
    whole = time.perf_counter() - begun
    pages = list(page_contents(planned, chunk))
    begun = time.perf_counter()
    for page in pages:
        isal_zlib.compress(page, DEFLATE_LEVEL)
    return (time.perf_counter() - begun) / whole


def large_chunk(planned: Planned) -> tuple[int, Usage]:
    """Write one chunk of LARGE_CHUNK_ROWS; return its size, and what it took."""
    from octavo.lifecycle.manifest import Chunk

    chunk = Chunk(0, 0, LARGE_CHUNK_ROWS)
    alone = replace(planned, manifest=replace(planned.manifest, chunks=(chunk,)))
    _, usage = measured(lambda: write(alone, chunk))
    return planned.segment(chunk).stat().st_size, usage


def _other(name: str, worker: Workers, snapshot: Path, folder: Path) -> float:
    if name not in AFRESH:
        return worker.call(pdf_others.rows_per_s, name, snapshot, folder)
    with Workers("chunk", ONE_THREAD) as fresh:
        return fresh.call(pdf_others.rows_per_s, name, snapshot, folder)


def _pipeline(folder: Path) -> float:
    """Return the median seconds from submit to SUCCESS of flights as PDF, on a warm local stack of its own."""
    from infra.local import Stack
    from octavo.client import Client
    from octavo.lifecycle.report import Status

    times = []
    with Stack(folder / "stack") as deployment, Client(deployment.api_url) as client:
        for number in range(-1, PIPELINE_ROUNDS):
            begun = time.time()
            report = client.wait(client.submit("flights", format="pdf", force=True).id)
            if report.status is not Status.SUCCESS or report.finished_at is None or report.document is None:
                raise BenchmarkError(f"The flights report ended as {report.status}: {report.error}.")
            if number >= 0:
                times.append(report.finished_at.timestamp() - begun)
    return statistics.median(times)
