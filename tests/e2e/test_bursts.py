"""Bursts on the local stack: no call fails on the server, no submit is lost, and every report succeeds.

On two cores they leave no time for other tests, so they run with `make load`. What a burst does with the limits of AWS
is simulated by `make burst`.
"""

import json
import os
import re
import shutil
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from infra.local import Stack
from tests.e2e.conftest import LETTERS, ROOT, Local
from tests.e2e.submits import submit_all
from tests.e2e.test_identity import AUDIENCE, Issuer

pytestmark = pytest.mark.skipif(not os.environ.get("OCTAVO_LOAD"), reason="needs the whole machine; run `make load`")

RESERVED, REPORTS, CHUNKS = 3, 10, 10
OWNERS, DISTINCT, EQUAL, CAP = (
    200,
    10,
    5,
    8,
)  # 10,000 submits, and more distinct requests than an owner may have running
MANY_CHUNKS = """
from octavo import Column, Csv, ReportType


class Many(ReportType):
    title = "Many chunks"
    sources = {"letters": Csv("letters.csv")}
    query = "select letter, number from letters"
    order_by = ("number",)
    columns = (Column("letter"), Column("number"))
    chunk_rows = 5
"""


def prepared(home):
    for name in ("reports", "data"):
        (home / name).mkdir()
    (home / "reports/__init__.py").touch()
    shutil.copy(ROOT / "tests/e2e/reports/probe.py", home / "reports")
    (home / "reports/many.py").write_text(MANY_CHUNKS)
    (home / "data/letters.csv").write_text(LETTERS)
    return {"data": home / "data", "reports": home / "reports"}


def change_definition(local, change):
    states, arn = local.client("stepfunctions"), local.deployment.state_machine_arn
    definition = json.loads(states.describe_state_machine(stateMachineArn=arn)["definition"])
    change(definition)
    states.update_state_machine(stateMachineArn=arn, definition=json.dumps(definition))


def throttle_as_aws_does(definition):
    """Make up for what the emulator lacks (docs/aws.md).

    It throttles a function, but not its versions. It reports a throttled invocation as Lambda.Unknown.
    """
    states = definition["States"]
    for state in (*states.values(), *states["Render chunks"]["ItemProcessor"]["States"].values()):
        if state["Type"] == "Task":
            state["Resource"] = re.sub(r":\d+$", "", state["Resource"])
        for rule in state.get("Retry", ()):
            if "Lambda.TooManyRequestsException" in rule["ErrorEquals"]:
                rule["ErrorEquals"].append("Lambda.Unknown")


@pytest.fixture(scope="module")
def throttled(tmp_path_factory):
    """A stack that really refuses more than RESERVED chunks at a time."""
    home = tmp_path_factory.mktemp("throttled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SFN_WAIT_SCALE", "0.1")  # the pauses of the workflow are what is tested
        with Stack(home / "stack", **prepared(home), context={"max_running": "50"}) as deployment:
            local = Local(deployment.api_url, deployment, home)
            local.client("lambda").put_function_concurrency(
                FunctionName="Octavo-chunk", ReservedConcurrentExecutions=RESERVED
            )
            change_definition(local, throttle_as_aws_does)
            yield local
            local.close()


def throttles(local):
    now = datetime.now(UTC)
    points = local.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Throttles",
        Dimensions=[{"Name": "FunctionName", "Value": "Octavo-chunk"}],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=1),
        Period=3600,
        Statistics=["Sum"],
    )["Datapoints"]
    return sum(point["Sum"] for point in points)


def test_every_report_of_a_burst_succeeds_although_chunks_are_throttled(throttled):
    statuses, ends = Counter(), {}

    def follow(number):
        with httpx.Client(base_url=f"{throttled.url}/", timeout=120, trust_env=False) as http:
            answer = http.post("reports", json={"type": "many", "force": True}, headers={"Prefer": "wait=20"})
            statuses[answer.status_code] += 1
            report = answer.json()
            until = datetime.now(UTC) + timedelta(minutes=5)
            while report["status"] == "RUNNING" and datetime.now(UTC) < until:
                threading.Event().wait(1)
                answer = http.get(f"reports/{report['id']}")
                statuses[answer.status_code] += 1
                report = answer.json()
            ends[number] = report

    threads = [threading.Thread(target=follow, args=(number,)) for number in range(REPORTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not [status for status in statuses if status >= 500], statuses
    assert len(ends) == REPORTS
    for report in ends.values():
        assert report["status"] == "SUCCESS", report["error"]
        assert report["document"]["rows"] == 50
        assert report["progress"]["chunks_done"] == CHUNKS
    refused = throttles(throttled)
    print(
        f"\n{REPORTS} reports of {CHUNKS} chunks, {RESERVED} chunks at a time: {refused:.0f} invocations were throttled"
    )
    assert refused > 0


@pytest.fixture(scope="module")
def issuer():
    with Issuer() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def waiting(tmp_path_factory, issuer):
    """A stack for callers with tokens. Its workflow does nothing, so that the reports stay RUNNING."""
    home = tmp_path_factory.mktemp("submits")
    context = {"auth": "jwt", "issuer": issuer.url, "audience": AUDIENCE, "max_running": str(CAP)}
    with Stack(home / "stack", **prepared(home), context=context) as deployment:
        local = Local(deployment.api_url, deployment, home)

        def do_nothing(definition):
            definition.update(StartAt="Nothing", States={"Nothing": {"Type": "Succeed"}})

        change_definition(local, do_nothing)
        yield local
        local.close()


def test_ten_thousand_submits_by_two_hundred_owners_are_answered(waiting, issuer):
    owners = [f"owner-{number}" for number in range(OWNERS)]
    tokens = {owner: {"Authorization": f"Bearer {issuer.token(owner)}"} for owner in owners}
    requests = [(owner, number) for owner in owners for number in range(DISTINCT) for _ in range(EQUAL)]
    submits = submit_all(waiting.url, requests, headers_of=tokens.get)
    submits.show(f"{len(requests):,} submits by {OWNERS} owners, of which {len(set(requests)):,} are distinct")
    assert submits.faults == []
    assert len(submits.seconds) == len(requests)
    for request in set(requests):
        ids, refused = submits.ids.get(request, []), submits.refused.get(request, [])
        assert len(ids) + len(refused) == EQUAL
        assert len(set(ids)) <= 1, f"{request} has more than one report"
        assert submits.new[request] == len(set(ids))
        assert set(refused) <= {"TOO_MANY_RUNNING"}
    over = Counter(max(0, len(submits.running_of(owner)) - CAP) for owner in owners)
    assert over == {0: OWNERS}
    items = waiting.client("dynamodb").get_paginator("scan").paginate(TableName=waiting.deployment.table)
    stored = {item["id"]["S"] for page in items for item in page["Items"] if item["sk"]["S"] == "report"}
    assert stored == submits.report_ids
    pages = waiting.client("stepfunctions").get_paginator("list_executions")
    executions = [
        execution["name"]
        for page in pages.paginate(stateMachineArn=waiting.deployment.state_machine_arn)
        for execution in page["executions"]
    ]
    assert sorted(name.removeprefix("probe-csv-") for name in executions) == sorted(submits.report_ids)
