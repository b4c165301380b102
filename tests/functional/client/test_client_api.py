"""The client and an API on loopback: what it sends, when it asks again, and what it makes of the answers."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date

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
from octavo.report import Stage, Status

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
    client.submit("flights", force=True)
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
    assert "authorization" not in api.asked[0].headers


def test_a_request_that_cannot_be_sent_is_refused_here(api, client):
    with pytest.raises(InvalidRequest, match="max_age: Input should be greater") as caught:
        client.submit("flights", max_age_s=-1)
    assert caught.value.problems[0].pointer == "/max_age"
    with pytest.raises(InvalidRequest, match="neither"):
        client.get("..")
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
    api.answers("POST /reports", api.problem(429, "TOO_MANY_REPORTS", "Five reports run already.", retry_after=60))
    with pytest.raises(ApiRefused, match="Five reports"):
        client.submit("flights")
    assert slept == []


def test_a_submit_is_asked_again_since_identical_requests_share_a_run(api, client):
    api.answers("POST /reports", api.cut(), api.problem(503, "START_FAILED", "Later."), api.answer(202, api.report()))
    assert client.submit("flights").id == ID
    assert len({asked.body for asked in api.calls("POST /reports")}) == 1
    assert len(api.asked) == 3


def test_a_forced_submit_that_may_have_arrived_is_not_sent_again(api, client, slept):
    api.answers("POST /reports", api.cut())
    with pytest.raises(ApiUnreachable, match="may have been started"):
        client.submit("flights", force=True)
    api.answers("POST /reports", api.problem(503, "START_FAILED", "Not started."))
    with pytest.raises(ApiFailed, match="Not started"):
        client.submit("flights", force=True)
    assert len(api.asked) == 2
    assert slept == []


def test_a_forced_submit_that_cannot_have_arrived_is_sent_again(api, client, slept):
    api.answers("POST /reports", api.problem(429, "TOO_MANY_REPORTS", "Later.", retry_after=1), api.report())
    assert client.submit("flights", force=True).id == ID
    with Client("http://127.0.0.1:1") as nowhere, pytest.raises(ApiUnreachable):
        nowhere.submit("flights", force=True)
    assert slept == [1, 0.5, 0.75, 1.125]


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


def test_a_request_is_signed_as_aws_documents_it(api, monkeypatch):
    """Signature Version 4, computed here from the bytes that arrived."""
    for name, value in {"ACCESS_KEY_ID": "AKIDEXAMPLE", "SECRET_ACCESS_KEY": "secret", "SESSION_TOKEN": "tok"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    api.answers("POST /a%20b/$default/reports", api.report())
    with Client(f"{api.url}/a%20b/$default", sign_for="eu-west-1") as client:
        client.submit("flights", {"carrier": "UÄ"})
    (asked,) = api.asked
    algorithm, credential, signed, signature = asked.headers["authorization"].replace(",", "").split()
    names = signed.removeprefix("SignedHeaders=").split(";")
    assert names == ["content-type", "host", "x-amz-date", "x-amz-security-token"]
    assert asked.headers["x-amz-security-token"] == "tok"
    moment = asked.headers["x-amz-date"]
    scope = f"{moment[:8]}/eu-west-1/execute-api/aws4_request"
    assert (algorithm, credential) == ("AWS4-HMAC-SHA256", f"Credential=AKIDEXAMPLE/{scope}")
    canonical = "\n".join(
        [
            "POST",
            asked.path.replace("%", "%25").replace("$", "%24"),
            "",
            *(f"{name}:{asked.headers[name]}" for name in names),
            "",
            ";".join(names),
            hashlib.sha256(asked.body).hexdigest(),
        ]
    )
    to_sign = "\n".join([algorithm, moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = b"AWS4secret"
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    assert signature == f"Signature={hmac.digest(key, to_sign.encode(), 'sha256').hex()}"


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
