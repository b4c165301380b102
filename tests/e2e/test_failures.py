"""Every failure ends as FAIL with a reason: no report stays RUNNING, and no document is left behind."""

import json
import re

import pytest


@pytest.mark.parametrize(
    ("type", "code", "told"),
    [
        ("failing_query", "QUERY_FAILED", "conversion error"),
        ("missing_source", "SOURCE_UNAVAILABLE", "nowhere.csv"),
        ("small", "TOO_LARGE", "more than 5 rows"),
        ("raising_chunk", "RENDER_FAILED", "'Render chunk' failed unexpectedly"),
        ("killed_chunk", "RENDER_FAILED", "'Render chunk'"),
    ],
)
def test_a_failed_report_shows_its_code_and_message(local, type, code, told):
    report = local.failed(type)
    assert report["status"] == "FAIL"
    assert report["error"]["code"] == code
    assert told in report["error"]["message"]
    assert "Anna" not in json.dumps(report)
    assert report["document"] is None
    assert not local.keys(f"documents/{report['id']}/")


def test_a_failed_chunk_is_named(local):
    assert local.failed("raising_chunk")["error"]["chunk"] in range(5)


def test_the_execution_of_a_failed_report_has_failed(local):
    report = local.failed("failing_query")
    (execution,) = [each for each in local.executions("FAILED") if each["name"].endswith(report["id"])]
    assert execution["name"] == f"failing_query-csv-{report['id']}".replace("_", "-", 1)


def test_a_state_that_exceeds_its_time_fails_the_report(local):
    """The workflow invokes a published version, so a shorter time of the function needs a version, too."""
    functions, states = local.client("lambda"), local.client("stepfunctions")
    machine = {"stateMachineArn": local.deployment.state_machine_arn}
    definition = states.describe_state_machine(**machine)["definition"]
    timeout = functions.get_function_configuration(FunctionName="Octavo-plan")["Timeout"]
    functions.update_function_configuration(FunctionName="Octavo-plan", Timeout=1)
    impatient = functions.publish_version(FunctionName="Octavo-plan")["FunctionArn"]
    states.update_state_machine(**machine, definition=re.sub(r"arn:[\w:-]+:Octavo-plan:\d+", impatient, definition))
    try:
        report = local.ended("slow")
    finally:
        states.update_state_machine(**machine, definition=definition)
        functions.update_function_configuration(FunctionName="Octavo-plan", Timeout=timeout)
    assert (report["status"], report["error"]["code"]) == ("FAIL", "TIMED_OUT")
    assert "'Plan' took longer" in report["error"]["message"]


def test_a_workflow_stopped_from_outside_fails_the_report(local):
    report = local.submit("slow", parameters={"turn": 1}).json()
    (execution,) = [each for each in local.executions("RUNNING") if each["name"].endswith(report["id"])]
    local.client("stepfunctions").stop_execution(executionArn=execution["executionArn"])
    done = json.loads(local.octavo("--json", "status", report["id"], "--wait").stdout)
    assert (done["status"], done["error"]["code"]) == ("FAIL", "CANCELLED")


def test_the_command_shows_a_failure_and_exits_with_1(local):
    done = local.octavo("submit", "failing_query", "--wait")
    assert done.returncode == 1
    assert "QUERY_FAILED" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ('{"type": "nope"}', 404, "UNKNOWN_REPORT_TYPE"),
        ('{"type": "flights"', 400, "MALFORMED_REQUEST"),
        ('{"type": "flights", "format": "docx"}', 422, "INVALID_REQUEST"),
        ('{"type": "flights", "parameters": {"carrier": "United"}}', 422, "INVALID_REQUEST"),
        ('{"type": "flights", "parameters": {"start": "2013-12-31", "end": "2013-01-01"}}', 422, "INVALID_REQUEST"),
        ('{"type": "flights", "x": "' + "x" * 65_536 + '"}', 413, "REQUEST_TOO_LARGE"),
    ],
)
def test_an_invalid_request_is_refused_and_starts_no_execution(local, body, status, code):
    before = len(local.executions())
    answer = local.http.post("reports", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert len(local.executions()) == before
