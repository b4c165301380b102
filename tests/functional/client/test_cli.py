"""The command as users see it: stdout, stderr and the exit code."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from octavo.cli.app import app
from octavo.cli.console import Console
from octavo.cli.endings import stopping
from octavo.cli.group import globals_first
from octavo.cli.progress import LiveProgress, PlainProgress, progress_on
from octavo.cli.session import Session
from octavo.errors import Interrupted
from octavo.format_options import CsvOptions, PdfOptions
from octavo.http.models import ReportView

ID = "0192f0c1-0000-7000-8000-000000000001"
CONTENT = b"carrier\nUA\n" * 1000
FLIGHTS = {
    "name": "flights",
    "title": "Departures from New York",
    "description": "Departures from New York's three airports.",
    "parameters": {
        "type": "object",
        "properties": {
            "start": {"type": "string", "format": "date", "default": "2013-01-01"},
            "carrier": {"anyOf": [{"type": "string", "pattern": "^[0-9A-Z]{2}$"}, {"type": "null"}], "default": None},
            "limit": {"type": "integer", "description": "No more [rows] than this."},
        },
    },
    "columns": [{"name": "carrier", "title": "Carrier"}],
    "formats": ["csv", "pdf"],
    "format_options": {"csv": CsvOptions.model_json_schema(), "pdf": PdfOptions.model_json_schema()},
    "max_rows": 20_000_000,
    "max_age_s": 900,
}
COMMANDS = ("types", "submit", "list", "status", "download", "cancel", "delete", "doctor", "cost")
FAILURE = {"code": "TOO_LARGE", "message": "More than 10 rows [/]; ask for fewer.", "retryable": False}


@pytest.fixture
def octavo(api, slept):
    """Run the command against the fake API."""

    def run(*args, url=api.url):
        return CliRunner().invoke(app, [*(["--url", url] if url else []), *map(str, args)], prog_name="octavo")

    return run


@pytest.fixture
def served(api):
    """An API where a report goes through its stages to SUCCESS."""
    api.answers("GET /report-types/flights", FLIGHTS)
    api.answers("POST /reports", api.answer(202, api.report()))
    finished = api.finished(CONTENT, api.keeps("/store/flights.csv", CONTENT))
    api.answers(
        f"GET /reports/{ID}",
        api.report(stage="PLAN"),
        api.report(stage="CHUNKS", done=250),
        api.report(stage="CHUNKS", done=260),
        api.report(stage="CHUNKS", done=750),
        api.report(stage="MERGE", done=1000),
        finished,
    )
    return api


def no_traceback(result):
    assert isinstance(result.exception, SystemExit | None)
    assert "Traceback" not in result.output
    return result


def test_help_has_an_example_for_every_command_and_the_exit_codes():
    for command in ([], *([name] for name in COMMANDS)):
        result = CliRunner().invoke(app, [*command, "--help"])
        assert result.exit_code == 0
        assert f"  octavo {' '.join(command)}" in result.stdout.partition("Examples:")[2]
    for code in (0, 1, 2, 3, 4, 5, 130, 141):
        assert f"\n    {code} " in CliRunner().invoke(app, ["--help"]).stdout


def test_help_loads_neither_the_client_nor_aws():
    loaded = "import sys; from octavo.cli.app import app; app(['--help'], standalone_mode=False); print(*sys.modules)"
    output = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout
    assert not {"httpx", "pydantic", "botocore", "boto3", "rich.console"} & set(output.splitlines()[-1].split())


def test_the_version_is_that_of_the_package():
    assert CliRunner().invoke(app, ["--version"]).stdout == f"octavo {version('octavo')}\n"


def test_report_types_are_listed_as_a_table_or_as_json(api, octavo):
    api.answers("GET /report-types", {"report_types": [FLIGHTS]})
    result = octavo("types")
    assert "Departures from New York" in result.stdout
    assert "csv, pdf" in result.stdout
    assert json.loads(octavo("types", "--json").stdout) == {"report_types": [FLIGHTS]}


def test_a_report_type_is_shown_with_its_parameters_and_limits(api, octavo):
    api.answers("GET /report-types/flights", FLIGHTS)
    shown = " ".join(octavo("types", "flights").stdout.split())
    for part in ("start date 2013-01-01", "carrier text or null null", "limit whole number (required)", "[rows]"):
        assert part in shown
    assert "Formats csv (default), pdf Row limit 20,000,000 Reuse window 15 min" in shown
    assert json.loads(octavo("--json", "types", "flights").stdout) == FLIGHTS


def test_a_report_type_in_a_pipe_has_no_lines_of_spaces(api, octavo):
    api.answers("GET /report-types/flights", FLIGHTS)
    lines = octavo("types", "flights").stdout.splitlines()
    assert FLIGHTS["description"] in lines
    assert max(map(len, lines)) < 200


def test_submit_prints_only_the_id_to_stdout(served, octavo):
    result = octavo("submit", "flights", "-p", "carrier=UA", "-p", "limit=5", "--format", "csv", "--max-age", 60)
    assert (result.exit_code, result.stdout) == (0, f"{ID}\n")
    assert "Submitted flights as csv" in result.stderr
    assert served.calls("POST /reports")[0].json == {
        "type": "flights",
        "parameters": {"carrier": "UA", "limit": 5},
        "format": "csv",
        "max_age": 60,
    }
    assert json.loads(octavo("submit", "flights", "--json").stdout)["status"] == "RUNNING"


def test_submit_sends_the_options_of_the_format(served, octavo):
    assert octavo("submit", "flights", "-f", "pdf", "-O", "page=A5", "-O", "orientation=landscape").exit_code == 0
    assert served.calls("POST /reports")[0].json == {
        "type": "flights",
        "parameters": {},
        "format": "pdf",
        "format_options": {"page": "A5", "orientation": "landscape"},
    }


def test_options_are_read_for_the_first_format_if_none_is_named(served, octavo):
    assert octavo("submit", "flights", "-O", "bom=true").exit_code == 0
    assert served.calls("POST /reports")[0].json["format_options"] == {"bom": True}


def test_submit_and_wait_saves_the_document_under_its_own_name(served, octavo, tmp_path):
    result = octavo("submit", "flights", "--wait")
    assert (result.exit_code, result.stdout) == (0, "flights.csv\n")
    assert (tmp_path / "flights.csv").read_bytes() == CONTENT
    assert result.stderr.splitlines() == [
        f"Submitted flights as csv: {ID}",
        "Plan",
        "Chunks: 250 of 1,000 rows, 1 of 4 chunks",
        "Chunks: 750 of 1,000 rows, 3 of 4 chunks",
        "Merge",
        "Download: 11.0 kB of 11.0 kB",
    ]


def test_an_output_implies_waiting(served, octavo, tmp_path):
    result = octavo("submit", "flights", "-o", "mine.csv", "--json")
    assert (tmp_path / "mine.csv").read_bytes() == CONTENT
    report = json.loads(result.stdout)
    assert (report["status"], report["saved_to"]) == ("SUCCESS", str(tmp_path / "mine.csv"))


def test_a_file_name_with_the_suffix_of_another_format_gives_a_warning(served, octavo):
    assert (
        "'mine.pdf' will contain csv. Use --format for another format."
        in octavo("submit", "flights", "-o", "mine.pdf").stderr
    )
    assert "will contain" not in octavo("submit", "flights", "-o", "mine.csv").stderr


def test_a_document_can_be_saved_to_stdout(served, octavo):
    result = octavo("submit", "flights", "-o", "-")
    assert (result.exit_code, result.stdout_bytes) == (0, CONTENT)


def test_a_forced_submit_is_sent_as_forced(served, octavo):
    octavo("submit", "flights", "--force")
    assert served.calls("POST /reports")[0].json["force"] is True


def test_the_command_tells_whether_a_report_is_joined_or_reused(api, octavo):
    api.answers("POST /reports", api.answer(202, api.report(deduplicated=True)))
    assert "Joined an identical report that is running" in octavo("submit", "flights").stderr
    api.answers("POST /reports", api.report("SUCCESS", deduplicated=True, finished_at="2020-01-01T00:00:00Z"))
    told = octavo("submit", "flights").stderr
    assert "Reused flights as csv, finished" in told
    assert "days ago" in told
    assert "Use --force to start a new run." in told


@pytest.mark.parametrize("args", [["submit", "flights", "--wait"], ["status", ID, "--wait"], ["download", ID]])
def test_a_failed_report_ends_with_1_and_its_reason_on_stderr(api, octavo, args, tmp_path):
    api.answers("POST /reports", api.answer(202, api.report()))
    api.answers(f"GET /reports/{ID}", api.report("FAIL", error=FAILURE))
    result = no_traceback(octavo(*args))
    assert result.exit_code == 1
    assert "TOO_LARGE: More than 10 rows [/]; ask for fewer." in result.stderr
    assert list(tmp_path.iterdir()) == []
    assert json.loads(octavo(*args, "--json").stdout)["error"] == FAILURE | {"chunk": None}


def test_status_shows_a_report_and_follows_it(served, octavo):
    shown = " ".join(octavo("status", ID).stdout.split())
    for part in (f"Report {ID}", "Type flights Format csv", "carrier=UA", "RUNNING, plan"):
        assert part in shown
    result = octavo("status", ID, "--wait")
    assert "SUCCESS" in result.stdout
    assert "flights.csv, 11.0 kB, 1,000 rows Kept until 2026-01-08 12:00:00 UTC" in " ".join(result.stdout.split())
    assert "Merge" in result.stderr


def test_status_of_a_report_being_rendered_counts_rows(api, octavo):
    api.answers(f"GET /reports/{ID}", api.report(stage="CHUNKS", done=250))
    assert "250 of 1,000 rows, 1 of 4 chunks" in " ".join(octavo("status", ID).stdout.split())


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["submit"], "Missing argument"),
        (["types", "--nonsense"], "No such option"),
        (["submit", "flights", "--max-age", "-1"], "--max-age"),
        (["submit", "flights", "-p", "carier=UA"], "Did you mean 'carrier'?"),
        (["submit", "flights", "-p", "limit=x"], "'limit' takes whole number"),
        (["submit", "flights", "-O", "seperator=;"], "There is no option 'seperator'."),
        (["submit", "flights", "-f", "pdf", "-O", "bom=true"], "The format 'pdf' takes: page, orientation."),
        (["submit", "flights", "--no-wait", "-o", "x"], "--no-wait cannot be combined with -o or --timeout"),
        (["submit", "flights", "-o", "missing/x.csv"], "'missing' is not a folder"),
        (["submit", "flights", "-o", "-", "--json"], "both write to stdout"),
        (["download", ID, "-o", "missing/x.csv"], "'missing' is not a folder"),
        (["--url", "nowhere", "types"], "is not the address of an API"),
        (["list", "--status", "done"], "is not one of 'running', 'success', 'fail'"),
        (["list", "--limit", "0"], "--limit"),
        (["cancel"], "Missing argument"),
        (["delete"], "Missing argument"),
        ([""], "No such command"),
    ],
)
def test_a_mistake_of_the_user_ends_with_2_before_anything_is_submitted(served, octavo, args, told):
    result = no_traceback(octavo(*args))
    assert result.exit_code == 2
    assert told in " ".join(result.stderr.split())
    assert not served.calls("POST /reports")


def test_a_refused_request_ends_with_2_and_lists_what_is_wrong(api, octavo):
    errors = [{"pointer": "/parameters/start", "detail": "no date"}]
    api.answers("POST /reports", api.problem(422, "INVALID_REQUEST", "Not valid.", errors=errors))
    result = no_traceback(octavo("submit", "flights", "--json"))
    assert result.exit_code == 2
    assert result.stderr.splitlines() == ["INVALID_REQUEST: Not valid.", "parameters.start: no date"]
    assert json.loads(result.stdout) == {
        "id": None,
        "error": {"code": "INVALID_REQUEST", "message": "Not valid.", "status": 422, "errors": errors},
    }


def test_an_unknown_report_ends_with_2(api, octavo):
    api.answers(f"GET /reports/{ID}", api.problem(404, "REPORT_NOT_FOUND", "No such report."))
    api.answers(f"POST /reports/{ID}/cancel", api.problem(404, "REPORT_NOT_FOUND", "No such report."))
    api.answers(f"DELETE /reports/{ID}", api.problem(404, "REPORT_NOT_FOUND", "No such report."))
    for args in (
        ["status", ID],
        ["status", ID, "--wait"],
        ["download", ID],
        ["cancel", ID],
        ["delete", ID, "--yes"],
    ):
        result = no_traceback(octavo(*args))
        assert (result.exit_code, result.stderr) == (2, "REPORT_NOT_FOUND: No such report.\n")


def test_a_report_still_running_cannot_be_downloaded(api, octavo):
    api.answers(f"GET /reports/{ID}", api.report())
    result = no_traceback(octavo("download", ID))
    assert result.exit_code == 2
    assert "NOT_READY" in result.stderr
    assert f"status {ID} --wait" in result.stderr


def test_without_an_address_the_command_explains_how_to_give_one(octavo):
    result = no_traceback(octavo("types", url=None))
    assert result.exit_code == 2
    assert "make up" in result.stderr


def test_the_address_is_found_in_the_environment_and_in_the_local_stacks_file(served, octavo, monkeypatch, tmp_path):
    (tmp_path / ".octavo").mkdir()
    (tmp_path / ".octavo" / "stack.json").write_text(json.dumps({"api_url": served.url}))
    assert octavo("types", "flights", url=None).exit_code == 0
    monkeypatch.setenv("OCTAVO_URL", "http://127.0.0.1:1")
    assert octavo("types", "flights", url=None).exit_code == 3


def test_an_unreachable_api_ends_with_3(octavo):
    result = no_traceback(octavo("types", "--json", url="http://127.0.0.1:1"))
    assert result.exit_code == 3
    assert json.loads(result.stdout)["error"]["code"] == "UNREACHABLE"


def test_an_api_that_is_lost_while_waiting_ends_with_3_and_how_to_return_to_the_report(api, octavo):
    api.answers("POST /reports", api.answer(202, api.report()))
    api.answers(f"GET /reports/{ID}", api.report(), api.cut())
    result = no_traceback(octavo("submit", "flights", "--wait"))
    assert result.exit_code == 3
    assert f"octavo --url {api.url} status {ID} --wait" in result.stderr


def test_a_wait_that_times_out_ends_with_4_and_how_to_return_to_the_report(api, octavo):
    api.answers(f"GET /reports/{ID}", api.report(stage="PLAN"))
    result = no_traceback(octavo("status", ID, "--timeout", 0, "--json"))
    assert result.exit_code == 4
    assert f"octavo --url {api.url} status {ID} --wait" in result.stderr
    answer = json.loads(result.stdout)
    assert (answer["id"], answer["error"]["code"]) == (ID, "WAIT_TIMED_OUT")


def test_a_damaged_download_ends_with_5_and_saves_nothing(api, octavo, tmp_path):
    api.answers(f"GET /reports/{ID}", api.finished(CONTENT, api.keeps("/store/x", CONTENT), crc32="00000000"))
    result = no_traceback(octavo("download", ID))
    assert result.exit_code == 5
    assert "DOWNLOAD_DAMAGED" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_while_waiting_explains_how_to_return_to_the_report(api, octavo, monkeypatch):
    from octavo.client import Client

    def interrupt(seconds):
        raise KeyboardInterrupt

    monkeypatch.setitem(Client.__init__.__kwdefaults__, "sleep", interrupt)
    api.answers("POST /reports", api.answer(202, api.report()))
    api.answers(f"GET /reports/{ID}", api.report(stage="PLAN"))
    result = no_traceback(octavo("submit", "flights", "--wait"))
    assert result.exit_code == 130
    assert "The report keeps running" in result.stderr
    assert result.stderr.splitlines()[-5:] == [
        "Return to the report with",
        f"  octavo --url {api.url} status {ID} --wait",
        f"  octavo --url {api.url} download {ID}",
        "Cancel it with",
        f"  octavo --url {api.url} cancel {ID}",
    ]


def test_ctrl_c_before_a_submit_is_answered_points_to_the_list(api, octavo):
    def interrupt():
        os.kill(os.getpid(), signal.SIGINT)
        return api.answer(202, api.report())

    api.answers("POST /reports", interrupt)
    result = no_traceback(octavo("submit", "flights", "--wait"))
    assert result.exit_code == 130
    assert "The report may be running: `octavo list` shows it" in result.stderr


def test_ctrl_c_while_downloading_leaves_no_file(api, octavo, monkeypatch, tmp_path):
    def interrupt(self, done, total):
        raise KeyboardInterrupt

    monkeypatch.setattr(PlainProgress, "transferred", interrupt)
    api.answers(f"GET /reports/{ID}", api.finished(CONTENT, api.keeps("/store/x", CONTENT)))
    result = no_traceback(octavo("download", ID))
    assert result.exit_code == 130
    assert "Nothing was saved" in result.stderr
    assert "cancel" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_before_the_api_answers_shows_no_traceback(api, octavo):
    def interrupt():
        os.kill(os.getpid(), signal.SIGINT)
        return api.answer(200, {"report_types": []})

    api.answers("GET /report-types", interrupt)
    result = no_traceback(octavo("types", "--json"))
    assert result.exit_code == 130
    assert json.loads(result.stdout)["error"]["code"] == "INTERRUPTED"


def test_only_the_ctrl_c_that_a_terminal_shows_is_overwritten():
    session = Session(url=None, sign_for=None, as_json=False, options_again="")
    terminal = session.__dict__["_err"] = Console(file=Terminal(), force_terminal=True, color_system=None)
    with pytest.raises(Interrupted) as pressed, stopping("Stopped."):
        raise KeyboardInterrupt
    for error in (pressed.value, Interrupted("Nothing was deleted.")):
        assert session.fail(error) == 130
    assert terminal.file.getvalue() == "\rINTERRUPTED: Stopped.\nINTERRUPTED: Nothing was deleted.\n"


def test_a_real_sigint_ends_the_installed_command_with_130(api, tmp_path):
    started = threading.Event()
    running = []

    def interrupt():
        started.wait()
        running[0].send_signal(signal.SIGINT)
        return api.report(stage="PLAN")

    api.answers(f"GET /reports/{ID}", lambda: api.answer(200, interrupt(), Retry_After="20"))
    command = [Path(sys.executable).with_name("octavo"), "--url", api.url, "status", ID, "--wait"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        running.append(process)
        started.set()
        stdout, stderr = process.communicate()
    assert (process.returncode, stdout) == (130, "")
    assert "The report keeps running" in stderr
    assert "Traceback" not in stderr


def test_global_options_may_come_before_or_after_the_command():
    assert globals_first(["types", "--json", "flights", "--url", "u", "--sign=r"]) == [
        *("--json", "--url", "u", "--sign=r", "types", "flights")
    ]
    assert globals_first(["types", "--", "--json"]) == ["types", "--", "--json"]
    assert globals_first(["types", "--url"]) == ["--url", "types"]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def live(width, *states, blocks=()):
    """Show states of a report on the live display; return everything that it printed, without colours."""
    file = Terminal()
    with progress_on(Console(file=file, width=width)) as progress:
        assert isinstance(progress, LiveProgress)
        for state in states:
            progress.show(ReportView.model_validate(state))
        for done in blocks:
            progress.transferred(done, blocks[-1])
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", file.getvalue()).replace("\r", "\n")


@pytest.mark.parametrize("width", [80, 120])
def test_a_terminal_shows_each_stage_on_its_own_line(api, width):
    finished = api.finished(CONTENT, "http://x")
    shown = live(width, api.report(stage="CHUNKS", done=250), finished, blocks=(1000, 11000))
    assert "✓ Plan" in shown
    assert "1,000/1,000 rows" in shown
    assert "4/4 chunks" in shown
    assert "✓ Merge" in shown
    assert "✓ Download" in shown
    assert max(map(len, shown.splitlines())) <= width


def test_a_narrow_terminal_shows_signs_and_counts_but_no_bars(api):
    large = {"rows_total": 20_000_000, "rows_done": 20_000_000, "chunks_total": 160, "chunks_done": 160}
    finished = api.finished(CONTENT, "http://x") | {"progress": large}
    shown = live(40, api.report(stage="CHUNKS", done=250), finished, blocks=(1000, 11000))
    lines = [line.rstrip() for line in shown.splitlines()]
    for line in ("✓ Plan", "✓ Chunks   20,000,000/20,000,000 rows", "✓ Merge", "✓ Download 11.0 kB/11.0 kB"):
        assert line in lines
    assert max(map(len, lines)) <= 40


def test_a_log_gets_a_line_for_each_tenth_of_a_large_download():
    file = io.StringIO()
    with progress_on(Console(file=file)) as progress:
        for done in range(1, 1001):
            progress.transferred(done * 100_000, 100_000_000)
    assert len(file.getvalue().splitlines()) == 11


def test_a_terminal_marks_the_stage_that_failed(api):
    shown = live(80, api.report(stage="CHUNKS", done=250), api.report("FAIL", error=FAILURE))
    assert "✓ Plan" in shown
    assert "✗ Chunks" in shown
    assert "Merge" not in shown


def test_a_reused_report_shows_no_stages(api):
    assert "Plan" not in live(80, api.finished(CONTENT, "http://x"))
