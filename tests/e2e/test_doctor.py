"""`octavo doctor` on the deployed template: everything that can be checked here holds, and nothing is left behind."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

OCTAVO = Path(sys.executable).with_name("octavo")


@pytest.fixture
def doctor(local, tmp_path):
    """Start the doctor in a folder that knows the local stack, as after `make up`."""
    (tmp_path / ".octavo").mkdir()
    (tmp_path / ".octavo/stack.json").write_text(json.dumps(dataclasses.asdict(local.deployment)))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OCTAVO_")}
    return lambda *args: subprocess.Popen(
        [OCTAVO, "doctor", *args],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def left_behind(local):
    reports = local.http.get("reports", params={"type": "octavo_self_test"}).json()["reports"]
    return reports + [key for key in local.keys("documents/") if "octavo_self_test" in key]


def test_the_doctor_finds_nothing_wrong_and_leaves_nothing_behind(local, doctor):
    process = doctor("--json")
    stdout, stderr = process.communicate(timeout=420)
    outcomes = {found["check"]: found["outcome"] for found in json.loads(stdout)["findings"]}
    assert process.returncode == 0, stderr
    # The emulator has no authentication here, and refuses its queue over plain HTTP, as the queue's policy demands.
    assert {name for name, outcome in outcomes.items() if outcome == "skipped"} <= {
        "Authentication",
        "Alarms",
        "Undelivered",
    }
    assert {outcomes[name] for name in ("Cancel", "Abort", "CSV document", "PDF document", "Link")} == {"holds"}
    assert left_behind(local) == []


def test_ctrl_c_leaves_nothing_behind(local, doctor):
    process = doctor()
    for line in process.stdout:
        if "Submit" in line:
            process.send_signal(signal.SIGINT)
            break
    _, stderr = process.communicate(timeout=240)
    assert process.returncode == 130
    assert "reports of the doctor are deleted" in stderr
    assert "Traceback" not in stderr
    assert left_behind(local) == []
