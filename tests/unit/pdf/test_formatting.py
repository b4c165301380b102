"""Cells contain what Python's formatting gives, whether SQL or Python formats them."""

import re
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_EVEN, Context, Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octavo.authoring.columns import Column
from octavo.documents.formatting import choose_format, format_total
from octavo.documents.pdf.table.cells import figure

EXACT = Context(prec=200)
NUMBERS = ("{}", "{:}", "{:,}", "{:.0f}", "{:.2f}", "{:,.2f}", "{:,.6f}", "${:,.2f}", "{:.1f} %", "({:,})")
WHOLE = {
    "UTINYINT": (0, 255),
    "SMALLINT": (-(2**15), 2**15 - 1),
    "INTEGER": (-(2**31), 2**31 - 1),
    "BIGINT": (-(2**63), 2**63 - 1),
    "UBIGINT": (0, 2**64 - 1),
}
DECIMALS = ((4, 2), (9, 0), (12, 2), (15, 2), (15, 15), (18, 4), (38, 0), (38, 3), (38, 37))


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def printed(connection, format, kind, values):
    """Return the values as a document prints them; None for NULL."""
    cell_format = choose_format(Column("a", format=format), kind)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE t AS SELECT unnest($values::varchar[])::{kind} AS a", values)
    found = [value for (value,) in connection.execute(f"SELECT {cell_format.sql} FROM t").fetchall()]
    texts = [cell_format.python(value) if cell_format.python and value is not None else value for value in found]
    for text in filter(None, texts):
        if cell_format.shape == "number":  # the width of such a cell is computed from its length
            assert re.fullmatch(r"-?[\d,]+(\.\d+)?", text)
            digits = text.removeprefix("-")
            assert sorted(figure(len(digits), cell_format)) == sorted(re.sub(r"\d", "0", digits))
        if cell_format.shape == "time":  # such a cell is written without escapes
            assert re.fullmatch(r"[-0-9 ,./:_]*", text)
    return texts


def of(*values):
    return {"values": [None if value is None else str(value) for value in values]}


@pytest.mark.parametrize("format", [None, *NUMBERS, "{:d}", "{:,d}", "{:+}", "{:>12}", "{:x}", "{:,.50f}"])
@pytest.mark.parametrize("kind", WHOLE)
def test_whole_numbers_are_printed_as_python_prints_them(connection, kind, format):
    least, most = WHOLE[kind]
    values = [least, most, 0, 7, min(most, 1000), max(least, -1000), min(most, 999_999), None]
    expected = [None if value is None else in_python(format, value) for value in values]
    assert printed(connection, format, kind, of(*values)) == expected


def in_python(format, value):
    """Format a decimal exactly, with the rules that Python has for floats."""
    if format is None:
        return str(value)
    exact = Decimal(value) if isinstance(value, int) and "f}" in format else value
    return format.format(exact)


@pytest.mark.parametrize("format", [None, *NUMBERS])
@pytest.mark.parametrize(("digits", "places"), DECIMALS)
def test_decimals_are_printed_with_exactly_their_digits(connection, digits, places, format):
    step = Decimal(1).scaleb(-places)
    most = Decimal(10**digits - 1).scaleb(-places, EXACT)
    third = EXACT.divide(most, Decimal(3)).quantize(step, ROUND_HALF_EVEN, EXACT)
    values = [most, most.copy_negate(), Decimal(0).quantize(step), step, step.copy_negate(), third]
    expected = [decimal_in_python(format, value, places) for value in values]
    assert printed(connection, format, f"DECIMAL({digits},{places})", of(*map("{:f}".format, values))) == expected


def decimal_in_python(format, value, places):
    """Print a decimal with all its places if the format has no precision, and never with an exponent."""
    if format is None:
        return f"{value:f}"
    return re.sub(r"\{:?(,?)\}", rf"{{:\1.{places}f}}", format).format(value)


@settings(max_examples=60)
@given(
    st.integers(1, 38).flatmap(lambda digits: st.tuples(st.just(digits), st.integers(0, digits))),
    st.integers(-(10**38) + 1, 10**38 - 1),
    st.sampled_from(["{:.0f}", "{:.2f}", "{:,.5f}", "{:.12f}", "{:,.40f}"]),
)
def test_no_digit_of_any_decimal_is_lost(connection, size, number, format):
    digits, places = size
    value = Decimal(number % 10**digits * (-1 if number < 0 else 1)).scaleb(-places, EXACT)
    assert printed(connection, format, f"DECIMAL({digits},{places})", of(f"{value:f}")) == [format.format(value)]


@settings(max_examples=60)
@given(st.floats() | st.sampled_from([0.0, -0.0, 1e300, 5e-324, 0.1, float("nan"), float("inf"), -float("inf")]))
def test_doubles_are_rounded_as_python_does(connection, value):
    for format in ("{:,.2f}", "{:.0f}", "{:,}", "{:e}", "{:.1%}"):
        assert printed(connection, format, "DOUBLE", of(repr(value))) == [format.format(value)]
    plain = printed(connection, None, "DOUBLE", of(repr(value)))[0]
    assert float(plain) == value or value != value  # the shortest text of a double


