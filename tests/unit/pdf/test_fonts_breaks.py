"""The positions at which lines may break and words may be cut."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octavo.documents.pdf.fonts import breaks, graphemes

texts = (
    st.text(st.sampled_from("ab1 (-/)é—–…“”漢字。「」ょ\u00a0\u00ad\u0301\u200d\u093f\u094dनक👩👧🏽🇩🇪가가\r\n"))
    | st.text()
)


def parts(text, positions):
    return [text[start:stop] for start, stop in pairwise([0, *positions, len(text)])]


@pytest.mark.parametrize(
    "broken",
    [
        "United |Air |Lines  |Inc.",
        "a |well-|known |(free) |text",
        "-5 |to |-7, |2013-01-01 |km/|h |1/2",
        "Köln–|Bonn |a|—|b |10\u00a0% |wait…",
        "Donau\u00ad|dampf\u00ad|schiff",
        "日|本|語|で、|「カッ|コ」|ちょっ|と|待っ|て！|（注）|第|12|章",
        "한|국|어 |문|장|입|니|다.",
        "漢|字|kanji|漢|字 |(漢|字)|で|す",
        "“quoted” |text |«b»",
        "สวัสดี |ชาวโลก",
        "नमस्ते |दुनिया",
        "👨‍👩‍👧|👩🏽 |🇩🇪🇫🇷",
        "one\u200b|word",
    ],
)
def test_a_line_may_break_only_at_the_marked_positions(broken):
    assert parts(broken.replace("|", ""), breaks(broken.replace("|", ""))) == broken.split("|")


@pytest.mark.parametrize(
    "cut", ["a|b|c", "e\u0301|x\u0304\u0301|y", "न|म|स्ते", "👨‍👩‍👧|👩🏽|🇩🇪|🇫🇷", "각|가|나", "ที่|นี่", "葛󠄀|城"]
)
def test_what_people_perceive_as_one_character_is_not_cut(cut):
    assert parts(cut.replace("|", ""), graphemes(cut.replace("|", ""))) == cut.split("|")


@given(texts)
def test_no_break_is_inside_a_grapheme_or_before_a_space(text):
    assert set(breaks(text)) <= set(graphemes(text))
    assert breaks(text) == sorted(set(breaks(text)))
    for position in breaks(text):
        assert 0 < position < len(text)
        assert text[position] != " "


@given(texts)
def test_graphemes_together_are_the_text_and_none_begins_with_a_mark(text):
    pieces = parts(text, graphemes(text))
    assert "".join(pieces) == text
    assert not [piece for piece in pieces[1:] if unicodedata.combining(piece[0])]


@given(st.text(st.sampled_from("ab 1-/()\t")))
def test_ascii_text_breaks_in_the_same_way_alone_and_inside_other_text(text):
    assert breaks(text) == [position for position in breaks(text + "é") if position < len(text)]
