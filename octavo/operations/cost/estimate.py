"""The cost of a report: what it uses, multiplied by list prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from octavo.operations.cost import usage
from octavo.operations.cost.prices import Price
from octavo.operations.cost.usage import DAYS_OF_A_MONTH, Usage


@dataclass(frozen=True)
class Line:
    """One line of a bill."""

    item: str
    amount: float
    unit: str
    price: Price

    @property
    def usd(self) -> float:
        return self.amount * self.price.value.each


@dataclass(frozen=True)
class Estimate:
    """The bill of one report, and of one download of its document to the internet."""

    usage: Usage
    lines: tuple[Line, ...]
    download: Line

    @property
    def usd(self) -> float:
        """The cost of the report without its download."""
        return sum(line.usd for line in self.lines)

    @property
    def usd_at_half_speed(self) -> float:
        """The cost if each second of work and of a cold start took twice as long."""
        return self.usd + sum(line.usd for line in self.lines if line.price is Price.COMPUTE)

    def over(self, reports_per_day: int) -> Mapping[str, float]:
        """Return the cost of a day and of a month with so many reports."""
        return {"day": self.usd * reports_per_day, "month": self.usd * reports_per_day * DAYS_OF_A_MONTH}


def stack_month_usd() -> float:
    """Return what the stack's own alarms, dashboards and metrics cost in a month, whether reports run or not."""
    counts = {Price.ALARMS: usage.ALARMS, Price.DASHBOARDS: usage.DASHBOARDS, Price.METRICS: usage.METRICS}
    return sum(count * price.value.each for price, count in counts.items())


def estimate(used: Usage) -> Estimate:
    """Compute the bill of what a report uses."""
    lines = (
        Line("Step Functions transitions", used.transitions, "", Price.TRANSITIONS),
        Line("Lambda, work", used.compute_gb_s, "GB-s", Price.COMPUTE),
        Line("Lambda, cold starts", used.start_gb_s, "GB-s", Price.COMPUTE),
        Line("Lambda requests", used.invocations, "", Price.INVOCATIONS),
        Line("S3 PUT, COPY and POST requests", used.s3_puts, "", Price.S3_PUT),
        Line("S3 GET and HEAD requests", used.s3_gets, "", Price.S3_GET),
        Line("S3 storage", used.storage_gb_months, "GB-months", Price.S3_STORAGE),
        Line("DynamoDB writes", used.writes, "units", Price.WRITES),
        Line("DynamoDB reads", used.reads, "units", Price.READS),
        Line("API Gateway requests", used.api_requests, "", Price.API),
        Line("CloudWatch Logs", used.log_bytes / 1e9, "GB", Price.LOGS),
        Line("X-Ray traces", used.traces, "", Price.TRACES),
    )
    return Estimate(used, lines, Line("Download to the internet", used.document_bytes / 1e9, "GB", Price.TRANSFER))
