"""The logs and the executions of a deployed stack contain no parameter, row, link, key or SQL.

The emulator keeps the log of a function as CloudWatch does: what the function printed, and the traceback of an error
with all its causes. Lambda itself logs less, because it leaves out the causes.
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

from octavo import Column, Csv, ReportType


class Letters(ReportType):
    """Letters, always all of them."""

    title = "Letters"
    sources = {"letters": Csv("letters.csv")}
    query = "select letter, number from letters where $letter is not null"
    order_by = ("number",)
    columns = (Column("letter", "Letter"), Column("number", "Number"))
    chunk_rows = 20

    class Parameters(BaseModel):
        letter: str


class FailingQuery(Letters):
    """DuckDB cannot convert a letter, and quotes it."""

    query = "select letter, (letter || $letter)::int as number from letters"


class RaisingPages(Letters):
    """Its pages quote the rows that they cannot draw."""

    formats = ("pdf",)

    @staticmethod
    def draw_pages(rows):
        raise ValueError(f"no page for {rows}")
'''


class UsedStack:
    """A stack with one report that has succeeded and two that have failed."""

    def __init__(self, local):
        self.local = local
        self.link = ""
        submitted = {each: self._submitted(each) for each in ("letters", "failing_query", "raising_pages")}
        self.reports = {type: self._ended(report_id) for type, report_id in submitted.items()}
        # No report had to wait for capacity. The error of a report that has ended goes to the log, too.
        event = json.dumps({"report_id": self.reports["letters"]["id"]})
        local.client("lambda").invoke(FunctionName="Octavo-admit", Payload=event)
        for _ in range(
            2
        ):  # For the logs of `watch` and `manage`: the emulator may add a line only after the next call.
            local.client("lambda").invoke(FunctionName="Octavo-watch", Payload="{}")
            local.http.post(f"reports/{self.reports['letters']['id']}/cancel")

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
        """Return everything that a function has logged."""
        logs, group = self.local.client("logs"), f"/aws/lambda/Octavo-{function}"
        streams = logs.get_paginator("describe_log_streams").paginate(logGroupName=group)
        found = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        assert any(page["logStreams"] for page in streams)
        return "\n".join(event["message"] for page in found for event in page["events"])

    def execution(self, report):
        """Return the execution of a report and those of its chunks, with their histories, as one text."""
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
def stack(tmp_path_factory):
    home = tmp_path_factory.mktemp("secrecy")
    (home / "reports").mkdir()
    (home / "reports/__init__.py").touch()
    (home / "reports/secret.py").write_text(TYPES)
    (home / "data").mkdir()
    (home / "data/letters.csv").write_text("letter,number\n" + "".join(f"{ROW},{n}\n" for n in range(50)))
    with Stack(home / "stack", data=home / "data", reports=home / "reports", check=False) as deployment:
        local = Local(deployment.api_url, deployment, Path(home))
        yield UsedStack(local)
        local.close()


def test_the_reports_end_as_expected_and_contain_the_secret_texts(stack):
    letters, failing, raising = stack.reports.values()
    assert letters["status"] == "SUCCESS"
    assert letters["parameters"] == {"letter": PARAMETER}
    assert httpx.get(stack.link).text.count(ROW) == 50
    assert "X-Amz-Signature" in stack.link
    assert failing["error"]["code"] == "QUERY_FAILED"
    assert raising["error"]["code"] == "RENDER_FAILED"
    assert not [report for report in (failing, raising) if SECRET.search(json.dumps(report["error"]))]


OUTCOMES = {
    "submit": "report submitted",
    "status": "",
    "plan": "report planned",
    "admit": "The report ended as SUCCESS",
    "chunk": "step failed unexpectedly",
    "merge": "report ready",
    "fail": "failure recorded",
    "manage": "report cancelled",
    "watch": "running reports watched",
}


@pytest.mark.parametrize("function", OUTCOMES)
def test_no_function_logs_a_secret(stack, function):
    log = stack.log(function)
    assert OUTCOMES[function] in log
    assert not SECRET.search(log)


def test_the_log_of_every_function_is_checked():
    assert OUTCOMES.keys() == SIZES.keys()


def test_errors_are_logged_by_class_and_location(stack):
    assert "QUERY_FAILED: The query of report type 'failing_query' failed on its data" in stack.log("plan")
    assert re.search(r'"error":"ValueError","frames":\[.*secret\.py:\d+ draw_pages"\]', stack.log("chunk"))


@pytest.mark.parametrize("type", ["letters", "failing_query", "raising_pages"])
def test_no_execution_contains_a_secret(stack, type):
    report = stack.reports[type]
    told = stack.execution(report)
    assert report["id"] in told
    assert ("first_row" in told) == (type != "failing_query")  # the chunks' input
    assert not SECRET.search(told)


def test_a_link_can_only_read_its_own_document(stack):
    link, report = stack.link, stack.reports["letters"]
    bucket = stack.local.deployment.bucket
    stack.local.client("s3").put_object(Bucket=bucket, Key="documents/another/letters.csv", Body=b"another's")
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


def test_a_link_stops_working_when_its_report_is_deleted(stack):
    body = {"type": "letters", "parameters": {"letter": PARAMETER}, "force": True}
    report = stack.local.http.post("reports", json=body, headers={"Prefer": "wait=20"}).json()
    link = report["document"]["url"]
    assert httpx.get(link).status_code == 200
    assert stack.local.http.delete(f"reports/{report['id']}").status_code == 204
    assert httpx.get(link).status_code in {403, 404}
    assert not stack.local.keys(f"documents/{report['id']}/")
