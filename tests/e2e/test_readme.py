"""The example files and commands of the README create the output that it shows."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import README

TRANSCRIPT = re.search(r"<!-- transcript -->\n```console\n(.*?)```", README, re.DOTALL)[1]
STEPS = [step.partition("\n") for step in re.split(r"^\$ ", TRANSCRIPT, flags=re.MULTILINE)[1:]]
END = "--- end of step ---"


def test_the_report_type_of_the_readme_creates_the_file_in_the_readme(local):
    (line,) = [line for line in README.splitlines() if line.startswith("octavo submit sales")]
    done = local.octavo(*shlex.split(line)[1:])
    assert done.returncode == 0, done.stderr
    shown = README.partition("<!-- output -->\n```csv\n")[2].partition("```")[0]
    assert shown
    assert done.stdout == shown


@pytest.fixture(scope="module")
def printed(local):
    """Run the commands of the transcript in one shell; return the output of each command."""
    (local.folder / ".octavo").mkdir(exist_ok=True)
    (local.folder / ".octavo/stack.json").write_text(json.dumps({"api_url": local.url}))
    script = "".join(f"{command}\necho; echo '{END}'\n" for command, _, _ in STEPS)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=local.folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stderr == ""
    return done.stdout.split(f"{END}\n")


@pytest.mark.parametrize("number", range(len(STEPS)), ids=[command[:40] for command, _, _ in STEPS])
def test_the_commands_of_the_readme_print_what_the_readme_shows(printed, number):
    """An ellipsis in the README replaces a part that varies or is left out."""
    shown = re.sub(r"\s+", "", STEPS[number][2])
    pattern = ".*?".join(map(re.escape, shown.split("…")))
    assert re.fullmatch(pattern, re.sub(r"\s+", "", printed[number])), printed[number]
