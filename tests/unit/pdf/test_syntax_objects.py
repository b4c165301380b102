from datetime import UTC, datetime, timedelta, timezone

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from octavo.documents.pdf.syntax import objects

SOUND = st.characters(exclude_categories=["Cs"])


@given(st.text(SOUND))
def test_readers_get_the_text_string_that_was_written(text):
    assert str(pikepdf.Object.parse(objects.text(text))) == text


def test_half_a_surrogate_pair_does_not_make_a_document_fail():
    assert objects.text("\ud83d") == b"<FEFF003F>"


@given(st.binary())
def test_readers_get_the_byte_string_that_was_written(data):
    assert bytes(pikepdf.Object.parse(objects.literal(data))) == data


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_readers_get_the_name_that_was_written(text):
    assert str(pikepdf.Object.parse(objects.name(text))) == f"/{text}"


@given(st.floats(-1e9, 1e9))
def test_a_number_is_a_plain_decimal_to_four_places(value):
    written = objects.number(value).decode()
    assert set(written) <= set("-0123456789.")
    assert float(written) == pytest.approx(value, abs=5.1e-5)


def test_small_and_negative_numbers_have_no_needless_characters():
    assert [objects.number(value) for value in (0, -0.00001, 2.50, -7, 1e-9)] == [b"0", b"0", b"2.5", b"-7", b"0"]


@pytest.mark.parametrize(
    ("zone", "written"),
    [
        (UTC, b"(D:20260301093000Z)"),
        (timezone(timedelta(hours=1)), b"(D:20260301093000+01'00')"),
        (timezone(-timedelta(hours=3, minutes=30)), b"(D:20260301093000-03'30')"),
    ],
)
def test_a_date_has_its_time_zone(zone, written):
    assert objects.date(datetime(2026, 3, 1, 9, 30, tzinfo=zone)) == written


def test_a_date_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        objects.date(datetime(2026, 3, 1))
