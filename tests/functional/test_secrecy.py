"""What the functions log, and what they raise, holds no parameter, row, link, key, SQL or ARN."""

import io
import json
import logging
import re
import traceback

import pytest
import requests

from octavo import errors
from octavo.data import snapshot
from octavo.observability import UnexpectedError, logger
from tests.functional.conftest import BUCKET
from tests.functional.test_lifecycle import caught, set_attribute
from tests.functional.test_requests import problem

PARAMETER, ROW, KEY = "zebra-parameter", "quagga-row", "okapi-key"
ARN = "arn:aws:iam::123456789012:role/Anna"
SECRET = re.compile(rf"{PARAMETER}|{ROW}|{KEY}|X-Amz-|\bselect\b|arn:aws|{BUCKET}|quick brown", re.IGNORECASE)


class Written:
    """All that a function writes: to stdout and stderr, by whatever logger, and what Lambda logs of what it raises."""

    def __init__(self, capsys, caplog):
        self.logged = io.StringIO()
        self._capsys = capsys
        self._caplog = caplog
        self._printed = ""
        self._raised = []

    def raised(self, error):
        """Take an error as Lambda logs it, and Step Functions gets it, its causes included."""
        self._raised += [*traceback.format_exception(error), json.dumps({"errorMessage": str(error)})]

    @property
    def text(self):
        self._printed += "".join(self._capsys.readouterr())
        return "\n".join([self.logged.getvalue(), self._printed, self._caplog.text, *self._raised])

    @property
    def lines(self):
        return [json.loads(line) for line in self.text.splitlines() if line.startswith('{"level"')]

    def outcomes(self):
        """Return the messages of the log; what is secret must be nowhere."""
        assert not SECRET.search(self.text), SECRET.search(self.text)
        return [line["message"] for line in self.lines]


@pytest.fixture
def written(octavo, capsys, caplog):
    """Let the functions' handler write where this test looks, and beside it one that tells errors as logging does."""
    octavo.put("data/letters.csv", f"letter,number\n{PARAMETER},1\n" + f"{ROW},2\n" * 700)
    made = Written(capsys, caplog)
    handler, plain = logger.registered_handler, logging.StreamHandler(made.logged)
    before = handler.setStream(made.logged)
    logger.addHandler(plain)
    yield made
    logger.removeHandler(plain)
    handler.setStream(before)


def fails(octavo, written, step, *args):
    """Run a step that fails; return its error."""
    with pytest.raises((errors.OctavoError, UnexpectedError)) as raised:
        getattr(octavo, step)(*args)
    written.raised(raised.value)
    return raised.value


def as_lambda_hands_it_over(error):
    cause = {"errorType": type(error).__name__, "errorMessage": str(error), "stackTrace": []}
    return {"Error": type(error).__name__, "Cause": json.dumps(cause)}


def test_a_report_from_its_submit_to_its_deletion(octavo, written):
    report = octavo.submit(parameters={"letter": PARAMETER}, headers={"idempotency-key": KEY}).body
    link = octavo.run(report["id"])["document"]["url"]
    assert PARAMETER in requests.get(link, timeout=10).text
    assert "X-Amz-Signature" in octavo.call("GET", f"/reports/{report['id']}/document").headers["Location"]
    assert octavo.submit(parameters={"letter": PARAMETER}, headers={"idempotency-key": KEY}).status == 200
    assert octavo.call("GET", "/reports").body["reports"]
    assert octavo.cancel(report["id"]).status == 200
    assert octavo.delete(report["id"]).status == 204
    assert written.outcomes() == [
        "report submitted",
        "report planned",
        "chunk rendered",
        "report ready",
        "report submitted",
        "report cancelled",
        "report deleted",
    ]
    assert {line["report_id"] for line in written.lines} == {report["id"]}


def test_rows_of_several_chunks(octavo, written):
    report_id = octavo.submit(format="pdf").body["id"]
    assert octavo.run(report_id)["document"]["rows"] == 701
    assert written.outcomes()[-1] == "report ready"


def test_refused_requests(octavo, written):
    for body in (
        {"type": "letters", "parameters": {"letter": 7, "below": PARAMETER}},
        {"type": "letters", "parameters": {PARAMETER: 1}},
        {"type": PARAMETER},
        {"type": "letters", "format": PARAMETER},
        f'{{"type": "letters", "parameters": {{"letter": "{PARAMETER}"',
    ):
        assert octavo.call("POST", "/reports", body, headers={"idempotency-key": KEY}).status >= 400
    assert octavo.call("GET", f"/reports?cursor={PARAMETER}").status == 422
    assert octavo.call("GET", f"/reports/{PARAMETER}").status == 404
    assert written.outcomes() == []


def test_a_query_that_fails_on_a_row(octavo, written):
    """DuckDB says: Could not convert string 'quagga-rowzebra-parameter' to INT32, and quotes the query."""
    report_id = octavo.submit("failing", parameters={"letter": PARAMETER}).body["id"]
    error = fails(octavo, written, "plan", report_id)
    assert isinstance(error, errors.QueryFailed)
    octavo.fail({"report_id": report_id, "failed_state": "Plan", "error": as_lambda_hands_it_over(error)})
    told = octavo.status(report_id).body["error"]
    assert told["code"] == "QUERY_FAILED"
    assert not SECRET.search(json.dumps(told))
    assert written.outcomes() == ["report submitted", "failure recorded"]


def test_a_source_that_is_missing(octavo, written):
    report_id = octavo.submit("missing", parameters={"letter": PARAMETER}).body["id"]
    assert isinstance(fails(octavo, written, "plan", report_id), errors.SourceUnavailable)
    assert written.outcomes() == ["report submitted"]


