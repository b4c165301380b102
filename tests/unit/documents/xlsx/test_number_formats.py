"""Number formats: what Excel shows by its code is what Python shows by `Column.format`."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.styles.numbers import is_date_format

from octavo.authoring.column_format import parse_format
from octavo.data.column_types import ColumnType
from octavo.documents.xlsx.number_formats import GENERAL, LONGEST_CODE, excel_format, quoted


def code(format, kind):
    return excel_format(None if format is None else parse_format(format), ColumnType.parse(kind)).code


@pytest.mark.parametrize(
    ("format", "kind", "expected"),
    [
        (None, "BIGINT", "0"),
        (None, "DECIMAL(18,3)", "0.000"),
        (None, "DECIMAL(18,0)", "0"),
        (None, "DOUBLE", GENERAL),
        (None, "VARCHAR", GENERAL),
        (None, "BOOLEAN", GENERAL),
        (None, "DATE", "yyyy-mm-dd"),
        (None, "TIMESTAMP", "yyyy-mm-dd hh:mm:ss"),
        (None, "TIMESTAMP WITH TIME ZONE", 'yyyy-mm-dd hh:mm:ss" UTC"'),
        (None, "TIME", "hh:mm:ss"),
        (None, "INTERVAL", "[h]:mm:ss"),
        ("{:,}", "BIGINT", "#,##0"),
        ("{:,}", "DECIMAL(18,3)", "#,##0.000"),
        ("{:,}", "DOUBLE", "#,##0.0##########"),
        ("{}", "DOUBLE", GENERAL),
        ("{:.2f}", "DOUBLE", "0.00"),
        ("{:,.2f}", "BIGINT", "#,##0.00"),
        ("${:,.2f}", "DOUBLE", '"$"#,##0.00'),
        ('{:.1f} "%"', "DOUBLE", '0.0" "\\""%"\\"'),
        ("{} km", "DOUBLE", 'General" km"'),
        ("{:.1%}", "DOUBLE", "0.0%"),
        ("{:%}", "DOUBLE", "0.000000%"),
        ("{:,.0%}", "DOUBLE", "#,##0%"),
        ("{:05d}", "BIGINT", "00000"),
        ("{:05}", "BIGINT", "00000"),
        ("{:05}", "DOUBLE", GENERAL),
        ("{:08.2f}", "DOUBLE", GENERAL),
        ("{:+,d}", "BIGINT", "+#,##0;-#,##0;+#,##0"),
        ("{:.2e}", "DOUBLE", "0.00E+00"),
        ("{:x}", "BIGINT", "0"),
        ("{:>10}", "BIGINT", "0"),
        ("{:.40f}", "DOUBLE", GENERAL),
        ("No. {}", "VARCHAR", '"No. "@'),
        ("{:>10}", "VARCHAR", GENERAL),
        ("%d.%m.%Y", "DATE", 'dd"."mm"."yyyy'),
        ("%-d %B %Y", "DATE", 'd" "mmmm" "yyyy'),
        ("%Y-%m-%d %H:%M", "TIMESTAMP", 'yyyy"-"mm"-"dd" "hh":"mm'),
        ("%F %T", "TIMESTAMP", 'yyyy"-"mm"-"dd" "hh":"mm":"ss'),
        ("%H:%M:%S.%f", "TIME", 'hh":"mm":"ss.000'),
        ("%I:%M %p", "TIME", 'hh":"mm" "AM/PM'),
        ("%a %d %b", "DATE", 'ddd" "dd" "mmm'),
        ("%H:%M %Z", "TIMESTAMP WITH TIME ZONE", 'hh":"mm" UTC"'),
        ("100%% on %d", "DATE", '"100""%"" on "dd'),
        ("%j", "DATE", "yyyy-mm-dd"),  # the day of the year, which Excel has no code for
        ("%M", "TIMESTAMP", "yyyy-mm-dd hh:mm:ss"),  # mm alone would be the month
        ("%H %m", "TIMESTAMP", "yyyy-mm-dd hh:mm:ss"),  # mm after hours would be minutes
        ("%I:%M", "TIME", "hh:mm:ss"),  # without AM/PM, Excel's hours count to 24
        ("%H:%M %p", "TIME", "hh:mm:ss"),
        ("%d%a", "DATE", "yyyy-mm-dd"),  # ddddd would be one part
        ("%Y%m%d", "DATE", "yyyymmdd"),
        ("%p %I %p", "TIME", "hh:mm:ss"),
        ("%Y %H:%M", "TIME", "hh:mm:ss"),  # a time has no year
        ("%d.%m.%Y", "BIGINT", "0"),
    ],
)
def test_a_format_becomes_a_code(format, kind, expected):
    assert code(format, kind) == expected


def test_times_with_fractions_show_milliseconds():
    for kind, expected in (
        ("TIMESTAMP", "yyyy-mm-dd hh:mm:ss.000"),
        ("TIME", "hh:mm:ss.000"),
        ("INTERVAL", "[h]:mm:ss.000"),
    ):
        assert excel_format(None, ColumnType.parse(kind), fractions=True).code == expected


def shown(code, whole):
    """Show a whole number by a code of digits, commas and quoted texts, as Excel does."""
    texts = code.split('"')
    digits = next(part for part in texts[::2] if part.strip("\\"))
    number, _, places = digits.partition(".")
    text = f"{whole:,}" if "," in number else f"{whole:0{len(number)}d}"
    return (
        code.replace(digits, text + ("." + places if places else ""))
        .replace('\\"', "\0")
        .replace('"', "")
        .replace("\0", '"')
    )


@given(
    st.text("ab $€%\"#0.,'", max_size=5),
    st.sampled_from(["{:,}", "{}", "{:.2f}", "{:,.3f}", "{:d}", "{:04d}"]),
    st.text("ab $€%\"'", max_size=5),
    st.integers(0, 10**7),
)
def test_numbers_are_shown_as_python_shows_them(prefix, spec, suffix, whole):
    format = prefix + spec + suffix
    found = excel_format(parse_format(format), ColumnType.parse("BIGINT"))
    number = found.code[len(quoted(prefix)) : len(found.code) - len(quoted(suffix))]
    assert found.code == quoted(prefix) + number + quoted(suffix)
    assert shown(number, whole) == spec.format(whole)
    assert found.width_of(str(whole)) >= len(format.format(whole))


@given(
    st.lists(
        st.sampled_from(["%Y", "%m", "%-d", "%d", "%H", "%M", "%S", "%B", "%p", "%I", ":", " ", "h", "%%"]),
        max_size=8,
    )
)
def test_a_pattern_never_shows_months_as_minutes(parts):
    """Tell minutes from months by Excel's rule: after hours or before seconds they are minutes."""
    pattern = "".join(parts)
    if "%" not in pattern.replace("%%", "") or datetime(2013, 9, 25, 23, 59, 58).strftime(pattern) == pattern:
        return
    found = excel_format(parse_format(pattern), ColumnType.parse("TIMESTAMP"))
    assert is_date_format(found.code)
    if found.code == "yyyy-mm-dd hh:mm:ss":
        return
    units = [part for part in parts if part.startswith("%") and part != "%%"]
    codes = [each for each in _codes(found.code) if each]
    assert len(codes) == len(units)
    for index, unit in enumerate(units):
        if codes[index].startswith("m") and len(codes[index]) <= 2:
            before = codes[index - 1] if index else ""
            after = codes[index + 1] if index + 1 < len(codes) else ""
            assert (unit == "%M") == (before.startswith("h") or after.startswith("s"))
    assert found.width == len(datetime(2013, 9, 25, 23, 59, 58).strftime(pattern.replace("%-", "%")))


def _codes(code):
    """Return the parts of a code that are not quoted, each letter's run by itself."""
    plain = "".join(part if index % 2 == 0 else "\0" for index, part in enumerate(code.replace('\\"', "").split('"')))
    runs = [""]
    for character in plain.replace("AM/PM", "A"):
        if character == "\0" or (runs[-1] and runs[-1][-1] != character):
            runs.append("")
        runs[-1] += character.replace("\0", "")
    return runs


def test_a_code_that_is_too_long_for_excel_is_not_used():
    assert code("x" * 300 + "{:,}", "BIGINT") == "0"
    assert len(code("x" * 200 + "{:,}", "BIGINT")) <= LONGEST_CODE
