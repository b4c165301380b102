"""The real template on the local emulator, in a separate folder and on a separate port."""

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3
import httpx
import pytest

from infra.local import Stack

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
LETTERS = "letter,number\n" + "".join(f"{chr(97 + n % 26)},{n}\n" for n in range(50))


def examples():
    """Yield the path and the text of each example file in the README."""
    for path, _, text in re.findall(r"<!-- example: (\S+) -->\n```(\w+)\n(.*?)```", README, re.DOTALL):
        yield Path(path), text


@dataclass
class Local:
    """A running stack, with HTTP, the command and boto3 to use it."""

    url: str
    deployment: object
    folder: Path  # where the command runs

    def __post_init__(self):
        self.http = httpx.Client(base_url=f"{self.url}/", timeout=60)
        self._clients = {}
        self._failed = {}

    def close(self):
        self.http.close()
        for client in self._clients.values():
            client.close()

    def client(self, service):
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,
                endpoint_url=self.deployment.endpoint_url,
                region_name=self.deployment.region,
                aws_access_key_id="local",
                aws_secret_access_key="local",
            )
        return self._clients[service]

    def submit(self, type, **request):
        return self.http.post("reports", json={"type": type, **request})

    def octavo(self, *arguments, **kwargs):
        """Run the command as a user would, and return the finished process."""
        environment = {**os.environ, "OCTAVO_URL": self.url, "COLUMNS": "100"}
        return subprocess.run(
            [Path(sys.executable).with_name("octavo"), *map(str, arguments)],
            env=environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            **kwargs,
        )

    def ended(self, type, **request):
        """Submit a report, wait until it ends, and return it."""
        flags = [flag for name, value in request.get("parameters", {}).items() for flag in ("-p", f"{name}={value}")]
        done = self.octavo("--json", "submit", type, "--force", "--wait", *flags)
        return json.loads(done.stdout)

    def failed(self, type):
        """Return a failed report of a type that always fails. It is submitted only once."""
        if type not in self._failed:
            self._failed[type] = self.ended(type)
        return self._failed[type]

    def executions(self, status=None):
        where = {"stateMachineArn": self.deployment.state_machine_arn} | ({"statusFilter": status} if status else {})
        return self.client("stepfunctions").list_executions(**where)["executions"]

    def keys(self, prefix):
        listed = self.client("s3").list_objects_v2(Bucket=self.deployment.bucket, Prefix=prefix)
        return [each["Key"] for each in listed.get("Contents", [])]


@pytest.fixture(scope="session", autouse=True)
def no_pauses_in_workflows():
    """Let the emulator retry a failed state at once; this setting of ministack scales all pauses of a workflow."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SFN_WAIT_SCALE", "0")
        yield


@pytest.fixture(scope="session")
def local(tmp_path_factory):
    home = tmp_path_factory.mktemp("local")
    shutil.copytree(ROOT / "reports", home / "reports")
    shutil.copy(ROOT / "tests/e2e/reports/faults.py", home / "reports")
    shutil.copytree(ROOT / "examples/nycflights13", home / "data")
    (home / "data/letters.csv").write_text(LETTERS)
    for path, text in examples():
        (home / {"mydata": "data", "reports": "reports"}[path.parent.name] / path.name).write_text(text)
    (home / "saved").mkdir()
    with Stack(home / "stack", data=home / "data", reports=home / "reports", check=False) as deployment:
        made = Local(deployment.api_url, deployment, home / "saved")
        yield made
        made.close()


@contextmanager
def probe_stack(home, letters, **context):
    """Run a separate stack in the folder `home`, with the probe as its only report type; yield its address."""
    for name in ("reports", "data"):
        (home / name).mkdir()
    (home / "reports/__init__.py").touch()
    shutil.copy(ROOT / "tests/e2e/reports/probe.py", home / "reports")
    (home / "data/letters.csv").write_text(letters)
    with Stack(home / "stack", data=home / "data", reports=home / "reports", context=context) as deployment:
        yield deployment.api_url
