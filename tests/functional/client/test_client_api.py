"""The client and an API on loopback: what it sends, when it asks again, and what it makes of the answers."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date
from urllib.parse import parse_qsl, quote
from uuid import UUID

import httpx
import pytest

import octavo.client.retries
from octavo.client import Client
from octavo.errors import (
    ApiFailed,
    ApiRefused,
    ApiUnreachable,
    CredentialsMissing,
    InvalidRequest,
    Problem,
    WaitTimedOut,
)
from octavo.lifecycle.report import Stage, Status

ID = "0192f0c1-0000-7000-8000-000000000001"
FLIGHTS = {
    "name": "flights",
    "title": "Departures",
    "description": "",
    "parameters": {},
    "columns": [{"name": "carrier", "title": "Carrier"}],
    "formats": ["csv"],
    "max_rows": 10,
    "max_age_s": 900,
}


@pytest.fixture(autouse=True)
def no_jitter(monkeypatch):
    monkeypatch.setattr(octavo.client.retries.random, "uniform", lambda low, high: low)


def test_report_types_are_listed_and_shown(api, client):
    api.answers("GET /report-types", {"report_types": [FLIGHTS | {"new": 1}]})
    api.answers("GET /report-types/flights", FLIGHTS)
    assert [each.name for each in client.types()] == ["flights"]
    assert client.type("flights").title == "Departures"


def test_a_submit_sends_what_was_said_and_nothing_else(api, client):
    api.answers("POST /reports", api.answer(202, api.report()))
    report = client.submit("flights", {"start": date(2013, 1, 1), "carrier": None}, format="csv", max_age_s=0)
    client.submit("flights", force=True, idempotency_key="Monday's")
    assert (report.id, report.status) == (ID, Status.RUNNING)
    first, forced = (asked.json for asked in api.asked)
    assert first == {
        "type": "flights",
        "parameters": {"start": "2013-01-01", "carrier": None},
        "format": "csv",
        "max_age": 0,
    }
    assert forced == {"type": "flights", "force": True}
    assert api.asked[0].headers["content-type"] == "application/json"
    assert not {"authorization", "idempotency-key"} & api.asked[0].headers.keys()
    assert api.asked[1].headers["idempotency-key"] == "Monday's"


def test_a_request_that_cannot_be_sent_is_refused_here(api, client):
    with pytest.raises(InvalidRequest, match="max_age: Input should be greater") as caught:
        client.submit("flights", max_age_s=-1)
    assert caught.value.problems[0].pointer == "/max_age"
    with pytest.raises(InvalidRequest, match="neither"):
        client.get("..")
    for key in ("", "Tür", "a\nb"):
        with pytest.raises(InvalidRequest, match="is no Idempotency-Key"):
            client.submit("flights", idempotency_key=key)
    assert not api.asked


def test_an_id_stays_one_step_of_the_path(api, client):
    with pytest.raises(ApiUnreachable):
        client.get("a/../b?c")
    assert api.asked[0].path == "/reports/a%2F..%2Fb%3Fc"


def test_a_problem_says_its_code_and_where_the_fault_is(api, client):
    api.answers(
        "POST /reports",
        api.problem(
            422,
            "INVALID_REQUEST",
            "The request is not valid.",
            errors=[{"pointer": "/parameters/start", "detail": "no date"}, {"pointer": "", "detail": "too little"}],
        ),
    )
    with pytest.raises(ApiRefused) as caught:
        client.submit("flights")
    error = caught.value
    assert (error.status, error.code, error.detail, error.exit_code) == (
        422,
        "INVALID_REQUEST",
        "The request is not valid.",
        2,
    )
    assert error.problems == (Problem("/parameters/start", "no date"), Problem("", "too little"))
    assert error.message == "The request is not valid.\nparameters.start: no date\ntoo little"


def test_a_problem_of_the_apis_own_is_told_apart(api, client):
    api.answers("GET /report-types", api.problem(500, "INTERNAL", "Something went wrong."))
    with pytest.raises(ApiFailed) as caught:
        client.types()
    assert (caught.value.exit_code, caught.value.status) == (3, 500)
    assert len(api.asked) == 1


@pytest.mark.parametrize(
    "foreign",
    [
        httpx.Response(200, html="<h1>Log in</h1>"),
        httpx.Response(200, json={"message": "hello"}),
        httpx.Response(404, json={"message": "Not Found"}),
        httpx.Response(500, text="oops"),
        httpx.Response(302, headers={"Location": "https://login.example.com"}),
        httpx.Response(400, content=b'{"title": '),
    ],
    ids=lambda response: f"{response.status_code} {response.headers.get('content-type', 'nothing')}",
)
def test_an_answer_that_is_not_octavos_names_the_address(foreign):
    with (
        Client("http://127.0.0.1:9", transport=httpx.MockTransport(lambda request: foreign)) as client,
        pytest.raises(ApiUnreachable, match=r"http://127\.0\.0\.1:9/report-types answered .* not Octavo's"),
    ):
        client.types()


@pytest.mark.parametrize("status", [401, 403])
def test_a_gateway_that_wants_to_know_who_asks_is_explained(status, monkeypatch):
    gateway = httpx.MockTransport(lambda request: httpx.Response(status, json={"message": "Forbidden"}))
    with Client("https://a.example", transport=gateway) as client, pytest.raises(ApiRefused, match="not signed"):
        client.types()
    monkeypatch.setenv("OCTAVO_TOKEN", "t")
    with Client("https://a.example", transport=gateway) as client, pytest.raises(ApiRefused, match="OCTAVO_TOKEN"):
        client.types()


def test_nobody_listening_is_unreachable_after_a_few_tries(slept):
    with Client("http://127.0.0.1:1") as client, pytest.raises(ApiUnreachable, match="make up") as caught:
        client.types()
    assert caught.value.exit_code == 3
    assert slept == [0.5, 0.75, 1.125]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_passing_fault_is_asked_again_after_what_the_api_asks_for(api, client, slept, status):
    busy = api.problem(status, "BUSY", "Later.", retry_after=3)
    api.answers("GET /report-types", busy, api.cut(), {"report_types": []})
    assert client.types() == []
    assert slept == [3, 0.75]


def test_an_api_that_asks_for_a_long_pause_is_believed_at_once(api, client, slept):
    api.answers("POST /reports", api.problem(429, "TOO_MANY_RUNNING", "Five reports run already.", retry_after=60))
    with pytest.raises(ApiRefused, match="Five reports"):
        client.submit("flights")
    assert slept == []


def test_a_submit_is_asked_again_since_identical_requests_share_a_run(api, client):
    api.answers("POST /reports", api.cut(), api.problem(503, "START_FAILED", "Later."), api.answer(202, api.report()))
    assert client.submit("flights").id == ID
    assert len({asked.body for asked in api.calls("POST /reports")}) == 1
    assert len(api.asked) == 3


def test_a_forced_submit_is_asked_again_under_the_key_of_its_own(api, client):
    busy = api.problem(503, "START_FAILED", "Later.")
    api.answers("POST /reports", api.cut(), busy, api.answer(202, api.report()))
    assert client.submit("flights", force=True).id == ID
    assert client.submit("flights", force=True).id == ID
    first, *again, other = (asked.headers["idempotency-key"] for asked in api.asked)
    assert again == [first, first]
    assert UUID(first) != UUID(other)


def test_a_submit_waits_for_its_turn_when_the_caller_has_too_many_reports_running(api, client, slept):
    full = api.problem(429, "TOO_MANY_RUNNING", "Five reports run already.", retry_after=2)
    api.answers("POST /reports", full, api.answer(202, api.report()))
    assert client.submit("flights").id == ID
    assert slept == [2]
    api.answers("POST /reports", full)
    with pytest.raises(ApiRefused, match="Five reports") as caught:
        client.submit("flights")
    assert caught.value.code == "TOO_MANY_RUNNING"
    assert slept == [2, 2, 2, 2]


def numbered(api, *numbers):
    return [api.report("SUCCESS", id=f"report-{number}") for number in numbers]


def test_the_list_is_asked_for_page_by_page_as_it_is_read(api, client):
    api.answers(
        "GET /reports",
        {"reports": numbered(api, 9, 8), "next_cursor": "a/b=&c d"},
        {"reports": [], "next_cursor": "empty pages may come"},
        {"reports": numbered(api, 7), "next_cursor": None},
    )
    reports = client.reports()
    assert not api.asked
    assert [next(reports).id, next(reports).id] == ["report-9", "report-8"]
    assert [asked.path for asked in api.asked] == ["/reports"]
    assert [each.id for each in reports] == ["report-7"]
    assert [asked.path for asked in api.asked[1:]] == [
        "/reports?limit=100&cursor=a%2Fb%3D%26c%20d",
        "/reports?limit=100&cursor=empty%20pages%20may%20come",
    ]


def test_the_lists_filters_go_with_every_page(api, client):
    api.answers("GET /reports", {"reports": [], "next_cursor": "2"}, {"reports": [], "next_cursor": None})
    assert list(client.reports(Status.RUNNING, "flights")) == []
    first, second = (asked.path for asked in api.asked)
    assert first == "/reports?status=RUNNING&type=flights"
    assert second == f"{first}&limit=100&cursor=2"


def test_a_cancelled_report_is_returned_as_it_is_now(api, client):
    failure = {"code": "CANCELLED", "message": "The report was cancelled.", "retryable": True}
    cancelled = api.answer(202, api.report("FAIL", error=failure))
    api.answers(f"POST /reports/{ID}/cancel", api.cut(), cancelled, api.report("SUCCESS"))
    assert client.cancel(ID).error.code == "CANCELLED"
    assert client.cancel(ID).status is Status.SUCCESS
    assert api.asked[0].body == b""


def test_a_report_is_deleted(api, client):
    api.answers(f"DELETE /reports/{ID}", api.answer(204))
    client.delete(ID)
    assert len(api.asked) == 1


def test_a_report_that_runs_or_is_not_there_cannot_be_deleted(api, client):
    api.answers(
        f"DELETE /reports/{ID}",
        api.problem(409, "STILL_RUNNING", "Cancel it first."),
        api.problem(404, "REPORT_NOT_FOUND", "No such report."),
    )
    for code in ("STILL_RUNNING", "REPORT_NOT_FOUND"):
        with pytest.raises(ApiRefused) as caught:
            client.delete(ID)
        assert caught.value.code == code


def test_a_report_deleted_by_a_try_whose_answer_was_lost_is_deleted(api, client):
    api.answers(f"DELETE /reports/{ID}", api.cut(), api.problem(404, "REPORT_NOT_FOUND", "No such report."))
    client.delete(ID)
    assert len(api.asked) == 2


def test_a_page_that_is_not_octavos_has_deleted_nothing(api, client):
    api.answers(f"DELETE /reports/{ID}", {"message": "hello"})
    with pytest.raises(ApiUnreachable, match="not Octavo's"):
        client.delete(ID)


def test_waiting_shows_every_look_and_ends_with_the_report(api, client):
    api.answers(
        f"GET /reports/{ID}",
        api.report(stage="PLAN"),
        api.report(stage="CHUNKS", done=500),
        api.problem(503, "BUSY", "Later."),
        api.report(stage="MERGE", done=1000),
        api.report("FAIL", error={"code": "MERGE_FAILED", "message": "No.", "retryable": True, "more": 1}),
    )
    seen = []
    report = client.wait(ID, on_progress=seen.append)
    assert [each.stage for each in seen] == [Stage.PLAN, Stage.CHUNKS, Stage.MERGE, None]
    assert (report.status, report.error.code) == (Status.FAIL, "MERGE_FAILED")


def test_waiting_says_what_it_saw_last_and_shows_only_what_has_changed(api, client, slept):
    unchanged = api.answer(304, ETag='"1"')
    api.answers(
        f"GET /reports/{ID}",
        api.answer(200, api.report(stage="PLAN"), ETag='"1"', Retry_After="4"),
        unchanged,
        api.problem(503, "BUSY", "Later."),
        unchanged,
        api.answer(200, api.report(stage="MERGE", done=1000), ETag='"2"'),
        api.report("SUCCESS"),
    )
    seen = []
    assert client.wait(ID, on_progress=seen.append).status is Status.SUCCESS
    assert [each.stage for each in seen] == [Stage.PLAN, Stage.MERGE, None]
    assert [asked.headers.get("if-none-match") for asked in api.asked] == [None, *['"1"'] * 4, '"2"']
    assert slept == [4, 4, 0.5, 4, pytest.approx(1.6875)]


def test_a_304_that_nobody_asked_for_is_not_octavos(api, client):
    api.answers(f"GET /reports/{ID}", api.answer(304))
    with pytest.raises(ApiUnreachable, match="answered 304"):
        client.wait(ID)


def test_the_pauses_of_waiting_grow_and_are_never_shorter_than_asked(api, client, slept):
    running = [api.answer(200, api.report(), Retry_After="2") for _ in range(9)]
    api.answers(f"GET /reports/{ID}", *running, api.report("FAIL"))
    client.wait(ID)
    assert slept == [2, 2, 2, 2, pytest.approx(2.53, abs=0.01), pytest.approx(3.8, abs=0.01), 5, 5, 5]


def test_waiting_stops_at_its_timeout_and_not_a_pause_later(api):
    now = [0.0]

    def sleep(seconds):
        now[0] += seconds

    api.answers(f"GET /reports/{ID}", api.answer(200, api.report(), Retry_After="2"))
    with (
        Client(api.url, sleep=sleep, clock=lambda: now[0]) as client,
        pytest.raises(WaitTimedOut, match="still running after 5 s"),
    ):
        client.wait(ID, timeout_s=5)
    assert now[0] == 5


def test_requests_are_signed_as_aws_documents_it(api, monkeypatch):
    """Signature Version 4, computed here from the bytes that arrived."""
    for name, value in {"ACCESS_KEY_ID": "AKIDEXAMPLE", "SECRET_ACCESS_KEY": "secret", "SESSION_TOKEN": "tok"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    api.answers("POST /a%20b/$default/reports", api.report())
    api.answers(
        "GET /a%20b/$default/reports",
        {"reports": [], "next_cursor": "a/b=&c:d é"},
        {"reports": [], "next_cursor": None},
    )
    api.answers("DELETE /a%20b/$default/reports/1", api.answer(204))
    with Client(f"{api.url}/a%20b/$default", sign_for="eu-west-1") as client:
        client.submit("flights", {"carrier": "UÄ"})
        assert list(client.reports(type="a b")) == []
        client.delete("1")
    assert len(api.asked) == 4
    for asked in api.asked:
        assert asked.headers["x-amz-security-token"] == "tok"
        names = [*(["content-type"] if asked.method == "POST" else []), "host", "x-amz-date", "x-amz-security-token"]
        assert asked.headers["authorization"] == signature(asked, names)


def signature(asked, names):
    """Sign what arrived as its addressee would, from what its parts mean."""
    moment = asked.headers["x-amz-date"]
    scope = f"{moment[:8]}/eu-west-1/execute-api/aws4_request"
    path, _, query = asked.path.partition("?")
    canonical = "\n".join(
        [
            asked.method,
            path.replace("%", "%25").replace("$", "%24"),
            "&".join(f"{name}={quote(value, safe='')}" for name, value in sorted(parse_qsl(query))),
            *(f"{name}:{asked.headers[name]}" for name in names),
            "",
            ";".join(names),
            hashlib.sha256(asked.body).hexdigest(),
        ]
    )
    to_sign = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = b"AWS4secret"
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signed = hmac.digest(key, to_sign.encode(), "sha256").hex()
    return f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders={';'.join(names)}, Signature={signed}"


def test_without_aws_credentials_nothing_is_sent_and_the_error_says_what_to_do(api, monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    with Client(api.url, sign_for="eu-west-1") as client, pytest.raises(CredentialsMissing, match="aws sso login"):
        client.types()
    monkeypatch.setenv("AWS_PROFILE", "unheard-of")
    with Client(api.url, sign_for="eu-west-1") as client, pytest.raises(CredentialsMissing, match="unheard-of"):
        client.types()
    assert not api.asked