DATES = (date(1000, 12, 31), date(1970, 1, 1), date(2013, 3, 9), date(2024, 2, 29), date(9999, 12, 31))
PATTERNS = ("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d %b %Y", "%A, %d %B", "%j", "%Y%%", "(%d) \\ %m", "le %d", "%y")


@pytest.mark.parametrize("pattern", PATTERNS)
def test_dates_are_printed_as_python_prints_them(connection, pattern):
    expected = [value.strftime(pattern) for value in DATES]
    assert printed(connection, pattern, "DATE", of(*DATES, None)) == [*expected, None]


@pytest.mark.parametrize("pattern", [*PATTERNS, "%H:%M", "%Y-%m-%d %H:%M:%S", "%I:%M %p", "%H:%M:%S.%f"])
@pytest.mark.parametrize("kind", ["TIMESTAMP", "TIMESTAMP WITH TIME ZONE"])
def test_timestamps_are_printed_as_python_prints_them(connection, kind, pattern):
    moments = [datetime(day.year, day.month, day.day, 23, 5, 9, 120_000) for day in DATES]
    moments = [moment.replace(tzinfo=UTC) for moment in moments] if kind.endswith("ZONE") else moments
    expected = [moment.strftime(pattern) for moment in moments]
    assert printed(connection, pattern, kind, of(*moments, None)) == [*expected, None]


@pytest.mark.parametrize("pattern", ["%H:%M", "%H.%M.%S", "%I:%M %p", "%H:%M:%S.%f", "at %H"])
def test_times_are_printed_as_python_prints_them(connection, pattern):
    times = [time(0), time(5, 4, 3), time(23, 59, 59, 999_999)]
    expected = [value.strftime(pattern) for value in times]
    assert printed(connection, pattern, "TIME", of(*times, None)) == [*expected, None]


def test_times_without_a_pattern_are_iso_8601_with_a_space(connection):
    day, moment = date(2013, 3, 9), datetime(2013, 3, 9, 5, 15, 30)
    assert printed(connection, None, "DATE", of(day, None)) == ["2013-03-09", None]
    assert printed(connection, None, "TIMESTAMP", of(moment)) == ["2013-03-09 05:15:30"]
    assert printed(connection, None, "TIME", of(time(5, 15))) == ["05:15:00"]
    assert printed(connection, None, "TIMESTAMP WITH TIME ZONE", of(moment)) == ["2013-03-09 05:15:30+00"]


def test_values_of_other_types_are_printed_as_duckdb_writes_them(connection):
    assert printed(connection, None, "BOOLEAN", of("true", "false", None)) == ["true", "false", None]
    assert printed(connection, None, "VARCHAR", of("a (b)", "", None)) == ["a (b)", "", None]
    assert printed(connection, None, "INTEGER[]", of([1, 2])) == ["[1, 2]"]
    assert printed(connection, "<{}>", "VARCHAR", of("a", None)) == ["<a>", None]
    assert printed(connection, "{:d}", "BOOLEAN", of("true", "false")) == ["1", "0"]


@pytest.mark.parametrize(
    ("kind", "numeric"),
    [(kind, True) for kind in ("INTEGER", "DOUBLE", "DECIMAL(9,2)", "FLOAT", "UBIGINT")]
    + [(kind, False) for kind in ("DATE", "TIME", "TIMESTAMP", "VARCHAR", "BOOLEAN")],
)
def test_only_numbers_are_aligned_to_the_right(kind, numeric):
    for format in (None, "{}", "{:>9}"):
        assert choose_format(Column("a", format=format), kind).numeric == numeric


@pytest.mark.parametrize(
    ("total", "format", "value", "text"),
    [
        ("sum", "{:,}", 350_217_607, "350,217,607"),
        ("sum", "{:,.2f}", "1234567890123456789012345678901234.56", "1,234,567,890,123,456,789,012,345,678,901,234.56"),
        ("sum", "{:,}", "-1000.50", "-1,000.50"),
        ("sum", "{:,}", "0.0000000", "0.0000000"),
        ("sum", None, "1000.50", "1000.50"),
        ("sum", None, 5, "5"),
        ("avg", "{:,.1f}", 12.34, "12.3"),
        ("avg", "{:d}", 12.5, "12.5"),
        ("count", "{:.2f}", 336_776, "336,776"),
        ("count", None, 0, "0"),
        ("max", "%d.%m.%Y", "2013-12-31", "31.12.2013"),
        ("min", "%d %b %Y %H:%M", "2013-01-01T05:15:00", "01 Jan 2013 05:15"),
        ("max", "%H:%M", "05:15:00", "05:15"),
        ("max", "%Y", "no date", "no date"),
        ("max", "{:.1%}", "0.125", "12.5%"),
        ("avg", "{:.1%}", 0.125, "12.5%"),
        ("max", "<{}>", "0012", "<0012>"),
        ("max", None, "Zürich", "Zürich"),
        ("max", "{:,}", None, None),
    ],
)
def test_totals_are_formatted_like_the_values_of_their_column(total, format, value, text):
    assert format_total(Column("a", total=total, format=format), value) == text


def test_printed_times_are_in_utc(connection):
    moment = datetime(2013, 3, 9, 23, 30, tzinfo=UTC)
    assert printed(connection, "%d %b %H:%M %Z", "TIMESTAMP WITH TIME ZONE", of(moment)) == ["09 Mar 23:30 UTC"]
