"""Real handlers on moto's server: boto3 and DuckDB both reach it over HTTP, as they reach AWS."""

import importlib
import json
import logging
import os
import re
import time
from dataclasses import dataclass, field

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer

from octavo.http.calls import routes

REGION, TABLE, BUCKET = "eu-west-1", "reports", "octavo-test"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "OCTAVO_TABLE": TABLE,
    "OCTAVO_BUCKET": BUCKET,
    "OCTAVO_DATA_ROOT": f"s3://{BUCKET}/data",
    "OCTAVO_API_URL": "https://reports.example",
    "OCTAVO_AUTH": "iam",
    "OCTAVO_LINK_LIFETIME_S": "900",
    "OCTAVO_DEADLINE_S": "3900",
    "OCTAVO_MAX_RUNNING": "50",
    "OCTAVO_CAPACITY": "10",
    "OCTAVO_RETENTION_S": "604800",
    "OCTAVO_STATE_MACHINE_ARN": f"arn:aws:states:{REGION}:123456789012:stateMachine:octavo-reports",
}
FUNCTIONS = ("submit", "status", "manage", "plan", "admit", "chunk", "merge", "fail", "watch")
INDEXES = {"by_owner": ("owner", "created_at"), "running_by_caller": ("running_for", "deadline")}
ANNA = "arn:aws:sts::123456789012:assumed-role/Anna/session"
BEN = "arn:aws:iam::123456789012:user/Ben"


logging.getLogger("werkzeug").setLevel(logging.WARNING)


@dataclass
class Answer:
    status: int
    headers: dict
    body: dict


@dataclass
class Octavo:
    """The functions, called as AWS would call them."""

    handlers: dict
    s3: object
    dynamodb: object
    states: object
    bucket: str = BUCKET
    table: str = TABLE
    environment: dict = field(default_factory=lambda: ENVIRONMENT)

    def call(self, method, path, body=None, caller=ANNA, headers=None, **event):
        answer = self.answer(method, path, body, caller, headers, **event)
        headers = answer.get("headers", {}) | {
            name: values[0] for name, values in answer.get("multiValueHeaders", {}).items()
        }
        return Answer(answer["statusCode"], headers, json.loads(answer["body"]) if answer.get("body") else {})

    def answer(self, method, path, body=None, caller=ANNA, headers=None, **event):
        """Return what the function returns to Lambda."""
        path, _, query = path.partition("?")
        base = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": {"content-type": "application/json"} | (headers or {}),
            "requestContext": {
                "http": {"method": method, "path": path},
                "stage": "$default",
                "timeEpoch": int(time.time() * 1000),
                "authorizer": {"iam": {"userArn": caller}},
            },
            "isBase64Encoded": False,
        }
        event = base | event | {"requestContext": base["requestContext"] | event.get("requestContext", {})}
        if body is not None:
            event["body"] = body if isinstance(body, str) else json.dumps(body)
        return self.handlers[self.function_of(method, path)](event, None)

    def function_of(self, method, path):
        """Find the function as the HTTP API does, by its routes; what has none goes to `status`."""
        for routed, pattern, function in routes():
            if routed == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path):
                return function
        return "status"

    def submit(self, type="letters", caller=ANNA, headers=None, received=None, **request):
        """Submit a report. `received` is the time when API Gateway received the request, in seconds; by default now."""
        about = {} if received is None else {"timeEpoch": int(received * 1000)}
        return self.call("POST", "/reports", {"type": type, **request}, caller, headers, requestContext=about)

    def cancel(self, report_id, caller=ANNA):
        return self.call("POST", f"/reports/{report_id}/cancel", caller=caller)

    def delete(self, report_id, caller=ANNA):
        return self.call("DELETE", f"/reports/{report_id}", caller=caller)

    def status(self, report_id, caller=ANNA):
        return self.call("GET", f"/reports/{report_id}", caller=caller)

    def plan(self, report_id):
        planned = self.handlers["plan"]({"report_id": report_id}, None)
        return json.loads(self.s3.get_object(Bucket=BUCKET, Key=planned["chunks_key"])["Body"].read())

    def admit(self, report_id):
        return self.handlers["admit"]({"report_id": report_id}, None)

    def chunk(self, report_id, chunk):
        event = {"report_id": report_id, "chunk": chunk}
        return self.handlers["chunk"](event, None)

    def merge(self, report_id):
        return self.handlers["merge"]({"report_id": report_id}, None)

    def fail(self, event):
        return self.handlers["fail"](event, None)

    def watch(self):
        return self.handlers["watch"]({}, None)

    def run(self, report_id):
        """Do what the workflow does when nothing goes wrong."""
        for chunk in self.plan(report_id):
            self.chunk(report_id, chunk)
        self.merge(report_id)
        return self.status(report_id).body

    def keys(self, prefix=""):
        return [each["Key"] for each in self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])]

    def put(self, key, body):
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)

    def executions(self):
        return self.states.list_executions(stateMachineArn=ENVIRONMENT["OCTAVO_STATE_MACHINE_ARN"])["executions"]


@pytest.fixture(scope="session")
def server():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def handlers(server):
    """Import the functions as a cold start does: with their environment set."""
    os.environ.update(ENVIRONMENT, AWS_ENDPOINT_URL=server)
    catalogue = importlib.import_module("octavo.authoring.catalogue")
    catalogue.PACKAGE = "tests.functional.reports"
    return {name: importlib.import_module(f"functions.{name}.handler").handler for name in FUNCTIONS}


def _keys(partition, sort):
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


@pytest.fixture(scope="session")
def clients(handlers):
    """Return clients of S3, DynamoDB and Step Functions; creating them takes as long as all else a test prepares."""
    return [boto3.client(name, region_name=REGION) for name in ("s3", "dynamodb", "stepfunctions")]


@pytest.fixture
def octavo(server, handlers, clients):
    """The functions before an empty table, an empty bucket and a workflow that only remembers its executions."""
    requests.post(f"{server}/moto-api/reset", timeout=10)
    s3, dynamodb, states = clients
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", *sum(INDEXES.values(), ()))
        ],
        KeySchema=_keys("pk", "sk"),
        GlobalSecondaryIndexes=[
            {"IndexName": index, "KeySchema": _keys(*names), "Projection": {"ProjectionType": "ALL"}}
            for index, names in INDEXES.items()
        ],
    )
    passes = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}}
    role = "arn:aws:iam::123456789012:role/states"
    states.create_state_machine(name="octavo-reports", definition=json.dumps(passes), roleArn=role)
    made = Octavo(handlers, s3, dynamodb, states)
    made.put("data/letters.csv", "letter,number\n" + "".join(f"{chr(97 + n % 26)},{n}\n" for n in range(1000)))
    return made
