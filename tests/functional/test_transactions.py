"""What the functions ask of DynamoDB: how often, and what they do when a transaction of another is in progress."""

import importlib
import io
import json
from contextlib import contextmanager

import pytest
from botocore.awsrequest import AWSResponse

from octavo.storage import transactions
from tests.functional.conftest import BEN
from tests.functional.test_requests import problem

KEY = {"idempotency-key": "the report of Monday"}


def refusal(kind, **more):
    """Return what DynamoDB answers when a transaction on the same item is in progress."""
    body = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{kind}", "message": "in progress", **more})

    class Raw(io.BytesIO):
        def stream(self, **kwargs):
            yield self.read()

    return AWSResponse("http://127.0.0.1", 400, {"Content-Type": "application/x-amz-json-1.0"}, Raw(body.encode()))


def conflict(operation):
    if operation == "TransactWriteItems":
        return refusal("TransactionCanceledException", CancellationReasons=[{"Code": "TransactionConflict"}])
    return refusal("TransactionConflictException")


@contextmanager
def refused(function, operation, times):
    """Let DynamoDB refuse the next `times` calls of an operation by a function; yield the list of all its calls."""
    table = importlib.import_module(f"functions.{function}.handler").reports._table
    events, event = table.client.meta.events, f"before-send.dynamodb.{operation}"
    sent = []

    def answer(request, **kwargs):
        sent.append(request)
        return conflict(operation) if len(sent) <= times else None

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

    def test_chunks_are_counted_one_after_the_other(self, octavo):
        report_id = octavo.submit().body["id"]
        (chunk, *_) = octavo.plan(report_id)
        with refused("chunk", "TransactWriteItems", times=3):
            octavo.chunk(report_id, chunk)
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
        assert len(sent) == transactions.TRIES

    def test_a_cancel_that_always_meets_a_conflict_is_answered_with_busy(self, octavo):
        report_id = octavo.submit().body["id"]
        with refused("manage", "UpdateItem", times=1000) as sent:
            answer = octavo.cancel(report_id)
        problem(answer, 503, "BUSY")
        assert len(sent) == transactions.TRIES


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
