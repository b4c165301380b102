"""Pipeline: what the way of a report adds to its work, on a local stack of its own.

The deployed template runs on the emulator, warm. A report's wall time is from the moment before the request is sent
to the report's `finished_at`: API, table, workflow, function calls and all. Beside it, in the same rounds:

- its own work: the handlers of plan, chunk and merge called one after another, the chunks as many at a time as the
  stack does, in warm processes with the functions' memory and the same S3; no API, no workflow, no table.
- one copy: the query's rows written by one DuckDB COPY to a local CSV file: a script with nothing of Octavo.
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
    """Seconds of one round."""

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
    overhead = "wall time ÷ the work of its steps"
    return [
        Figure("pipeline.overhead", _overhead(flights), "x", f"{overhead}, flights, {rows:,} rows"),
        Figure(f"pipeline.overhead_{size}", _overhead(many), "x", f"{overhead}, {TRIPS:,} trips"),
        Figure("pipeline.vs_one_copy", _copies(flights), "x", "wall time ÷ one DuckDB COPY, flights"),
        Figure(f"pipeline.vs_one_copy_{size}", _copies(many), "x", f"wall time ÷ one DuckDB COPY, {TRIPS:,} trips"),
        Figure("pipeline.seconds", _median(flights, "pipeline"), "s", "flights, submit to SUCCESS"),
        Figure(f"pipeline.seconds_{size}", _median(many, "pipeline"), "s", f"{TRIPS:,} trips, submit to SUCCESS"),
        Figure("pipeline.own_seconds", _median(flights, "own"), "s", "flights, the work of its steps"),
        Figure(f"pipeline.own_seconds_{size}", _median(many, "own"), "s", f"{TRIPS:,} trips, the work of its steps"),
    ]


def _overhead(times: list[Times]) -> float:
    return median_ratio([each.pipeline for each in times], [each.own for each in times])


def _copies(times: list[Times]) -> float:
    return median_ratio([each.pipeline for each in times], [each.one_copy for each in times])


def _median(times: list[Times], field: str) -> float:
    return float(statistics.median(getattr(each, field) for each in times))


def _sources(folder: Path) -> tuple[Path, Path]:
    """Lay the example's and the benchmark's data in one folder, and their report types in another."""
    data, reports = folder / "data", folder / "reports"
    shutil.copytree(EXAMPLE_DATA, data)
    shutil.copytree(ROOT / "reports", reports)
    shutil.copy(trips.__file__, reports)
    with Workers("plan", {}) as worker:
        worker.call(trips.generate, TRIPS, data / "trips.parquet")
    return data, reports


@dataclass(frozen=True)
class _Stages:
    """The local stack's client and, for the same work without the stack, warm workers of each function."""

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
    """Time each way in turn; return the rounds' times and the report's rows."""
    times = []
    for number in range(-1, ROUNDS[name]):  # the first warms up and is not counted
        tell(f"{name}: round {number + 1} of {ROUNDS[name]}")
        pipeline, rows = _whole(stages.client, name)
        round_times = Times(pipeline, _own(stages, name, rows), stages.plan.call(one_copy, name, stages.data))
        if number >= 0:
            times.append(round_times)
    return times, rows


def _whole(client: Client, name: str) -> tuple[float, int]:
    """Have the stack make the report; return the seconds it took, and its rows."""
    begun = time.time()
    report = client.wait(client.submit(name, force=True).id)
    if report.status is not Status.SUCCESS or report.finished_at is None or report.document is None:
        raise BenchmarkError(f"The report {name} ended as {report.status}: {report.error}.")
    return report.finished_at.timestamp() - begun, report.document.rows


def _own(stages: _Stages, name: str, rows: int) -> float:
    """Do the work of the report's steps without the stack; return the seconds it took."""
    report = steps.new_report(name)
    begun = time.perf_counter()
    work, _ = stages.plan.call(steps.plan, report.id, report)
    for _ in stages.chunk.map(steps.render, work):
        pass
    stages.merge.call(steps.merge, report.id, report)
    seconds = time.perf_counter() - begun
    if (planned := sum(each.chunk.rows for each in work)) != rows:
        raise BenchmarkError(f"The steps of {name} made {planned:,} rows, the pipeline {rows:,}.")
    return seconds


def one_copy(name: str, data: Path) -> float:
    """Write the query's rows, in their order, to one CSV file; return the seconds it took."""
    import duckdb

    report_type = steps.report_types()[name]
    columns = ", ".join(column.name for column in report_type.columns)
    begun = time.perf_counter()
    with TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        for source, file in report_type.sources.items():
            connection.execute(f"CREATE VIEW {source} AS FROM '{file.located(str(data))}'")
        rows = f"SELECT {columns} FROM ({report_type.query}) ORDER BY {', '.join(report_type.order_by)}"
        target = f"'{folder}/{name}.csv' (FORMAT csv, HEADER)"
        parameters = report_type.Parameters().model_dump()
        connection.execute(f"COPY ({rows}) TO {target}", parameters)
    return time.perf_counter() - begun
