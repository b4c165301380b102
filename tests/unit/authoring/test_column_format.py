import pytest
from hypothesis import given
from hypothesis import strategies as st

from octavo.authoring.column_format import NumberFormat, PythonFormat, TimePattern, parse_format


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("{}", NumberFormat("{}")),
        ("{:d}", NumberFormat("{:d}")),
        ("{:,}", NumberFormat("{:,}", grouping=True)),
        ("{:,.2f}", NumberFormat("{:,.2f}", grouping=True, places=2)),
        ("{:.0f}", NumberFormat("{:.0f}", places=0)),
        ("$ {:,.2f} each", NumberFormat("$ {:,.2f} each", "$ ", " each", grouping=True, places=2)),
        ("{:>10}", PythonFormat("{:>10}")),
        ("{:.1%}", PythonFormat("{:.1%}")),
        ("{:%d.%m.%Y}", PythonFormat("{:%d.%m.%Y}")),
        ("{:s}", PythonFormat("{:s}")),
        ("%d.%m.%Y", TimePattern("%d.%m.%Y")),
        ("at %H:%M", TimePattern("at %H:%M")),
    ],
)
def test_a_format_is_a_number_between_texts_a_time_pattern_or_any_other_spec(text, parsed):
    assert parse_format(text) == parsed


@pytest.mark.parametrize("text", ["", "pretty", "{", "{:", "{name}", "{:q}", "{} {}", "{{}}"])
def test_a_text_that_formats_nothing_is_refused(text):
    with pytest.raises(ValueError, match="neither a format spec such as"):
        parse_format(text)


@given(
    st.text(st.characters(exclude_characters="{}"), max_size=3),
    st.text(st.characters(exclude_characters="{}"), max_size=3),
    st.booleans(),
    st.none() | st.integers(0, 9),
    st.integers(-(10**12), 10**12),
)
def test_the_parts_of_a_number_format_print_as_python_prints_its_spec(prefix, suffix, grouping, places, value):
    spec = f"{prefix}{{:{',' * grouping}{'' if places is None else f'.{places}f'}}}{suffix}"
    parsed = parse_format(spec)
    assert parsed == NumberFormat(spec, prefix, suffix, grouping, places)
    assert parsed.with_places(places or 0).format(value) == f"{prefix}{value:{',' * grouping}.{places or 0}f}{suffix}"
