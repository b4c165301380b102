"""The rule that runs the function `watch` every few minutes."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from infra.functions import ReportFunction
from infra.limits import WATCH_EVERY_MINUTES


def run_regularly(scope: Construct, id: str, watch: ReportFunction) -> None:
    """Run `watch` again and again. A run that fails is not repeated, because the next one does the same."""
    events.Rule(
        scope,
        id,
        description="Measures how long the oldest report has been running, and ends reports past their deadline",
        schedule=events.Schedule.rate(cdk.Duration.minutes(WATCH_EVERY_MINUTES)),
        targets=[targets.LambdaFunction(watch.function, retry_attempts=0, max_event_age=cdk.Duration.minutes(1))],
    )
