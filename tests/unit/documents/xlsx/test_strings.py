"""Texts in XML: what is written in Python and in SQL is the same, and readers get the text back."""

import re
import xml.etree.ElementTree as ElementTree

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from octavo.documents.xlsx.strings import (
    FORMULA_STARTS,
    attribute,
    escaped,
    sql_escaped,
    sql_is_like_formula,
    sql_needs_care,
    sql_utf16_length,
    utf16_length,
)

# Short texts of the characters that matter, and any other text.
texts = st.text("_x0041\x01\r\n\t &<>aF=+\ufffe😀é", max_size=14) | st.text(max_size=20)
storable = texts.map(lambda text: re.sub("[\ud800-\udfff]", "", text))
LITERAL = re.compile(r"_x([0-9A-Fa-f]{4})_")


@pytest.fixture(scope="module")
def database():
    return duckdb.connect()


def answer(database, expression, text):
    return database.execute(f"SELECT {expression} FROM (SELECT $t::VARCHAR AS t)", {"t": text}).fetchone()[0]


def parsed(xml):
    return ElementTree.fromstring(xml)  # noqa: S314  (it is our own)


def content(written):
    return parsed(f"<t>{written}</t>").text or ""


def read(written):
    """Read the content of an element, as ECMA-376 Part 1, 22.9.2.19 has it."""
    return LITERAL.sub(lambda code: chr(int(code[1], 16)), content(written))


@given(texts)
@example("_x0041_x0042_")
@example("_x0041\x01")
@example("\x01x0041_")
@example("_x005F_")
@example("\ud800")
def test_a_text_is_read_back_as_it_was(text):
    assert read(escaped(text)) == text
    assert parsed(f'<t a="{attribute(text)}"/>').get("a") == content(escaped(text))


@given(storable)
@example("_x0041_x0042_")
@example("_x0041\x01")
@example("\x00")
def test_sql_writes_texts_as_python_does(database, text):
    assert answer(database, sql_escaped("t"), text) == escaped(text)
    assert answer(database, sql_utf16_length("t"), text) == utf16_length(text) == len(text.encode("utf-16-le")) // 2


@given(storable.filter(lambda text: "\ufffe" not in text and "\uffff" not in text))
def test_openpyxl_understands_the_escapes(text):
    assert unescape(content(escaped(text))) == text


@given(storable)
@example("_")
@example("__x")
@example("_ ")
@example("_ a")
@example("a_")
@example("a _x")
@example("=")
def test_a_text_that_needs_no_care_is_written_as_it_is(database, text):
    """Each text that care would change is found. Of the others, only those with `_x` in them are taken for such."""
    is_plain = escaped(text) == text and text == text.strip(" \t\n") and text[:1] not in (*FORMULA_STARTS,)
    needs_care = answer(database, sql_needs_care("t"), text)
    assert not needs_care if is_plain and "_x" not in text else needs_care
    assert answer(database, sql_is_like_formula("t"), text) == (text[:1] in (*FORMULA_STARTS,) and text != "")
