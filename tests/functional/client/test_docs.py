"""Every command and every program in docs/cli.md and docs/client.md runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from octavo import errors
from octavo.cli.app import app

DOCS = Path(__file__).parents[3] / "docs"
ID = "0192f0c1-0000-7000-8000-000000000001"
CONTENT = b"carrier\nUA\n"


@pytest.fixture(autouse=True)
def running(api, slept, monkeypatch):
    parameters = {"properties": {name: {"type": "string"} for name in ("carrier", "start", "end")}}
    flights = {
        "name": "flights",
        "title": "Departures",
        "description": "",
        "parameters": parameters,
        "columns": [],
        "formats": ["csv"],
        "max_rows": 10,
        "max_age_s": 900,
    }
    api.answers("GET /report-types", {"report_types": [flights]})
    api.answers("GET /report-types/flights", flights)
    api.answers("POST /reports", api.report())
    finished = api.finished(CONTENT, api.keeps("/store/flights.csv", CONTENT))
    api.answers(f"GET /reports/{ID}", finished)
    api.answers("GET /reports", {"reports": [api.report(), finished], "next_cursor": None})
    api.answers(f"POST /reports/{ID}/cancel", finished)
    api.answers(f"DELETE /reports/{ID}", api.answer(204))
    monkeypatch.setenv("OCTAVO_URL", api.url)


def fenced(name: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (DOCS / name).read_text(), re.MULTILINE | re.DOTALL)


COMMANDS = [line.removeprefix("$ octavo ") for block in fenced("cli.md", "console") for line in block.splitlines()]


def test_there_are_examples_to_run():
    assert len(COMMANDS) > 5
    assert len(fenced("client.md", "python")) == 4


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_in_the_document_succeeds(command):
    result = CliRunner().invoke(app, shlex.split(command.replace("ID", ID)))
    assert (result.exit_code, result.exception) == (0, None)


def test_the_first_program_saves_the_document(capsys, tmp_path):
    exec(fenced("client.md", "python")[0], {})  # noqa: S102 - this is our own document
    assert capsys.readouterr().out == "flights.csv\n"
    assert (tmp_path / "flights.csv").read_bytes() == CONTENT


def test_the_second_program_cancels_and_deletes_reports(api, capsys):
    exec(fenced("client.md", "python")[1], {})  # noqa: S102 - this is our own document
    assert capsys.readouterr().out == "2026-01-01 RUNNING \n2026-01-01 SUCCESS 1000\n"
    paths = [(asked.method, asked.path) for asked in api.asked]
    running, failed = paths.index(("GET", "/reports?status=RUNNING")), paths.index(("GET", "/reports?status=FAIL"))
    assert paths[running + 1 : failed] == [("POST", f"/reports/{ID}/cancel")] * 2
    assert paths[failed + 1 :] == [("DELETE", f"/reports/{ID}")] * 2


def test_the_third_program_shows_the_refusal(api, capsys):
    fault = {"pointer": "/type", "detail": "unknown"}
    api.answers("POST /reports", api.problem(404, "UNKNOWN_REPORT_TYPE", "There is none.", errors=[fault]))
    exec(fenced("client.md", "python")[2], {})  # noqa: S102 - this is our own document
    assert capsys.readouterr().out == "404 UNKNOWN_REPORT_TYPE There is none.\n/type unknown\n"


def test_the_fourth_program_sends_its_key_each_time(api, capsys):
    exec(fenced("client.md", "python")[3], {})  # noqa: S102 - this is our own document
    assert capsys.readouterr().out == "True\n"
    assert [asked.headers["idempotency-key"] for asked in api.asked] == ["flights of 2026-01-01"] * 2


def test_the_exit_codes_in_help_and_document_are_the_error_classes():
    known = {0, *(kind.exit_code for kind in errors.family(errors.OctavoError))}
    in_document = {int(code) for code in re.findall(r"^\| (\d+) \|", (DOCS / "cli.md").read_text(), re.MULTILINE)}
    in_help = re.findall(r"^ {4}(\d+) ", CliRunner().invoke(app, ["--help"]).stdout, re.MULTILINE)
    assert in_document == known == set(map(int, in_help))


def test_every_error_named_in_the_document_exists():
    named = re.findall(r"^\| (`[A-Z].*?`) \|", (DOCS / "client.md").read_text(), re.MULTILINE)
    assert all(hasattr(errors, name) for row in named for name in re.findall(r"\w+", row))
    assert named
