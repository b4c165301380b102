"""The command `octavo doctor`: what it prints, its exit codes, and that it leaves nothing behind."""

import io
import json
import os
import signal
from contextlib import contextmanager

import pytest
from typer.testing import CliRunner

from octavo.cli import doctor as command
from octavo.cli.app import app
from octavo.cli.console import Console
from octavo.cli.findings import LiveFindings, PlainFindings, findings_on
from octavo.errors import ApiFailed, ApiUnreachable
from octavo.operations.doctor.finding import Finding, Outcome

FAILS = Finding("Undelivered", Outcome.FAILS, "The queue has [2] messages.", "Read the log.", 0.04)
HOLDS = Finding("Submit", Outcome.HOLDS, "A new report was accepted.", seconds=1.26)
SKIPPED = Finding("Alarms", Outcome.SKIPPED, "AWS refused DescribeAlarms.", "Use the policy.")


@pytest.fixture
def octavo(healthy, monkeypatch):
    """Run the command on the healthy deployment."""

    @contextmanager
    def deployment(client, session, stack):
        yield healthy.deployment

    monkeypatch.setattr(command, "_deployment", deployment)
    return lambda *args: CliRunner().invoke(app, ["--url", "https://api.example", "doctor", *args], prog_name="octavo")


def test_each_finding_is_a_line_of_stdout_and_the_exit_code_is_0(octavo):
    done = octavo()
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert len(lines) == 14
    assert lines[2] == "holds: Submit: A new report was accepted after 0.0 s."
    assert lines[-1] == "holds: Clean-up: All 4 reports of the doctor are deleted."
    assert "Checking https://api.example" in done.stderr
    assert "14 hold, 0 do not hold, 0 were not checked." in done.stderr


def test_what_does_not_hold_is_printed_with_its_mend_and_the_exit_code_is_1(octavo, healthy):
    healthy.account.messages = 2
    done = octavo()
    assert done.exit_code == 1
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("FAILS")]
    assert "FAILS: Undelivered: The queue Octavo-undelivered has 2 messages" in line
    assert "To do: Read the log /aws/lambda/Octavo-fail" in line
    assert "13 hold, 1 does not hold, 0 were not checked." in done.stderr


def test_json_is_one_document_with_all_findings(octavo, healthy):
    healthy.account.alarm_states = {}
    healthy.account.messages = 2
    done = octavo("--json")
    assert done.exit_code == 1
    document = json.loads(done.stdout)
    assert document["holds"] is False
    assert document["counts"] == {"holds": 12, "fails": 1, "skipped": 1}
    assert document["findings"][0]["check"] == "Identity"
    assert {"check", "outcome", "detail", "mend", "seconds"} == document["findings"][0].keys()
    assert document["findings"][0]["mend"] is None
    assert "FAILS: Undelivered" in done.stderr


def interrupted():
    raise KeyboardInterrupt


def terminated():
    os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize("stop", [interrupted, terminated])
def test_ctrl_c_and_sigterm_leave_nothing_behind(octavo, healthy, stop):
    healthy.trials.reach = lambda *args: stop()
    before = signal.getsignal(signal.SIGTERM)
    done = octavo()
    assert done.exit_code == 130
    assert healthy.client.kept == {}
    assert "INTERRUPTED: Stopped. All 3 reports of the doctor are deleted." in done.stderr
    assert signal.getsignal(signal.SIGTERM) is before


def test_ctrl_c_during_the_clean_up_tells_how_to_find_what_is_left(octavo, healthy):
    healthy.client.delete = lambda report_id: interrupted()
    done = octavo()
    assert done.exit_code == 130
    assert "`octavo list --type octavo_self_test` shows them" in done.stderr


def test_an_unexpected_error_leaves_nothing_behind(octavo, healthy):
    def fail(*args):
        raise ZeroDivisionError

    healthy.trials.reach = fail
    octavo()
    assert healthy.client.kept == {}


def test_an_api_that_cannot_be_reached_ends_the_command_as_it_ends_all_others(octavo, healthy):
    def unreachable():
        raise ApiUnreachable("There is no answer.")

    healthy.client.types = unreachable
    done = octavo("--json")
    assert done.exit_code == 3
    assert json.loads(done.stdout)["error"] == {"code": "UNREACHABLE", "message": "There is no answer."}
    assert "Clean-up" not in done.stderr


def test_reports_that_cannot_be_deleted_are_a_failure(octavo, healthy):
    def refuse(report_id):
        raise ApiFailed(500, "INTERNAL", "Try again.")

    healthy.client.delete = refuse
    done = octavo()
    assert done.exit_code == 1
    assert "octavo delete --yes id-1 id-2 id-3 id-4" in done.stdout


def test_a_terminal_shows_a_sign_for_each_outcome_and_the_mend_below():
    console = Console(file=io.StringIO(), force_terminal=True, width=60)
    with LiveFindings(console) as display:
        display.begin("Submit")
        for finding in (HOLDS, FAILS, SKIPPED):
            display.show(finding)
    shown = console.file.getvalue()
    assert "✓" in shown
    assert "✗" in shown
    assert "The queue has [2] messages." in shown
    assert "→ Read the log." in shown


def test_plain_lines_are_not_broken():
    console = Console(file=io.StringIO(), width=20)
    with PlainFindings(console) as display:
        display.begin("Alarms")
        display.show(SKIPPED)
    expected = "not checked: Alarms: AWS refused DescribeAlarms. To do: Use the policy.\n"
    assert console.file.getvalue() == expected


def test_a_pipe_gets_plain_lines():
    assert isinstance(findings_on(as_json=False), PlainFindings)
