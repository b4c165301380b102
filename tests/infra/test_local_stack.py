"""The local stack starts, applies changes, and leaves nothing behind."""

import ast
import dataclasses
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.local import LocalError, Stack
from infra.local.emulator import Emulator, EmulatorError
from infra.local.stack import SHAPES_TEMPLATE
from infra.options import OptionError
from infra.versions import KEEP, delete_out_of_use

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "nycflights13"


def process_of(state_dir):
    return json.loads((state_dir / "emulator.json").read_text())["pid"]


def lives(process_group):
    try:
        os.killpg(process_group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def emulator(tmp_path):
    emulator = Emulator(tmp_path)
    yield emulator
    emulator.stop()


def test_the_emulator_uses_a_free_port_and_stops_completely(emulator, tmp_path):
    port = emulator.start(None)
    pid = process_of(tmp_path)
    assert emulator.port == port
    assert lives(pid)
    assert emulator.stop()
    assert emulator.port is None
    assert not lives(pid)
    assert not emulator.stop()


def test_a_killed_emulator_is_noticed_and_another_can_start(emulator, tmp_path):
    emulator.start(None)
    os.kill(process_of(tmp_path), signal.SIGKILL)
    deadline = time.monotonic() + 5
    while emulator.port and time.monotonic() < deadline:
        pass
    assert emulator.port is None
    assert emulator.start(None)


def test_a_process_that_reuses_the_id_of_a_dead_emulator_is_not_stopped(emulator, tmp_path):
    tmp_path.joinpath("emulator.lock").touch()
    tmp_path.joinpath("emulator.json").write_text(json.dumps({"pid": os.getpid(), "port": 4566}))
    assert emulator.port is None
    assert not emulator.stop()


def test_a_port_that_is_taken_is_refused_with_the_reason(emulator):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(EmulatorError, match=f"Port {port} is in use"):
            emulator.start(port)
    assert emulator.port is None


class Local:
    """A local stack with its own folders, which tests may change."""

    def __init__(self, folder):
        self.state_dir = folder / "state"
        self.data = folder / "data"
        self.reports = folder / "reports"
        shutil.copytree(EXAMPLE, self.data)
        shutil.copytree(ROOT / "reports", self.reports, ignore=shutil.ignore_patterns("__pycache__"))
        # A report with more than one chunk waits until no other one is rendered.
        self.stack = Stack(self.state_dir, data=self.data, reports=self.reports, context={"capacity": "2"})

    def client(self, service, **credentials):
        deployment = self.stack.deployment
        return boto3.client(
            service,
            endpoint_url=deployment.endpoint_url,
            region_name=deployment.region,
            config=Config(proxies={}),
            **(credentials or {"aws_access_key_id": "local", "aws_secret_access_key": "local"}),
        )

    def s3_as(self, function):
        """Return an S3 client with the role of a function."""
        role = self.client("lambda").get_function_configuration(FunctionName=f"Octavo-{function}")["Role"]
        session = self.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        return self.client(
            "s3",
            aws_access_key_id=session["AccessKeyId"],
            aws_secret_access_key=session["SecretAccessKey"],
            aws_session_token=session["SessionToken"],
        )

    def get(self, path):
        answer = httpx.get(self.stack.deployment.api_url + path, trust_env=False, timeout=30)
        return answer.raise_for_status().json()

    def submit(self, type, wait=0, **parameters):
        url = f"{self.stack.deployment.api_url}/reports"
        request, headers = {"type": type, "format": "csv", "parameters": parameters}, {"Prefer": f"wait={wait}"}
        answer = httpx.post(url, json=request, headers=headers, trust_env=False, timeout=30)
        return answer.raise_for_status().json()

    def until(self, report_id, condition, timeout_s=60):
        """Read a report until the condition holds."""
        end = time.monotonic() + timeout_s
        while not condition(report := self.get(f"/reports/{report_id}")):
            assert time.monotonic() < end, report
        return report

    def delete_old_versions(self, now):
        arn = self.stack.deployment.state_machine_arn
        return delete_out_of_use(self.client("lambda"), self.client("stepfunctions"), arn, now)


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    local = Local(tmp_path_factory.mktemp("local"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SFN_WAIT_SCALE", "0.1")  # the workflow waits a tenth of the time
        local.stack.up()
    yield local
    local.stack.down()


def test_the_stack_answers_where_its_file_says(local):
    written = json.loads((local.state_dir / "stack.json").read_text())
    assert written == dataclasses.asdict(local.stack.deployment)
    names = {report_type["name"] for report_type in local.get("/report-types")["report_types"]}
    assert names == {"airport_statements", "flights"}


def test_ttl_and_lifecycle_rules_exist_although_the_emulator_ignores_them_in_the_template(local):
    deployment = local.stack.deployment
    ttl = local.client("dynamodb").describe_time_to_live(TableName=deployment.table)["TimeToLiveDescription"]
    assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
    rules = local.client("s3").get_bucket_lifecycle_configuration(Bucket=deployment.bucket)["Rules"]
    assert {rule["ID"] for rule in rules} == {"work", "snapshots", "documents", "incomplete-uploads"}


def test_the_role_of_a_function_limits_it_on_the_emulator(local):
    s3 = local.s3_as("plan")
    bucket = local.stack.deployment.bucket
    assert s3.get_object(Bucket=bucket, Key="data/airlines.parquet")["ContentLength"] > 0
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(Bucket=bucket, Key="data/airlines.parquet", Body=b"")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.get_object(Bucket=bucket, Key="documents/any")


def test_the_role_of_the_watch_suffices_on_the_emulator(local):
    answer = local.client("lambda").invoke(FunctionName="Octavo-watch", Payload=b"{}")
    assert (answer.get("FunctionError"), answer["Payload"].read()) == (None, b"{}")


def test_a_second_up_changes_nothing_and_is_quick(local):
    before, started = local.stack.deployment, time.monotonic()
    assert local.stack.up() == before
    assert time.monotonic() - started < 5  # 1 s on a quiet machine; a deployment takes 10


def test_a_changed_report_type_is_live_after_up_although_workers_were_warm(local):
    flights = local.reports / "flights.py"
    assert local.get("/report-types/flights")["title"] != "Changed"
    text = flights.read_text()
    title = next(line for line in text.splitlines() if line.startswith("    title = "))
    flights.write_text(text.replace(title, '    title = "Changed"'))
    local.stack.up()
    assert local.get("/report-types/flights")["title"] == "Changed"


def test_the_data_root_follows_the_data_folder(local):
    (local.data / "more").mkdir()
    (local.data / "more" / "new.csv").write_text("a\n1\n")
    (local.data / ".hidden").write_text("")
    local.stack.up()
    s3, bucket = local.client("s3"), local.stack.deployment.bucket
    assert s3.get_object(Bucket=bucket, Key="data/more/new.csv")["Body"].read() == b"a\n1\n"
    (local.data / "more" / "new.csv").unlink()
    local.stack.up()
    keys = {item["Key"] for item in s3.list_objects_v2(Bucket=bucket, Prefix="data/")["Contents"]}
    assert keys == {f"data/{file.name}" for file in EXAMPLE.iterdir() if not file.name.startswith(".")}


LAKE = """
from octavo import Column, Csv, ReportType


class Lake(ReportType):
    title = "Lake"
    sources = {"fish": Csv("s3://lake/fish/*.csv")}
    query = "select name from fish"
    order_by = ("name",)
    columns = (Column("name"),)
"""


def test_a_report_type_may_read_an_address_outside_the_data_root_and_nothing_beside_it(local):
    s3 = local.client("s3")
    s3.create_bucket(Bucket="lake")
    for key, name in {"fish/1.csv": "trout", "fish/2.csv": "carp", "birds/1.csv": "heron"}.items():
        s3.put_object(Bucket="lake", Key=key, Body=f"name\n{name}\n".encode())
    (local.reports / "lake.py").write_text(LAKE)
    local.stack.up()
    assert local.s3_as("plan").get_object(Bucket="lake", Key="fish/1.csv")["ContentLength"] > 0
    for function, key in (("plan", "birds/1.csv"), ("chunk", "fish/1.csv")):
        with pytest.raises(ClientError, match="AccessDenied"):
            local.s3_as(function).get_object(Bucket="lake", Key=key)
    url = f"{local.stack.deployment.api_url}/reports"
    report = httpx.post(url, json={"type": "lake"}, headers={"Prefer": "wait=20"}, trust_env=False, timeout=30).json()
    assert report["status"] == "SUCCESS", report
    assert httpx.get(report["document"]["url"], trust_env=False).text == "name\ncarp\ntrout\n"
    (local.reports / "lake.py").unlink()


PAIRS = """
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import BaseModel

from octavo import Column, Csv, ReportType

if os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "").endswith("-chunk"):
    while not Path({gate!r}).exists():
        time.sleep(0.05)


class Pairs(ReportType):
    title = "Pairs"
    sources = {{"pairs": Csv("pairs.csv")}}
    query = "select a, b from pairs where a > $above"
    order_by = ("a",)
    columns = ({columns})
    chunk_rows = 10

    class Parameters(BaseModel):
        above: int = 0
"""
A, B = 'Column("a", "A"), ', 'Column("b", "B"), '


@pytest.fixture(scope="module")
def deployed_during_a_run(local):
    """Swap two columns of a report type while one report renders its chunks and another waits for capacity."""
    gate, module = local.state_dir.parent / "gate", local.reports / "pairs.py"
    (local.data / "pairs.csv").write_text("a,b\n" + "".join(f"{n},{-n}\n" for n in range(1, 61)))
    module.write_text(PAIRS.format(gate=str(gate), columns=A + B))
    local.stack.up()
    first, second = local.submit("pairs"), local.submit("pairs", above=30)
    for report in (first, second):
        local.until(report["id"], lambda report: report["stage"] == "CHUNKS")
    module.write_text(PAIRS.format(gate=str(gate), columns=B + A))
    local.stack.up()
    waited = [local.get(f"/reports/{report['id']}") for report in (first, second)]
    gate.touch()
    ended = [local.until(report["id"], lambda report: report["status"] != "RUNNING") for report in (first, second)]
    yield waited, ended, local.submit("pairs", wait=20, above=50)
    module.unlink()
    (local.data / "pairs.csv").unlink()


def text_of(report):
    assert report["status"] == "SUCCESS", report
    return httpx.get(report["document"]["url"], trust_env=False).text


def test_a_deployment_does_not_change_the_reports_that_are_running(deployed_during_a_run):
    waited, (first, second), after = deployed_during_a_run
    assert [report["status"] for report in waited] == ["RUNNING", "RUNNING"]
    for report, above in ((first, 0), (second, 30)):
        assert text_of(report) == "a,b\n" + "".join(f"{n},{-n}\n" for n in range(above + 1, 61))
    assert text_of(after) == "b,a\n" + "".join(f"{-n},{n}\n" for n in range(51, 61))


def test_a_large_report_waits_on_the_emulator_until_there_is_capacity(local, deployed_during_a_run):
    _, (first, second), _ = deployed_during_a_run
    states, arn = local.client("stepfunctions"), local.stack.deployment.state_machine_arn
    waits = {}
    for execution in states.list_executions(stateMachineArn=arn)["executions"]:
        history = states.get_execution_history(executionArn=execution["executionArn"], maxResults=1000)["events"]
        entered = [event.get("stateEnteredEventDetails", {}).get("name") for event in history]
        waits[execution["name"][-36:]] = entered.count("Wait for capacity")
    assert [waits[report["id"]] > 0 for report in (first, second)] in ([True, False], [False, True])


def test_versions_that_no_report_can_use_any_more_are_deleted(local, deployed_during_a_run):
    now = datetime.now(UTC)
    assert local.delete_old_versions(now) == []
    deleted = local.delete_old_versions(now + KEEP + timedelta(minutes=1))
    assert {name.partition(":")[0] for name in deleted} == {
        f"Octavo-{function}" for function in ("plan", "admit", "chunk", "merge", "fail")
    }
    assert local.delete_old_versions(now + 2 * KEEP) == []
    assert local.submit("pairs", wait=20, above=40)["status"] == "SUCCESS"


def test_a_report_type_that_cannot_work_is_refused_and_the_stack_stays_as_it_was(local):
    broken = local.reports / "broken.py"
    broken.write_text("from octavo import ReportType\n\n\nclass Broken(ReportType):\n    title = 'Broken'\n")
    before = local.stack.deployment
    with pytest.raises(LocalError, match=r"(?i)broken"):
        local.stack.up()
    broken.unlink()
    assert local.stack.deployment == before
    assert local.get("/report-types")


def test_the_template_is_deployed_anew_when_what_it_follows_from_has_changed():
    """What the infrastructure imports of octavo is all listed, so that no change of it is missed."""
    imported = set()
    for path in (ROOT / "infra").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("octavo."):
                imported.add(f"{node.module.replace('.', '/')}.py")
    assert imported == set(SHAPES_TEMPLATE)


def test_a_running_stack_cannot_be_moved_to_another_port(local):
    with pytest.raises(LocalError, match="make down"):
        Stack(local.state_dir, port=1, data=local.data, reports=local.reports).up()


def test_a_stack_that_cannot_be_deployed_leaves_no_process(tmp_path):
    stack = Stack(tmp_path, check=False, context={"retention_days": "none"})
    with pytest.raises(OptionError, match="retention_days"):
        stack.up()
    assert stack.deployment is None
    assert not lives(process_of(tmp_path))


def test_taking_down_a_stack_that_is_not_running_does_nothing(tmp_path):
    stack = Stack(tmp_path / "none")
    assert stack.deployment is None
    assert not stack.down()


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"OCTAVO_DATA": "/no/such/folder"}, "OCTAVO_DATA"),
        ({"OCTAVO_PORT": "http"}, "OCTAVO_PORT"),
        ({"OCTAVO_PORT": "99999"}, "OCTAVO_PORT must be a port number from 1 to 65535, not '99999'."),
    ],
)
def test_a_wrong_setting_is_explained_without_a_traceback(environment, message):
    command = [sys.executable, "-m", "infra.local", "up"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
