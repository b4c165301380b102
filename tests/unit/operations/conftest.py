"""A healthy deployment in memory, of which a test breaks one thing."""

import csv
import io
import itertools
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from octavo.authoring.self_test import SelfTest, expected_rows
from octavo.errors import ReportNotFound, StillRunning, WaitTimedOut
from octavo.http.models import DocumentView, FailureView, LinksView, ProgressView, ReportView
from octavo.operations.doctor import runs
from octavo.operations.doctor.account import Concurrency
from octavo.operations.doctor.deployment import Deployment
from octavo.operations.doctor.trials import Trials

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
CANCELLED = FailureView(code="CANCELLED", message="It was cancelled.", retryable=True)
URL = (
    "https://store.example/documents/{id}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260101T120000Z"
    "&X-Amz-Expires=900&X-Amz-Signature=abc"
)


def csv_of(report):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in SelfTest.columns])
    writer.writerows(expected_rows(report.parameters["rows"], report.parameters["run"]))
    return text.getvalue().encode()


class FakeClient:
    """An API whose documents are ready at once, and whose other reports run until somebody ends them."""

    url = "https://api.example"

    def __init__(self):
        self.kept = {}
        self.url_of_documents = URL
        self.content = {"csv": csv_of, "pdf": lambda report: b"%PDF-1.7\n...\n%%EOF\n"}
        self.shares = True
        self.stage = "CHUNKS"
        self.failing = {}  # format → failure
        self._numbers = itertools.count(1)

    def types(self):
        return ["flights", "sales"]

    def submit(self, name, parameters, *, format):
        assert name == "octavo_self_test"
        for report in self.kept.values():
            if self.shares and (report.parameters, report.format) == (parameters, format):
                return report.model_copy(update={"deduplicated": True})
        report = self._report(f"id-{next(self._numbers)}", parameters, format)
        self.kept[report.id] = report
        return report

    def _report(self, report_id, parameters, format):
        long = parameters["rows"] > 1_000
        failure = None if long else self.failing.get(format)
        document = None if long or failure else self._document(report_id, parameters, format)
        return ReportView(
            id=report_id,
            type="octavo_self_test",
            parameters=parameters,
            format=format,
            status="FAIL" if failure else "SUCCESS" if document else "RUNNING",
            stage=self.stage if long else None,
            progress=ProgressView(rows_total=None, rows_done=0, chunks_total=None, chunks_done=0),
            deduplicated=False,
            fingerprint="sha256:0",
            created_at=NOW,
            finished_at=None if long else NOW + timedelta(seconds=3),
            deadline=NOW + timedelta(hours=1),
            expires_at=NOW + timedelta(days=7),
            document=document,
            error=failure,
            links=LinksView(self="", document=""),
        )

    def _document(self, report_id, parameters, format):
        return DocumentView(
            url=self.url_of_documents.format(id=report_id),
            url_expires_at=NOW + timedelta(seconds=900),
            filename=f"octavo_self_test.{format}",
            media_type="",
            size_bytes=6_000_000,
            rows=parameters["rows"],
            pages=3 if format == "pdf" else None,
            crc32="0",
        )

    def reports(self, status=None, type=None):
        return iter([*self.kept.values()])

    def get(self, report_id):
        if report_id not in self.kept:
            raise ReportNotFound("There is no such report.")
        return self.kept[report_id]

    def wait(self, report_id, *, timeout_s):
        if self.get(report_id).status == "RUNNING":
            raise WaitTimedOut("It is still running.")
        return self.get(report_id)

    def end(self, report_id, failure=CANCELLED):
        update = {"status": "FAIL", "stage": None, "error": failure}
        self.kept[report_id] = self.kept[report_id].model_copy(update=update)
        return self.kept[report_id]

    cancel = end

    def delete(self, report_id):
        if self.get(report_id).status == "RUNNING":
            raise StillRunning("It is running.")
        del self.kept[report_id]

    def download(self, report_id, folder):
        report = self.get(report_id)
        path = folder / report.document.filename
        path.write_bytes(self.content[report.format](report))
        return path


class FakeAccount:
    """A stack in an account with the usual limits."""

    name = "Octavo"

    def __init__(self, client):
        self._client = client
        self.limits = Concurrency(limit=1_000, unreserved=800, reserved=200, capacity=200)
        self.throttled = {}
        self.alarm_states = {"Octavo-failed": "OK", "Octavo-5xx": "INSUFFICIENT_DATA"}
        self.messages = 0
        self.delivers = True

    def stop_execution(self, name):
        assert name.startswith("octavo-self-test-csv-id-")
        if self.delivers:
            self._client.end(name.removeprefix("octavo-self-test-csv-"))

    def concurrency(self):
        return self.limits

    def throttles(self, last):
        return self.throttled

    def alarms(self):
        return self.alarm_states

    def undelivered(self):
        return self.messages


class Store:
    """Answers requests that are not signed: the API refuses them, and the store of documents checks their links."""

    def __init__(self):
        self.api_status = 403
        self.link_status = 206
        self.altered_status = 403

    def __call__(self, request):
        if request.url.host == "api.example":
            return httpx.Response(self.api_status)
        altered = request.url.params["X-Amz-Expires"] != "900"
        headers = {"ETag": f'"{"0" * 32}-3"'}
        return httpx.Response(self.altered_status if altered else self.link_status, headers=headers)


class Clock:
    """A clock that only advances when somebody sleeps."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


class Healthy:
    """The parts of a healthy deployment."""

    def __init__(self):
        clock = Clock()
        self.client = FakeClient()
        self.account = FakeAccount(self.client)
        self.store = Store()
        self.trials = Trials(self.client, wait_s=5, sleep=clock.sleep, clock=clock)
        http = httpx.Client(transport=httpx.MockTransport(self.store))
        auth = httpx.BasicAuth("somebody", "")
        self.deployment = Deployment(self.client, auth, http, self.trials, "Octavo", self.account)


@pytest.fixture
def healthy(monkeypatch):
    monkeypatch.setattr(runs, "CSV_ROWS", 100)
    monkeypatch.setattr(runs, "PDF_ROWS", 50)
    monkeypatch.setattr("octavo.operations.doctor.caller.caller_arn", lambda: "arn:aws:iam::123456789012:user/Ops")
    made = Healthy()
    yield made
    made.deployment.http.close()
