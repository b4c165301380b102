"""The synthesized state machine with the real handlers, run by two interpreters that know nothing of each other.

Where they disagree, docs/aws.md says which of them does as AWS does.
"""

import copy
import json
import threading
from collections import Counter

import pytest

from infra import app
from infra.limits import BUSY_ATTEMPTS, CAPACITY_WAIT_S, LONGEST_BUSY_DELAY_S
from tests.functional.conftest import BUCKET
from tests.functional.interpreters import Emulator, FunctionError, Moto, Unreadable
from tests.infra.conftest import ACCOUNT, REGION, Template

THROTTLED = "Lambda.TooManyRequestsException"
CHUNKS = 4  # of a report of the type `letters`


@pytest.fixture(scope="module")
def definition(tmp_path_factory):
    out, code = tmp_path_factory.mktemp("cdk"), tmp_path_factory.mktemp("code")
    (code / "handler.py").touch()
    name = app.synthesize(out, code=code, account=ACCOUNT, region=REGION, context={})
    return Template(out / f"{name}.template.json").definition()


@pytest.fixture(params=[Emulator(), Moto()], ids=lambda interpreter: interpreter.name)
def interpreter(request):
    return request.param


class Run:
    """A report that was submitted, and its execution by an interpreter. `fault` may raise in place of a function."""

    def __init__(self, octavo, interpreter, definition, fault=None, before=None, unreadable=0, **request):
        self.octavo = octavo
        self.events = []
        self._fault, self._before, self._unreadable = fault, before, unreadable
        self.report_id = octavo.submit(force=True, **request).body["id"]
        (started,) = (e for e in octavo.executions() if e["name"].endswith(self.report_id))
        self.about = json.loads(octavo.states.describe_execution(executionArn=started["executionArn"])["input"])
        self.ended = interpreter.run(definition, self.about, self._invoke, self._read)
        self.report = octavo.status(self.report_id).body

    @property
    def calls(self):
        return Counter(function for function, _ in self.events)

    def events_of(self, function):
        return [event for name, event in self.events if name == function]

    def _invoke(self, function, event):
        self.events.append((function, copy.deepcopy(event)))
        number = len(self.events_of(function))
        if self._before:
            self._before(function, number)
        try:
            if self._fault:
                self._fault(function, event, number)
            return json.loads(json.dumps(self.octavo.handlers[function](event, None)))
        except FunctionError:
            raise
        except Exception as error:  # as Lambda does
            raise FunctionError(type(error).__name__, str(error)) from error

    def _read(self, key):
        if self._unreadable:
            self._unreadable -= 1
            raise Unreadable
        return self.octavo.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()


@pytest.fixture
def run(octavo, interpreter, definition):
    def runs(fault=None, **more):
        return Run(octavo, interpreter, definition, fault, **more)

    return runs


def failing(function, name, *, times=1_000_000, message="boom", chunk=None):
    """Return a fault: the first `times` calls of a function, or those for one chunk, fail with the error `name`."""
    failed = []

    def fault(called, event, number):
        if called == function and chunk in (None, event.get("chunk", {}).get("number")) and len(failed) < times:
            failed.append(number)
            raise FunctionError(name, message)

    return fault


def both(*faults):
    def fault(*call):
        for each in faults:
            each(*call)

    return fault


def test_a_report_of_several_chunks_is_planned_rendered_and_merged(run):
    done = run()
    assert done.ended.status == "SUCCEEDED", done.ended
    assert done.report["status"] == "SUCCESS"
    assert done.report["document"]["rows"] == 1000
    assert done.calls == {"plan": 1, "chunk": CHUNKS, "merge": 1}
    assert [function for function, _ in done.events][:: CHUNKS + 1] == ["plan", "merge"]


def test_each_function_gets_exactly_what_it_needs(run):
    done = run()
    report = {"report_id": done.report_id}
    assert done.about == report | {"type": "letters", "format": "csv"}
    assert done.events_of("plan") == done.events_of("merge") == [report]
    chunks = sorted(done.events_of("chunk"), key=lambda event: event["chunk"]["number"])
    assert [event["chunk"]["number"] for event in chunks] == list(range(CHUNKS))
    assert all(event.keys() == {"report_id", "chunk"} for event in chunks)
    assert {event["report_id"] for event in chunks} == {done.report_id}


