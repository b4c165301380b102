"""The model of `octavo cost` has the requests that a report makes: they are counted while one runs."""

import json
import logging
import re
from collections import Counter
from dataclasses import dataclass, field, replace

import pytest
from botocore.client import BaseClient

from octavo.data.snapshot import ROW_GROUP_ROWS
from octavo.operations.cost import usage
from octavo.operations.cost.usage import TableCalls, joining_requests, reading_requests, table_calls, upload_requests
from tests.functional.conftest import ENVIRONMENT

REQUEST = re.compile(r'"(?:\x1b\[\d+m)*(GET|HEAD|PUT|POST) /octavo-test')  # werkzeug colours some lines


@dataclass
class Counted(logging.Handler):
    """The calls of DynamoDB, and the requests that reach S3: those of boto3 and those of DuckDB."""

    table: Counter = field(default_factory=Counter)
    bucket: Counter = field(default_factory=Counter)

    def __post_init__(self):
        super().__init__()

    __hash__ = logging.Handler.__hash__

    def emit(self, record):
        if found := REQUEST.search(record.getMessage()):
            self.bucket["puts" if found[1] in {"PUT", "POST"} else "gets"] += 1

    def called(self, operation, parameters):
        self.table[operation] += len(parameters.get("TransactItems", [None]))

    @property
    def table_calls(self):
        names = {"gets": "GetItem", "queries": "Query", "updates": "UpdateItem", "transacted": "TransactWriteItems"}
        assert self.table.keys() <= {*names.values()}
        return TableCalls(**{name: self.table[operation] for name, operation in names.items()})


@pytest.fixture
def count(monkeypatch, server):
    """Return a function that runs something, and returns what it returned and the requests that it made."""
    call = BaseClient._make_api_call
    log = logging.getLogger("werkzeug")

    def counted(run):
        seen = Counted()

        def note(client, operation, parameters):
            if client.meta.service_model.service_name == "dynamodb":
                seen.called(operation, parameters)
            return call(client, operation, parameters)

        monkeypatch.setattr(BaseClient, "_make_api_call", note)
        monkeypatch.setattr(log, "level", logging.INFO)
        log.addHandler(seen)
        log.manager._clear_cache()
        try:
            return run(), seen
        finally:
            log.removeHandler(seen)
            monkeypatch.undo()
            log.manager._clear_cache()

    return counted


@pytest.fixture
def capacity():
    """Let the model have the capacity of these tests, which is so small that a report of two chunks takes a share."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(usage, "CAPACITY", int(ENVIRONMENT["OCTAVO_CAPACITY"]))
        yield


def expected(step, chunks):
    calls = table_calls(step, chunks)
    return replace(calls, updates=calls.updates + calls.small_updates, small_updates=0, ends=0)


@pytest.mark.parametrize(
    ("type", "parameters"),
    [("letters", {}), ("octavo_self_test", {"rows": 150_000})],
    ids=["a small report", "a report whose segments S3 copies"],
)
def test_the_model_has_the_requests_that_a_report_makes(octavo, count, type, parameters, capacity):
    submitted, seen = count(lambda: octavo.submit(type, parameters=parameters))
    assert (seen.table_calls, seen.bucket) == (expected("submit", 1), {})
    report_id = submitted.body["id"]

    planned, seen = count(lambda: octavo.handlers["plan"]({"report_id": report_id}, None))
    assert seen.table_calls == expected("plan", planned["chunks"])
    assert seen.bucket["puts"] == upload_requests(size_of(octavo, f"snapshots/{report_id}/")) + 2
    assert seen.bucket["gets"] <= usage.SOURCE_GETS

    listed = octavo.s3.get_object(Bucket=octavo.bucket, Key=planned["chunks_key"])
    chunks = json.loads(listed["Body"].read())
    for chunk in chunks:
        _, seen = count(lambda chunk=chunk: octavo.chunk(report_id, chunk))
        segment_bytes = size_of(octavo, f"work/{report_id}/segments/{chunk['number']:05}")
        assert seen.table_calls == expected("chunk", len(chunks))
        assert seen.bucket["puts"] == upload_requests(segment_bytes) + 1
        most = reading_requests(chunk["rows"])
        assert most - 3 <= seen.bucket["gets"] <= most

    _, seen = count(lambda: octavo.merge(report_id))
    assert seen.table_calls == expected("merge", len(chunks))
    assert (seen.bucket["puts"], seen.bucket["gets"]) == joining_requests(len(chunks), segment_bytes, tail_bytes=0)

    shown, seen = count(lambda: octavo.status(report_id))
    assert shown.body["status"] == "SUCCESS"
    assert (seen.table_calls, seen.bucket) == (expected("status", len(chunks)), {})


def size_of(octavo, prefix):
    """Return the size of the first object with this prefix: a segment comes before its record."""
    return octavo.s3.list_objects_v2(Bucket=octavo.bucket, Prefix=prefix)["Contents"][0]["Size"]


def test_the_item_of_a_report_is_as_large_as_the_model_assumes(octavo):
    report_id = octavo.submit(parameters={"letter": "a"}).body["id"]
    octavo.run(report_id)
    items = octavo.dynamodb.scan(TableName=octavo.table)["Items"]
    (report,) = [item for item in items if "fingerprint" in item and item["pk"]["S"].endswith(report_id)]
    size = len(json.dumps(report).encode())  # more than DynamoDB counts: names and values, without JSON's signs
    assert 1024 * (usage.REPORT_UNITS - 1) < size <= 1024 * usage.REPORT_UNITS
    assert all(len(json.dumps(item)) < 1024 for item in items if item is not report)


def test_the_row_groups_of_the_model_are_those_of_snapshots():
    assert usage.ROW_GROUP_ROWS == ROW_GROUP_ROWS
