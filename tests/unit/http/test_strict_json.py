"""What JSON is taken from callers, and as what."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octavo.errors import MalformedRequest
from octavo.http.strict_json import DEEPEST, LARGEST_INTEGER, LONGEST_TEXT, read_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST_INTEGER, LARGEST_INTEGER) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(VALUES, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_json_is_read_as_it_was_written(value, escaped, indent):
    assert read_json(json.dumps(value, ensure_ascii=escaped, indent=indent)) == value


@pytest.mark.parametrize("spelling", ["7", "7.0", "7e0", "70e-1", "0.7E1", "7.000"])
def test_all_spellings_of_a_number_are_read_as_the_same_number(spelling):
    read = read_json(spelling)
    assert (read, type(read)) == (7, int)


@pytest.mark.parametrize(("spelling", "value"), [("0.1", 0.1), ("1e-3", 0.001), ("-0.0", 0), ("1.5e300", 1.5e300)])
def test_fractions_and_large_numbers_are_not_changed(spelling, value):
    assert read_json(spelling) == value


def test_two_spellings_of_a_letter_are_two_texts():
    assert read_json('"\\u00e9"') != read_json('"e\\u0301"')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1, "a": 1}', "'a' occurs twice"),
        ('[{"x": {"b": 1, "b": 2}}]', "'b' occurs twice"),
        ("NaN", "NaN is not JSON"),
        ("[Infinity]", "Infinity is not JSON"),
        ("[-Infinity]", "-Infinity is not JSON"),
        ("1e400", "too large"),
        ("-1e999", "too large"),
        ("1" * 401, "too large"),
        ('"\\ud800"', "surrogate"),
        ('{"\\udfff": 1}', "surrogate"),
        ("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), "nested too deeply"),
        ("[" * 50_000 + "]" * 50_000, "nested too deeply"),
        (json.dumps("x" * (LONGEST_TEXT + 1)), "10,001 characters"),
        ("{", "not valid JSON"),
        ("", "not valid JSON"),
        ('{"a": 01}', "not valid JSON"),
    ],
)
def test_json_that_is_not_i_json_or_exceeds_a_limit_is_refused(text, said):
    with pytest.raises(MalformedRequest) as refused:
        read_json(text)
    assert said in refused.value.message


def test_the_limits_themselves_are_allowed():
    assert read_json("[" * DEEPEST + "]" * DEEPEST)
    assert read_json(json.dumps("x" * LONGEST_TEXT))
    assert read_json(str(LARGEST_INTEGER)) == LARGEST_INTEGER
