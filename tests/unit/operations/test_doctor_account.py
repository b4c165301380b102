"""What the doctor reads of the stack in its account: calls and answers as the service models describe them."""

import json
from datetime import timedelta

import boto3
import pytest
from botocore.stub import ANY, Stubber

from octavo.operations.doctor.account import Account, Concurrency
from octavo.operations.doctor.finding import CheckSkipped
from octavo.operations.doctor.local_stack import LocalStack, local_stack

MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:Octavo-reports"
EXECUTION = "arn:aws:states:eu-central-1:123456789012:execution:Octavo-reports:octavo-self-test-csv-1"
API = "https://abc.execute-api.eu-central-1.amazonaws.com"


@pytest.fixture
def stubs(monkeypatch):
    """Give the account clients whose answers are prepared, and which check them against the service models."""
    made = {}

    def stub(service):
        if service not in made:
            client = boto3.client(
                service, region_name="eu-central-1", aws_access_key_id="test", aws_secret_access_key="test"
            )
            made[service] = (client, Stubber(client))
            made[service][1].activate()
        return made[service]

    monkeypatch.setattr(Account, "client", lambda self, service: stub(service)[0])
    yield lambda service: stub(service)[1]
    for _, stubber in made.values():
        stubber.assert_no_pending_responses()


@pytest.fixture
def account():
    session = boto3.Session("test", "test", region_name="eu-central-1")
    return Account("Octavo", session, outputs={"StateMachineArn": MACHINE})


def a_stack(**outputs):
    listed = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
    created = {"StackName": "Octavo", "CreationTime": "2026-01-01T00:00:00Z", "StackStatus": "CREATE_COMPLETE"}
    return {"Stacks": [created | {"Outputs": listed}]}


def test_the_stack_is_found_by_its_name_and_recognized_by_its_api(stubs):
    stubs("cloudformation").add_response(
        "describe_stacks", a_stack(ApiUrl=API, StateMachineArn=MACHINE), {"StackName": "Octavo"}
    )
    found = Account.find("Octavo", f"{API}/", None, None)
    assert found.outputs["StateMachineArn"] == MACHINE
    assert found.session.region_name == "eu-central-1"


def test_a_stack_with_another_api_is_not_examined(stubs):
    stubs("cloudformation").add_response("describe_stacks", a_stack(ApiUrl="https://other.example"))
    with pytest.raises(CheckSkipped, match=r"serves https://other\.example, and not"):
        Account.find("Octavo", API, None, None)


def test_a_refusal_names_the_call_and_the_policy_that_allows_it(stubs):
    stubs("cloudformation").add_client_error("describe_stacks", "AccessDenied")
    with pytest.raises(CheckSkipped, match=r"AWS refused DescribeStacks \(AccessDenied\)") as skipped:
        Account.find("Octavo", API, None, None)
    assert "docs/deploy.md" in skipped.value.mend


def test_without_credentials_the_account_is_not_examined(monkeypatch):
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(CheckSkipped, match="AWS cannot be asked: Unable to locate credentials"):
        Account.find("Octavo", API, None, None)


def test_without_a_region_the_stack_is_not_searched(monkeypatch):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(CheckSkipped, match="The region of the stack is not known"):
        Account.find("Octavo", "https://reports.example.com", None, None)


def test_an_execution_is_stopped_by_its_name(stubs, account):
    expected = {"executionArn": EXECUTION, "error": "DOCTOR", "cause": ANY}
    stubs("stepfunctions").add_response("stop_execution", {"stopDate": "2026-01-01T00:00:00Z"}, expected)
    account.stop_execution("octavo-self-test-csv-1")


@pytest.mark.parametrize("reserved", [200, None])
def test_the_limits_are_those_of_the_account_and_of_the_function_chunk(stubs, account, reserved):
    limit = {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 800}
    stubs("lambda").add_response("get_account_settings", {"AccountLimit": limit}, {})
    answer = {"ReservedConcurrentExecutions": reserved} if reserved else {}
    stubs("lambda").add_response("get_function_concurrency", answer, {"FunctionName": "Octavo-chunk"})
    configured = {"Environment": {"Variables": {"OCTAVO_CAPACITY": str(reserved)}}} if reserved else {}
    stubs("lambda").add_response("get_function_configuration", configured, {"FunctionName": "Octavo-plan"})
    assert account.concurrency() == Concurrency(1000, 800, reserved, reserved)


def test_throttles_are_summed_for_each_function_of_the_stack(stubs, account):
    results = [{"Id": "chunk", "Values": [2.0, 3.0]}, {"Id": "plan", "Values": []}]
    stubs("cloudwatch").add_response("get_metric_data", {"MetricDataResults": results})
    assert account.throttles(timedelta(hours=1)) == {"chunk": 5}


def test_alarms_are_found_by_the_name_of_the_stack(stubs, account):
    expected = {"AlarmNamePrefix": "Octavo-", "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
    answer = {
        "MetricAlarms": [{"AlarmName": "Octavo-failed", "StateValue": "OK"}],
        "CompositeAlarms": [{"AlarmName": "Octavo-any", "StateValue": "ALARM"}],
    }
    stubs("cloudwatch").add_response("describe_alarms", answer, expected)
    assert account.alarms() == {"Octavo-failed": "OK", "Octavo-any": "ALARM"}


def test_messages_that_somebody_reads_are_counted_as_well(stubs, account):
    queues = stubs("sqs")
    queues.add_response("get_queue_url", {"QueueUrl": "https://q"}, {"QueueName": "Octavo-undelivered"})
    counted = {"ApproximateNumberOfMessages": "2", "ApproximateNumberOfMessagesNotVisible": "1"}
    queues.add_response("get_queue_attributes", {"Attributes": counted})
    assert account.undelivered() == 3


def test_a_local_stack_is_found_in_the_file_that_make_up_writes(tmp_path):
    (tmp_path / ".octavo").mkdir()
    about = {"api_url": "http://127.0.0.1:4566/api", "endpoint_url": "http://127.0.0.1:4566", "region": "us-east-1"}
    (tmp_path / ".octavo/stack.json").write_text(json.dumps(about))
    (tmp_path / "below").mkdir()
    expected = LocalStack("http://127.0.0.1:4566", "us-east-1")
    assert local_stack("http://127.0.0.1:4566/api/", tmp_path / "below") == expected
    assert local_stack("https://reports.example.com", tmp_path) is None


@pytest.mark.parametrize("text", ["{", "{}", "[]"])
def test_a_broken_file_of_a_local_stack_is_ignored(tmp_path, text):
    (tmp_path / ".octavo").mkdir()
    (tmp_path / ".octavo/stack.json").write_text(text)
    assert local_stack("http://127.0.0.1:4566/api", tmp_path) is None
