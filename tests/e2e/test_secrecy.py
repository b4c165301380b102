"""What is written in the logs and in the executions of a deployed stack: no parameter, row, link, key or SQL.

The emulator keeps a function's log as CloudWatch does: what the function printed, and the traceback of what it raised
with all its causes, which is more than Lambda logs.
"""

import json
import re
from pathlib import Path

import httpx
import pytest

from infra.limits import SIZES
from infra.local import Stack
from tests.e2e.conftest import Local

PARAMETER, ROW, KEY = "zebra-parameter", "quagga-row", "okapi-key"
SECRET = re.compile(rf"{PARAMETER}|{ROW}|{KEY}|X-Amz-Signature|\bselect\b", re.IGNORECASE)
TYPES = '''
from pydantic import BaseModel

from octavo.report_type import Column, Csv, ReportType


class Letters(ReportType):
    """Letters, all of them whatever is asked."""

    title = "Letters"
    sources = {"letters": Csv("letters.csv")}
    query = "select letter, number from letters where $letter is not null"
    order_by = ("number",)
    columns = (Column("letter", "Letter"), Column("number", "Number"))
    chunk_rows = 20

    class Parameters(BaseModel):
        letter: str


class FailingQuery(Letters):
    """DuckDB can't convert a letter, and quotes it."""

    query = "select letter, (letter || $letter)::int as number from letters"


class RaisingPages(Letters):
    """Its pages quote the rows that they can't draw."""

    formats = ("pdf",)

    @staticmethod
    def draw_pages(rows):
        raise ValueError(f"no page for {rows}")
'''


class Spoken:
    """The stack, after a report that succeeded and two that failed, by their types."""

    def __init__(self, local):
        self.local = local
        self.link = ""
        submitted = {each: self._submitted(each) for each in ("letters", "failing_query", "raising_pages")}
        self.reports = {type: self._ended(report_id) for type, report_id in submitted.items()}
        local.http.post(f"reports/{self.reports['letters']['id']}/cancel")  # for the log of `manage`

    def _submitted(self, type):
        body = {"type": type, "parameters": {"letter": PARAMETER}}
        return self.local.http.post("reports", json=body, headers={"Idempotency-Key": KEY + type}).json()["id"]

    def _ended(self, report_id):
        self.local.octavo("status", report_id, "--wait")
        report = self.local.http.get(f"reports/{report_id}").json()
        if report["document"]:
            self.link = self.local.http.get(f"reports/{report_id}/document").headers["Location"]
        return report

    def log(self, function):
        """Return all that a function has logged."""
        logs, group = self.local.client("logs"), f"/aws/lambda/Octavo-{function}"
        streams = logs.get_paginator("describe_log_streams").paginate(logGroupName=group)
        found = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        assert any(page["logStreams"] for page in streams)
        return "\n".join(event["message"] for page in found for event in page["events"])

    def execution(self, report):
        """Return a report's execution with its history, and those of its chunks, as one text."""
        states = self.local.client("stepfunctions")
        (execution,) = [each for each in self.local.executions() if each["name"].endswith(report["id"])]
        arns = [execution["executionArn"]]
        for run in states.list_map_runs(executionArn=arns[0])["mapRuns"]:
            chunks = states.list_executions(mapRunArn=run["mapRunArn"])["executions"]
            arns += [each["executionArn"] for each in chunks]
        told = [states.describe_execution(executionArn=arn) for arn in arns]
        told += [states.get_execution_history(executionArn=arn, maxResults=1000)["events"] for arn in arns]
        return json.dumps(told, default=str)


@pytest.fixture(scope="module")
def spoken(tmp_path_factory):
    home = tmp_path_factory.mktemp("secrecy")
    (home / "reports").mkdir()
    (home / "reports/__init__.py").touch()
    (home / "reports/secret.py").write_text(TYPES)
    (home / "data").mkdir()
    (home / "data/letters.csv").write_text("letter,number\n" + "".join(f"{ROW},{n}\n" for n in range(50)))
    with Stack(home / "stack", data=home / "data", reports=home / "reports", check=False) as deployment:
        local = Local(deployment.api_url, deployment, Path(home))
        yield Spoken(local)
        local.close()


def test_the_reports_end_as_they_should_and_hold_what_is_looked_for(spoken):
    letters, failing, raising = spoken.reports.values()
    assert letters["status"] == "SUCCESS"
    assert letters["parameters"] == {"letter": PARAMETER}
    assert httpx.get(spoken.link).text.count(ROW) == 50
    assert "X-Amz-Signature" in spoken.link
    assert failing["error"]["code"] == "QUERY_FAILED"
    assert raising["error"]["code"] == "RENDER_FAILED"
    assert not [report for report in (failing, raising) if SECRET.search(json.dumps(report["error"]))]


OUTCOMES = {
    "submit": "report submitted",
    "status": "",
    "plan": "report planned",
    "chunk": "step failed unexpectedly",
    "merge": "report ready",
    "fail": "failure recorded",
    "manage": "report cancelled",
}


@pytest.mark.parametrize("function", OUTCOMES)
def test_no_function_logs_what_is_secret(spoken, function):
    log = spoken.log(function)
    assert OUTCOMES[function] in log
    assert not SECRET.search(log)


def test_every_function_has_been_looked_at():
    assert OUTCOMES.keys() == SIZES.keys()


def test_errors_are_logged_by_kind_and_place(spoken):
    assert "QUERY_FAILED: The query of report type 'failing_query' failed on its data" in spoken.log("plan")
    assert re.search(r'"error":"ValueError","frames":\[.*secret\.py:\d+ draw_pages"\]', spoken.log("chunk"))


@pytest.mark.parametrize("type", ["letters", "failing_query", "raising_pages"])
def test_no_execution_holds_what_is_secret(spoken, type):
    report = spoken.reports[type]
    told = spoken.execution(report)
    assert report["id"] in told
    assert ("first_row" in told) == (type != "failing_query")  # the chunks' input
    assert not SECRET.search(told)


def test_a_link_opens_its_own_document_for_reading_and_nothing_else(spoken):
    link, report = spoken.link, spoken.reports["letters"]
    bucket = spoken.local.deployment.bucket
    spoken.local.client("s3").put_object(Bucket=bucket, Key="documents/another/letters.csv", Body=b"another's")
    own = f"{report['id']}/{report['document']['filename']}"
    changed = [
        ("GET", link.replace(own, "another/letters.csv")),
        ("GET", link.partition("?")[0]),
        ("GET", link.replace("X-Amz-Expires=900", "X-Amz-Expires=90000")),
        ("GET", f"{link}&response-content-type=text/html"),
        ("PUT", link),
        ("DELETE", link),
    ]
    assert link not in [url for method, url in changed if method == "GET"]
    assert [httpx.request(method, url).status_code for method, url in changed] == [403] * len(changed)
    assert httpx.get(link).text.count(ROW) == 50


def test_a_link_is_dead_once_its_report_is_deleted(spoken):
    body = {"type": "letters", "parameters": {"letter": PARAMETER}, "force": True}
    report = spoken.local.http.post("reports", json=body, headers={"Prefer": "wait=20"}).json()
    link = report["document"]["url"]
    assert httpx.get(link).status_code == 200
    assert spoken.local.http.delete(f"reports/{report['id']}").status_code == 204
    assert httpx.get(link).status_code in {403, 404}
    assert not spoken.local.keys(f"documents/{report['id']}/")
