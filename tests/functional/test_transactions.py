"""What the functions ask of DynamoDB: how often, and what they do when DynamoDB refuses a call for the moment."""

import importlib
import io
import itertools
import json
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

from octavo.errors import Busy
from octavo.storage import transactions
from octavo.storage.patience import ANSWERING
from tests.functional.conftest import BEN
from tests.functional.test_requests import problem

KEY = {"idempotency-key": "the report of Monday"}


def refusal(kind, status=400, **more):
    """Return an error as DynamoDB answers it."""
    body = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{kind}", "message": "no", **more})

    class Raw(io.BytesIO):
        def stream(self, **kwargs):
            yield self.read()

    return AWSResponse("http://127.0.0.1", status, {"Content-Type": "application/x-amz-json-1.0"}, Raw(body.encode()))


def conflict(operation):
    """Return what DynamoDB answers when a transaction on the same item is in progress."""
    if operation == "TransactWriteItems":
        return refusal("TransactionCanceledException", CancellationReasons=[{"Code": "TransactionConflict"}])
    return refusal("TransactionConflictException")


@contextmanager
def refused(function, operation, times, answered=None):
    """Let DynamoDB refuse the next `times` calls of an operation by a function; yield the list of all its calls."""
    table = importlib.import_module(f"functions.{function}.handler").reports._table
    events, event = table.client.meta.events, f"before-send.dynamodb.{operation}"
    sent = []

    def answer(request, **kwargs):
        sent.append(request)
        return (answered or conflict)(operation) if len(sent) <= times else None

    events.register(event, answer)
    yield sent
    events.unregister(event, answer)


@contextmanager
def asked_of_dynamodb():
    """Yield the list of what submit asks of DynamoDB: each operation and the kinds of items that it is about."""
    from functions.submit.handler import table

    asked = []

    def note(params, model, **kwargs):
        body = json.loads(params["body"])
        keys = [body["Key"]] if "Key" in body else [part["Put"]["Item"] for part in body.get("TransactItems", [])]
        asked.append((model.name, *sorted(key["sk"]["S"] for key in keys)))

    table.client.meta.events.register("before-call.dynamodb", note)
    yield asked
    table.client.meta.events.unregister("before-call.dynamodb", note)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(transactions, "LONGEST_PAUSE_S", 0)


class TestCalls:
    """Each item is read once in the usual case."""

    def test_a_new_report_with_a_key_reads_the_key_and_the_claim_once(self, octavo):
        with asked_of_dynamodb() as asked:
            assert octavo.submit(headers=KEY).status == 202
        assert asked == [
            ("GetItem", "key"),
            ("GetItem", "claim"),
            ("Query",),
            ("TransactWriteItems", "claim", "key", "report"),
        ]

    def test_joining_a_report_with_a_key_reads_each_item_once(self, octavo):
        octavo.submit()
        with asked_of_dynamodb() as asked:
            assert octavo.submit(headers=KEY).body["deduplicated"]
        reads = [("GetItem", "key"), ("GetItem", "claim"), ("GetItem", "report")]
        assert asked == [*reads, ("TransactWriteItems", "key")]

    def test_joining_a_report_without_a_key_writes_nothing(self, octavo):
        octavo.submit()
        with asked_of_dynamodb() as asked:
            octavo.submit()
        assert asked == [("GetItem", "claim"), ("GetItem", "report")]

    def test_a_known_key_needs_no_claim(self, octavo):
        octavo.submit(headers=KEY)
        with asked_of_dynamodb() as asked:
            octavo.submit(headers=KEY)
        assert asked == [("GetItem", "key"), ("GetItem", "report")]

    def test_a_claim_of_a_report_that_may_not_answer_is_replaced_in_one_transaction(self, octavo):
        first = octavo.submit().body["id"]
        octavo.cancel(first)
        with asked_of_dynamodb() as asked:
            assert octavo.submit().body["id"] != first
        reads = [("GetItem", "claim"), ("GetItem", "report"), ("Query",)]
        assert asked == [*reads, ("TransactWriteItems", "claim", "report")]


