"""The commands `list`, `cancel` and `delete` as users see them: what they show, ask and refuse."""

from __future__ import annotations

import io
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console
from typer.testing import CliRunner

from octavo.cli.app import app
from octavo.cli.screens import reports_table
from octavo.http.models import ReportView

ID = "0192f0c1-0000-7000-8000-000000000001"
OTHER = "0192f0c1-0000-7000-8000-000000000002"
RUNNING = {"code": "STILL_RUNNING", "detail": f"The report {ID} is running."}
CANCELLED = {"code": "CANCELLED", "message": "The report was cancelled.", "retryable": True}


@pytest.fixture
def octavo(api, slept):
    def run(*args, **how):
        result = CliRunner().invoke(app, ["--url", api.url, *map(str, args)], prog_name="octavo", **how)
        assert isinstance(result.exception, SystemExit | None)
        return result

    return run


@pytest.fixture
def on_a_terminal(monkeypatch):
    """Let the command believe that its stdin is a terminal."""
    stdin = SimpleNamespace(isatty=lambda: True, readline=lambda: sys.stdin.readline())
    monkeypatch.setattr("octavo.cli.records.sys", SimpleNamespace(stdin=stdin))


@pytest.fixture
def reports(api):
    """One report of each kind, newest first."""
    return [
        api.report(id="running", type="airport_statements", format="pdf", stage="CHUNKS", done=250),
        api.report(id="planning", stage="PLAN"),
        api.finished(b"x" * 11_000, "https://store.example/x", rows=58_665) | {"id": ID},
        api.report("FAIL", id="failed", error={"code": "SOURCE_UNAVAILABLE", "message": "No.", "retryable": True}),
    ]


def page(*reports, cursor=None):
    return {"reports": list(reports), "next_cursor": cursor}


def test_the_list_has_a_line_for_each_report(api, octavo, reports):
    api.answers("GET /reports", page(*reports))
    result = octavo("list")
    assert (result.exit_code, result.stderr) == (0, "")
    titles, _, *lines = result.stdout.splitlines()
    assert titles.split() == ["ID", "Type", "Format", "Status", "Created", "(UTC)", "Rows", "Size"]
    created = ["2026-01-01", "12:00"]
    assert [line.split() for line in lines] == [
        ["running", "airport_statements", "pdf", "RUNNING", *created, "250", "of", "1,000"],
        ["planning", "flights", "csv", "RUNNING", *created],
        [ID, "flights", "csv", "SUCCESS", *created, "58,665", "11.0", "kB"],
        ["failed", "flights", "csv", "FAIL,", "SOURCE_UNAVAILABLE", *created],
    ]


def test_the_list_as_json_is_the_answer_of_the_api(api, octavo, reports):
    api.answers("GET /reports", page(*reports))
    listed = json.loads(octavo("list", "--json").stdout)["reports"]
    assert listed == [ReportView.model_validate(each).model_dump(mode="json") for each in reports]


