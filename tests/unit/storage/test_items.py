"""A report is read back from its item as it was written."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest

from octavo.codes import Code
from octavo.lifecycle.failure import timed_out
from octavo.lifecycle.report import Document, Report, Status
from octavo.storage.items import item_of, report_of
from octavo.storage.transactions import dump, load

NOW = datetime(2026, 1, 1, 12, 0, 0, 123000, tzinfo=UTC)
REPORT = Report(
    id="01890000-0000-7000-8000-000000000001",
    owner="anna",
    type="letters",
    parameters={"letter": "é", "below": 1.5, "some": [1, None]},
    bound={"letter": "é"},
    format="csv",
    fingerprint="sha256:0",
    created_at=NOW,
    deadline=NOW + timedelta(hours=1),
    expires_at=(NOW + timedelta(days=7)).replace(microsecond=0),
)


def test_a_new_report_is_read_as_it_was_written():
    assert report_of(load(dump(item_of(REPORT)))) == REPORT


@pytest.mark.parametrize("code", Code)
def test_a_failure_of_every_code_is_read_as_it_was_written(code):
    ended = replace(REPORT, status=Status.FAIL, stage=None, finished_at=NOW, failure=replace(timed_out(), code=code))
    item = item_of(REPORT) | {"status": "FAIL", "stage": None, "finished_at": "2026-01-01T12:00:00.123Z"}
    read = report_of(load(dump(item | {"failure": asdict(ended.failure)})))
    assert read == ended
    assert isinstance(read.failure.code, Code)


def test_a_code_of_another_version_is_an_internal_failure():
    item = item_of(REPORT) | {"status": "FAIL", "failure": asdict(timed_out()) | {"code": "TOO_COLD"}}
    assert report_of(item).failure == replace(timed_out(), code=Code.INTERNAL)


def test_a_document_is_read_as_it_was_written():
    document = Document("documents/1/a.csv", "a.csv", "text/csv", 7, 1, "00000001")
    item = item_of(REPORT) | {"status": "SUCCESS", "document": asdict(document)}
    assert report_of(load(dump(item))).document == document