def test_a_source_that_vanishes_while_it_is_read(octavo, written, monkeypatch):
    """DuckDB names the address that answered 404."""
    checking = snapshot.checked_query

    def vanish_and_check(*args):
        octavo.s3.delete_object(Bucket=BUCKET, Key="data/letters.csv")
        return checking(*args)

    monkeypatch.setattr(snapshot, "checked_query", vanish_and_check)
    report_id = octavo.submit().body["id"]
    assert isinstance(fails(octavo, written, "plan", report_id), errors.SourceUnavailable)
    assert written.outcomes() == ["report submitted"]


def test_parameters_that_their_type_no_longer_accepts(octavo, written):
    """As after a deployment of another version of the type."""
    report_id = octavo.submit().body["id"]
    set_attribute(octavo, report_id, "bound", {"S": json.dumps({"letter": PARAMETER})})
    assert isinstance(fails(octavo, written, "plan", report_id), errors.QueryFailed)
    assert written.outcomes() == ["report submitted"]


def test_a_workflow_that_can_not_be_started(octavo, written):
    """boto3 names the state machine by its ARN."""
    machine = "arn:aws:states:eu-west-1:123456789012:stateMachine:octavo-reports"
    octavo.states.delete_state_machine(stateMachineArn=machine)
    assert octavo.submit(parameters={"letter": PARAMETER}).status == 503
    assert written.outcomes() == ["workflow not started"]


def unexpected(*args, **kwargs):
    """Raise as a library might, with all there is in texts, causes and notes."""
    try:
        raise KeyError(f"{PARAMETER} {ROW} of select * from letters")
    except KeyError as cause:
        error = ValueError(f"{PARAMETER} {ROW} {KEY} https://s3.example/?X-Amz-Signature=1 {ARN} {BUCKET}")
        error.add_note(f"while it read {ROW}")
        raise error from cause


@pytest.mark.parametrize(
    ("place", "method", "path", "body"),
    [
        ("functions.submit.handler.new_report", "POST", "/reports", {"type": "letters"}),
        ("functions.submit.handler.claims.answer", "POST", "/reports", {"type": "letters"}),
        ("functions.status.handler.reports.find_for", "GET", "/reports/{id}", None),
        ("functions.status.handler.bucket.has", "GET", "/reports/{id}/document", None),
        ("functions.status.handler.listing.page", "GET", "/reports", None),
        ("functions.manage.handler.reports.find_for", "DELETE", "/reports/{id}", None),
        ("functions.manage.handler.reports.end", "POST", "/reports/{id}/cancel", None),
        ("octavo.http.web._with_json_body", "POST", "/reports", {"type": "letters"}),
        ("octavo.http.web.APIGatewayHttpResolver.resolve", "GET", "/reports", None),
    ],
)
def test_an_unexpected_error_in_a_function_of_the_api(octavo, written, monkeypatch, place, method, path, body):
    report_id = octavo.submit(parameters={"letter": PARAMETER}).body["id"]
    octavo.run(report_id)
    monkeypatch.setattr(place, unexpected)
    answer = octavo.call(method, path.format(id=report_id), body, headers={"idempotency-key": KEY})
    told = problem(answer, 500, "INTERNAL")
    assert not SECRET.search(json.dumps(told))
    assert written.outcomes()[-1] == "request failed unexpectedly"
    line = written.lines[-1]
    assert line["error"] == "ValueError"
    assert line["frames"][-1].endswith(" unexpected")
    assert re.fullmatch(r"KeyError at \S+test_secrecy.py:\d+", line["causes"][0])


@pytest.mark.parametrize(
    ("place", "step"),
    [
        ("octavo.pipeline.plan.take_snapshot", "plan"),
        ("functions.plan.handler.bucket.keep_manifest", "plan"),
        ("octavo.pipeline.render.read_rows", "chunk"),
        ("functions.chunk.handler.reports.count_chunk", "chunk"),
        ("functions.merge.handler.join", "merge"),
        ("functions.merge.handler.reports.end", "merge"),
        ("functions.fail.handler.reports.end", "fail"),
    ],
)
def test_an_unexpected_error_in_a_step_of_the_workflow(octavo, written, monkeypatch, place, step):
    report_id = octavo.submit(parameters={"letter": PARAMETER}).body["id"]
    chunks = octavo.plan(report_id)
    octavo.chunk(report_id, chunks[0])
    monkeypatch.setattr(place, unexpected)
    args = {"chunk": (report_id, chunks[0]), "fail": (caught(report_id, "Plan", "States.Timeout"),)}
    error = fails(octavo, written, step, *args.get(step, (report_id,)))
    assert isinstance(error, UnexpectedError)
    assert re.fullmatch(r"ValueError at \S+test_secrecy.py:\d+", str(error))
    assert written.outcomes()[-1] == "step failed unexpectedly"
    line = written.lines[-1]
    assert (line["report_id"], line.get("chunk")) == (report_id, 0 if step == "chunk" else None)
    assert line["error"] == "ValueError"


def test_an_execution_gets_the_reports_id_type_and_format_and_nothing_else(octavo):
    report = octavo.submit(parameters={"letter": PARAMETER}, headers={"idempotency-key": KEY}).body
    (execution,) = octavo.executions()
    about = octavo.states.describe_execution(executionArn=execution["executionArn"])["input"]
    assert json.loads(about) == {"report_id": report["id"], "type": "letters", "format": "csv"}


def test_only_the_digest_of_a_key_is_stored(octavo):
    octavo.submit(headers={"idempotency-key": KEY})
    assert KEY not in json.dumps(octavo.dynamodb.scan(TableName=octavo.table)["Items"])