class TestConflicts:
    """Every write that meets another's transaction is tried again."""

    def test_a_report_is_cancelled_while_its_chunks_are_counted(self, octavo):
        report_id = octavo.submit().body["id"]
        with refused("manage", "UpdateItem", times=3) as sent:
            answer = octavo.cancel(report_id)
        assert (answer.status, answer.body["error"]["code"], len(sent)) == (202, "CANCELLED", 4)

    def test_a_report_is_deleted_while_its_last_chunk_is_counted(self, octavo):
        report_id = octavo.submit().body["id"]
        octavo.cancel(report_id)
        with refused("manage", "DeleteItem", times=3) as sent:
            assert octavo.delete(report_id).status == 204
        assert len(sent) == 4

    def test_a_failure_is_recorded_while_other_chunks_are_counted(self, octavo):
        report_id = octavo.submit().body["id"]
        error = {"Error": "States.Timeout", "Cause": ""}
        with refused("fail", "UpdateItem", times=3):
            octavo.fail({"report_id": report_id, "failed_state": "Render chunk", "error": error})
        assert octavo.status(report_id).body["error"]["code"] == "TIMED_OUT"

    def test_a_chunk_is_counted_after_conflicts(self, octavo):
        report_id = octavo.submit().body["id"]
        (chunk, *_) = octavo.plan(report_id)
        with refused("chunk", "UpdateItem", times=3) as sent:
            octavo.chunk(report_id, chunk)
        assert len(sent) == 4
        assert octavo.status(report_id).body["progress"]["chunks_done"] == 1

    def test_a_request_looks_again_before_each_try(self, octavo):
        with refused("submit", "TransactWriteItems", times=2), asked_of_dynamodb() as asked:
            assert octavo.submit(headers=KEY).status == 202
        assert [operation for operation, *_ in asked].count("TransactWriteItems") == 3
        assert asked.count(("GetItem", "claim")) == asked.count(("GetItem", "key")) == 3

    @pytest.mark.parametrize("headers", [None, KEY])
    def test_a_request_that_always_meets_a_conflict_is_busy_after_one_round_of_tries(self, octavo, headers):
        with refused("submit", "TransactWriteItems", times=1000) as sent:
            answer = octavo.submit(headers=headers)
        problem(answer, 503, "BUSY")
        assert answer.headers["Retry-After"].isdecimal()
        assert len(sent) == ANSWERING.tries

    def test_a_cancel_that_always_meets_a_conflict_is_answered_with_busy(self, octavo):
        report_id = octavo.submit().body["id"]
        with refused("manage", "UpdateItem", times=1000) as sent:
            answer = octavo.cancel(report_id)
        problem(answer, 503, "BUSY")
        assert len(sent) == ANSWERING.tries


# Every error that the service model of DynamoDB documents for these operations and that passes.
PASSING_ERRORS = [
    ("ThrottlingException", 400),
    ("ProvisionedThroughputExceededException", 400),
    ("RequestLimitExceeded", 400),
    ("TransactionConflictException", 400),
    ("TransactionInProgressException", 400),
    ("ReplicatedWriteConflictException", 400),
    ("InternalServerError", 500),
]
PASSING_REASONS = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]
ALWAYS = 10_000


def with_error(kind, status):
    return lambda operation: refusal(kind, status)


def cancelled(*codes):
    return lambda operation: refusal("TransactionCanceledException", CancellationReasons=[{"Code": c} for c in codes])


