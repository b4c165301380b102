"""The policy for operators in docs/deploy.md allows exactly the calls that the doctor makes."""

import json
import re
from datetime import timedelta
from pathlib import Path

import boto3
from botocore.client import BaseClient

from octavo.operations.doctor.account import Account

PAGE = (Path(__file__).parents[3] / "docs/deploy.md").read_text()
ANSWERS = {
    "DescribeStacks": {"Stacks": [{"Outputs": [{"OutputKey": "ApiUrl", "OutputValue": "https://api.example"}]}]},
    "GetAccountSettings": {"AccountLimit": {"ConcurrentExecutions": 1, "UnreservedConcurrentExecutions": 1}},
    "GetFunctionConfiguration": {},
    "GetMetricData": {"MetricDataResults": []},
    "GetQueueUrl": {"QueueUrl": "https://q"},
    "GetQueueAttributes": {"Attributes": {}},
}


def test_the_policy_for_operators_allows_exactly_the_calls_of_the_doctor(monkeypatch):
    called = set()

    def call(client, operation, parameters):
        service = client.meta.service_model.signing_name
        called.add(f"{'cloudwatch' if service == 'monitoring' else service}:{operation}")
        return ANSWERS.get(operation, {})

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    monkeypatch.setattr(
        boto3, "Session", lambda *keys, region_name: boto3.session.Session("x", "x", region_name=region_name)
    )
    Account.find("Octavo", "https://api.example", "eu-central-1", None)
    outputs = {"StateMachineArn": "arn:aws:states:eu-central-1:123456789012:stateMachine:Octavo-reports"}
    account = Account("Octavo", boto3.session.Session("x", "x", region_name="eu-central-1"), outputs=outputs)
    account.stop_execution("octavo-self-test-csv-1")
    account.concurrency()
    account.throttles(timedelta(hours=1))
    account.alarms()
    account.undelivered()

    (policy,) = [
        json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL) if "OctavoDoctor" in text
    ]
    allowed = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert allowed == called
