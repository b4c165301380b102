"""Which parameters a type may have; what is shown of them, and what the query is bound to."""

import json
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any

import duckdb
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    computed_field,
    create_model,
    field_validator,
)
from pydantic.alias_generators import to_camel

from octavo.authoring.columns import Column
from octavo.authoring.parameters import bound_values, decode, encode, fault, json_form, sample_values
from octavo.authoring.report_type import ReportType
from octavo.authoring.sources import Csv
from octavo.errors import InvalidRequest, ReportTypeError
from octavo.lifecycle.submission import new_report
from tests.unit.parameter_kinds import KINDS, Colour, Span

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def type_with(**fields):
    return type_of(create_model("Parameters", **fields))


def type_of(model):
    body = {
        "title": "Sales",
        "sources": {"sales": Csv("sales.csv")},
        "query": "select 1 as a",
        "order_by": ("a",),
        "columns": (Column("a"),),
        "Parameters": model,
    }
    return type("Sales", (ReportType,), body)


def submitted(report_type, **parameters):
    return new_report(
        report_type,
        parameters=parameters,
        format=None,
        owner="anna",
        now=NOW,
        deadline=timedelta(hours=1),
        retention=timedelta(days=1),
    )


def bound(report):
    return {name: decode(value) for name, value in report.bound.items()}


@pytest.mark.parametrize(("annotation", "written", "expected"), KINDS)
def test_a_parameter_of_any_kind_is_bound_as_its_plain_value_and_shown_as_pydantic_writes_it(
    annotation, written, expected
):
    report_type = type_with(x=(annotation, ...))
    report = submitted(report_type, x=written)
    assert bound(report) == {"x": expected}
    assert type(bound(report)["x"]) is type(expected)
    validated = report_type.Parameters.model_validate_json(json.dumps({"x": written}), strict=True)
    if not isinstance(expected, list):  # a set has no order of its own
        assert report.parameters == json.loads(validated.model_dump_json())
    again = submitted(report_type, **report.parameters)
    assert (again.bound, again.fingerprint) == (report.bound, report.fingerprint)
    assert duckdb.execute("SELECT $x", {"x": expected}).fetchone() is not None


@pytest.mark.parametrize(("annotation", "written", "expected"), KINDS)
def test_a_query_is_tried_with_a_value_of_the_parameters_own_type(annotation, written, expected):
    (sample,) = sample_values(type_with(x=(annotation, ...)).Parameters).values()
    if annotation not in (Any, Colour, dict[str, int]) and expected is not None:
        assert type(sample) is type(expected)
    duckdb.execute("SELECT $x", {"x": sample})


@pytest.mark.parametrize(
    ("annotation", "told"),
    [
        (pydantic.SecretStr, "Parameters.x: parameters are stored and shown, so none can be a SecretStr"),
        (list[pydantic.SecretStr], "none can be a SecretStr"),
        (complex, "Parameters.x: complex can't be bound in a query; use a number, a text, a date"),
        (type[int], "can't be bound"),
        (dict[int, str], "the names in a dictionary must be texts"),
        (create_model("Inner", y=(complex, ...)), r"Parameters.x.y: complex can't be bound"),
        (Enum("Odd", {"A": (1, 2)}), "Odd can't be bound"),
    ],
)
def test_a_parameter_that_can_not_be_bound_is_refused_by_name_when_the_type_is_read(annotation, told):
    with pytest.raises(ReportTypeError, match=told):
        type_with(x=(annotation, ...))


@pytest.mark.parametrize("model", [int, RootModel[int], "Parameters"])
def test_parameters_must_be_a_model_with_fields(model):
    assert "must be a pydantic model with fields" in fault(model)


def test_an_alias_is_how_a_parameter_is_written_and_its_name_how_it_is_bound():
    report = submitted(type_with(from_=(date, Field(alias="from"))), **{"from": "2013-01-05"})
    assert report.parameters == {"from": "2013-01-05"}
    assert bound(report) == {"from_": date(2013, 1, 5)}


def test_an_alias_generator_works_alike():
    class Camel(BaseModel):
        model_config = ConfigDict(alias_generator=to_camel)
        first_day: date

    report = submitted(type_of(Camel), firstDay="2013-01-05")
    assert report.parameters == {"firstDay": "2013-01-05"}
    assert bound(report) == {"first_day": date(2013, 1, 5)}


@pytest.mark.parametrize(
    "field",
    [
        Field(validation_alias=AliasChoices("a", "b")),
        Field(validation_alias="a"),
        Field(serialization_alias="a"),
        Field(validation_alias="a", serialization_alias="b"),
    ],
)
def test_a_parameter_that_is_read_by_another_name_than_it_is_shown_by_is_refused(field):
    with pytest.raises(ReportTypeError, match=r"Parameters.x: give it one alias, by Field\(alias=…\)"):
        type_with(x=(int, field))


def test_a_computed_field_is_bound_and_is_no_parameter_of_the_request():
    class Month(BaseModel):
        month: date

        @computed_field
        @property
        def end(self) -> date:
            return self.month + timedelta(days=31)

    report = submitted(type_of(Month), month="2013-01-01")
    assert report.parameters == {"month": "2013-01-01"}
    assert bound(report) == {"month": date(2013, 1, 1), "end": date(2013, 2, 1)}
    with pytest.raises(InvalidRequest):
        submitted(type_of(Month), month="2013-01-01", end="2013-02-01")


def test_validators_run_once_and_requests_that_mean_the_same_share_a_run():
    runs = []

    class Percent(BaseModel):
        pct: float

        @field_validator("pct")
        @classmethod
        def as_share(cls, value):
            runs.append(value)
            return value / 100

    report = submitted(type_of(Percent), pct=50)
    assert (bound(report), runs) == ({"pct": 0.5}, [50])
    assert submitted(type_of(Percent), pct=50.0).fingerprint == report.fingerprint
    assert submitted(type_of(Percent), pct=0.5).fingerprint != report.fingerprint


@pytest.mark.parametrize("written", [10**350, 1e308 * 10])
def test_a_number_that_is_not_finite_is_refused_by_the_parameters_name(written):
    with pytest.raises(InvalidRequest) as refused:
        submitted(type_with(x=(float | None, Field(alias="limit"))), limit=written)
    assert refused.value.problems[0].pointer == "/parameters/limit"


def test_a_name_that_a_nested_model_does_not_have_is_refused():
    with pytest.raises(InvalidRequest) as refused:
        submitted(type_with(span=(Span, ...)), span={"laest": 1})
    assert refused.value.problems[0].pointer == "/parameters/span/laest"


def test_a_value_that_only_a_validator_can_make_is_told_by_its_parameter():
    class Odd(BaseModel):
        x: int

        @field_validator("x")
        @classmethod
        def as_object(cls, value):
            return object()

    with pytest.raises(ReportTypeError, match="The parameter 'x' can't be bound: it is a object"):
        bound_values(Odd(x=1))


def test_what_is_shown_is_written_as_a_request_would_be():
    assert json_form(Span()) == {"least": 6, "day": "2026-01-02"}


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.binary()
    | st.decimals(allow_nan=False)
    | st.dates()
    | st.datetimes(timezones=st.none() | st.just(UTC))
    | st.times()
    | st.timedeltas()
    | st.uuids(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(VALUES)
def test_a_bound_value_is_read_back_as_it_was_written(value):
    read = decode(json.loads(json.dumps(encode(value))))
    assert read == value
    assert type(read) is type(value)
