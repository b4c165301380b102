"""What the API refuses, and how it says so (RFC 9457)."""

import base64
import json

import pytest

from tests.functional.conftest import ANNA, BEN


def problem(answer, status, code):
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.body["status"] == status
    assert answer.body["code"] == code
    assert answer.body["title"]
    assert answer.body["detail"]
    assert answer.body["type"].startswith("urn:octavo:problem:")
    return answer.body


def nothing_is_left(octavo):
    return not octavo.dynamodb.scan(TableName=octavo.table)["Items"] and not octavo.executions()


@pytest.mark.parametrize("body", ["{", "", '{"type": "letters",}', "nope"])
def test_malformed_json_is_refused(octavo, body):
    answer = octavo.call("POST", "/reports", body)
    assert answer.status in {400, 422}
    assert answer.body["code"] in {"MALFORMED_REQUEST", "INVALID_REQUEST"}
    assert nothing_is_left(octavo)


def test_truncated_json_is_malformed(octavo):
    problem(octavo.call("POST", "/reports", '{"type": "letters"'), 400, "MALFORMED_REQUEST")


def test_json_that_is_nested_too_deeply_is_refused(octavo):
    body = '{"type": "letters", "parameters": ' + '{"a":' * 9000 + "1" + "}" * 9001
    assert octavo.call("POST", "/reports", body).status in {400, 422}
    assert nothing_is_left(octavo)


@pytest.mark.parametrize("body", ["[]", '"letters"', "7", "null"])
def test_json_that_is_not_an_object_is_refused(octavo, body):
    problem(octavo.call("POST", "/reports", body), 422, "INVALID_REQUEST")


def test_a_body_over_64_kib_is_refused(octavo):
    body = json.dumps({"type": "letters", "parameters": {"letter": "x" * 64 * 1024}})
    problem(octavo.call("POST", "/reports", body), 413, "REQUEST_TOO_LARGE")
    assert nothing_is_left(octavo)


def test_json_is_accepted_whatever_the_content_type(octavo):
    body = '{"type": "letters"}'
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert octavo.call("POST", "/reports", body, headers=form).status == 202
    encoded = base64.b64encode(body.encode()).decode()
    assert octavo.call("POST", "/reports", encoded, headers=form, isBase64Encoded=True).status == 202


def test_a_body_that_is_not_utf_8_is_malformed(octavo):
    encoded = base64.b64encode(b'{"type": "\xff"}').decode()
    problem(octavo.call("POST", "/reports", encoded, isBase64Encoded=True), 400, "MALFORMED_REQUEST")


def test_an_unknown_type_is_refused_with_the_names_of_all_types(octavo):
    told = problem(octavo.submit("lettres"), 404, "UNKNOWN_REPORT_TYPE")
    assert "letters" in told["detail"]
    assert nothing_is_left(octavo)


def test_an_unknown_format_is_refused_with_the_names_of_all_formats(octavo):
    told = problem(octavo.submit(format="docx"), 422, "INVALID_REQUEST")
    assert told["errors"][0]["pointer"] == "/format"
    assert "csv" in told["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("parameters", "pointer"),
    [
        ({"below": "ten"}, "/parameters/below"),
        ({"below": "10"}, "/parameters/below"),
        ({"below": 1.5}, "/parameters/below"),
        ({"below": True}, "/parameters/below"),
        ({"letter": 7}, "/parameters/letter"),
        ({"lettre": "a"}, "/parameters/lettre"),
        ({"below": 2**53}, "/parameters"),
    ],
)
def test_a_wrong_parameter_is_refused_by_its_pointer(octavo, parameters, pointer):
    told = problem(octavo.submit(parameters=parameters), 422, "INVALID_REQUEST")
    assert pointer in [error["pointer"] for error in told["errors"]]
    assert nothing_is_left(octavo)


@pytest.mark.parametrize(
    ("request_body", "pointer"),
    [
        ({}, "/type"),
        ({"type": "letters", "formt": "csv"}, "/formt"),
        ({"type": "letters", "max_age": -1}, "/max_age"),
        ({"type": "letters", "force": "yes"}, "/force"),
        ({"type": "letters", "parameters": []}, "/parameters"),
        ({"type": "x" * 65}, "/type"),
    ],
)
def test_a_wrong_field_is_refused_by_its_pointer(octavo, request_body, pointer):
    told = problem(octavo.call("POST", "/reports", request_body), 422, "INVALID_REQUEST")
    assert pointer in [error["pointer"] for error in told["errors"]]


@pytest.mark.parametrize("path", ["/reports/nope", f"/reports/{'0' * 36}", "/reports/nope/document"])
def test_an_unknown_report_is_not_found(octavo, path):
    problem(octavo.call("GET", path), 404, "REPORT_NOT_FOUND")


def test_another_owners_report_is_as_unknown_as_none(octavo):
    report_id = octavo.submit(caller=ANNA).body["id"]
    hidden = problem(octavo.status(report_id, caller=BEN), 404, "REPORT_NOT_FOUND")
    unknown = problem(octavo.status("0" * 36, caller=BEN), 404, "REPORT_NOT_FOUND")
    assert hidden["detail"].replace(report_id, "") == unknown["detail"].replace("0" * 36, "")
    problem(octavo.call("GET", f"/reports/{report_id}/document", caller=BEN), 404, "REPORT_NOT_FOUND")


def test_an_unknown_address_is_not_found(octavo):
    problem(octavo.call("GET", "/nowhere"), 404, "NOT_FOUND")


def test_an_unexpected_error_shows_no_details(octavo, monkeypatch):
    from functions.status import handler as status

    def broken(*args):
        raise RuntimeError("arn:aws:secret select * from salaries")

    monkeypatch.setattr(status.reports, "find_for", broken)
    told = problem(octavo.status("x"), 500, "INTERNAL")
    assert "secret" not in json.dumps(told)


def test_the_report_types_are_listed_with_their_parameters(octavo):
    types = octavo.call("GET", "/report-types").body["report_types"]
    assert [each["name"] for each in types] == [
        "exact_letters",
        "failing",
        "halved_letters",
        "letters",
        "listed_letters",
        "missing",
        "shared_letters",
    ]
    letters = octavo.call("GET", "/report-types/letters").body
    assert letters == types[3]
    assert letters["description"] == "Numbers and their letters."
    assert letters["columns"] == [{"name": "letter", "title": "Letter"}, {"name": "number", "title": "Number"}]
    assert letters["parameters"]["properties"]["below"]["default"] == 1_000_000
    assert letters["parameters"]["additionalProperties"] is False
    problem(octavo.call("GET", "/report-types/nope"), 404, "UNKNOWN_REPORT_TYPE")
