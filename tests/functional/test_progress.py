"""The progress of a report: counted without loss by many chunks at once, and never at the cost of a chunk."""

import importlib
import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from octavo.lifecycle.manifest import Chunk, cut
from octavo.lifecycle.report import Report, Stage
from octavo.storage import progress, transactions
from octavo.storage.items import item_of, report_of
from octavo.storage.reports import Reports
from octavo.storage.transactions import Table, dump, load

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
REPORT = Report(
    id="01890000-0000-7000-8000-000000000001",
    owner="anna",
    type="letters",
    parameters={},
    bound={},
    format="csv",
    fingerprint="sha256:0",
    created_at=NOW,
    deadline=NOW + timedelta(hours=1),
    expires_at=NOW + timedelta(days=7),
)
REFUSALS = ("ThrottlingException", "TransactionConflictException", "InternalServerError")


class Dynamo:
    """A table that refuses each write several times. It knows an UpdateItem that sets attributes, and a Query.

    It refuses conditions and transactions for good, because with these the writers of one item wait for each other:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
    """

    def __init__(self, refusals=()):
        self._refusals = refusals
        self.items, self.refused = {}, Counter()
        self._lock = threading.Lock()

    def update_item(self, **asked):
        assert "ConditionExpression" not in asked
        names, values = asked["ExpressionAttributeNames"], asked["ExpressionAttributeValues"]
        with self._lock:
            tried = self.refused[names["#chunk"]]
            if tried < len(self._refusals):
                self.refused[names["#chunk"]] += 1
                status = {"HTTPStatusCode": 400}
                raise ClientError({"Error": {"Code": self._refusals[tried]}, "ResponseMetadata": status}, "UpdateItem")
            return self._write(asked["Key"], asked["UpdateExpression"], names, values)

    def _write(self, key, expression, names, values):
        item = self.items.setdefault((key["pk"]["S"], key["sk"]["S"]), dict(key))
        for change in expression.removeprefix("SET ").split(", "):
            name, value = change.split(" = ")
            item[names.get(name, name)] = values[value]
        return {"Attributes": dict(item)}

    def query(self, **asked):
        assert asked["ConsistentRead"]
        pk = asked["ExpressionAttributeValues"][":pk"]["S"]
        return {"Items": [item for (here, _), item in sorted(self.items.items()) if here == pk]}


def planned(chunks):
    """Return the report after a plan of these chunks."""
    rows = sum(chunk.rows for chunk in chunks)
    item = item_of(REPORT) | {"stage": Stage.CHUNKS, "chunks_total": len(chunks), "rows_total": rows}
    return report_of(load(dump(item)))


def test_a_thousand_chunks_that_end_at_once_are_all_counted():
    client, chunks = Dynamo(REFUSALS), cut(3_333_333, 3_334)
    reports = Reports(Table(client, "reports"))
    assert len(chunks) == 1000
    together = threading.Barrier(len(chunks))

    def count(chunk):
        together.wait()
        reports.count_chunk(REPORT, chunk)  # raises Busy if all of its tries are refused

    with ThreadPoolExecutor(len(chunks)) as pool:
        list(pool.map(count, chunks))
    done = reports.with_progress(planned(chunks)).progress
    assert (done.chunks_done, done.rows_done) == (1000, 3_333_333)
    assert client.refused.total() == 3000


def test_the_largest_item_costs_one_write_unit():
    """DynamoDB counts the bytes of names and values; a number has at most a byte for two digits, and one more."""
    client = Dynamo()
    reports = Reports(Table(client, "reports"))
    for number in range(9_984, 9_984 + progress.CHUNKS_PER_ITEM):
        reports.count_chunk(REPORT, Chunk(number, 0, 2_147_483))
    (item,) = client.items.values()
    size = sum(len(name) + (len(value.get("S", "")) or len(value["N"]) / 2 + 2) for name, value in item.items())
    assert size < 1024


