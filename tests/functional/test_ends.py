"""Every way in which a report ends goes through `Reports.end`."""

import ast
from pathlib import Path

import pytest

from octavo.storage.reports import Reports
from tests.functional.test_lifecycle import caught, set_attribute
from tests.functional.test_requests import problem

ROOT = Path(__file__).parents[2]
SOURCES = [path for folder in ("octavo", "functions") for path in sorted((ROOT / folder).rglob("*.py"))]


@pytest.fixture
def ends(octavo, monkeypatch):
    """The IDs of the reports that `Reports.end` ended, with their status, in order."""
    ended, end = [], Reports.end

    def noted(self, report_id, result):
        report, here = end(self, report_id, result)
        if here:
            ended.append((report.id, str(report.status)))
        return report, here

    monkeypatch.setattr(Reports, "end", noted)
    return ended


def merged(octavo, report_id):
    octavo.run(report_id)


def failed(octavo, report_id):
    octavo.fail(caught(report_id, "Plan", "States.Timeout"))


def aborted(octavo, report_id):
    octavo.fail({"detail": {"name": f"letters-csv-{report_id}", "status": "ABORTED"}})


def cancelled(octavo, report_id):
    octavo.cancel(report_id)


def overdue(octavo, report_id):
    set_attribute(octavo, report_id, "deadline", {"S": "2026-01-01T00:00:00.000Z"})
    octavo.status(report_id)


def overdue_at_the_next_submit(octavo, report_id):
    set_attribute(octavo, report_id, "deadline", {"S": "2026-01-01T00:00:00.000Z"})
    octavo.submit()


WAYS = [merged, failed, aborted, cancelled, overdue, overdue_at_the_next_submit]


@pytest.mark.parametrize("way", WAYS)
def test_a_report_ends_in_one_place_once(octavo, ends, way):
    report_id = octavo.submit().body["id"]
    assert ends == []
    way(octavo, report_id)
    assert ends == [(report_id, "SUCCESS" if way is merged else "FAIL")]
    for again in WAYS[1:]:
        again(octavo, report_id)
    assert [ended for ended, _ in ends].count(report_id) == 1


def test_a_report_that_does_not_start_ends_there_too(octavo, ends):
    octavo.states.delete_state_machine(stateMachineArn=octavo.environment["OCTAVO_STATE_MACHINE_ARN"])
    problem(octavo.submit(), 503, "START_FAILED")
    assert [status for _, status in ends] == ["FAIL"]


def test_no_other_code_writes_the_end_of_a_report():
    """Update expressions alone set a report's `status` and `finished_at`, and one function has such an expression."""
    writers = []
    for path in SOURCES:
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef):
                texts = [node.value for node in ast.walk(function) if isinstance(node, ast.Constant)]
                updates = [text for text in texts if isinstance(text, str) and text.startswith(("SET ", "ADD "))]
                if any("status" in text or "finished_at" in text for text in updates):
                    writers.append((str(path.relative_to(ROOT)), function.name))
    assert writers == [("octavo/storage/reports.py", "end")]


def test_list_status_and_workflow_show_a_report_past_its_deadline_alike(octavo):
    report_id, other = octavo.submit().body["id"], octavo.submit(force=True).body["id"]
    set_attribute(octavo, report_id, "deadline", {"S": "2026-01-01T00:00:00.000Z"})
    (listed,) = octavo.call("GET", "/reports?status=FAIL").body["reports"]
    octavo.fail({"detail": {"name": f"letters-csv-{other}", "status": "TIMED_OUT"}})
    told = [listed, octavo.status(report_id).body, octavo.status(other).body]
    assert told[0]["error"] == told[1]["error"] == told[2]["error"]
