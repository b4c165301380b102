"""Equal requests have one fingerprint, different ones never."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from octavo.authoring.columns import Column
from octavo.authoring.report_type import ReportType
from octavo.authoring.sources import Csv
from octavo.errors import InvalidRequest
from octavo.format_options import CsvOptions
from octavo.http.models import ReportRequest
from octavo.http.strict_json import read_json
from octavo.lifecycle.submission import new_report
from reports.airport_statements import AirportStatements

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Wide(ReportType):
    """Parameters of many kinds."""

    title = "Wide"
    sources = {"s": Csv("s.csv")}
    query = "select $text, $whole, $number, $day, $yes, $some, $maybe"
    order_by = ("a",)
    columns = (Column("a", "A"),)

    class Parameters(BaseModel):
        text: str = "x"
        whole: int = 7
        number: float = 1.5
        day: date = date(2026, 1, 1)
        yes: bool = True
        some: list[int] = []
        maybe: Annotated[str, Field(max_length=5)] | None = None


DEFAULTS = json.loads(Wide.Parameters().model_dump_json())
PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "text": st.text(max_size=8),
        "whole": st.integers(-(2**53) + 1, 2**53 - 1),
        "number": st.floats(allow_nan=False, allow_infinity=False, width=64),
        "day": st.dates().map(str),
        "yes": st.booleans(),
        "some": st.lists(st.integers(-9, 9), max_size=3),
        "maybe": st.none() | st.text(max_size=5),
    },
)
FORMATS = st.sampled_from(["csv", "pdf"])


def fingerprint(body, owner="anna"):
    """Return the fingerprint of a request as it comes: JSON text."""
    return submitted(body, owner).fingerprint


def submitted(body, owner="anna", report_type=Wide):
    request = ReportRequest.model_validate(read_json(body))
    return new_report(
        report_type,
        parameters=request.parameters,
        format=request.format,
        format_options=request.format_options,
        owner=owner,
        now=NOW,
        deadline=timedelta(hours=1),
        retention=timedelta(days=7),
    )


def body(parameters, format="csv"):
    return json.dumps({"type": "wide", "parameters": parameters, "format": format})


@st.composite
def spellings(draw, value):
    """Spell a JSON value in one of its ways: the order of names, white space, escapes, numbers."""
    gap = draw(st.sampled_from(["", " ", "\n\t"]))
    if isinstance(value, dict):
        names = draw(st.permutations(sorted(value)))
        inner = [f"{gap}{json.dumps(name)}{gap}:{draw(spellings(value[name]))}{gap}" for name in names]
        return "{" + ",".join(inner) + "}"
    if isinstance(value, list):
        return "[" + ",".join(draw(spellings(each)) for each in value) + gap + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=draw(st.booleans()))
    if isinstance(value, int) and not isinstance(value, bool):
        return draw(
            st.sampled_from(
                [str(value), f"{value}.0", f"{value}e0", *([f"{value}0e-1"] if value else []), f"{value}.000E+0"]
            )
        )
    return json.dumps(value)


@given(st.data(), PARAMETERS, FORMATS)
def test_equal_requests_have_the_same_fingerprint(data, parameters, format):
    left_out = [name for name, value in parameters.items() if value == DEFAULTS[name]]
    kept = {name: value for name, value in parameters.items() if name not in left_out}
    asked = data.draw(st.sampled_from([parameters, DEFAULTS | parameters, kept]))
    request = {"type": "wide", "parameters": asked, "format": format}
    if format == Wide.formats[0] and data.draw(st.booleans()):
        del request["format"]
    more = data.draw(st.sampled_from([{}, {"max_age": 5}, {"force": True}, {"force": False, "max_age": 0}]))
    assert fingerprint(data.draw(spellings(request | more))) == fingerprint(body(parameters, format))


@given(PARAMETERS, PARAMETERS, FORMATS, FORMATS)
def test_requests_that_differ_in_anything_that_matters_have_different_fingerprints(one, other, format, other_format):
    assume((DEFAULTS | one, format) != (DEFAULTS | other, other_format))
    assert fingerprint(body(one, format)) != fingerprint(body(other, other_format))


@given(PARAMETERS)
def test_different_owners_have_different_fingerprints(parameters):
    assert fingerprint(body(parameters)) != fingerprint(body(parameters), owner="ben")


@pytest.mark.parametrize("parameters", [{"whole": 2**53}, {"some": [-(2**53)]}])
def test_numbers_that_json_cannot_represent_exactly_are_refused_with_a_pointer(parameters):
    with pytest.raises(InvalidRequest) as refused:
        fingerprint(body(parameters))
    assert refused.value.problems[0].pointer.startswith("/parameters")


class Semicolons(Wide):
    format_options = {"csv": CsvOptions(delimiter="semicolon")}


def with_options(format, **options):
    return json.dumps({"type": "wide", "format": format, "format_options": options})


def test_options_that_are_left_out_or_written_as_the_default_are_the_same_request():
    plain = fingerprint(body({}))
    assert fingerprint(with_options("csv")) == fingerprint(with_options("csv", header=True, delimiter=None)) == plain


@pytest.mark.parametrize(
    "options", [{"header": False}, {"delimiter": "tab"}, {"bom": True}, {"dialect": "excel"}, {"formula_guard": False}]
)
def test_other_options_make_another_request(options):
    assert fingerprint(with_options("csv", **options)) != fingerprint(body({}))


def test_a_report_has_the_options_of_its_type_and_the_request_comes_first():
    assert submitted(body({}), report_type=Semicolons).format_options["delimiter"] == "semicolon"
    asked = submitted(with_options("csv", delimiter="tab", bom=True), report_type=Semicolons).format_options
    assert (asked["delimiter"], asked["bom"], asked["header"]) == ("tab", True, True)


@pytest.mark.parametrize(
    ("format", "options", "pointer", "told"),
    [
        ("csv", {"separator": ";"}, "/format_options/separator", "the format has the options dialect, delimiter,"),
        ("ndjson", {"bom": True}, "/format_options/bom", "the format has no options"),
        ("pdf", {"page": "B5"}, "/format_options/page", "Input should be 'A3', 'A4', 'A5', 'Letter' or 'Legal'"),
        ("csv", {"header": "no"}, "/format_options/header", "Input should be a valid boolean"),
    ],
)
def test_an_option_that_does_not_fit_is_refused_by_name(format, options, pointer, told):
    with pytest.raises(InvalidRequest) as refused:
        fingerprint(with_options(format, **options))
    (problem,) = refused.value.problems
    assert problem.pointer == pointer
    assert told in problem.detail


def test_a_type_that_draws_its_own_pages_takes_no_options_of_pages():
    with pytest.raises(InvalidRequest) as refused:
        submitted(with_options("pdf", page="A5"), report_type=AirportStatements)
    assert refused.value.problems[0].detail == "page: the report type draws its pages itself"
