"""Every type of value in a workbook, as openpyxl and calamine read it, against the rows that it was made from."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest

from octavo import Column
from octavo.documents.xlsx.strings import LONGEST_TEXT
from octavo.errors import TooLarge
from tests.unit.documents.conftest import report_type

# Of each type: its name, values as SQL, and what readers find. A text says that the value is kept as a text.
TYPES = {
    "TINYINT": {"-128": -128, "127": 127},
    "INTEGER": {"-2147483648": -2147483648, "0": 0},
    "BIGINT": {
        "999999999999999": 999999999999999,
        "-1000000000000001": "-1000000000000001",
        "9223372036854775807": "9223372036854775807",
        "1000000000000000": 10**15,
        "120000000000000000": 120000000000000000,
    },
    "UBIGINT": {"18446744073709551615": "18446744073709551615", "7": 7},
    "HUGEINT": {"-12345678901234567890": "-12345678901234567890", "10000000000000000000000": 10**22, "7": 7},
    "BIGNUM": {"123456789012345678901234567890": "123456789012345678901234567890"},
    "DECIMAL(2,2)": {"0.25": 0.25, "-0.5": -0.5},
    "DECIMAL(15,5)": {"9999999999.99999": 9999999999.99999},
    "DECIMAL(18,3)": {"123456789012.345": 123456789012.345, "123456789012345.678": "123456789012345.678", "1": 1},
    "DECIMAL(38,10)": {"0.0000000001": 1e-10, "12345678.0123456789": "12345678.0123456789"},
    "DECIMAL(38,38)": {"0.1234567890123456": "0.12345678901234560000000000000000000000", "0.5": 0.5},
    "FLOAT": {"0.1": 0.1, "1e30": 1e30, "nan": "NaN"},
    "DOUBLE": {
        "0.1": 0.1,
        "-1.7976931348623157e308": -1.7976931348623157e308,
        "0.30000000000000004": 0.30000000000000004,
        "2.2250738585072014e-308": 2.2250738585072014e-308,
        "1e-320": "1e-320",
        "nan": "NaN",
        "inf": "Infinity",
        "-inf": "-Infinity",
        "-0.0": 0,
    },
    "BOOLEAN": {"true": True, "false": False},
    "DATE": {
        "1900-02-28": "1900-02-28",
        "1900-03-01": date(1900, 3, 1),
        "9999-12-31": date(9999, 12, 31),
        "10000-01-01": "10000-01-01",
        "infinity": "infinity",
        "0044-03-15 (BC)": "0044-03-15 (BC)",
    },
    "TIMESTAMP": {
        "1900-02-28 23:59:59": "1900-02-28 23:59:59",
        "1900-03-01 00:00:00": datetime(1900, 3, 1),
        "2013-01-01 05:15:00": datetime(2013, 1, 1, 5, 15),
        "2013-12-31 23:59:59.999": datetime(2013, 12, 31, 23, 59, 59, 999000),
        "2100-01-01 00:00:00.001": datetime(2100, 1, 1, 0, 0, 0, 1000),
        "2100-01-01 00:00:00.000001": "2100-01-01 00:00:00.000001",
        "5000-06-07 08:09:10": datetime(5000, 6, 7, 8, 9, 10),
        "9999-12-31 23:59:59": datetime(9999, 12, 31, 23, 59, 59),
        "infinity": "infinity",
        "-infinity": "-infinity",
        "294247-01-10 04:00:54.775806": "294247-01-10 04:00:54.775806",
    },
    "TIMESTAMP_S": {"2013-01-01 05:15:01": datetime(2013, 1, 1, 5, 15, 1)},
    "TIMESTAMP_MS": {"2013-01-01 05:15:00.25": datetime(2013, 1, 1, 5, 15, 0, 250000)},
    "TIMESTAMP_NS": {
        "2013-01-01 05:15:00.25": datetime(2013, 1, 1, 5, 15, 0, 250000),
        "2013-01-01 05:15:00.123456789": "2013-01-01 05:15:00.123456789",
    },
    "TIMESTAMPTZ": {
        "2013-01-01 05:15:00+02": datetime(2013, 1, 1, 3, 15),
        "0001-01-01 00:00:00+00": "0001-01-01 00:00:00+00",
    },
    "TIME": {"00:00:00": time(), "23:59:59.999": time(23, 59, 59, 999000), "24:00:00": "24:00:00"},
    "TIMETZ": {"05:15:00+02": "05:15:00+02"},
    "INTERVAL": {
        "26:00:00": timedelta(hours=26),
        "3 days 00:00:00.5": timedelta(days=3, seconds=0.5),
        "3 months": "3 months",
        "-00:00:01": "-00:00:01",
        "2 years -1 days": "2 years -1 day",
    },
    "UUID": {"01890000-0000-7000-8000-000000000001": "01890000-0000-7000-8000-000000000001"},
    "ENUM('a', '=b')": {"a": "a", "=b": "=b"},
    "BLOB": {r"\x00\xFF": "AP8=", r"\xF8\x00": "+AA="},
    "BIT": {"0101": "0101"},
    "INTEGER[]": {"[1, NULL]": "[1,null]", "[]": "[]"},
    "STRUCT(a INTEGER, b VARCHAR)": {"{'a': 1, 'b': '<&>'}": '{"a":1,"b":"<&>"}'},
    "MAP(VARCHAR, DECIMAL(4,1))": {"{k=1.5}": '{"k":1.5}'},
    "VARCHAR": {
        text: text
        for text in (
            "plain",
            "00123",
            "=1+1",
            "+1",
            "-1",
            "@a",
            " lead",
            "trail ",
            "a\nb\tc",
            "a\r\nb",
            "\x00\x01\x1f",
            "_x0001_",
            "_x0041_x0042_",
            "<b>&amp;</b>",
            "]]>",
            "a\u0301",
            "\u05d0\u05d1\u200f",
            "😀\U00020000",
            "x" * LONGEST_TEXT,
        )
    },
}


def rows_of(kind, values):
    """Return the SQL of the values, with NULL before each of them, and of the query that gives them their type."""
    texts = ", ".join(f"({index}, {_literal(value)})" for index, value in enumerate(_with_nulls(values)))
    typed = "unhex(replace(v, '\\x', ''))" if kind == "BLOB" else f"v::{kind}"
    return f"SELECT * FROM (VALUES {texts}) AS t(n, v)", f"select n, {typed} as v from t"


def _with_nulls(values):
    return [each for value in values for each in (None, value)]


def _literal(value):
    if value is None:
        return "NULL::VARCHAR"
    characters = (f"chr({ord(character)})" if ord(character) < 32 else _quoted(character) for character in value)
    return f"concat({', '.join(characters)})" if min(map(ord, value), default=32) < 32 else _quoted(value)


def _quoted(text):
    return "'" + text.replace("'", "''") + "'"


@pytest.mark.parametrize("kind", TYPES)
def test_values_of_every_type_are_read_as_they_are(kind, book):
    select, query = rows_of(kind, TYPES[kind])
    made = book(select, report_type(query, columns=(Column("n"), Column("v")), chunk_rows=5))
    expected = _with_nulls(TYPES[kind].values())
    assert [comparable(value) for _, value in made.cells()] == list(map(comparable, expected))  # by openpyxl
    assert [comparable(value) for _, value in made.calamine()] == list(map(comparable, expected))
    kept = sum(isinstance(value, str) for value in expected) if kind in NUMBERS else 0
    assert str(made.about().get("V", "")).startswith(
        {0: "", 1: "1 value is a text, because"}.get(kept, f"{kept} values")
    )
    assert made.faults() == []


NUMBERS = {
    *("TINYINT", "INTEGER", "BIGINT", "UBIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DATE", "TIME", "INTERVAL"),
    *(kind for kind in TYPES if kind.startswith(("DECIMAL", "TIMESTAMP"))),
}


def comparable(value):
    """Return a value as all readers have it.

    openpyxl has no dates without a time, and calamine has "" for empty cells.
    """
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time())
    return None if value == "" else value


def test_microseconds_are_in_the_number_although_no_format_shows_them(book):
    made = book(
        "SELECT range AS n, TIMESTAMP '2013-01-01 05:15:00.123456' + INTERVAL (range * 7919) DAY AS v FROM range(3)",
        report_type(columns=(Column("n"), Column("v"))),
    )
    found = made.part("xl/worksheets/sheet1.xml").split("<row>")[2:]
    for number, row in enumerate(found):
        serial = Decimal(row.split("<v>")[2].split("</v>")[0])
        microseconds = round((Decimal(float(serial)) % 1) * 86_400_000_000)
        assert microseconds == (5 * 60 + 15) * 60_000_000 + 123_456, number


def test_an_empty_text_is_an_empty_cell(book):
    made = book("SELECT 1 AS n, '' AS v", report_type(columns=(Column("n"), Column("v"))))
    assert made.cells() == [(1, None)]


def test_a_text_that_is_longer_than_a_cell_is_refused_by_name(book):
    columns = (Column("n"), Column("v"))
    with pytest.raises(TooLarge, match=r"column 'v' has a text of 32,768 characters.*32,767"):
        book(f"SELECT 1 AS n, repeat('x', {LONGEST_TEXT + 1}) AS v", report_type(columns=columns))
    with pytest.raises(TooLarge, match=r"32,768"):  # an emoji is two characters in Excel
        book(f"SELECT 1 AS n, repeat('😀', {LONGEST_TEXT // 2 + 1}) AS v", report_type(columns=columns))
    made = book(f"SELECT 1 AS n, repeat('é', {LONGEST_TEXT}) AS v", report_type(columns=columns))
    assert made.cells() == [(1, "é" * LONGEST_TEXT)]


def test_no_text_becomes_a_formula_even_when_somebody_edits_it(book):
    made = book(
        "SELECT range AS n, ['=1+1', '+1', '-1', '@a', 'a=1', '=<&'][range + 1] AS v FROM range(6)",
        report_type(columns=(Column("n"), Column("v"))),
    )
    cells = [row[1] for row in made.openpyxl().worksheets[0].iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}
    assert [cell.quotePrefix for cell in cells] == [True, True, True, True, False, True]
    assert "<f>" not in made.part("xl/worksheets/sheet1.xml")
    assert all(cell.hyperlink is None for cell in cells)
