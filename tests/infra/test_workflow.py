"""The state machine: the order of its states, its retries, and the recording of every failure."""

import json
import subprocess

import pytest

from infra.limits import LONGEST_BUSY_DELAY_S, SIZES, STATE_MARGIN_S, WORKFLOW_TIMEOUT_S
from octavo.errors import PermanentError, TransientError, family


@pytest.fixture(scope="module")
def definition(template):
    return template.definition()


@pytest.fixture(scope="module")
def child(definition):
    return definition["States"]["Render chunks"]["ItemProcessor"]


@pytest.fixture(scope="module")
def tasks(definition, child):
    states = definition["States"] | child["States"]
    return {name: state for name, state in states.items() if state["Type"] == "Task"}


def way(states, name, *, on_error=False):
    """Return the names of the states from `name` to the end. If `on_error`, the first step follows the Catch."""
    passed = [name]
    state = states[name]
    name = state["Catch"][-1]["Next"] if on_error else state.get("Next")
    while name:
        passed.append(name)
        name = states[name].get("Next")  # a choice has none
    return passed


def test_the_definition_has_no_finding_of_the_asl_validator(definition, node_modules, tmp_path):
    file = tmp_path / "definition.json"
    file.write_text(json.dumps(definition))
    done = subprocess.run(
        ["node", node_modules / "asl-validator/dist/bin/asl-validator.js", "--json-path", file],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_report_is_planned_rendered_and_merged(definition):
    states = definition["States"]
    assert way(states, definition["StartAt"]) == ["Plan", "Is there capacity?"]
    assert way(states, "Render chunks") == ["Render chunks", "Merge", "Report ready"]
    assert definition["States"]["Report ready"]["Type"] == "Succeed"


def test_a_report_waits_until_it_has_a_share_of_the_capacity(definition):
    states = definition["States"]
    choice = states["Is there capacity?"]
    assert choice["Choices"] == [{"Variable": "$.plan.share", "NumericGreaterThan": 0, "Next": "Render chunks"}]
    assert way(states, choice["Default"]) == ["Wait for capacity", "Admit", "Is there capacity?"]
    assert states["Admit"]["ResultPath"] == "$.plan.share"
    looks = WORKFLOW_TIMEOUT_S / states["Wait for capacity"]["Seconds"]
    assert 10 * looks < 25_000  # as many events as the history of an execution may have


@pytest.mark.parametrize("name", ["Plan", "Admit", "Render chunks", "Merge"])
def test_every_failure_is_recorded_with_the_state_that_failed(definition, name):
    states = definition["States"]
    assert way(states, name, on_error=True) == [name, f"{name} failed", "Record failure", "Report failed"]
    assert states[f"{name} failed"]["Result"] == name
    assert states["Record failure"]["Parameters"] == {
        "report_id.$": "$.report_id",
        "failed_state.$": "$.failed_state",
        "error.$": "$.error",
    }
    assert states["Report failed"]["Type"] == "Fail"


def test_a_chunk_that_fails_records_its_failure_with_its_number(child):
    states = child["States"]
    assert way(states, "Render chunk", on_error=True) == ["Render chunk", "Record chunk failure", "Chunk failed"]
    assert states["Record chunk failure"]["Parameters"] == {
        "report_id.$": "$.report_id",
        "chunk.$": "$.chunk",
        "failed_state": "Render chunk",
        "error.$": "$.error",
    }
    assert states["Chunk failed"]["Type"] == "Fail"


def test_the_workflow_ends_even_if_the_failure_cannot_be_recorded(tasks):
    for name in ("Record failure", "Record chunk failure"):
        (catch,) = tasks[name]["Catch"]
        assert catch["Next"] == tasks[name]["Next"]
        assert catch["ResultPath"] == "$.record_error"  # the first error is kept, because it describes the failure


def test_every_working_state_catches_all_errors_and_keeps_the_reports_id(definition, tasks):
    for state in (*tasks.values(), definition["States"]["Render chunks"]):
        assert [catch["ErrorEquals"] for catch in state["Catch"]] == [["States.ALL"]]
        assert state["Catch"][0]["ResultPath"].startswith("$.")


def test_the_timeout_of_every_task_is_a_little_longer_than_that_of_its_function(template, tasks):
    seconds = {f["FunctionName"]: f["Timeout"] for f in template.functions().values()}
    for task in tasks.values():
        assert task["TimeoutSeconds"] == seconds[task["Resource"].split(":")[6]] + STATE_MARGIN_S


def test_tasks_run_the_function_of_their_name(tasks):
    function = {name: task["Resource"].split(":")[6].rpartition("-")[2] for name, task in tasks.items()}
    assert function == {
        "Plan": "plan",
        "Admit": "admit",
        "Render chunk": "chunk",
        "Merge": "merge",
        "Record failure": "fail",
        "Record chunk failure": "fail",
    }
    assert set(function.values()) <= set(SIZES)


def test_a_report_is_made_by_published_versions_that_a_later_deployment_keeps(template, synthesize, tasks):
    versions = {name: r for name, r in template.resources.items() if r["Type"] == "AWS::Lambda::Version"}
    assert len(versions) == 5
    for version in versions.values():
        # A version whose deployment failed must go, or the next attempt is refused: its code exists in a version.
        assert (version["UpdateReplacePolicy"], version["DeletionPolicy"]) == ("Retain", "RetainExceptOnCreate")
    for task in tasks.values():
        assert task["Resource"].endswith(":1")  # the number that these tests give every version
    changed = synthesize(capacity="300").resources
    kept = versions.keys() & changed.keys()
    assert sorted(name.partition("Function")[0] for name in kept) == ["Chunk", "Fail", "Merge"]


def test_the_rule_for_ended_executions_calls_the_newest_code(template):
    (target,) = rule_on_events(template)["Targets"]
    assert target["Arn"].endswith("function:Octavo-fail")


def test_permanent_errors_are_not_retried_and_transient_ones_are(tasks):
    for task in tasks.values():
        permanent, timeouts, busy, others = task["Retry"]
        assert set(permanent["ErrorEquals"]) == {error.__name__ for error in family(PermanentError)}
        assert permanent["MaxAttempts"] == 0
        assert not set(permanent["ErrorEquals"]) & {error.__name__ for error in family(TransientError)}
        assert {"States.Timeout", "Sandbox.Timedout"} <= set(timeouts["ErrorEquals"])
        assert timeouts["MaxAttempts"] == 1
        assert others["ErrorEquals"] == ["States.ALL"]
        assert others["MaxAttempts"] == 2
        for patient in (busy, others):
            assert (patient["IntervalSeconds"], patient["BackoffRate"]) == (1, 2)
            assert patient["JitterStrategy"] == "FULL"
            assert patient["MaxDelaySeconds"] <= 30


def test_only_the_time_of_the_workflow_limits_the_wait_for_lambda(tasks):
    for task in tasks.values():  # the states that record a failure, too
        _, _, busy, _ = task["Retry"]
        assert {
            "Lambda.TooManyRequestsException",
            "Lambda.ServiceException",
            "Lambda.AWSLambdaException",
            "Lambda.SdkClientException",
            "Lambda.ClientExecutionTimeoutException",
        } <= set(busy["ErrorEquals"])
        assert busy["MaxDelaySeconds"] == LONGEST_BUSY_DELAY_S
        average_wait_s = busy["MaxAttempts"] * busy["MaxDelaySeconds"] / 2
        assert 0.85 * WORKFLOW_TIMEOUT_S < average_wait_s < WORKFLOW_TIMEOUT_S
        events = 5 * busy["MaxAttempts"]
        assert events < 25_000  # as many as the history of an execution may have


def test_a_list_of_chunks_that_cannot_be_read_is_read_again(definition):
    (retry,) = definition["States"]["Render chunks"]["Retry"]
    assert retry["ErrorEquals"] == ["States.ItemReaderFailed"]
    assert retry["MaxAttempts"] == 5
    assert retry["JitterStrategy"] == "FULL"


def test_chunks_come_from_the_list_that_the_plan_has_written(definition, child):
    state = definition["States"]["Render chunks"]
    assert state["ItemReader"]["Parameters"]["Key.$"] == "$.plan.chunks_key"
    assert definition["States"]["Plan"]["ResultPath"] == "$.plan"
    assert state["ItemSelector"] == {
        "report_id.$": "$.report_id",
        "chunk.$": "$$.Map.Item.Value",
    }
    assert (state["Label"], state["MaxConcurrencyPath"]) == ("chunks", "$.plan.share")
    assert "MaxConcurrency" not in state
    assert child["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    assert not {key for key in state if key.startswith("Tolerated")}  # one failed chunk makes the report fail


def test_the_output_of_thousands_of_chunks_stays_below_the_limit_of_a_state(definition, child):
    assert child["States"]["Render chunk"]["OutputPath"] is None  # `{}`
    assert definition["States"]["Render chunks"]["ResultPath"] is None


def test_the_capacity_is_an_option_and_reserved_for_chunks_and_for_plans(synthesize, template):
    for stack, capacity in ((template, 200), (synthesize(capacity="100"), 100)):
        functions = stack.functions()
        assert {name: f.get("ReservedConcurrentExecutions") for name, f in functions.items()} == dict.fromkeys(
            functions
        ) | {"chunk": capacity, "plan": capacity}
        for name in ("plan", "admit"):
            assert functions[name]["Environment"]["Variables"]["OCTAVO_CAPACITY"] == str(capacity)


def test_a_small_capacity_is_divided_but_not_reserved(synthesize):
    functions = synthesize(capacity="99").functions()
    assert not any("ReservedConcurrentExecutions" in function for function in functions.values())
    assert functions["plan"]["Environment"]["Variables"]["OCTAVO_CAPACITY"] == "99"


def test_the_whole_workflow_has_a_timeout(definition):
    assert definition["TimeoutSeconds"] == WORKFLOW_TIMEOUT_S


def test_the_workflow_is_traced_and_logs_no_payload(template):
    machine = template.the("AWS::StepFunctions::StateMachine")
    assert machine["StateMachineName"] == "Octavo-reports"
    assert machine["TracingConfiguration"] == {"Enabled": True}
    assert machine["LoggingConfiguration"]["Level"] == "ALL"
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] is False


def rule_on_events(template):
    (rule,) = (rule for rule in template.of_type("AWS::Events::Rule").values() if "EventPattern" in rule)
    return rule


def test_a_rule_sends_failed_timed_out_and_aborted_executions_to_fail(template):
    rule = rule_on_events(template)
    pattern = rule["EventPattern"]
    assert pattern["source"] == ["aws.states"]
    assert pattern["detail-type"] == ["Step Functions Execution Status Change"]
    assert pattern["detail"]["status"] == ["FAILED", "TIMED_OUT", "ABORTED"]
    assert [arn.rpartition(":")[2] for arn in pattern["detail"]["stateMachineArn"]] == ["Octavo-reports"]
    (target,) = rule["Targets"]
    assert target["Arn"].endswith("function:Octavo-fail")
    assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0


def test_a_failure_that_could_not_be_recorded_is_kept_in_a_queue(template):
    (target,) = rule_on_events(template)["Targets"]
    queue = template.the("AWS::SQS::Queue")
    assert target["DeadLetterConfig"]["Arn"].endswith(queue["QueueName"])
    assert template.functions()["fail"]["DeadLetterConfig"]["TargetArn"].endswith(queue["QueueName"])
