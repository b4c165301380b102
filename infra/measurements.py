"""The metrics that the alarms and the dashboard read: those that Octavo prints, and those that AWS measures anyway.

A metric has a label on the dashboard, and none in an alarm: with a label, CDK writes the alarm as an expression, which
the local emulator does not support.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

from octavo.metrics import NAMESPACE, Metric

PERIOD = cdk.Duration.minutes(5)
MAP_LABEL = "chunks"


@dataclass(frozen=True)
class Measurements:
    """The metrics of one stack. `functions` has the full names of the functions by their short names."""

    stack: str
    functions: Mapping[str, str]
    api_id: str
    machine_arn: str
    table: dynamodb.ITable
    bucket: s3.IBucket
    undelivered: sqs.IQueue

    def octavo(self, metric: Metric, label: str | None = None, statistic: str = "Sum") -> cloudwatch.Metric:
        """Return a metric that Octavo's functions print."""
        return _metric(NAMESPACE, metric, label, statistic, {"Stack": self.stack})

    def ended_by_code(self) -> cloudwatch.MathExpression:
        """Return one line for each code that reports ended with."""
        search = f'{{{NAMESPACE},Code,Stack}} MetricName="{Metric.ENDED}" Stack="{self.stack}"'
        return cloudwatch.MathExpression(
            expression=f"SEARCH('{search}', 'Sum', {PERIOD.to_seconds():.0f})",
            label="${PROP('Dim.Code')}",
            using_metrics={},
            period=PERIOD,
        )

    def api(self, name: str, label: str | None = None, statistic: str = "Sum") -> cloudwatch.Metric:
        return _metric("AWS/ApiGateway", name, label, statistic, {"ApiId": self.api_id})

    def function(self, function: str, name: str, label: str | None = None, statistic: str = "Sum") -> cloudwatch.Metric:
        return _metric("AWS/Lambda", name, label, statistic, {"FunctionName": self.functions[function]})

    def every_function(self, name: str, statistic: str = "Sum") -> list[cloudwatch.Metric]:
        return [self.function(function, name, function, statistic) for function in self.functions]

    def account(self, name: str, label: str, statistic: str) -> cloudwatch.Metric:
        """Return a metric of all functions of the account and region together."""
        return _metric("AWS/Lambda", name, label, statistic, {})

    def executions(self, name: str, label: str | None = None) -> cloudwatch.Metric:
        """Return a metric of the workflow's own executions; those of its chunks are not among them."""
        return _metric("AWS/States", name, label, "Sum", {"StateMachineArn": self.machine_arn})

    def chunk_executions(self, name: str, label: str) -> cloudwatch.Metric:
        """Return a metric of the executions of chunks, whose state machine has the label of the map in its ARN."""
        return _metric("AWS/States", name, label, "Sum", {"StateMachineArn": f"{self.machine_arn}/{MAP_LABEL}"})

    def waiting_ends(self, label: str | None = None) -> cloudwatch.Metric:
        return self.undelivered.metric_approximate_number_of_messages_visible(
            statistic="Maximum", period=PERIOD, label=label
        )

    def table_use(self, name: str, label: str) -> cloudwatch.Metric:
        return _metric("AWS/DynamoDB", name, label, "Sum", {"TableName": self.table.table_name})

    def stored_bytes(self) -> cloudwatch.Metric:
        """Return the size of the bucket, which S3 measures once a day."""
        dimensions = {"BucketName": self.bucket.bucket_name, "StorageType": "StandardStorage"}
        return _metric("AWS/S3", "BucketSizeBytes", "bytes in the bucket", "Average", dimensions, cdk.Duration.days(1))


def _metric(
    namespace: str,
    name: str,
    label: str | None,
    statistic: str,
    dimensions: Mapping[str, str],
    period: cdk.Duration = PERIOD,
) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=str(name),
        label=label,
        statistic=statistic,
        dimensions_map=dict(dimensions),
        period=period,
    )