def test_progress_grows_with_every_chunk_and_ends_at_the_total():
    chunks = cut(10_001, 77)
    reports = Reports(Table(Dynamo(), "reports"))
    seen = [reports.with_progress(planned(chunks)).progress.rows_done]
    for chunk in [*chunks[::-1], *chunks[:3]]:
        reports.count_chunk(REPORT, chunk)
        seen.append(reports.with_progress(planned(chunks)).progress.rows_done)
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0, 10_001)


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "ThrottlingException"}, "ResponseMetadata": {"HTTPStatusCode": 400}}, "x"),
        ClientError({"Error": {"Code": "AccessDeniedException"}, "ResponseMetadata": {"HTTPStatusCode": 400}}, "x"),
        ReadTimeoutError(endpoint_url="https://dynamodb"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_chunk_that_cannot_be_counted_is_rendered_nevertheless(octavo, monkeypatch, error):
    from functions.chunk.handler import reports

    report_id = octavo.submit().body["id"]
    chunks = octavo.plan(report_id)

    def refuse(**kwargs):
        raise error

    monkeypatch.setattr(transactions, "LONGEST_PAUSE_S", 0)
    with monkeypatch.context() as patch:
        patch.setattr(reports._table.client, "update_item", refuse)
        for chunk in chunks:
            octavo.chunk(report_id, chunk)
    assert octavo.status(report_id).body["progress"]["chunks_done"] == 0
    octavo.merge(report_id)
    done = octavo.status(report_id).body
    assert done["status"] == "SUCCESS"
    assert done["progress"] == {"rows_total": 1000, "rows_done": 1000, "chunks_total": 4, "chunks_done": 4}


def end_late(octavo, report_id, chunk, monkeypatch, meanwhile):
    """Run a chunk, and do something while it is rendered."""
    from functions.chunk import handler

    render = handler.render

    def render_while_it_happens(*args):
        meanwhile()
        return render(*args)

    with monkeypatch.context() as patch:
        patch.setattr(handler, "render", render_while_it_happens)
        octavo.chunk(report_id, chunk)


def test_a_chunk_that_ends_after_the_report_changes_nothing_but_the_progress(octavo, monkeypatch):
    report_id = octavo.submit().body["id"]
    (first, *_) = octavo.plan(report_id)
    end_late(octavo, report_id, first, monkeypatch, lambda: octavo.cancel(report_id))
    seen = octavo.status(report_id).body
    assert (seen["status"], seen["stage"], seen["error"]["code"]) == ("FAIL", None, "CANCELLED")
    assert seen["progress"]["chunks_done"] == 1


def test_a_chunk_that_ends_after_the_deletion_does_not_bring_the_report_back(octavo, monkeypatch):
    report_id = octavo.submit().body["id"]
    (first, second, *_) = octavo.plan(report_id)
    octavo.chunk(report_id, first)

    def delete():
        octavo.cancel(report_id)
        octavo.delete(report_id)

    end_late(octavo, report_id, second, monkeypatch, delete)
    assert octavo.status(report_id).status == 404
    assert octavo.call("GET", "/reports").body["reports"] == []
    left = [load(item) for item in octavo.dynamodb.scan(TableName=octavo.table)["Items"]]
    assert [item["sk"] for item in left if item["pk"] == f"report#{report_id}"] == ["progress#000"]
    assert all(item["expires_at"] > NOW.timestamp() for item in left if item["sk"] != "shares")


def queries(octavo, function, call):
    """Return the answer of a call, and the number of queries of the table itself that the function made for it."""
    table = importlib.import_module(f"functions.{function}.handler").reports._table
    asked = []

    def note(params, **kwargs):
        asked.append(json.loads(params["body"]))

    table.client.meta.events.register("before-call.dynamodb.Query", note)
    answer = call()
    table.client.meta.events.unregister("before-call.dynamodb.Query", note)
    return answer, len([body for body in asked if "IndexName" not in body])


def test_the_list_asks_for_the_progress_of_the_reports_whose_chunks_are_rendered_and_no_others(octavo):
    waiting, rendering, merged = [octavo.submit(parameters={"below": 900 + n}).body["id"] for n in range(3)]
    octavo.chunk(rendering, octavo.plan(rendering)[0])
    octavo.run(merged)
    answer, count = queries(octavo, "status", lambda: octavo.call("GET", "/reports"))
    done = {report["id"]: report["progress"]["chunks_done"] for report in answer.body["reports"]}
    assert done == {waiting: 0, rendering: 1, merged: 4}
    assert count == 1


def test_every_answer_has_the_progress(octavo):
    report_id = octavo.submit().body["id"]
    octavo.chunk(report_id, octavo.plan(report_id)[0])
    seen = octavo.status(report_id).body["progress"]
    assert seen["chunks_done"] == 1
    assert octavo.submit().body["progress"] == seen
    assert octavo.submit(headers={"prefer": "wait=0"}).body["progress"] == seen
    assert octavo.cancel(report_id).body["progress"] == seen
    assert octavo.status(report_id).body["progress"] == seen


def test_a_poll_that_has_seen_this_progress_is_not_modified(octavo):
    report_id = octavo.submit().body["id"]
    first, second, *_ = octavo.plan(report_id)
    octavo.chunk(report_id, first)
    etag = octavo.status(report_id).headers["ETag"]
    again = {"if-none-match": etag}
    assert octavo.call("GET", f"/reports/{report_id}", headers=again).status == 304
    octavo.chunk(report_id, second)
    assert octavo.call("GET", f"/reports/{report_id}", headers=again).status == 200
