"""The dashboard `<stack>-reports`: what an operator wants to see, from top to bottom.

alarms         which of them ring now
Reports        how many are requested, and how they end
Time           how long reports, their steps and the API take
Errors         what fails, and where
Capacity       whether AWS Lambda runs as much as Octavo asks for
Cost drivers   what the bill is computed from
"""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.measurements import PERIOD, Measurements
from octavo.metrics import Metric

WIDTH = 24  # of a dashboard
HEIGHT = 6


class Dashboard(Construct):
    """The dashboard of a stack, with the state of its `alarms`."""

    def __init__(
        self, scope: Construct, id: str, *, measurements: Measurements, alarms: Sequence[cloudwatch.IAlarm]
    ) -> None:
        super().__init__(scope, id)
        self._measured = measurements
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=f"{measurements.stack}-reports",
            default_interval=cdk.Duration.hours(24),
            widgets=[
                [cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(alarms), width=WIDTH, height=2)],
                *_row("Reports", self._reports()),
                *_row("Time", self._time()),
                *_row("Errors", self._errors()),
                *_row("Capacity", self._capacity()),
                *_row("Cost drivers", self._cost_drivers()),
            ],
        )

    def _reports(self) -> list[cloudwatch.IWidget]:
        octavo = self._measured.octavo
        return [
            _graph(
                "Requests for reports",
                octavo(Metric.SUBMITTED, "all requests"),
                octavo(Metric.SHARED, "answered with an existing report"),
            ),
            _graph("Ended reports, by code", self._measured.ended_by_code()),
            _graph("Rows in documents", octavo(Metric.ROWS, "rows")),
            _graph("Bytes in documents", octavo(Metric.BYTES, "bytes")),
        ]

    def _time(self) -> list[cloudwatch.IWidget]:
        octavo = self._measured.octavo
        steps = {"plan": Metric.PLAN_SECONDS, "chunk": Metric.CHUNK_SECONDS, "merge": Metric.MERGE_SECONDS}
        return [
            _graph(
                "Seconds from the request to the document",
                octavo(Metric.REPORT_SECONDS, "half of the reports", "p50"),
                octavo(Metric.REPORT_SECONDS, "nine of ten", "p90"),
                octavo(Metric.REPORT_SECONDS, "slowest", "Maximum"),
            ),
            _graph("Seconds of a step (nine of ten)", *(octavo(metric, step, "p90") for step, metric in steps.items())),
            _graph(
                "Age of the oldest running report (seconds)",
                octavo(Metric.OLDEST_RUNNING_SECONDS, "oldest", "Maximum"),
            ),
            _graph(
                "Milliseconds of a call of the API",
                self._measured.api("Latency", "half of the calls", "p50"),
                self._measured.api("Latency", "99 of 100", "p99"),
            ),
        ]

    def _errors(self) -> list[cloudwatch.IWidget]:
        measured = self._measured
        return [
            _graph(
                "Failed reports and workflows",
                measured.octavo(Metric.FAULTS, "reports, not because of their callers"),
                measured.executions("ExecutionsFailed", "workflows failed"),
                measured.executions("ExecutionsTimedOut", "workflows timed out"),
                measured.executions("ExecutionsAborted", "workflows stopped"),
            ),
            _graph(
                "Errors of the API",
                measured.api("5xx", "server errors (5xx)"),
                measured.api("4xx", "refused requests (4xx)"),
            ),
            _graph("Attempts that failed, by function", *measured.every_function("Errors")),
            _graph("Ends that could not be recorded", measured.waiting_ends("undelivered ends")),
        ]

    def _capacity(self) -> list[cloudwatch.IWidget]:
        measured = self._measured
        return [
            _graph(
                "Functions that run at the same time",
                measured.function("chunk", "ConcurrentExecutions", "chunks", "Maximum"),
                measured.account("ConcurrentExecutions", "all functions of the account", "Maximum"),
            ),
            _graph("Calls that had to wait (throttles), by function", *measured.every_function("Throttles")),
            _graph(
                "Attempts at chunks",
                measured.function("chunk", "Invocations", "attempts"),
                measured.function("chunk", "Errors", "failed: tried again, unless the report failed"),
            ),
            _graph(
                "Table: writes and reads that had to wait",
                measured.table_use("WriteThrottleEvents", "writes"),
                measured.table_use("ReadThrottleEvents", "reads"),
            ),
        ]

    def _cost_drivers(self) -> list[cloudwatch.IWidget]:
        measured = self._measured
        return [
            _graph("Milliseconds of functions, together", *measured.every_function("Duration")),
            _graph(
                "Workflows and chunks",
                measured.executions("ExecutionsStarted", "workflows"),
                measured.chunk_executions("ExecutionsStarted", "chunks"),
                measured.api("Count", "calls of the API"),
            ),
            _graph(
                "Table: consumed units",
                measured.table_use("ConsumedWriteCapacityUnits", "writes"),
                measured.table_use("ConsumedReadCapacityUnits", "reads"),
            ),
            _graph("Size of the bucket", measured.stored_bytes(), period=cdk.Duration.days(1)),
        ]


def _row(title: str, widgets: list[cloudwatch.IWidget]) -> list[list[cloudwatch.IWidget]]:
    """Return a heading and, below it, four widgets side by side."""
    return [[cloudwatch.TextWidget(markdown=f"## {title}", width=WIDTH, height=1)], widgets]


def _graph(title: str, *metrics: cloudwatch.IMetric, period: cdk.Duration = PERIOD) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(
        title=title,
        left=list(metrics),
        left_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
        period=period,
        width=WIDTH // 4,
        height=HEIGHT,
    )
