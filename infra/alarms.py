"""The alarms, and the SNS topic that they notify. docs/operations.md says of each what it means and what to do."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.limits import WATCH_EVERY_MINUTES, WORKFLOW_TIMEOUT_S
from infra.measurements import Measurements
from octavo.metrics import Metric

API_ERRORS = 5
FAILED_EXECUTIONS = 10
# Half of the time that a workflow may take. The report may still succeed, and there is time to look.
OLD_REPORT_S = WORKFLOW_TIMEOUT_S // 2


class Alarms(Construct):
    """The alarms `<stack>-<name>`, as `alarms`. They notify `topic`, an ARN or an e-mail address; None for nobody."""

    def __init__(self, scope: Construct, id: str, *, measurements: Measurements, topic: str | None) -> None:
        super().__init__(scope, id)
        self._stack_name = measurements.stack
        self._topic = self._topic_of(topic) if topic else None
        self.alarms = [
            self._alarm(
                "report-faults",
                measurements.octavo(Metric.FAULTS),
                1,
                "A report failed, and not because of its caller. GET /reports/{id} and the log of the function `fail` "
                "name the code.",
            ),
            self._alarm(
                "failed-executions",
                measurements.executions("ExecutionsFailed"),
                FAILED_EXECUTIONS,
                f"{FAILED_EXECUTIONS} or more workflows failed within five minutes, whatever the reason.",
            ),
            self._alarm(
                "undelivered-ends",
                measurements.waiting_ends(),
                1,
                "The end of a workflow could not be recorded. Its event is in the queue "
                f"{measurements.stack}-undelivered.",
            ),
            self._alarm(
                "api-errors",
                measurements.api("5xx"),
                API_ERRORS,
                f"The API answered {API_ERRORS} or more requests within five minutes with a server error.",
            ),
            self._alarm(
                "oldest-report",
                measurements.octavo(Metric.OLDEST_RUNNING_SECONDS, statistic="Maximum").with_(
                    period=cdk.Duration.minutes(3 * WATCH_EVERY_MINUTES)  # a late run of `watch` is no missing data
                ),
                OLD_REPORT_S,
                f"A report has been running for {OLD_REPORT_S // 60} minutes, half of the time that it has. Without "
                "data, the function `watch` does not run.",
                missing=cloudwatch.TreatMissingData.MISSING,
            ),
        ]

    def _alarm(
        self,
        name: str,
        metric: cloudwatch.IMetric,
        threshold: float,
        meaning: str,
        *,
        missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
    ) -> cloudwatch.Alarm:
        """Create an alarm that rings when the metric reaches the threshold. It also tells when that is over."""
        alarm = cloudwatch.Alarm(
            self,
            name,
            alarm_name=f"{self._stack_name}-{name}",
            alarm_description=f"{meaning} See docs/operations.md of Octavo.",
            metric=metric,
            threshold=threshold,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=missing,
        )
        if self._topic:
            notify = actions.SnsAction(self._topic)
            alarm.add_alarm_action(notify)
            alarm.add_ok_action(notify)
            if missing is cloudwatch.TreatMissingData.MISSING:
                alarm.add_insufficient_data_action(notify)
        return alarm

    def _topic_of(self, value: str) -> sns.ITopic:
        """Return the topic with this ARN, or a new one that sends e-mails to this address."""
        if value.startswith("arn:"):
            return sns.Topic.from_topic_arn(self, "Topic", value)
        topic = sns.Topic(self, "Topic", topic_name=f"{self._stack_name}-alarms", enforce_ssl=True)
        topic.add_subscription(subscriptions.EmailSubscription(value))
        # The statement that requires TLS replaces SNS's default policy, by which alarms of the account may publish.
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sns:Publish"],
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(self).account}},
            )
        )
        return topic
