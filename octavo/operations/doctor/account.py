"""The stack in its AWS account, read with the operator's own credentials.

This module is the only one of the doctor that calls AWS beside the API. Every refusal becomes CheckSkipped, which names
the call: docs/deploy.md has a policy that allows them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from octavo.client.endpoint import EXECUTE_API_HOST
from octavo.operations.doctor.finding import CheckSkipped
from octavo.operations.doctor.local_stack import LocalStack

POLICY = "The policy for operators in docs/deploy.md allows all calls of the doctor."
FUNCTIONS = ("submit", "status", "manage", "plan", "admit", "chunk", "merge", "fail", "watch")


@dataclass(frozen=True)
class Concurrency:
    """How many functions may run at the same time.

    `limit` is the account's, and `unreserved` is the part of it that no function has reserved. `reserved` is what the
    function `chunk` has reserved; `capacity` is the option of the deployment. Both are None if they are not set.
    """

    limit: int
    unreserved: int
    reserved: int | None
    capacity: int | None


@dataclass(frozen=True)
class Account:
    """The resources of the stack `name`, whose outputs are `outputs`."""

    name: str
    session: boto3.Session
    endpoint_url: str | None = None
    outputs: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def find(cls, name: str, api_url: str, region: str | None, local: LocalStack | None) -> Account:
        """Find the stack that serves `api_url`. Raises CheckSkipped if it cannot be read, or serves another API."""
        key = local.key if local else None
        host = EXECUTE_API_HOST.fullmatch(urlsplit(api_url).hostname or "")
        named = local.region if local else region or (host["region"] if host else None)
        with _refusals("" if local else POLICY):
            session = boto3.Session(key, key, region_name=named)
            account = cls(name, session, local.endpoint_url if local else None)
            if session.region_name is None:
                raise CheckSkipped("The region of the stack is not known.", "Use --sign REGION, or set AWS_REGION.")
            (stack,) = account.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())}
        serves = outputs.get("ApiUrl", "").rstrip("/")
        if serves != api_url.rstrip("/"):
            raise CheckSkipped(
                f"The stack '{name}' in {session.region_name} serves {serves or 'no API'}, and not {api_url}.",
                "Name the right stack with --stack, and its region with --sign.",
            )
        return cls(name, session, account.endpoint_url, outputs)

    @property
    def _policy(self) -> str:
        """What to do if a call is refused; the emulator of a local stack has no policies to change."""
        return "" if self.endpoint_url else POLICY

    def client(self, service: str) -> Any:
        config = Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=5, read_timeout=15)
        return self.session.client(service, endpoint_url=self.endpoint_url, config=config)  # type: ignore[call-overload]  # typed for fixed names only

    def stop_execution(self, name: str) -> None:
        """Stop an execution as a person would in the console. If it has ended, nothing changes."""
        execution = self.outputs["StateMachineArn"].replace(":stateMachine:", ":execution:", 1) + f":{name}"
        with _refusals(self._policy):
            self.client("stepfunctions").stop_execution(
                executionArn=execution, error="DOCTOR", cause="Stopped by `octavo doctor`"
            )

    def concurrency(self) -> Concurrency:
        """Read how many functions may run at the same time, and how many of them may render chunks."""
        functions = self.client("lambda")
        with _refusals(self._policy):
            limit = functions.get_account_settings()["AccountLimit"]
            reserved = functions.get_function_concurrency(FunctionName=f"{self.name}-chunk")
            plan = functions.get_function_configuration(FunctionName=f"{self.name}-plan")
        capacity = plan.get("Environment", {}).get("Variables", {}).get("OCTAVO_CAPACITY")
        return Concurrency(
            limit["ConcurrentExecutions"],
            limit["UnreservedConcurrentExecutions"],
            reserved.get("ReservedConcurrentExecutions"),
            int(capacity) if capacity else None,
        )

    def throttles(self, last: timedelta) -> dict[str, int]:
        """Count the throttled calls of each function in the time `last`; functions without any are left out."""
        now = datetime.now(UTC)
        queries = [
            {
                "Id": name,
                "MetricStat": {
                    "Metric": {
                        "Namespace": "AWS/Lambda",
                        "MetricName": "Throttles",
                        "Dimensions": [{"Name": "FunctionName", "Value": f"{self.name}-{name}"}],
                    },
                    "Period": int(last.total_seconds()),
                    "Stat": "Sum",
                },
            }
            for name in FUNCTIONS
        ]
        with _refusals(self._policy):
            answer = self.client("cloudwatch").get_metric_data(
                MetricDataQueries=queries, StartTime=now - last, EndTime=now
            )
        counts = {result["Id"]: int(sum(result["Values"])) for result in answer["MetricDataResults"]}
        return {name: count for name, count in counts.items() if count}

    def alarms(self) -> dict[str, str]:
        """Return the state of each alarm whose name begins with the stack's."""
        with _refusals(self._policy):
            pages = self.client("cloudwatch").get_paginator("describe_alarms")
            found = [
                alarm
                for page in pages.paginate(
                    AlarmNamePrefix=f"{self.name}-", AlarmTypes=["MetricAlarm", "CompositeAlarm"]
                )
                for kind in ("MetricAlarms", "CompositeAlarms")
                for alarm in page.get(kind, ())
            ]
        return {alarm["AlarmName"]: alarm["StateValue"] for alarm in found}

    def undelivered(self) -> int:
        """Count the messages in the queue of events that could not be recorded."""
        queues = self.client("sqs")
        wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        with _refusals(self._policy):
            url = queues.get_queue_url(QueueName=f"{self.name}-undelivered")["QueueUrl"]
            counted = queues.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)["Attributes"]
        return sum(int(counted.get(name, 0)) for name in wanted)


def caller_arn() -> str:
    """Return the ARN of the credentials, which AWS tells everybody about their own."""
    with _refusals(POLICY):
        return str(boto3.client("sts").get_caller_identity()["Arn"])


@contextmanager
def _refusals(policy: str) -> Iterator[None]:
    """Turn the errors of boto3 into CheckSkipped: what cannot be read is not wrong with the deployment."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown")
        raise CheckSkipped(f"AWS refused {error.operation_name} ({code}).", policy) from error
    except BotoCoreError as error:
        raise CheckSkipped(
            f"AWS cannot be asked: {str(error).rstrip('.')}.", "Set AWS_PROFILE and AWS_REGION."
        ) from error
