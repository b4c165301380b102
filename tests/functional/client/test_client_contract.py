"""The client together with the real functions: both follow the same contract."""

from __future__ import annotations

import httpx
import pytest

from octavo.client import Client
from octavo.errors import ApiRefused
from octavo.lifecycle.report import Status


@pytest.fixture
def calls():
    """The answers of the functions, as (method, status)."""
    return []


@pytest.fixture
def reporter(octavo, calls, slept):
    """A client whose requests are answered by the functions."""

    def answer(request):
        path = request.url.raw_path.decode()
        given = octavo.call(request.method, path, request.content.decode() or None, headers=dict(request.headers))
        calls.append((request.method, given.status))
        return httpx.Response(given.status, headers=given.headers, **({"json": given.body} if given.body else {}))

    with Client("http://127.0.0.1:9", transport=httpx.MockTransport(answer)) as client:
        yield client


def test_all_pages_of_the_list_are_read(reporter, calls):
    made = []
    for _ in range(21):
        made.append(reporter.submit("letters", force=True).id)
        reporter.cancel(made[-1])
    calls.clear()
    assert [report.id for report in reporter.reports(Status.FAIL, "letters")] == made[::-1]
    assert calls == [("GET", 200)] * 2
    assert list(reporter.reports(Status.SUCCESS)) == []


def test_a_cancelled_report_has_failed_and_one_that_has_ended_is_not_changed(octavo, reporter, calls):
    running = reporter.submit("letters")
    assert reporter.cancel(running.id).error.code == "CANCELLED"
    finished = reporter.submit("letters")
    octavo.run(finished.id)
    assert reporter.cancel(finished.id).status is Status.SUCCESS
    assert [status for method, status in calls if method == "POST"] == [202, 202, 202, 200]


def test_a_report_can_be_deleted_once_it_has_ended(reporter):
    report = reporter.submit("letters")
    with pytest.raises(ApiRefused) as caught:
        reporter.delete(report.id)
    assert caught.value.code == "STILL_RUNNING"
    reporter.cancel(report.id)
    reporter.delete(report.id)
    with pytest.raises(ApiRefused) as caught:
        reporter.delete(report.id)
    assert caught.value.code == "REPORT_NOT_FOUND"


def test_a_retried_forced_request_starts_no_second_report(octavo, slept):
    """The first answer is lost on its way to the client."""
    answers = []

    def lose_the_first(request):
        given = octavo.call("POST", "/reports", request.content.decode(), headers=dict(request.headers))
        answers.append(given)
        if len(answers) == 1:
            raise httpx.ReadTimeout("lost", request=request)
        return httpx.Response(given.status, headers=given.headers, json=given.body)

    with Client("http://127.0.0.1:9", transport=httpx.MockTransport(lose_the_first)) as client:
        report = client.submit("letters", force=True)
        assert report.id == answers[0].body["id"] == answers[1].body["id"]
        assert client.submit("letters", force=True).id != report.id


def test_a_key_that_belongs_to_another_request_is_refused(reporter):
    reporter.submit("letters", idempotency_key="mine")
    with pytest.raises(ApiRefused) as caught:
        reporter.submit("letters", idempotency_key="mine", force=True)
    assert caught.value.status == 422


def test_a_waiting_client_gets_304_until_the_report_changes(octavo, reporter, calls, monkeypatch):
    report = reporter.submit("letters")
    pauses = iter([lambda: None, lambda: octavo.run(report.id)])
    monkeypatch.setattr(reporter, "_sleep", lambda seconds: next(pauses)())
    calls.clear()
    seen = []
    assert reporter.wait(report.id, on_progress=seen.append).status is Status.SUCCESS
    assert [status for _, status in calls] == [200, 304, 200]
    assert [each.status for each in seen] == [Status.RUNNING, Status.SUCCESS]
