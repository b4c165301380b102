"""The client and an API on loopback: what it sends, when it repeats a request, and how it reads the answers."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date
from decimal import Decimal
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


def test_a_submit_sends_the_given_fields_and_no_others(api, client):
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


def test_a_request_that_cannot_be_sent_is_refused_before_it_is_sent(api, client):
    with pytest.raises(InvalidRequest, match="max_age: Input should be greater") as caught:
        client.submit("flights", max_age_s=-1)
    assert caught.value.problems[0].pointer == "/max_age"
    with pytest.raises(InvalidRequest, match="neither"):
        client.get("..")
    for key in ("", "Tür", "a\nb"):
        with pytest.raises(InvalidRequest, match="is not an Idempotency-Key"):
            client.submit("flights", idempotency_key=key)
    assert not api.asked


@pytest.mark.parametrize(
    ("value", "detail"),
    [
        (float("nan"), "nan is not a finite number"),
        (float("-inf"), "-inf is not a finite number"),
        (10**350, "The number is too large"),
        (-(10**5000), "The number is too large"),
        ("\udcff", "The text contains half of a surrogate pair"),
    ],
    ids=["NaN", "infinity", "350 digits", "5,001 digits", "half a character"],
)
def test_a_value_that_json_cannot_carry_is_refused_by_name_and_never_becomes_null(api, client, value, detail):
    with pytest.raises(InvalidRequest, match=rf"parameters\.least: {detail}") as caught:
        client.submit("flights", {"least": value})
    assert [problem.pointer for problem in caught.value.problems] == ["/parameters/least"]
    with pytest.raises(InvalidRequest, match=r"parameters\.routes\.1\.miles: "):
        client.submit("flights", {"routes": [{"miles": 1.5}, {"miles": value}]})
    assert not api.asked


def test_parameters_that_are_not_json_values_are_refused_without_a_stack_trace(api, client):
    endless = []
    endless.append(endless)
    deep = []
    for _ in range(10_000):
        deep = [deep]
    for value in (object(), endless, deep, b"\xff"):
        with pytest.raises(InvalidRequest, match="The request cannot be sent: parameters: "):
            client.submit("flights", {"least": value})
    assert not api.asked


def test_a_decimal_is_sent_with_all_its_digits(api, client):
    api.answers("POST /reports", api.answer(202, api.report()))
    client.submit("flights", {"limit": Decimal("0.1234567890123456789"), "parts": (1, 0.5), "word": "Zürich"})
    assert api.asked[0].json["parameters"] == {"limit": "0.1234567890123456789", "parts": [1, 0.5], "word": "Zürich"}


def test_an_id_stays_one_segment_of_the_path(api, client):
    with pytest.raises(ApiUnreachable):
        client.get("a/../b?c")
    assert api.asked[0].path == "/reports/a%2F..%2Fb%3Fc"


def test_a_problem_document_becomes_an_error_with_its_code_and_the_places_of_the_faults(api, client):
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


def test_a_fault_of_the_api_raises_another_error_than_a_refusal(api, client):
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
def test_an_answer_that_octavo_did_not_write_is_reported_with_the_address(foreign):
    with (
        Client("http://127.0.0.1:9", transport=httpx.MockTransport(lambda request: foreign)) as client,
        pytest.raises(ApiUnreachable, match=r"http://127\.0\.0\.1:9/report-types answered .* not an answer of Octavo"),
    ):
        client.types()


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_by_the_gateway_explains_how_to_authenticate(status, monkeypatch):
    gateway = httpx.MockTransport(lambda request: httpx.Response(status, json={"message": "Forbidden"}))
    with Client("https://a.example", transport=gateway) as client, pytest.raises(ApiRefused, match="not signed"):
        client.types()
    monkeypatch.setenv("OCTAVO_TOKEN", "t")
    with Client("https://a.example", transport=gateway) as client, pytest.raises(ApiRefused, match="OCTAVO_TOKEN"):
        client.types()


def test_an_address_without_a_server_is_unreachable_after_a_few_tries(slept):
    with Client("http://127.0.0.1:1") as client, pytest.raises(ApiUnreachable, match="make up") as caught:
        client.types()
    assert caught.value.exit_code == 3
    assert slept == [0.5, 0.75, 1.125]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_temporary_fault_is_retried_after_the_pause_that_the_api_asks_for(api, client, slept, status):
    busy = api.problem(status, "BUSY", "Later.", retry_after=3)
    api.answers("GET /report-types", busy, api.cut(), {"report_types": []})
    assert client.types() == []
    assert slept == [3, 0.75]


GATEWAY = {
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


@pytest.mark.parametrize(("status", "message"), GATEWAY.items())
@pytest.mark.parametrize("call", ["GET /report-types", "POST /reports", "DELETE /reports/1"])
def test_an_answer_of_api_gateway_itself_is_retried(api, client, slept, status, message, call):
    done = {"GET": {"report_types": []}, "POST": api.answer(202, api.report()), "DELETE": api.answer(204)}
    busy = api.answer(status, {"message": message}, Content_Type="application/json")
    api.answers(call, busy, api.answer(status, {"message": message}, Retry_After="3"), done[call.split()[0]])
    {"GET": client.types, "POST": lambda: client.submit("flights"), "DELETE": lambda: client.delete("1")}[
        call.split()[0]
    ]()
    assert slept == [0.5, 3]


@pytest.mark.parametrize(("status", "message"), GATEWAY.items())
def test_an_answer_of_api_gateway_itself_is_told_as_what_it_is(api, client, slept, status, message):
    api.answers("POST /reports", api.answer(status, {"message": message}))
    with pytest.raises(ApiFailed) as caught:
        client.submit("flights")
    error = caught.value
    busy = status != 500
    assert (error.status, error.code) == (status, "BUSY" if busy else "INTERNAL")
    assert (error.exit_code, error.retryable) == (3, True)
    assert f"{status} {httpx.codes.get_reason_phrase(status)}" in error.detail
    assert ("is busy" if busy else "failed") in error.detail
    assert "Octavo" not in error.detail
    assert len(slept) == 3


def test_a_500_of_octavo_itself_is_not_retried(api, client, slept):
    api.answers("GET /report-types", api.problem(500, "INTERNAL", "Try again; if it fails again, tell the operator."))
    with pytest.raises(ApiFailed, match="tell the operator"):
        client.types()
    assert slept == []


def test_a_request_is_not_retried_if_the_api_asks_for_a_long_pause(api, client, slept):
    api.answers("POST /reports", api.problem(429, "TOO_MANY_RUNNING", "Five reports run already.", retry_after=60))
    with pytest.raises(ApiRefused, match="Five reports"):
        client.submit("flights")
    assert slept == []


def test_a_submit_is_retried_because_identical_requests_share_a_run(api, client):
    api.answers("POST /reports", api.cut(), api.problem(503, "START_FAILED", "Later."), api.answer(202, api.report()))
    assert client.submit("flights").id == ID
    assert len({asked.body for asked in api.calls("POST /reports")}) == 1
    assert len(api.asked) == 3


def test_a_forced_submit_is_retried_with_the_same_key(api, client):
    busy = api.problem(503, "START_FAILED", "Later.")
    api.answers("POST /reports", api.cut(), busy, api.answer(202, api.report()))
    assert client.submit("flights", force=True).id == ID
    assert client.submit("flights", force=True).id == ID
    first, *again, other = (asked.headers["idempotency-key"] for asked in api.asked)
    assert again == [first, first]
    assert UUID(first) != UUID(other)


def test_a_submit_is_retried_while_the_caller_has_too_many_reports_running(api, client, slept):
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


def test_each_page_of_the_list_is_requested_when_it_is_reached(api, client):
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


def test_the_filters_of_the_list_are_sent_with_every_page(api, client):
    api.answers("GET /reports", {"reports": [], "next_cursor": "2"}, {"reports": [], "next_cursor": None})
    assert list(client.reports(Status.RUNNING, "flights")) == []
    first, second = (asked.path for asked in api.asked)
    assert first == "/reports?status=RUNNING&type=flights"
    assert second == f"{first}&limit=100&cursor=2"


def test_a_cancelled_report_is_returned_with_its_new_state(api, client):
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


def test_a_report_that_is_running_or_unknown_cannot_be_deleted(api, client):
    api.answers(
        f"DELETE /reports/{ID}",
        api.problem(409, "STILL_RUNNING", "Cancel it first."),
        api.problem(404, "REPORT_NOT_FOUND", "No such report."),
    )
    for code in ("STILL_RUNNING", "REPORT_NOT_FOUND"):
        with pytest.raises(ApiRefused) as caught:
            client.delete(ID)
        assert caught.value.code == code


def test_a_delete_succeeds_if_an_earlier_try_deleted_the_report_and_its_answer_was_lost(api, client):
    api.answers(f"DELETE /reports/{ID}", api.cut(), api.problem(404, "REPORT_NOT_FOUND", "No such report."))
    client.delete(ID)
    assert len(api.asked) == 2


def test_an_answer_that_octavo_did_not_write_does_not_count_as_deleted(api, client):
    api.answers(f"DELETE /reports/{ID}", {"message": "hello"})
    with pytest.raises(ApiUnreachable, match="not an answer of Octavo"):
        client.delete(ID)


def test_waiting_shows_every_state_and_returns_the_ended_report(api, client):
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


def test_waiting_names_the_last_state_and_shows_only_changes(api, client, slept):
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


def test_a_304_without_a_condition_is_not_an_answer_of_octavo(api, client):
    api.answers(f"GET /reports/{ID}", api.answer(304))
    with pytest.raises(ApiUnreachable, match="answered 304"):
        client.wait(ID)


def test_the_pauses_of_waiting_grow_and_are_never_shorter_than_retry_after(api, client, slept):
    running = [api.answer(200, api.report(), Retry_After="2") for _ in range(9)]
    api.answers(f"GET /reports/{ID}", *running, api.report("FAIL"))
    client.wait(ID)
    assert slept == [2, 2, 2, 2, pytest.approx(2.53, abs=0.01), pytest.approx(3.8, abs=0.01), 5, 5, 5]


def test_waiting_stops_at_its_timeout_and_not_one_pause_later(api):
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


@pytest.fixture
def hour(api):
    """A client whose sleep moves its clock, and that clock."""
    now = [0.0]

    def sleep(seconds):
        now[0] += seconds

    with Client(api.url, sleep=sleep, clock=lambda: now[0]) as client:
        yield client, now


def test_waiting_goes_on_while_api_gateway_is_busy_for_half_a_minute(api, hour):
    client, now = hour
    busy = [api.answer(503, {"message": "Service Unavailable"})] * 11
    api.answers(f"GET /reports/{ID}", *busy, api.report("FAIL"))
    assert client.wait(ID).status == "FAIL"
    assert 30 < now[0] < 50


def test_waiting_for_a_busy_api_stops_at_its_timeout(api, hour):
    client, now = hour
    api.answers(f"GET /reports/{ID}", api.answer(503, {"message": "Service Unavailable"}, Retry_After="4"))
    with pytest.raises(ApiFailed, match="is busy"):
        client.wait(ID, timeout_s=10)
    assert now[0] == 10


def test_waiting_for_an_api_that_hangs_stops_at_its_timeout():
    now, asked = [0.0], []

    def hang(request):
        asked.append(request.extensions["timeout"]["read"])
        now[0] += asked[-1]
        raise httpx.ReadTimeout("", request=request)

    with (
        Client("https://a.example", transport=httpx.MockTransport(hang), clock=lambda: now[0]) as client,
        pytest.raises(ApiUnreachable, match="ReadTimeout"),
    ):
        client.wait(ID, timeout_s=12)
    assert asked == [12]


def test_requests_are_signed_as_aws_documents_it(api, monkeypatch):
    """The test computes Signature Version 4 from the bytes that arrived."""
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
    """Sign a received request as API Gateway would, from its decoded parts."""
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


def test_without_aws_credentials_nothing_is_sent_and_the_error_explains_what_to_do(api, monkeypatch, tmp_path):
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
