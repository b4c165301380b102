"""The bidirectional algorithm, compared with python-bidi (the Rust crate unicode-bidi) and with written examples."""

import unicodedata
from dataclasses import dataclass

import pytest
from bidi import get_display
from hypothesis import given, settings
from hypothesis import strategies as st

from octavo.documents.pdf.fonts.bidi import NEEDED, REMOVED, levels, visual

LETTERS = "abאבגابت١٢123+-.,:/$%() []«»<>\u0301\u064b!?"
# Without the overrides, after which the other implementation applies rule L1 in another way:
CONTROLS = "\u200e\u200f\u061c\u202a\u202b\u202c\u2066\u2067\u2068\u2069"


@dataclass
class Character:
    level: int
    text: str


def ordered(text):
    return "".join(run.text for run in visual([Character(*pair) for pair in zip(levels(text), text, strict=True)]))


def without_removed(text):
    return "".join(character for character in text if unicodedata.bidirectional(character) not in REMOVED)


@settings(max_examples=1000)
@given(st.text(st.sampled_from(LETTERS), max_size=16) | st.text(st.sampled_from(LETTERS + CONTROLS), max_size=16))
def test_text_has_the_same_order_as_in_another_implementation(text):
    assert without_removed(ordered(text)) == without_removed(get_display(text))


@pytest.mark.parametrize(
    ("logical", "drawn"),
    [
        ("אבג", "גבא"),
        ("abc אבג def", "abc גבא def"),
        ("אבג abc דהו", "והד abc גבא"),
        ("אבג 123 דהו", "והד 123 גבא"),
        ("אבג (abc) דהו", "והד )abc( גבא"),
        ("\u202eabc\u202c def", "cba def"),
        ("אבג 10.5%", "10.5% גבא"),
        ("رقم ١٢٣", "١٢٣ مقر"),
    ],
)
def test_examples_are_displayed_in_the_order_that_people_expect(logical, drawn):
    assert without_removed(ordered(logical)) == drawn


@given(st.text(st.characters(max_codepoint=0x58F)))
def test_left_to_right_text_needs_no_ordering(text):
    assert not NEEDED.search(text)


@given(st.text(st.sampled_from(LETTERS + CONTROLS + "\u202d\u202e")))
def test_every_character_is_displayed_once(text):
    assert sorted(ordered(text)) == sorted(text)
