"""The metrics that the functions print, checked against the specification of the embedded metric format.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import re
from datetime import UTC, datetime, timedelta

import jsonschema
import pytest

from octavo.codes import Code
from octavo.lifecycle.report import created_at, new_id
from octavo.metrics import CAUSED_BY_CALLERS, NAMESPACE, Metric
from tests.functional.test_ends import WAYS, merged
from tests.functional.test_lifecycle import set_attribute

NOT_EMPTY = {"type": "string", "minLength": 1, "maxLength": 1024}
METRIC = {
    "type": "object",
    "required": ["Name", "Unit"],
    "additionalProperties": False,
    "properties": {"Name": NOT_EMPTY, "Unit": {"enum": ["Seconds", "Bytes", "Count"]}},
}
DIRECTIVE = {
    "type": "object",
    "required": ["Namespace", "Dimensions", "Metrics"],
    "additionalProperties": False,
    "properties": {
        "Namespace": NOT_EMPTY,
        "Dimensions": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "array", "minItems": 1, "maxItems": 30, "items": NOT_EMPTY},
        },
        "Metrics": {"type": "array", "minItems": 1, "maxItems": 100, "items": METRIC},
    },
}
SCHEMA = {
    "type": "object",
    "required": ["_aws"],
    "properties": {
        "_aws": {
            "type": "object",
            "required": ["Timestamp", "CloudWatchMetrics"],
            "additionalProperties": False,
            "properties": {
                "Timestamp": {"type": "integer"},
                "CloudWatchMetrics": {"type": "array", "minItems": 1, "items": DIRECTIVE},
            },
        }
    },
}


def read(line):
    """Check a line, and return what CloudWatch extracts from it: each metric with its dimensions and its values."""
    told = json.loads(line)
    jsonschema.validate(told, SCHEMA)
    targets = set()
    for directive in told["_aws"]["CloudWatchMetrics"]:
        assert directive["Namespace"] == NAMESPACE
        for names in directive["Dimensions"]:
            dimensions = {name: told[name] for name in names}
            assert all(re.fullmatch(r"[ -~]+", value) for value in dimensions.values())
            for metric in directive["Metrics"]:
                values = told[metric["Name"]]
                assert 1 <= len(values) <= 100
                assert all(isinstance(value, float) for value in values)
                targets |= {metric["Name"], *names}
                yield metric["Name"], dimensions, sum(values)
    assert told.keys() == {"_aws"} | targets  # nothing else is printed, such as an ID or an owner


class Printed:
    """The metrics that were printed since this was asked for the last time."""

    def __init__(self, capsys):
        self._capsys = capsys

    def __call__(self):
        lines = [line for line in self._capsys.readouterr().out.splitlines() if line.startswith('{"_aws"')]
        return [metric for line in lines for metric in read(line)]

    def named(self):
        return {name: value for name, _, value in self()}


@pytest.fixture
def printed(octavo, capsys):
    return Printed(capsys)


def test_a_submission_is_counted_and_so_is_whether_it_shares_a_report(octavo, printed):
    octavo.submit()
    assert printed() == [("ReportsSubmitted", {"Stack": "Octavo"}, 1), ("ReportsShared", {"Stack": "Octavo"}, 0)]
    octavo.submit()
    assert printed.named() == {"ReportsSubmitted": 1, "ReportsShared": 1}


def test_a_refused_request_is_not_a_submission(octavo, printed):
    octavo.submit(type="nothing")
    assert printed() == []


def test_each_step_measures_its_seconds(octavo, printed):
    report_id = octavo.submit().body["id"]
    printed()
    chunks = octavo.plan(report_id)
    assert printed.named().keys() == {"PlanSeconds"}
    for chunk in chunks:
        octavo.chunk(report_id, chunk)
    told = printed()
    assert [name for name, _, _ in told] == ["ChunkSeconds"] * len(chunks)
    assert all(0 < seconds < 60 for _, _, seconds in told)
    octavo.merge(report_id)
    assert {"MergeSeconds", "ReportsEnded"} <= printed.named().keys()


def test_a_finished_report_tells_its_rows_bytes_and_seconds(octavo, printed):
    report = octavo.run(octavo.submit().body["id"])
    told = printed.named()
    document = report["document"]
    assert (told["Rows"], told["Bytes"]) == (document["rows"], document["size_bytes"])
    finished, created = (datetime.fromisoformat(report[name]) for name in ("finished_at", "created_at"))
    assert told["ReportSeconds"] == pytest.approx((finished - created).total_seconds(), abs=0.002)


def test_a_step_that_fails_measures_no_seconds(octavo, printed):
    report_id = octavo.submit().body["id"]
    octavo.cancel(report_id)
    printed()
    with pytest.raises(Exception, match="REPORT_ENDED"):
        octavo.plan(report_id)
    assert printed() == []


@pytest.mark.parametrize("way", WAYS)
def test_every_end_is_counted_once_by_its_code(octavo, printed, way):
    report_id = octavo.submit().body["id"]
    way(octavo, report_id)
    for again in WAYS[1:]:
        again(octavo, report_id)
    error = octavo.status(report_id).body["error"]
    code = error["code"] if error else "SUCCESS"
    ends = [(dimensions["Code"], value) for name, dimensions, value in printed() if name == "ReportsEnded"]
    # The last of the other ways submits the same request again, and that report is not ended by any of them.
    assert ends == [(code, 1)]
    assert (way is merged) == (code == "SUCCESS")


@pytest.mark.parametrize(
    ("text", "code", "faults"),
    [
        ("TOO_LARGE: Ask for less.", "TOO_LARGE", 0),
        ("QUERY_FAILED: The query failed.", "QUERY_FAILED", 1),
        ("something else", "INTERNAL", 1),
    ],
)
def test_a_failure_is_a_fault_unless_its_caller_causes_it(octavo, printed, text, code, faults):
    report_id = octavo.submit().body["id"]
    printed()
    error = {"Error": "Error", "Cause": json.dumps({"errorMessage": text})}
    octavo.fail({"report_id": report_id, "failed_state": "Plan", "error": error})
    assert printed() == [
        ("ReportsEnded", {"Stack": "Octavo", "Code": code}, 1),
        ("ReportFaults", {"Stack": "Octavo"}, faults),
    ]


def test_a_cancel_is_no_fault(octavo, printed):
    report_id = octavo.submit().body["id"]
    octavo.cancel(report_id)
    assert printed.named()["ReportFaults"] == 0
    assert {Code.CANCELLED, Code.TOO_LARGE} == CAUSED_BY_CALLERS


def test_a_report_that_does_not_start_is_counted_as_submitted_and_as_ended(octavo, printed):
    octavo.states.delete_state_machine(stateMachineArn=octavo.environment["OCTAVO_STATE_MACHINE_ARN"])
    octavo.submit()
    told = [(name, dimensions.get("Code")) for name, dimensions, value in printed() if value]
    assert told == [("ReportsSubmitted", None), ("ReportsEnded", "START_FAILED"), ("ReportFaults", None)]


def test_the_watch_measures_the_oldest_running_report(octavo, printed):
    octavo.watch()
    assert printed() == [("OldestRunningSeconds", {"Stack": "Octavo"}, 0)]
    first, second = octavo.submit().body["id"], octavo.submit(force=True).body["id"]
    printed()
    octavo.watch()
    age = (datetime.now(UTC) - created_at(first)).total_seconds()
    assert printed.named()["OldestRunningSeconds"] == pytest.approx(age, abs=1)
    for report_id in (first, second):
        octavo.cancel(report_id)
    printed()
    octavo.watch()
    assert printed.named() == {"OldestRunningSeconds": 0}


def test_the_watch_ends_the_reports_that_are_past_their_deadline(octavo, printed):
    late, other = octavo.submit().body["id"], octavo.submit(force=True).body["id"]
    set_attribute(octavo, late, "deadline", {"S": "2026-01-01T00:00:00.000Z"})
    printed()
    octavo.watch()
    ends = [dimensions["Code"] for name, dimensions, _ in printed() if name == "ReportsEnded"]
    assert ends == ["TIMED_OUT"]
    assert octavo.status(late).body["error"]["code"] == "TIMED_OUT"
    assert octavo.status(other).body["status"] == "RUNNING"


def test_the_id_of_a_report_tells_when_it_was_created():
    assert abs(datetime.now(UTC) - created_at(new_id())) < timedelta(seconds=5)


def test_the_stack_tells_the_metrics_of_several_deployments_apart(octavo, printed, monkeypatch):
    from octavo.settings import Settings

    monkeypatch.setattr("octavo.metrics.settings", Settings({"POWERTOOLS_SERVICE_NAME": "Octavo-test"}))
    octavo.submit()
    assert {dimensions["Stack"] for _, dimensions, _ in printed()} == {"Octavo-test"}


def test_every_metric_is_printed_by_some_function(octavo, printed):
    octavo.run(octavo.submit().body["id"])
    octavo.watch()
    assert {name for name, _, _ in printed()} == set(Metric)