class TestRefusals:
    """What DynamoDB refuses for the moment is tried again, in every kind of call, and is BUSY in the end."""

    @pytest.fixture(autouse=True)
    def no_retries_by_boto3(self, monkeypatch):
        """Let boto3 try each call once, so that the tests see the tries of the one loop."""
        monkeypatch.setattr("botocore.retries.standard.RetryPolicy.should_retry", lambda self, context: False)

    @pytest.mark.parametrize(("kind", "status"), PASSING_ERRORS)
    @pytest.mark.parametrize("operation", ["GetItem", "Query", "TransactWriteItems"])
    def test_a_submit_passes_over_it(self, octavo, kind, status, operation):
        with refused("submit", operation, times=3, answered=with_error(kind, status)):
            assert octavo.submit().status == 202

    @pytest.mark.parametrize("reason", PASSING_REASONS)
    def test_a_submit_passes_over_a_cancelled_transaction(self, octavo, reason):
        with refused("submit", "TransactWriteItems", times=3, answered=cancelled("None", reason)) as sent:
            assert octavo.submit().status == 202
        assert len(sent) == 4

    @pytest.mark.parametrize(("kind", "status"), PASSING_ERRORS)
    def test_a_cancel_and_a_deletion_pass_over_it(self, octavo, kind, status):
        report_id = octavo.submit().body["id"]
        with refused("manage", "UpdateItem", times=3, answered=with_error(kind, status)):
            assert octavo.cancel(report_id).status == 202
        with refused("manage", "DeleteItem", times=3, answered=with_error(kind, status)):
            assert octavo.delete(report_id).status == 204

    @pytest.mark.parametrize(
        ("function", "operation", "call"),
        [
            ("submit", "GetItem", lambda octavo, report_id: octavo.submit()),
            ("submit", "Query", lambda octavo, report_id: octavo.submit(force=True)),
            ("submit", "TransactWriteItems", lambda octavo, report_id: octavo.submit(force=True)),
            ("status", "GetItem", lambda octavo, report_id: octavo.status(report_id)),
            ("status", "Query", lambda octavo, report_id: octavo.call("GET", "/reports")),
            ("manage", "UpdateItem", lambda octavo, report_id: octavo.cancel(report_id)),
        ],
    )
    def test_what_is_refused_again_and_again_is_busy(self, octavo, function, operation, call):
        report_id = octavo.submit().body["id"]
        with refused(function, operation, ALWAYS, with_error("ThrottlingException", 400)) as sent:
            answer = call(octavo, report_id)
        problem(answer, 503, "BUSY")
        assert answer.headers["Retry-After"].isdecimal()
        assert len(sent) == ANSWERING.tries

    def test_a_step_of_the_workflow_is_busy_too_and_may_be_retried(self, octavo):
        report_id = octavo.submit().body["id"]
        octavo.plan(report_id)
        with refused("merge", "UpdateItem", ALWAYS, with_error("ThrottlingException", 400)), pytest.raises(Busy) as it:
            octavo.merge(report_id)
        assert it.value.retryable

    def test_the_tries_end_when_the_time_is_up(self, monkeypatch):
        clock, tried = itertools.count(0, 3), []

        def attempt():
            tried.append(None)
            raise transactions.Interference

        monkeypatch.setattr(transactions, "time", SimpleNamespace(monotonic=lambda: next(clock), sleep=lambda s: None))
        with pytest.raises(Busy):
            transactions.Table(None, "reports").retried(attempt)  # 0 s, then 3, 6 and 9 s after the tries
        assert len(tried) == 3

    def test_an_error_that_does_not_pass_is_not_tried_again(self, octavo):
        with refused("submit", "TransactWriteItems", ALWAYS, cancelled("ValidationError")) as sent:
            problem(octavo.submit(), 500, "INTERNAL")
        assert len(sent) == 1

    def test_the_pauses_are_random_between_nothing_and_a_limit_that_doubles(self, monkeypatch):
        limits = []
        monkeypatch.setattr(transactions, "LONGEST_PAUSE_S", 1.0)
        monkeypatch.setattr(transactions.time, "sleep", lambda seconds: None)
        monkeypatch.setattr(transactions.random, "uniform", lambda low, high: limits.append((low, high)) or low)
        for number in range(8):
            transactions._pause(number)
        assert limits == [(0, high) for high in (0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.0, 1.0)]

    @pytest.mark.parametrize("request_", [{}, {"force": True}, {"headers": KEY}, {"force": True, "headers": KEY}])
    def test_a_submit_whose_answer_was_lost_made_one_new_report(self, octavo, monkeypatch, request_):
        """DynamoDB has put the report, but reports a fault of the server. The next try finds what it wanted to put."""
        from functions.submit.handler import table

        put, lost = table.client.transact_write_items, []

        def put_and_lose_the_answer(**kwargs):
            answer = put(**kwargs)
            if not lost:
                lost.append(answer)
                raise ClientError(FAULT, "TransactWriteItems")
            return answer

        monkeypatch.setattr(table.client, "transact_write_items", put_and_lose_the_answer)
        answer = octavo.submit(**request_)
        assert (answer.status, answer.body["deduplicated"]) == (202, False)
        assert len(lost) == len(octavo.executions()) == 1
        assert octavo.status(answer.body["id"]).body["status"] == "RUNNING"


FAULT = {"Error": {"Code": "InternalServerError"}, "ResponseMetadata": {"HTTPStatusCode": 500}}


def test_the_same_key_with_two_requests_for_one_report_at_one_moment_is_refused_for_the_slower(octavo, monkeypatch):
    """Both join the same report; only the request that the key came with first may use the key again."""
    from functions.submit.handler import table

    octavo.submit()
    write_once, others = table.write_once, []

    def write_after_another(*parts):
        if not others:
            others.append(None)
            others.append(octavo.submit(headers=KEY, max_age=7))
        write_once(*parts)

    monkeypatch.setattr(table, "write_once", write_after_another)
    problem(octavo.submit(headers=KEY), 422, "IDEMPOTENCY_KEY_REUSED")
    assert others[1].status == 202


def test_another_callers_report_is_not_counted_or_changed_by_a_conflict(octavo):
    report_id = octavo.submit().body["id"]
    with refused("manage", "UpdateItem", times=1000) as sent:
        problem(octavo.cancel(report_id, caller=BEN), 404, "REPORT_NOT_FOUND")
    assert sent == []
