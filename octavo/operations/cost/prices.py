"""The list prices that the estimate assumes: on demand, without free tiers and discounts, in USD, in us-east-1.

Prices change, and other regions have others. Change them here; `octavo cost --prices` prints this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

REGION = "us-east-1"
READ_ON = "2026-11-24"


@dataclass(frozen=True)
class PriceEntry:
    """The price of `per` units. `source` is where AWS publishes it; `read_in` is the page where it was read."""

    item: str
    usd: float
    per: int
    unit: str
    source: str
    read_in: str

    @property
    def each(self) -> float:
        return self.usd / self.per


class Price(Enum):
    """Everything that a report is charged for."""

    TRANSITIONS = PriceEntry(
        "Step Functions",
        0.025,
        1_000,
        "state transitions (standard)",
        "https://aws.amazon.com/step-functions/pricing/",
        "https://aws.amazon.com/step-functions/pricing/",
    )
    COMPUTE = PriceEntry(
        "Lambda duration",
        0.0000133334,
        1,
        "GB-second (arm64)",
        "https://aws.amazon.com/lambda/pricing/",
        "https://cloudchipr.com/blog/aws-lambda-pricing",
    )
    INVOCATIONS = PriceEntry(
        "Lambda requests",
        0.20,
        1_000_000,
        "requests",
        "https://aws.amazon.com/lambda/pricing/",
        "https://git.mcrn.ar/mariano/lambda_local_runner/src/commit/957e45b8adae23ce50b966346229585b5df18b4d/docs/"
        "lambdas-md/lambda-13-cost.md",
    )
    S3_PUT = PriceEntry(
        "S3 PUT, COPY, POST",
        0.005,
        1_000,
        "requests",
        "https://aws.amazon.com/s3/pricing/",
        "https://www.cloudkaramchari.com/blog/understanding-per-1000-put-copy-post-or-list-requests-in-amazon-s3-pricing/",
    )
    S3_GET = PriceEntry(
        "S3 GET, HEAD",
        0.0004,
        1_000,
        "requests",
        "https://aws.amazon.com/s3/pricing/",
        "several public repositories that quote the page",
    )
    S3_STORAGE = PriceEntry(
        "S3 storage",
        0.023,
        1,
        "GB-month (Standard)",
        "https://aws.amazon.com/s3/pricing/",
        "https://gist.github.com/EverettBerry/a37438006529a55f42da6fdbc44a505c",
    )
    WRITES = PriceEntry(
        "DynamoDB writes",
        0.625,
        1_000_000,
        "write request units (on demand)",
        "https://aws.amazon.com/dynamodb/pricing/on-demand/",
        "https://airbyte.com/data-engineering-resources/dynamodb-pricing",
    )
    READS = PriceEntry(
        "DynamoDB reads",
        0.125,
        1_000_000,
        "read request units (on demand)",
        "https://aws.amazon.com/dynamodb/pricing/on-demand/",
        "https://airbyte.com/data-engineering-resources/dynamodb-pricing",
    )
    API = PriceEntry(
        "API Gateway",
        1.00,
        1_000_000,
        "requests (HTTP API)",
        "https://aws.amazon.com/api-gateway/pricing/",
        "https://docs.aws.amazon.com/pt_br/whitepapers/latest/best-practices-api-gateway-private-apis-integration/"
        "cost-optimization.html",
    )
    LOGS = PriceEntry(
        "CloudWatch Logs",
        0.50,
        1,
        "GB ingested",
        "https://aws.amazon.com/cloudwatch/pricing/",
        "https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/",
    )
    TRACES = PriceEntry(
        "X-Ray",
        5.00,
        1_000_000,
        "traces recorded",
        "https://aws.amazon.com/xray/pricing/",
        "https://aws.amazon.com/de/xray/pricing/",
    )
    TRANSFER = PriceEntry(
        "Transfer to the internet",
        0.09,
        1,
        "GB (first 10 TB a month)",
        "https://aws.amazon.com/ec2/pricing/on-demand/#Data_Transfer",
        "https://www.egresscost.com/aws",
    )
    METRICS = PriceEntry(
        "CloudWatch metrics",
        0.30,
        1,
        "custom metric and month",
        "https://aws.amazon.com/cloudwatch/pricing/",
        "https://signoz.io/guides/cloudwatch-pricing",
    )
    ALARMS = PriceEntry(
        "CloudWatch alarms",
        0.10,
        1,
        "alarm metric and month",
        "https://aws.amazon.com/cloudwatch/pricing/",
        "https://signoz.io/guides/cloudwatch-pricing",
    )
    DASHBOARDS = PriceEntry(
        "CloudWatch dashboards",
        3.00,
        1,
        "dashboard and month",
        "https://aws.amazon.com/cloudwatch/pricing/",
        "https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/",
    )
