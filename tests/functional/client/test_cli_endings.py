"""How the installed command ends when its output, its arguments or Ctrl-C get in the way: never with a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from octavo.cli.app import app

ID = "0192f0c1-0000-7000-8000-000000000001"
CONTENT = b"carrier\nUA\n" * 100_000
COMMAND = Path(sys.executable).with_name("octavo")
NO_SPACE = "DESTINATION_UNWRITABLE: The output cannot be written: No space left on device."
RESULTS = (["--help"], ["submit", "--help"], ["--version"], ["list"], ["list", "--json"], ["download", ID, "-o", "-"])


@pytest.fixture
def served(api):
    """An API with one finished report, which every submit reuses."""
    parameters = {"properties": {"stops": {"type": "array"}, "carrier": {"type": "string"}}}
    flights = {"name": "flights", "title": "Departures", "description": "", "parameters": parameters, "columns": []}
    api.answers("GET /report-types/flights", flights | {"formats": ["csv"], "max_rows": 10, "max_age_s": 900})
    finished = api.finished(CONTENT, api.keeps("/store/flights.csv", CONTENT))
    api.answers("GET /reports", {"reports": [finished], "next_cursor": None})
    api.answers(f"GET /reports/{ID}", finished)
    api.answers("POST /reports", finished | {"deduplicated": True})
    return api


@pytest.fixture
def installed(served, tmp_path):
    """Run the installed command in a process of its own."""

    def run(*args, **streams):
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
        environ = os.environ | {"OCTAVO_URL": served.url}
        done = subprocess.run([COMMAND, *args], cwd=tmp_path, env=environ, **streams)
        assert b"Traceback" not in (done.stderr or b"")
        return done

    return run


@pytest.fixture
def octavo(served, slept):
    """Run the command inside this process."""

    def run(*args):
        result = CliRunner().invoke(app, ["--url", served.url, *map(str, args)], prog_name="octavo")
        assert isinstance(result.exception, SystemExit | None), result.exception
        return result

    return run


@pytest.mark.parametrize("args", RESULTS, ids=" ".join)
def test_a_pipe_that_its_reader_has_closed_ends_the_command_in_silence(installed, args):
    ours, its = os.pipe()
    os.close(ours)
    done = installed(*args, stdout=its)
    os.close(its)
    assert (done.returncode, done.stderr) == (141, b"")


def test_the_example_with_head_gives_the_first_lines(installed, served, tmp_path):
    script = f'"{COMMAND}" download {ID} -o - | head -n 1; echo "${{PIPESTATUS[0]}}"'
    environ = os.environ | {"OCTAVO_URL": served.url}
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("carrier\n141\n", "")


@pytest.mark.parametrize("args", RESULTS, ids=" ".join)
def test_a_full_disk_under_stdout_is_reported_and_ends_with_2(installed, args):
    with Path("/dev/full").open("wb") as full:
        done = installed(*args, stdout=full)
    assert (done.returncode, done.stderr.decode().splitlines()[0]) == (2, NO_SPACE)


def test_an_error_ends_with_its_own_code_when_no_stream_can_be_written(installed):
    with Path("/dev/full").open("wb") as full:
        for args, exit_code in ((["--json", "--url", "nowhere", "list"], 2), (["--json", "list", "--nonsense"], 2)):
            assert installed(*args, stdout=full, stderr=full).returncode == exit_code
        assert installed("--url", "http://127.0.0.1:1", "cancel", ID, stdout=full, stderr=full).returncode == 3


@pytest.mark.parametrize("args", RESULTS, ids=" ".join)
def test_a_stdout_that_the_shell_has_closed_is_reported_and_ends_with_2(served, tmp_path, args):
    environ = os.environ | {"OCTAVO_URL": served.url}
    script = '"$@" >&- <&-'
    done = subprocess.run(["bash", "-c", script, "-", COMMAND, *args], cwd=tmp_path, env=environ, capture_output=True)
    message = "DESTINATION_UNWRITABLE: The output cannot be written: Bad file descriptor."
    assert (done.returncode, done.stderr.decode().splitlines()[0]) == (2, message)


def test_a_limit_larger_than_any_list_shows_all_reports(octavo):
    result = octavo("list", "--limit", 10**30)
    assert (result.exit_code, result.stderr) == (0, "")
    assert ID in result.stdout


@pytest.mark.parametrize(
    "args",
    [
        [b"\xff"],
        [b"types", b"\xff"],
        [b"submit", b"flights", b"-p", b"carrier=\xff"],
        [b"list", b"--type", b"\xff"],
        [b"--url", b"http://127.0.0.1:1/\xff", b"list"],
    ],
    ids=repr,
)
def test_an_argument_that_is_not_utf_8_is_refused(installed, served, args):
    done = installed(*args)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"is not valid UTF-8" in done.stderr
    assert not served.asked


def test_json_that_is_nested_too_deeply_is_refused(octavo, served):
    result = octavo("submit", "flights", "-p", f"stops={'[' * 100_000}")
    assert result.exit_code == 2
    assert "The value is nested too deeply." in result.stderr
    assert not served.calls("POST /reports")


def test_a_deeply_nested_answer_is_not_an_answer_of_octavo(octavo, api):
    for status in (200, 404):
        api.answers("GET /report-types", api.answer(status, b"[" * 100_000))
        result = octavo("types")
        assert result.exit_code == 3
        assert "not an answer of Octavo" in result.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["types", "--nonsense", "--json"], "No such option: --nonsense"),
        (["--json"], "Missing command."),
        (["--json", "tipes"], "No such command 'tipes'. Did you mean 'types'?"),
        (["submit", "--json"], "Missing argument 'NAME'."),
        (["list", "--json", "--limit", "none"], "Invalid value for '--limit' / '-n'"),
        (["submit", "flights", "-o", "-", "--json"], "-o - and --json both write to stdout."),
        (["delete", ID, "--json"], "Nobody can be asked"),
    ],
)
def test_wrong_usage_is_one_json_document_with_json(octavo, args, message):
    result = octavo(*args)
    assert result.exit_code == 2
    answer = json.loads(result.stdout)
    assert (answer["id"], answer["error"]["code"]) == (None, "INVALID_USAGE")
    assert message in answer["error"]["message"]
    assert f"Error: {answer['error']['message']}\n" in result.stderr


def test_wrong_usage_without_json_leaves_stdout_empty(octavo):
    assert octavo("types", "--nonsense").stdout == ""
    assert octavo("types", "--", "--json", "x").stdout == ""


@pytest.mark.parametrize("args", [["--wait"], ["-o", "mine.csv"], ["--no-wait"]], ids=" ".join)
def test_a_reused_report_is_marked_as_deduplicated_in_json(octavo, served, args):
    assert json.loads(octavo("submit", "flights", *args, "--json").stdout)["deduplicated"] is True


def test_a_new_report_is_not_marked_as_deduplicated_in_json(octavo, api):
    api.answers("POST /reports", api.answer(202, api.report()))
    assert json.loads(octavo("submit", "flights", "--wait", "--json").stdout)["deduplicated"] is False


def test_a_suggested_command_is_quoted_for_the_shell(api, slept):
    api.answers("GET /$default/reports/1", api.report())
    args = ["--url", f"{api.url}/$default", "status", "1", "--timeout", "0"]
    result = CliRunner().invoke(app, args, prog_name="octavo")
    assert f"  octavo --url '{api.url}/$default' status 1 --wait\n" in result.stderr


INTERRUPTED_WHILE_LOADING = """
import sys
module = sys.argv.pop(1)
class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupt())
from octavo.cli import main
main()
"""


@pytest.mark.parametrize("module", ["octavo.cli.app", "typer", "octavo.cli.screens", "octavo.client", "httpx"])
def test_ctrl_c_while_the_command_is_loaded_ends_with_130(module, served):
    command = [sys.executable, "-c", INTERRUPTED_WHILE_LOADING, module, "--url", served.url, "types", "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "INTERRUPTED: Stopped.\n")
    assert json.loads(done.stdout) == {"id": None, "error": {"code": "INTERRUPTED", "message": "Stopped."}}