def test_the_output_of_the_workflow_has_the_plan_and_nothing_of_the_chunks(run):
    output = run().ended.output
    assert output.keys() == {"report_id", "type", "format", "plan"}
    assert output["plan"].keys() == {"chunks_key", "chunks", "rows", "share"}
    assert len(json.dumps(output)) < 1000


def test_a_permanent_error_of_the_plan_is_not_retried_and_ends_the_report(run):
    done = run(type="failing", parameters={"letter": "x"})
    assert done.calls == {"plan": 1, "fail": 1}
    assert (done.ended.status, done.ended.error) == ("FAILED", "QueryFailed")
    assert done.report["error"]["code"] == "QUERY_FAILED"
    (event,) = done.events_of("fail")
    assert event.keys() == {"report_id", "failed_state", "error"}
    assert event["failed_state"] == "Plan"
    assert event["error"]["Error"] == "QueryFailed"
    assert json.loads(event["error"]["Cause"])["errorType"] == "QueryFailed"


@pytest.mark.parametrize("function", ["plan", "merge"])
def test_an_error_that_may_pass_is_retried(run, function):
    done = run(failing(function, "ConnectionError", times=2))
    assert done.calls[function] == 3
    assert len(done.ended.pauses_s) == 2
    assert done.report["status"] == "SUCCESS"


@pytest.mark.parametrize(("function", "state"), [("plan", "Plan"), ("merge", "Merge")])
def test_an_error_that_stays_ends_the_report_after_three_attempts(run, function, state):
    done = run(failing(function, "ConnectionError"))
    assert done.calls[function] == 3
    assert done.calls["fail"] == 1
    assert done.events_of("fail")[0]["failed_state"] == state
    assert (done.ended.status, done.ended.error) == ("FAILED", "ConnectionError")
    assert done.report["status"] == "FAIL"


def test_a_permanent_error_of_a_chunk_is_recorded_once_with_its_number(run):
    done = run(failing("chunk", "RenderFailed", message="RENDER_FAILED: Page 3 is damaged.", chunk=2))
    assert Counter(event["chunk"]["number"] for event in done.events_of("chunk"))[2] == 1
    event = done.events_of("fail")[0]
    assert event.keys() == {"report_id", "chunk", "failed_state", "error"}
    assert (event["chunk"]["number"], event["failed_state"]) == (2, "Render chunk")
    assert event["error"].keys() == {"Error", "Cause"}
    assert done.report["status"] == "FAIL"
    assert (done.report["error"]["code"], done.report["error"]["chunk"]) == ("RENDER_FAILED", 2)
    assert done.ended.status == "FAILED"


def test_an_error_of_a_chunk_that_may_pass_is_retried_for_this_chunk_only(run):
    done = run(failing("chunk", "ConnectionError", times=2, chunk=1))
    attempts = Counter(event["chunk"]["number"] for event in done.events_of("chunk"))
    assert attempts == {0: 1, 1: 3, 2: 1, 3: 1}
    assert done.report["status"] == "SUCCESS"
    assert done.report["progress"]["chunks_done"] == CHUNKS


def test_a_timeout_is_retried_once(run):
    done = run(failing("merge", "Sandbox.Timedout", message="Task timed out after 600.00 seconds"))
    assert done.calls["merge"] == 2
    assert done.report["error"]["code"] == "TIMED_OUT"


@pytest.mark.parametrize("function", ["plan", "chunk"])
def test_a_throttled_function_is_tried_again_until_it_runs(run, function):
    done = run(failing(function, THROTTLED, times=20))
    assert done.calls[function] == 20 + (CHUNKS if function == "chunk" else 1)
    assert len(done.ended.pauses_s) == 20
    assert done.report["status"] == "SUCCESS"


def test_a_function_that_stays_throttled_is_tried_as_often_as_the_workflow_lasts(run):
    done = run(failing("merge", THROTTLED, message="Rate Exceeded."))
    assert done.calls["merge"] == BUSY_ATTEMPTS + 1
    assert (done.report["error"]["code"], done.report["error"]["retryable"]) == ("BUSY", True)


def test_the_attempts_of_each_kind_of_error_are_counted_separately(run):
    faults = both(failing("merge", THROTTLED, times=5), failing("merge", "ConnectionError", times=2))
    done = run(faults)
    assert done.calls["merge"] == 8
    assert done.report["status"] == "SUCCESS"


