"""Wrapping a cell: no text is lost, every line fits, and the order stays the same."""

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from octavo.documents.pdf.fonts import breaks, graphemes, load_fonts
from octavo.documents.pdf.table.wrap import ELLIPSIS, shorten, wrap

FONTS = load_fonts()
TRICKY = "ab iW- /–—\u00ad\u200b\u00a0漢字。「」éе\u0301\u0304Ωж(\\)\t"
texts = st.text(st.sampled_from(TRICKY), max_size=60)
lined = st.text(st.sampled_from("ab W-漢\u0301\n\r"), max_size=60)
prose = st.lists(st.text("abcdefgh", min_size=1, max_size=12), max_size=20).map(" ".join)
rooms = st.integers(1, 9000)


def by_count(text):
    """Return the width of a text with 100 for each character, so that expected lines are easy to find."""
    return 100 * len(text)


def lines_of(text, room):
    return wrap(text, room, FONTS.width, breaks)


def unspaced(text):
    return "".join(text.split(" "))


@given(texts | prose, rooms)
def test_only_spaces_at_the_end_of_a_line_are_lost_and_nothing_is_moved(text, room):
    lines = lines_of(text, room)
    assert unspaced("".join(lines)) == unspaced(text)
    rest = text
    for line in lines:
        rest = rest if rest.startswith(line) else rest.lstrip(" ")
        assert rest.startswith(line)
        rest = rest[len(line) :]
    assert rest.strip(" ") == ""


@given(texts | prose, rooms)
def test_every_line_fits_unless_it_is_a_single_character_that_is_too_wide(text, room):
    for line in lines_of(text, room):
        assert FONTS.width(line) <= room or not graphemes(line)


@given(texts | prose | lined, rooms)
def test_a_line_never_ends_inside_a_grapheme(text, room):
    joined = text.replace("\r\n", "\n").replace("\r", "\n")
    for paragraph, cut in zip(joined.split("\n"), [lines_of(part, room) for part in joined.split("\n")], strict=True):
        allowed = {0, len(paragraph), *graphemes(paragraph), *breaks(paragraph)}
        place = 0
        for line in cut:
            place = paragraph.index(line, place)
            assert place in allowed
            place += len(line)


@given(prose, st.integers(1200, 9000))
def test_words_are_broken_only_when_they_are_wider_than_the_line(text, room):
    wide = [word for word in text.split(" ") if by_count(word) > room]
    words = [word for line in wrap(text, room, by_count, breaks) for word in line.split(" ")]
    assert [word for word in words if word in text.split(" ")] == words or wide


@given(prose, st.integers(1200, 4000))
def test_every_line_has_as_many_words_as_fit(text, room):
    assume(text)
    lines = wrap(text, room, by_count, breaks)
    for line, after in pairwise(lines):
        assert by_count(f"{line} {after.split(' ')[0]}") > room


@given(lined, rooms)
def test_every_line_feed_begins_a_line(text, room):
    paragraphs = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    expected = [line for paragraph in paragraphs for line in lines_of(paragraph, room)]
    assert lines_of(text, room) == expected
    assert len(lines_of(text, 10**6)) == len(paragraphs)


def test_a_text_that_fits_is_one_unchanged_line():
    assert lines_of("  two  words ", 10**6) == ["  two  words "]
    assert lines_of("", 1) == [""]


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("one two three", 700, ["one two", "three"]),
        ("one two", 600, ["one", "two"]),
        ("abcdefghij", 400, ["abcd", "efgh", "ij"]),
        ("a abcdefghij b", 400, ["a", "abcd", "efgh", "ij b"]),
        ("well-known", 600, ["well-", "known"]),
        ("2026-11-24", 500, ["2026-", "11-24"]),  # a line may not break here, so it is cut like any long word
        ("a\n\nb", 500, ["a", "", "b"]),
        ("a\r\nb\rc\n", 500, ["a", "b", "c", ""]),
        ("漢字漢字", 200, ["漢字", "漢字"]),
    ],
)
def test_examples_of_texts_and_their_lines(text, room, lines):
    assert wrap(text, room, by_count, breaks) == lines


@given(texts | prose | lined, rooms)
def test_a_shortened_text_is_the_whole_text_or_its_beginning_with_an_ellipsis(text, room):
    line = shorten(text, room, FONTS.width)
    whole = text.replace("\n", " ")
    if FONTS.width(whole) <= room:
        assert line == whole
    else:
        assert line.endswith(ELLIPSIS)
        assert whole.startswith(line[: -len(ELLIPSIS)])
        least = FONTS.width(ELLIPSIS)  # it is there even if it does not fit
        assert FONTS.width(line) <= max(room, least) or not graphemes(line[:-1])
        assert "\n" not in line


@given(prose, st.integers(300, 3000))
def test_a_shortened_text_is_as_long_as_fits(text, room):
    line = shorten(text, room, by_count)
    if line.endswith(ELLIPSIS):
        kept = len(line) - 1
        assert not text[kept : kept + 1].strip() or by_count(text[: kept + 1] + ELLIPSIS) > room
