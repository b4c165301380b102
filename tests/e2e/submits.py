"""A burst of submits by many owners at once, what each was told, and how long it took."""

import random
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx
from rich.console import Console
from rich.table import Table


@dataclass
class Submits:
    """The answers to a burst: of each request of an owner the IDs that came back, and all status codes and times."""

    ids: dict = field(default_factory=lambda: defaultdict(list))  # by (owner, request)
    new: dict = field(default_factory=lambda: defaultdict(int))  # how often each request was answered as a new report
    refused: dict = field(default_factory=lambda: defaultdict(list))  # codes by (owner, request)
    faults: list = field(default_factory=list)
    seconds: list = field(default_factory=list)
    took_s: float = 0.0

    @property
    def report_ids(self):
        return {report_id for ids in self.ids.values() for report_id in ids}

    def running_of(self, owner):
        return {report_id for (who, _), ids in self.ids.items() if who == owner for report_id in ids}

    def percentile_s(self, share):
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def table(self, title):
        table = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0))
        names = ("submits", "reports", "refused", "per second", "p50", "p95", "p99", "max")
        for name in names:
            table.add_column(name, justify="right")
        refused = sum(map(len, self.refused.values()))
        times = [f"{self.percentile_s(share) * 1000:,.0f} ms" for share in (0.5, 0.95, 0.99, 1.0)]
        rate = f"{len(self.seconds) / self.took_s:,.0f}"
        table.add_row(f"{len(self.seconds):,}", f"{len(self.report_ids):,}", f"{refused:,}", rate, *times)
        return table

    def show(self, title):
        Console(width=110).print(self.table(title))


def probe(number):
    """Return a request for the report type `probe`. Equal numbers make equal requests."""
    return {"type": "probe", "parameters": {"whole": number}}


def submit_all(url, requests, *, request_of=probe, headers_of=lambda owner: {}, at_once=8, seed=1):
    """Submit all `requests`, pairs of an owner and a number, in a random order by `at_once` callers at a time."""
    requests = list(requests)
    random.Random(seed).shuffle(requests)
    submits = Submits()

    def submit(request):
        owner, number = request
        began = time.monotonic()
        answer = http.post("reports", json=request_of(number), headers=headers_of(owner))
        return request, answer, time.monotonic() - began

    began = time.monotonic()
    limits = httpx.Limits(max_connections=at_once)
    with (
        httpx.Client(base_url=f"{url}/", timeout=120, trust_env=False, limits=limits) as http,
        ThreadPoolExecutor(at_once) as pool,
    ):
        for request, answer, seconds in pool.map(submit, requests):
            submits.seconds.append(seconds)
            if answer.status_code >= 500:
                submits.faults.append(f"{answer.status_code} {answer.text[:200]}")
            elif answer.status_code in {200, 202}:
                body = answer.json()
                submits.ids[request].append(body["id"])
                submits.new[request] += not body["deduplicated"]
            else:
                submits.refused[request].append(answer.json().get("code"))
    submits.took_s = time.monotonic() - began
    return submits