def test_the_failure_is_recorded_although_the_function_that_records_it_is_throttled(run):
    done = run(failing("fail", THROTTLED, times=5), type="failing", parameters={"letter": "x"})
    assert done.calls["fail"] == 6
    assert done.report["error"]["code"] == "QUERY_FAILED"


def test_the_execution_ends_with_the_first_error_if_it_cannot_be_recorded(run):
    done = run(failing("fail", "ConnectionError"), type="failing", parameters={"letter": "x"})
    assert done.calls == {"plan": 1, "fail": 3}
    assert (done.ended.status, done.ended.error) == ("FAILED", "QueryFailed")
    assert done.report["status"] == "RUNNING"  # until the rule for ended executions calls `fail`, or the deadline


def test_a_report_of_a_cancelled_execution_is_not_worked_on(run, octavo):
    def cancelled(function, number):
        if function == "chunk" and number == 1:
            octavo.cancel(octavo.executions()[0]["name"].removeprefix("letters-csv-"))

    done = run(before=cancelled)
    assert done.calls["merge"] <= 1
    assert done.report["error"]["code"] == "CANCELLED"
    assert done.ended.status == "FAILED"


def test_a_large_report_waits_until_another_one_has_ended(run, octavo):
    holding = []
    while not holding or octavo.handlers["plan"]({"report_id": holding[-1]}, None)["share"]:
        holding.append(octavo.submit(force=True).body["id"])

    def ended(function, number):
        if function == "admit" and number == 3:
            octavo.cancel(holding[0])

    done = run(before=ended)
    assert done.calls == {"plan": 1, "admit": 3, "chunk": CHUNKS, "merge": 1}
    assert done.events_of("admit") == [{"report_id": done.report_id}] * 3
    assert done.ended.pauses_s == [CAPACITY_WAIT_S] * 3
    assert done.ended.output["plan"]["share"] > 0
    assert done.report["status"] == "SUCCESS"


# Where the two disagree: the section "Two interpreters" of docs/aws.md has a row for each of these.


def test_only_the_emulator_fails_a_map_with_a_failed_chunk(run, interpreter):
    done = run(failing("chunk", "RenderFailed", message="RENDER_FAILED: Page 3 is damaged.", chunk=2))
    recorded = done.events_of("fail")[-1]["failed_state"]
    if interpreter.name == "emulator":
        assert recorded == "Render chunks"
        assert done.ended.error == "States.ExceedToleratedFailureThreshold"
        assert done.calls["merge"] == 0
    else:
        assert recorded == "Merge"
        assert done.ended.error == "ReportEnded"  # the merge finds that the report has failed
    assert done.report["error"]["code"] == "RENDER_FAILED"


def test_only_moto_reads_the_share_of_a_report(run, interpreter, octavo):
    holding = octavo.submit(force=True).body["id"]
    assert octavo.handlers["plan"]({"report_id": holding}, None)["share"] == 4
    done = run()
    assert done.ended.output["plan"]["share"] == 2
    assert done.ended.max_concurrency == {"emulator": 0, "moto": 2}[interpreter.name]


def test_only_moto_limits_a_pause_and_makes_it_random(run, interpreter):
    done = run(failing("merge", THROTTLED, times=8))
    grown = [2**attempt for attempt in range(8)]
    if interpreter.name == "emulator":
        assert done.ended.pauses_s == [min(60, pause) for pause in grown]
    else:
        limits = [min(LONGEST_BUSY_DELAY_S, pause) for pause in grown]
        assert all(0 <= pause <= limit for pause, limit in zip(done.ended.pauses_s, limits, strict=True))
        assert done.ended.pauses_s != limits


def test_only_the_emulator_names_the_failed_reading_of_a_list(run, interpreter):
    done = run(unreadable=2)
    if interpreter.name == "emulator":
        assert done.report["status"] == "SUCCESS"
    else:
        assert done.report["status"] == "FAIL"
        assert done.events_of("fail")[0]["error"]["Error"] == "States.Runtime"


def test_only_moto_ends_a_workflow_at_its_timeout(octavo, interpreter, definition):
    over = threading.Event()

    def slow(function, number):
        if function == "plan" and over.wait(1.2):
            raise FunctionError("ReportEnded")

    done = Run(octavo, interpreter, {**definition, "TimeoutSeconds": 1}, before=slow)
    over.set()
    assert done.ended.status == {"emulator": "SUCCEEDED", "moto": "TIMED_OUT"}[interpreter.name]
