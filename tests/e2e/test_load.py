"""A hundred callers at once for a minute: no call fails, no update is lost, and every report ends.

On two cores this leaves no time for other tests, so it has its own target, `make load`.
"""

import json
import os
import random
import threading
import time
from collections import Counter

import httpx
import pytest

from tests.e2e.conftest import probe_stack

CALLERS, SECONDS = 100, 60
ENDED = {"SUCCESS", "FAIL"}

pytestmark = pytest.mark.skipif(not os.environ.get("OCTAVO_LOAD"), reason="needs the whole machine; run `make load`")


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    letters = "letter,number\n" + "".join(f"x,{n}\n" for n in range(50))
    with probe_stack(tmp_path_factory.mktemp("load"), letters, max_running="2") as url:
        yield url


class Callers:
    """The callers' requests, and what the API told them: the IDs of all, of cancelled and of deleted reports."""

    def __init__(self, api):
        self.http = httpx.Client(base_url=api, timeout=120, limits=httpx.Limits(max_connections=CALLERS))
        self.answers = Counter()
        self.reports, self.cancelled, self.deleted = set(), set(), set()
        self.faults = []

    def call(self, method, path, **more):
        answer = self.http.request(method, path, **more)
        self.answers[answer.status_code] += 1
        if answer.status_code >= 500:
            self.faults.append(f"{method} {path} {answer.status_code} {answer.text[:300]}")
        return answer

    def submit(self, rng):
        asked = {"type": "probe", "parameters": {"whole": rng.randrange(100, 110)}, "force": rng.random() < 0.2}
        answer = self.call("POST", "/reports", json=asked)
        if answer.status_code in {200, 202}:
            self.reports.add(answer.json()["id"])

    def look(self, rng):
        self.call("GET", f"/reports/{self.any(rng)}")

    def list(self, rng):
        self.call("GET", "/reports", params={"limit": rng.randrange(1, 50)})

    def document(self, rng):
        self.call("GET", f"/reports/{self.any(rng)}/document")

    def cancel(self, rng):
        report_id = self.any(rng)
        if self.call("POST", f"/reports/{report_id}/cancel").status_code == 202:
            self.cancelled.add(report_id)

    def delete(self, rng):
        report_id = self.any(rng)
        if self.call("DELETE", f"/reports/{report_id}").status_code == 204:
            self.deleted.add(report_id)

    def any(self, rng):
        known = list(self.reports)
        return rng.choice(known) if known else "01920000-0000-7000-8000-000000000000"

    def behave(self, number, until):
        rng = random.Random(number)
        ways = [self.submit, self.look, self.list, self.document, self.cancel, self.delete]
        time.sleep(rng.uniform(0, 15))
        while time.monotonic() < until:
            rng.choices(ways, weights=[3, 5, 1, 2, 1, 1])[0](rng)
            time.sleep(rng.uniform(3, 15))  # the emulator starts a process for each call that runs at the same time


@pytest.fixture(scope="module")
def callers(api):
    callers = Callers(api)
    for warmed in (callers.submit, callers.look, callers.cancel, callers.delete, callers.list):
        warmed(random.Random(0))
    until = time.monotonic() + SECONDS
    threads = [threading.Thread(target=callers.behave, args=(number, until)) for number in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    yield callers
    callers.http.close()


def test_no_call_fails(callers):
    assert callers.faults == []
    assert callers.answers.total() > CALLERS
    assert callers.answers.keys() <= {200, 202, 204, 303, 404, 409, 410, 429}


def test_every_report_ends_as_its_callers_were_told(callers):
    ends = {}
    until = time.monotonic() + 120
    for report_id in callers.reports:
        while True:
            answer = callers.call("GET", f"/reports/{report_id}")
            if answer.status_code == 404 or answer.json()["status"] in ENDED or time.monotonic() > until:
                break
            time.sleep(0.5)
        ends[report_id] = answer
    for report_id in callers.deleted:
        assert ends[report_id].status_code == 404
    for report_id, answer in ends.items():
        if report_id in callers.deleted:
            continue
        report = answer.json()
        assert report["status"] in ENDED, report
        if report_id in callers.cancelled:
            assert report["error"]["code"] == "CANCELLED", report
        else:
            assert report["status"] == "SUCCESS", report["error"]
            progress = report["progress"]
            assert progress["rows_done"] == progress["rows_total"] == report["document"]["rows"], json.dumps(report)
            assert progress["chunks_done"] == progress["chunks_total"]
