"""The OpenAPI document: valid, current, and of the calls that are deployed."""

import json
import re
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from octavo.http.calls import CALLS, routes
from octavo.http.openapi import docs_page, openapi
from reports.airport_statements import AirportStatements
from reports.flights import Flights

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def document():
    return json.loads(openapi([Flights], "https://api.example/v1", "iam"))


def test_an_independent_validator_finds_no_error(document):
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_the_committed_copy_is_current():
    committed = (ROOT / "docs/openapi.json").read_text()
    made = openapi([AirportStatements, Flights], "https://reports.example.com", "iam")
    assert committed == made + "\n", "run `make openapi`"


def test_every_call_is_in_it_with_its_answers(document):
    listed = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert listed == {(call.method, call.path) for call in CALLS}
    for call in CALLS:
        responses = document["paths"][call.path][call.method.lower()]["responses"]
        assert {str(status) for status in call.answers} <= responses.keys()
        assert {str(error.status) for error in call.errors} <= responses.keys()


def test_a_report_types_parameters_are_a_schema_with_examples(document):
    schema = document["components"]["schemas"]["flights.parameters"]
    assert schema["examples"] == [{"start": "2013-01-01", "end": "2013-12-31", "carrier": "UA"}]
    assert schema["additionalProperties"] is False
    content = document["paths"]["/reports"]["post"]["requestBody"]["content"]["application/json"]
    assert content["examples"]["flights"]["value"]["type"] == "flights"


@pytest.mark.parametrize(("auth", "scheme"), [("iam", "apiKey"), ("jwt", "http")])
def test_it_describes_how_callers_authenticate(auth, scheme):
    made = json.loads(openapi([Flights], "https://api.example", auth))
    assert made["components"]["securitySchemes"][auth]["type"] == scheme
    assert made["security"] == [{auth: []}]


def test_a_deployment_without_types_has_a_valid_document():
    made = json.loads(openapi([], "http://127.0.0.1:1", "none"))
    assert list(OpenAPIV31SpecValidator(made).iter_errors()) == []
    assert "security" not in made


def test_every_get_route_has_a_head_route():
    of = {(method, path): function for method, path, function in routes()}
    gets = {path: function for (method, path), function in of.items() if method == "GET"}
    assert {path: function for (method, path), function in of.items() if method == "HEAD"} == gets


def test_the_page_loads_nothing_and_no_text_ends_its_script():
    page, policy = docs_page(json.dumps({"info": {"title": "</script><script>alert(1)</script>"}}))
    assert "<script>alert" not in page
    assert re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=.https?:", page) == []
    assert "default-src 'none'" in policy
    (nonce,) = set(re.findall(r'<script nonce="([^"]+)"', page))
    assert f"script-src 'nonce-{nonce}'" in policy
    assert docs_page("{}")[1] != policy
