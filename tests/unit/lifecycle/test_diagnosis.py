import json

import pytest

from octavo.errors import PermanentError, SourceUnavailable, TransientError, family
from octavo.lifecycle.diagnosis import LAMBDA_UNAVAILABLE, diagnose

ID = "01890000-0000-7000-8000-000000000001"


def caught(state, error, cause="", chunk=None):
    event = {"report_id": ID, "failed_state": state, "error": {"Error": error, "Cause": cause}}
    report_id, failure = diagnose(event | ({"chunk": {"number": chunk}} if chunk is not None else {}))
    assert report_id == ID
    return failure


def raised(kind, message):
    return json.dumps({"errorType": kind, "errorMessage": message, "stackTrace": ["secret place"]})


def ended(status):
    return {"detail": {"status": status, "name": f"flights-csv-{ID}", "executionArn": "arn:…"}}


@pytest.mark.parametrize("error", [*family(PermanentError), *family(TransientError)], ids=lambda e: e.__name__)
@pytest.mark.parametrize("name", ["its own", "Runtime.HandlerError"])
def test_what_octavo_raised_keeps_its_code_and_message(error, name):
    name = error.__name__ if name == "its own" else name
    failure = caught("Plan", name, raised(name, str(error("what happened:\nand what to do"))))
    if error.code == "INTERNAL":
        assert "unexpectedly" in failure.message
    else:
        assert (failure.code, failure.message) == (error.code, "what happened:\nand what to do")
        assert failure.retryable == error.retryable


def test_a_failed_chunk_is_named():
    failure = caught(
        "Render chunk", "SourceUnavailable", raised("SourceUnavailable", str(SourceUnavailable("gone"))), chunk=3
    )
    assert (failure.code, failure.chunk) == (SourceUnavailable.code, 3)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        ("States.Timeout", ""),
        ("Sandbox.Timedout", raised("Sandbox.Timedout", "RequestId: 1 Error: Task timed out after 300.00 seconds")),
        ("Lambda.Unknown", "Task timed out after 300.00 seconds"),
    ],
)
def test_a_state_that_exceeds_its_time_is_timed_out(error, cause):
    failure = caught("Merge", error, cause)
    assert failure.code == "TIMED_OUT"
    assert "'Merge' took longer" in failure.message


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (
            "Runtime.ExitError",
            raised("Runtime.ExitError", "RequestId: 1 Error: Runtime exited with error: signal: killed"),
        ),
        ("Lambda.Unknown", "Runtime exited with error: signal: killed"),
    ],
)
def test_a_killed_chunk_is_reported_as_out_of_memory(error, cause):
    failure = caught("Render chunk", error, cause, chunk=1)
    assert failure.code == "RENDER_FAILED"
    assert "was killed" in failure.message


@pytest.mark.parametrize(
    ("state", "code"), [("Plan", "INTERNAL"), ("Render chunks", "RENDER_FAILED"), ("Merge", "MERGE_FAILED")]
)
def test_the_text_of_an_unexpected_error_is_not_shown(state, code):
    failure = caught(state, "ValueError", raised("ValueError", "Anna's salary is 5"))
    assert failure.code == code
    assert "salary" not in failure.message
    assert repr(state) in failure.message


@pytest.mark.parametrize("error", LAMBDA_UNAVAILABLE)
@pytest.mark.parametrize(("state", "chunk"), [("Plan", None), ("Render chunk", 3), ("Merge", None)])
def test_a_step_that_lambda_refused_to_the_end_was_never_run_because_the_service_is_busy(error, state, chunk):
    failure = caught(state, error, "Rate Exceeded. (Service: AWSLambda; Status Code: 429)", chunk)
    assert (failure.code, failure.chunk, failure.retryable) == ("BUSY", chunk, True)
    assert "too busy" in failure.message
    assert repr(state) in failure.message
    assert "Rate" not in failure.message


@pytest.mark.parametrize("cause", ["", "not json", "[]", "null", '{"errorType": "TooLarge"}', "7"])
def test_a_cause_of_any_form_is_accepted(cause):
    assert caught("Plan", "Strange", cause).code == "INTERNAL"


@pytest.mark.parametrize(
    ("status", "code"), [("TIMED_OUT", "TIMED_OUT"), ("ABORTED", "CANCELLED"), ("FAILED", "INTERNAL")]
)
def test_an_ended_execution_fails_the_report_its_name_ends_with(status, code):
    report_id, failure = diagnose(ended(status))
    assert (report_id, failure.code) == (ID, code)


def test_an_execution_that_names_no_report_is_refused():
    with pytest.raises(ValueError, match="ends in no report ID"):
        diagnose({"detail": {"status": "FAILED", "name": "someone-elses"}})