def printed(reports, width):
    file = io.StringIO()
    Console(file=file, width=width).print(reports_table([ReportView.model_validate(each) for each in reports]))
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_a_narrow_terminal_shows_two_lines_for_each_report_and_a_narrower_one_three(reports):
    assert printed(reports[2:], 80) == [
        f"{ID}  SUCCESS  2026-01-01 12:00:00 UTC",
        "  flights as csv, 58,665 rows, 11.0 kB",
        "failed  FAIL     2026-01-01 12:00:00 UTC",
        "  flights as csv, SOURCE_UNAVAILABLE",
    ]
    assert printed(reports[2:3], 40) == [
        ID,
        "SUCCESS  2026-01-01 12:00:00 UTC",
        "  flights as csv, 58,665 rows, 11.0 kB",
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
def test_whole_ids_and_all_facts_are_shown_at_every_width(reports, width):
    lines = printed(reports, width)
    assert max(map(len, lines)) <= width
    words = " ".join(" ".join(lines).split())
    for part in (
        ID,
        "RUNNING",
        "SUCCESS",
        "SOURCE_UNAVAILABLE",
        "airport_statements",
        "250 of 1,000",
        "58,665",
        "11.0 kB",
    ):
        assert part in words


def test_an_empty_list_says_so(api, octavo):
    api.answers("GET /reports", page())
    result = octavo("list")
    assert (result.exit_code, result.stdout, result.stderr) == (
        0,
        "",
        "You have no reports. Submit one with: octavo submit NAME\n",
    )
    assert octavo("list", "--status", "fail").stderr == "No reports match these filters.\n"
    assert json.loads(octavo("list", "--json").stdout) == {"reports": []}


def test_the_filters_of_the_list_are_sent_to_the_api(api, octavo):
    api.answers("GET /reports", page())
    octavo("list", "--status", "Running", "--type", "flights")
    assert api.asked[0].path == "/reports?status=RUNNING&type=flights"


def test_the_list_ends_at_its_limit(api, octavo):
    pages = [page(*(api.report(id=f"{number}-{each}") for each in range(20)), cursor="more") for number in range(3)]
    api.answers("GET /reports", *pages)
    assert "At most 20 reports are shown. Use --limit N for more." in octavo("list").stderr
    assert len(api.asked) == 1
    api.answers("GET /reports", *pages)
    result = octavo("list", "-n", 21)
    assert result.stdout.splitlines()[-1].startswith("1-0")
    assert len(api.asked) == 3


def test_a_running_report_is_cancelled(api, octavo):
    api.answers(f"POST /reports/{ID}/cancel", api.answer(202, api.report("FAIL", error=CANCELLED)))
    result = octavo("cancel", ID)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", f"Cancelled flights as csv: {ID}\n")
    assert json.loads(octavo("cancel", ID, "--json").stdout)["error"] == CANCELLED | {"chunk": None}


def test_a_report_that_has_ended_is_not_cancelled(api, octavo):
    api.answers(f"POST /reports/{ID}/cancel", api.report("SUCCESS"))
    result = octavo("cancel", ID)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "Nothing to cancel: the report has already ended with status SUCCESS." in result.stderr


@pytest.mark.parametrize("args", [["cancel", ID], ["delete", ID, OTHER, "--yes"], ["list"]])
def test_ctrl_c_ends_with_130_and_tells_what_may_have_happened(api, octavo, args):
    def interrupt():
        os.kill(os.getpid(), signal.SIGINT)
        return api.answer(204)

    for call in (f"POST /reports/{ID}/cancel", f"DELETE /reports/{ID}", "GET /reports"):
        api.answers(call, interrupt)
    result = octavo(*args)
    assert result.exit_code == 130
    told = {
        "cancel": "may be cancelled",
        "delete": f"{ID} was being deleted. It may be deleted",
        "list": "Stopped.",
    }
    assert told[args[0]] in result.stderr
    assert len(api.asked) == 1


def test_without_a_terminal_nothing_is_deleted_unless_yes_is_given(api, octavo):
    result = octavo("delete", ID, input="y\n")
    assert result.exit_code == 2
    assert "Use --yes" in result.stderr
    assert not api.asked


def test_several_reports_are_deleted_once_each(api, octavo):
    for report_id in (ID, OTHER):
        api.answers(f"DELETE /reports/{report_id}", api.answer(204))
    result = octavo("delete", ID, OTHER, ID, "--yes")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.splitlines() == [f"Deleted {ID}", f"Deleted {OTHER}"]
    assert len(api.asked) == 2
    assert json.loads(octavo("delete", ID, "-y", "--json").stdout) == {"deleted": [ID], "refused": []}


def test_the_other_reports_are_deleted_if_one_cannot_be(api, octavo):
    api.answers(f"DELETE /reports/{ID}", api.problem(409, **RUNNING))
    api.answers(f"DELETE /reports/{OTHER}", api.answer(204))
    result = octavo("delete", ID, OTHER, "--yes", "--json")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        f"STILL_RUNNING: The report {ID} is running.",
        "Cancel it with",
        f"  octavo --url {api.url} cancel {ID}",
        f"Deleted {OTHER}",
    ]
    error = {"code": "STILL_RUNNING", "message": RUNNING["detail"], "status": 409, "errors": []}
    assert json.loads(result.stdout) == {"deleted": [OTHER], "refused": [{"id": ID, "error": error}]}


def test_deleting_stops_when_the_api_has_a_fault(api, octavo):
    api.answers(f"DELETE /reports/{ID}", api.answer(204))
    api.answers(f"DELETE /reports/{OTHER}", api.problem(500, "INTERNAL", "Something went wrong."))
    result = octavo("delete", ID, OTHER, "a-third", "--yes", "--json")
    assert result.exit_code == 3
    assert f"Deleted {ID}" in result.stderr
    assert json.loads(result.stdout)["id"] == OTHER
    assert len(api.asked) == 2


def test_on_a_terminal_the_reports_are_shown_before_they_are_deleted(api, octavo, on_a_terminal):
    api.answers(f"GET /reports/{ID}", api.report("SUCCESS"))
    api.answers(f"DELETE /reports/{ID}", api.answer(204))
    result = octavo("delete", ID, input="y\n")
    assert result.exit_code == 0
    shown = result.stderr.partition("Permanently delete this report? [y/N]")
    assert "flights as csv" in shown[0]
    assert f"Deleted {ID}" in shown[2]


@pytest.mark.parametrize("said", ["n\n", "\n", ""])
def test_any_other_answer_than_yes_deletes_nothing(api, octavo, on_a_terminal, said):
    for report_id in (ID, OTHER):
        api.answers(f"GET /reports/{report_id}", api.report("SUCCESS", id=report_id))
    result = octavo("delete", ID, OTHER, input=said)
    assert result.exit_code == 130
    assert "Permanently delete these 2 reports? [y/N]" in result.stderr
    assert result.stderr.endswith("Nothing was deleted.\n")
    assert not [asked for asked in api.asked if asked.method == "DELETE"]


def test_an_unknown_report_is_refused_before_the_question(api, octavo, on_a_terminal):
    api.answers(f"GET /reports/{ID}", api.report("SUCCESS"))
    api.answers(f"GET /reports/{OTHER}", api.problem(404, "REPORT_NOT_FOUND", "No such report."))
    result = octavo("delete", ID, OTHER, input="y\n")
    assert (result.exit_code, result.stderr) == (2, "REPORT_NOT_FOUND: No such report.\n")


def test_the_installed_command_asks_on_a_real_terminal(api, tmp_path):
    api.answers(f"GET /reports/{ID}", api.report("SUCCESS"))
    api.answers(f"DELETE /reports/{ID}", api.answer(204))
    command = [Path(sys.executable).with_name("octavo"), "--url", api.url, "delete", ID]
    ours, its = pty.openpty()
    with subprocess.Popen(command, stdin=its, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        os.write(ours, b"y\n")
        stdout, stderr = process.communicate()
    os.close(its)
    os.close(ours)
    assert (process.returncode, stdout) == (0, "")
    assert stderr.endswith(f"Deleted {ID}\n")
