"""The metrics of all functions, in CloudWatch's embedded metric format.

A function prints a metric as a line of JSON. CloudWatch Logs reads it from the function's log and adds it to the
metrics of the account: there is no call to wait for, and no permission to give.

    submit             ReportsSubmitted, ReportsShared
    plan, chunk, merge PlanSeconds, ChunkSeconds, MergeSeconds: how long the step took, if it succeeded
    Reports.end        ReportsEnded by Code; ReportFaults; and for a success Rows, Bytes, ReportSeconds
    watch              OldestRunningSeconds

Every metric has the dimension `Stack`, and ReportsEnded also has `Code`. Each combination is a metric that AWS charges
for, so there are few. No metric contains an owner, a parameter, an ID, a row or a link.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import ParamSpec, TypeVar

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

from octavo.codes import Code
from octavo.lifecycle.report import Report
from octavo.settings import settings

NAMESPACE = "Octavo"
# Failures that a caller causes, and that an operator does not have to look into.
CAUSED_BY_CALLERS = frozenset({Code.CANCELLED, Code.TOO_LARGE})

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Metric(StrEnum):
    """The name of a metric in CloudWatch."""

    SUBMITTED = "ReportsSubmitted"
    SHARED = "ReportsShared"
    ENDED = "ReportsEnded"
    FAULTS = "ReportFaults"
    ROWS = "Rows"
    BYTES = "Bytes"
    PLAN_SECONDS = "PlanSeconds"
    CHUNK_SECONDS = "ChunkSeconds"
    MERGE_SECONDS = "MergeSeconds"
    REPORT_SECONDS = "ReportSeconds"
    OLDEST_RUNNING_SECONDS = "OldestRunningSeconds"

    @property
    def unit(self) -> MetricUnit:
        if self is Metric.BYTES:
            return MetricUnit.Bytes
        return MetricUnit.Seconds if self.endswith("Seconds") else MetricUnit.Count


def count_submission(*, shared: bool) -> None:
    """Count an accepted request for a report. `shared` says that an existing report answers it."""
    _emit({Metric.SUBMITTED: 1, Metric.SHARED: int(shared)})


def count_end(report: Report) -> None:
    """Count a report that has just ended, by its code: SUCCESS or that of its failure."""
    code = str(report.failure.code if report.failure else report.status)
    _emit({Metric.ENDED: 1}, Code=code)
    _emit({Metric.FAULTS: int(report.failure is not None and code not in CAUSED_BY_CALLERS)})
    if report.document and report.finished_at:
        seconds = (report.finished_at - report.created_at).total_seconds()
        rows, size_bytes = report.document.rows, report.document.size_bytes
        _emit({Metric.ROWS: rows, Metric.BYTES: size_bytes, Metric.REPORT_SECONDS: seconds})


def measure_oldest(age: timedelta) -> None:
    """Record how long the oldest running report has been running."""
    _emit({Metric.OLDEST_RUNNING_SECONDS: age.total_seconds()})


def timed(metric: Metric) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """Measure how long a step takes. A step that fails is not measured: Lambda itself counts errors."""

    def wrap(step: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        @functools.wraps(step)
        def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
            begun = time.perf_counter()
            result = step(*args, **kwargs)
            _emit({metric: time.perf_counter() - begun})
            return result

        return run

    return wrap


def _emit(values: Mapping[Metric, float], **dimensions: str) -> None:
    """Print the metrics as one line. Their dimensions are the stack and `dimensions`."""
    # With `service` empty, Powertools adds no dimension of its own.
    line = AmazonCloudWatchEMFProvider(namespace=NAMESPACE, service="")
    for name, value in {"Stack": settings.stack, **dimensions}.items():
        line.add_dimension(name, value)
    for metric, number in values.items():
        line.add_metric(metric, metric.unit, number)
    line.flush_metrics()
