"""The cost of a report: what it uses, multiplied by list prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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


def estimate(usage: Usage) -> Estimate:
    """Compute the bill of what a report uses."""
    lines = (
        Line("Step Functions transitions", usage.transitions, "", Price.TRANSITIONS),
        Line("Lambda, work", usage.compute_gb_s, "GB-s", Price.COMPUTE),
        Line("Lambda, cold starts", usage.start_gb_s, "GB-s", Price.COMPUTE),
        Line("Lambda requests", usage.invocations, "", Price.INVOCATIONS),
        Line("S3 PUT, COPY and POST requests", usage.s3_puts, "", Price.S3_PUT),
        Line("S3 GET and HEAD requests", usage.s3_gets, "", Price.S3_GET),
        Line("S3 storage", usage.storage_gb_months, "GB-months", Price.S3_STORAGE),
        Line("DynamoDB writes", usage.writes, "units", Price.WRITES),
        Line("DynamoDB reads", usage.reads, "units", Price.READS),
        Line("API Gateway requests", usage.api_requests, "", Price.API),
        Line("CloudWatch Logs", usage.log_bytes / 1e9, "GB", Price.LOGS),
        Line("X-Ray traces", usage.traces, "", Price.TRACES),
    )
    return Estimate(usage, lines, Line("Download to the internet", usage.document_bytes / 1e9, "GB", Price.TRANSFER))
