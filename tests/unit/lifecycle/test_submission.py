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
from octavo.http.models import ReportRequest
from octavo.http.strict_json import read_json
from octavo.lifecycle.submission import new_report

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
    request = ReportRequest.model_validate(read_json(body))
    made = new_report(
        Wide,
        parameters=request.parameters,
        format=request.format,
        owner=owner,
        now=NOW,
        deadline=timedelta(hours=1),
        retention=timedelta(days=7),
    )
    return made.fingerprint


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
