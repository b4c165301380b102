"""How `-p name=value` becomes JSON, guided by the schema of the report type."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from octavo.cli.parameters import describe, json_types, read_format_options, read_parameters
from octavo.errors import InvalidRequest
from octavo.format_options import CsvOptions, FormatOptions


class Weekday(StrEnum):
    MONDAY = "monday"
    FRIDAY = "friday"


class Stop(BaseModel):
    airport: str


class Tariff(BaseModel):
    price: Decimal
    share: float = 0.0


class Asked(BaseModel):
    start: date = date(2013, 1, 1)
    carrier: Annotated[str, Field(pattern="^[0-9A-Z]{2}$")] | None = None
    limit: int = 10
    share: float = 0.5
    late: bool = False
    carriers: list[str] = []
    stops: list[Stop] = []
    weekday: Weekday = Weekday.MONDAY
    level: Literal[1, 2] = 1
    code: str = ""
    anything: Any = None
    size: int | str = 0
    shares: list[float] = []
    price: Decimal = Decimal(0)
    prices: list[Decimal] | None = None
    tariffs: dict[str, Tariff] = {}
    pair: tuple[float, Decimal] = (0.0, Decimal(0))


SCHEMA = Asked.model_json_schema()


def read(*texts: str) -> dict[str, Any]:
    return read_parameters(texts, SCHEMA, "flights")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("start=2013-01-01", "2013-01-01"),
        ("carrier=UA", "UA"),
        ("carrier=99", "99"),
        ("carrier=null", None),
        ("limit=25", 25),
        ("limit=5.0", 5),
        ("limit=9007199254740993.0", 9007199254740993),
        ("share=1", 1),
        ("share=0.25", 0.25),
        ("late=true", True),
        ("late=True", True),
        ('carriers=["UA", "AA"]', ["UA", "AA"]),
        ('stops=[{"airport": "JFK"}]', [{"airport": "JFK"}]),
        ("weekday=friday", "friday"),
        ("level=2", 2),
        ("code=true", "true"),
        ("code=12", "12"),
        ('code="quoted"', '"quoted"'),
        ("code=", ""),
        ("code=a=b", "a=b"),
        ("anything=12", 12),
        ("anything=word", "word"),
        ("size=3", 3),
        ("size=large", "large"),
    ],
)
def test_a_text_becomes_what_the_schema_takes(text: str, value: object) -> None:
    (read_value,) = read(text).values()
    assert read_value == value
    assert type(read_value) is type(value)
    Asked.model_validate_json(json.dumps(read(text)))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("limit=many", "'limit' takes whole number"),
        ("limit=2.5", "'limit' takes whole number"),
        ("limit=true", "'limit' takes whole number"),
        ("share=NaN", "'share' takes number"),
        ("share=1e400", "share=1e400: The number is too large"),
        (f"share={'9' * 350}", "9…: The number is too large"),
        (f"share={'9' * 5000}", "9…: The number is too large"),
        ("share=1e99999999999999999999", "'share' takes number"),
        ("limit=1e999999999", "The number is too large"),
        ("shares=[1, 1e400]", "The number is too large"),
        (f"carriers={'[' * 100_000}", "The value is nested too deeply"),
        ("late=yes", "'late' takes true or false"),
        ("carriers=UA", "'carriers' takes list"),
        ("carrier", "Write a parameter as NAME=VALUE"),
        ("=UA", "Write a parameter as NAME=VALUE"),
        ("carier=UA", "There is no parameter 'carier'. Did you mean 'carrier'?"),
        ("unheard=1", "'flights' takes: start, carrier, limit"),
    ],
)
def test_a_text_of_another_type_is_refused_with_what_the_parameter_takes(text: str, told: str) -> None:
    with pytest.raises(InvalidRequest, match=re.escape(told)):
        read(text)


def test_a_parameter_given_twice_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="'carrier' is given twice"):
        read("carrier=UA", "carrier=AA")


def test_a_parameter_for_a_type_without_parameters_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="'flights' takes no parameters"):
        read_parameters(["carrier=UA"], {"type": "object"}, "flights")


def test_a_type_that_allows_further_parameters_gets_them() -> None:
    assert read_parameters(["other=x"], {"type": "object", "additionalProperties": True}, "flights") == {"other": "x"}


LONG = "0.1234567890123456789"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (f"price={LONG}", LONG),
        ("price=12345678901234567890", "12345678901234567890"),
        ("price=1e400", "1E+400"),
        ("price=0.5", 0.5),
        ("price=10", 10),
        (f"prices=[{LONG}, 1]", [LONG, 1]),
        (f'tariffs={{"a": {{"price": {LONG}, "share": {LONG}}}}}', {"a": {"price": LONG, "share": float(LONG)}}),
        (f"pair=[{LONG}, {LONG}]", [float(LONG), LONG]),
        (f"share={LONG}", float(LONG)),
        (f"anything={LONG}", float(LONG)),
    ],
)
def test_a_decimal_keeps_all_its_digits_and_a_float_has_as_many_as_it_can(text: str, value: object) -> None:
    (read_value,) = read(text).values()
    assert read_value == value
    assert type(read_value) is type(value)


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_every_decimal_arrives_as_the_value_that_was_typed(value: Decimal) -> None:
    sent = json.dumps(read(f"price={value}"))
    assert Asked.model_validate_json(sent, strict=True).price == value


@given(st.text())
def test_a_text_parameter_gets_every_text_unchanged(text: str) -> None:
    assert read(f"code={text}") == {"code": text}


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner)))
def test_a_list_parameter_gets_every_list_unchanged(value: object) -> None:
    assert read(f"carriers={json.dumps([value])}") == {"carriers": [value]}


def test_a_schema_that_refers_to_itself_is_read_once() -> None:
    loop = {"$defs": {"Loop": {"anyOf": [{"$ref": "#/$defs/Loop"}, {"type": "integer"}]}}}
    assert json_types({"$ref": "#/$defs/Loop"}, loop) == ("integer",)
    assert describe({"$ref": "#/$defs/Loop"}, loop) == "whole number"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("start", "date"),
        ("carrier", "text or null"),
        ("carriers", "list of text"),
        ("stops", "list of object"),
        ("weekday", "one of monday, friday"),
        ("level", "one of 1, 2"),
        ("anything", "anything"),
        ("size", "whole number or text"),
    ],
)
def test_a_parameter_is_described_in_words(name: str, words: str) -> None:
    assert describe(SCHEMA["properties"][name], SCHEMA) == words


def test_options_of_a_format_are_read_by_their_schema():
    given = ("delimiter=tab", "bom=true", "decimal_comma=True", "header=false")
    read = read_format_options(given, CsvOptions.model_json_schema(), "csv")
    assert read == {"delimiter": "tab", "bom": True, "decimal_comma": True, "header": False}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("delimeter=tab", "There is no option 'delimeter'. Did you mean 'delimiter'? The format 'csv' takes: dialect,"),
        ("header=5", "-O header=5: The option 'header' takes true or false."),
        ("header", "-O header: Write an option as NAME=VALUE."),
    ],
)
def test_a_wrong_option_is_told_with_the_flag_of_options(text, told):
    with pytest.raises(InvalidRequest) as refused:
        read_format_options((text,), CsvOptions.model_json_schema(), "csv")
    assert told in refused.value.message


def test_a_format_without_options_says_so():
    with pytest.raises(InvalidRequest, match="The format 'ndjson' takes no options"):
        read_format_options(("bom=true",), FormatOptions.model_json_schema(), "ndjson")
