"""Pipeline: what the API and the workflow add to the work of a report's steps, on a separate local stack.

The deployed template runs on the emulator, and it is warm. The wall time of a report begins before the request is sent
and ends with the report's `finished_at`. It includes the API, the table, the workflow and the function calls. The same
rounds also measure:

- its own work: the handlers of plan, chunk and merge, called one after another in warm processes. They have the memory
  of the functions, the same S3, and the stack's number of chunks at a time, but no API, workflow or table.
- one copy: one DuckDB COPY writes the rows of the query to a local CSV file, without Octavo.
"""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import steps
from benchmarks.emulated import of_deployment
from benchmarks.figures import BenchmarkError, Figure, Tell, median_ratio, millions
from benchmarks.report_types import trips
from benchmarks.workers import Workers
from infra.local import EXAMPLE_DATA, LOCAL_MAX_CONCURRENCY, ROOT, Stack
from octavo.client import Client
from octavo.lifecycle.report import Status

ROUNDS = {"flights": 7, "trips": 3}
TRIPS = 1_000_000


@dataclass(frozen=True)
class Times:
    """The seconds of one round."""

    pipeline: float
    own: float
    one_copy: float


def run(tell: Tell) -> list[Figure]:
    with TemporaryDirectory(prefix="octavo-bench-") as name:
        folder = Path(name)
        tell(f"generating {TRIPS:,} trips")
        data, reports = _sources(folder)
        tell("deploying the template on a local stack")
        with _stages(folder, data, reports) as stages:
            flights, rows = _rounds(stages, "flights", tell)
            many, _ = _rounds(stages, "trips", tell)
    size = millions(TRIPS)
    overhead = "wall time ÷ time of the steps' work"
    return [
        Figure("pipeline.overhead", _overhead(flights), "x", f"{overhead}, flights, {rows:,} rows"),
        Figure(f"pipeline.overhead_{size}", _overhead(many), "x", f"{overhead}, {TRIPS:,} trips"),
        Figure("pipeline.vs_one_copy", _copies(flights), "x", "wall time ÷ one DuckDB COPY, flights"),
        Figure(f"pipeline.vs_one_copy_{size}", _copies(many), "x", f"wall time ÷ one DuckDB COPY, {TRIPS:,} trips"),
        Figure("pipeline.seconds", _median(flights, "pipeline"), "s", "flights, from submit to SUCCESS"),
        Figure(f"pipeline.seconds_{size}", _median(many, "pipeline"), "s", f"{TRIPS:,} trips, from submit to SUCCESS"),
        Figure("pipeline.own_seconds", _median(flights, "own"), "s", "flights, work of the steps"),
        Figure(f"pipeline.own_seconds_{size}", _median(many, "own"), "s", f"{TRIPS:,} trips, work of the steps"),
    ]


def _overhead(times: list[Times]) -> float:
    return median_ratio([each.pipeline for each in times], [each.own for each in times])


def _copies(times: list[Times]) -> float:
    return median_ratio([each.pipeline for each in times], [each.one_copy for each in times])


def _median(times: list[Times], field: str) -> float:
    return float(statistics.median(getattr(each, field) for each in times))


def _sources(folder: Path) -> tuple[Path, Path]:
    """Copy the data of the example and of the benchmark to one folder, and their report types to another."""
    data, reports = folder / "data", folder / "reports"
    shutil.copytree(EXAMPLE_DATA, data)
    shutil.copytree(ROOT / "reports", reports)
    shutil.copy(trips.__file__, reports)
    with Workers("plan", {}) as worker:
        worker.call(trips.generate, TRIPS, data / "trips.parquet")
    return data, reports


@dataclass(frozen=True)
class _Stages:
    """The client of the local stack and, for the same work without the stack, warm workers of each function."""

    client: Client
    plan: Workers
    chunk: Workers
    merge: Workers
    data: Path


@contextmanager
def _stages(folder: Path, data: Path, reports: Path) -> Iterator[_Stages]:
    work = folder / "work"
    work.mkdir()
    with ExitStack() as stack:
        deployment = stack.enter_context(Stack(folder / "stack", data=data, reports=reports))
        environment = of_deployment(deployment, work)
        yield _Stages(
            stack.enter_context(Client(deployment.api_url)),
            stack.enter_context(Workers("plan", environment)),
            stack.enter_context(Workers("chunk", environment, count=LOCAL_MAX_CONCURRENCY)),
            stack.enter_context(Workers("merge", environment)),
            data,
        )


def _rounds(stages: _Stages, name: str, tell: Tell) -> tuple[list[Times], int]:
    """Measure each way in turn; return the times of the rounds and the rows of the report."""
    times = []
    for number in range(-1, ROUNDS[name]):  # the first round warms up and is not counted
        tell(f"{name}: round {number + 1} of {ROUNDS[name]}")
        pipeline, rows = _whole(stages.client, name)
        round_times = Times(pipeline, _own(stages, name, rows), stages.plan.call(one_copy, name, stages.data))
        if number >= 0:
            times.append(round_times)
    return times, rows


def _whole(client: Client, name: str) -> tuple[float, int]:
    """Make the report on the stack; return the seconds and the rows."""
    begun = time.time()
    report = client.wait(client.submit(name, force=True).id)
    if report.status is not Status.SUCCESS or report.finished_at is None or report.document is None:
        raise BenchmarkError(f"The report {name!r} ended as {report.status}: {report.error}.")
    return report.finished_at.timestamp() - begun, report.document.rows


def _own(stages: _Stages, name: str, rows: int) -> float:
    """Do the work of the report's steps without the stack; return the seconds."""
    report = steps.new_report(name)
    begun = time.perf_counter()
    work, _ = stages.plan.call(steps.plan, report.id, report)
    for _ in stages.chunk.map(steps.render, work):
        pass
    stages.merge.call(steps.merge, report.id, report)
    seconds = time.perf_counter() - begun
    if (planned := sum(each.chunk.rows for each in work)) != rows:
        raise BenchmarkError(f"The steps of {name!r} produced {planned:,} rows, but the pipeline {rows:,}.")
    return seconds


def one_copy(name: str, data: Path) -> float:
    """Write the ordered rows of the query to one CSV file; return the seconds."""
    import duckdb

    from octavo.data.sources import create_view

    report_type = steps.report_types()[name]
    columns = ", ".join(column.name for column in report_type.columns)
    begun = time.perf_counter()
    with TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        for source, file in report_type.sources.items():
            create_view(connection, source, file, str(data))
        rows = f"SELECT {columns} FROM ({report_type.query}) ORDER BY {', '.join(report_type.order_by)}"
        target = f"'{folder}/{name}.csv' (FORMAT csv, HEADER)"
        parameters = report_type.Parameters().model_dump()
        connection.execute(f"COPY ({rows}) TO {target}", parameters)
    return time.perf_counter() - begun
