"""Wrapping in every script: nothing is lost, every line fits, and the work is proportional to the text's length.

The work is counted, not timed: the characters that are measured, and the lines of Python that run.
"""

import sys
from importlib.resources import files

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from octavo.documents.pdf.fonts import Fonts, breaks, graphemes, load_fonts
from octavo.documents.pdf.fonts.bidi import levels
from octavo.documents.pdf.table.wrap import ELLIPSIS, shorten, wrap

FALLBACKS = [
    files("fontpkg_noto_sans_arabic") / "files" / "NotoSansArabic[wdth,wght].ttf",
    files("pylopdf_fonts_he") / "NotoSansHebrew-Variable.ttf",
    files("fontpkg_noto_sans_devanagari") / "files" / "NotoSansDevanagari[wdth,wght].ttf",
    files("fontpkg_noto_sans_thai") / "files" / "NotoSansThai[wdth,wght].ttf",
    files("pylopdf_fonts_jp") / "NotoSansJP-Regular.otf",
]
FONTS = load_fonts(FALLBACKS)
WITHOUT_FALLBACKS = load_fonts()

SCRIPTS = {
    "latin": "abcdefghijklmnopqrstuvwxyz ,.-",
    "cyrillic": "абвгдежзиклмнопрст ,.-",
    "arabic": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي ،٠١٢",
    "hebrew": "אבגדהוזחטיכלמנסעפצקרשת ,.-",
    "thai": "กขคงจชซดตถทนบปผพฟมยรลวสหอะาเแโ\u0e31\u0e48\u0e34",
    "devanagari": "कखगघचछजझटठडढणतथदधनपफबभमयरलवशषसह\u093f\u094d ।",
    "chinese": "天地玄黄宇宙洪荒日月盈昃辰宿列张、。「」",
    "korean": "가나다라마바사아자차카타파하 각",
    "emoji": "👩👧🏽\u200d🇩🇪🇫🇷 ",
}
ODD = "\u00ad\u200b\u00a0\u0301\u202e\u202c\u2067\u2068\u2069()[]\t\r\n\x01\ud800\U00013000"

one_script = st.sampled_from(sorted(SCRIPTS)).flatmap(
    lambda name: st.text(st.sampled_from(SCRIPTS[name]), max_size=200)
)
mixed = st.text(st.sampled_from("".join(SCRIPTS.values()) + ODD), max_size=120)
texts = one_script | mixed | st.text(max_size=60)
rooms = st.integers(1, 2000) | st.integers(1, 40_000)


def without_spaces_and_feeds(text):
    return text.replace("\r", "").replace("\n", "").replace(" ", "")


@given(texts, rooms, st.sampled_from([FONTS, WITHOUT_FALLBACKS]))
@example("ل" * 120 + "ا", 1000, FONTS)
@example("a\u00adi b" * 20, 900, FONTS)
@example("א" + "." * 100 + "(a)", 3000, FONTS)
def test_text_of_any_script_wraps_without_loss_into_lines_that_fit(text, room, fonts):
    lines = wrap(text, room, fonts.width, breaks)
    assert without_spaces_and_feeds("".join(lines)) == without_spaces_and_feeds(text)
    for line in lines:
        assert fonts.width(line) <= room or not graphemes(line)


@given(texts, rooms)
def test_text_of_any_script_is_shortened_to_what_fits(text, room):
    line = shorten(text, room, FONTS.width)
    if line != text.replace("\n", " "):
        assert line.endswith(ELLIPSIS)
        assert text.replace("\n", " ").startswith(line[:-1])
        kept = line[:-1]
        assert FONTS.width(kept) <= max(1, room - FONTS.width(ELLIPSIS)) or not graphemes(kept)


def repeated(pattern, length):
    return (pattern * length)[:length]


LONG = 2_000
PATTERNS = {
    **SCRIPTS,
    "one word of Latin": "a",
    "one word of Arabic": "ن",
    "letters that join to less": "لا",
    "marks alone": "\u0301",
    "invisible spaces": "\u200b",
    "soft hyphens": "a\u00ad",
    "spaces": " ",
    "a line of spaces after each word": "   a",
    "no font": "\U00013000",
    "both directions": "aא",
    "brackets": "א(a)",
    "numbers": "א1.2,3",
}


@pytest.mark.parametrize("room", [3_000, 30_000])
@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_each_character_is_measured_only_a_few_times(pattern, room):
    measured = 0

    def width(text):
        nonlocal measured
        measured += len(text)
        return FONTS.width(text)

    text = repeated(pattern, LONG)
    wrap(text, room, width, breaks)
    assert measured < 16 * LONG
    measured = 0
    shorten(text, room, width)
    assert measured < 4 * LONG


def lines_run(work, *arguments):
    """Return how many lines of Python are executed, including every repetition of a loop."""
    count = 0

    def tracer(frame, event, argument):
        nonlocal count
        count += event == "line"
        return tracer

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        work(*arguments)
    finally:
        sys.settrace(before)
    return count


HARD = {
    **PATTERNS,
    "flags": "🇩",
    "families": "👩\u200d",
    "conjuncts": "क\u094d",
    "open brackets": "א(",
    "pairs of brackets": "(א)[a]",
    "isolates": "\u2068",
    "isolates of letters": "\u2068א\u2069a",
    "embeddings": "\u202bא\u202c",
}


@pytest.mark.parametrize("work", [breaks, graphemes, levels, FONTS.width, FONTS.encode], ids=lambda work: work.__name__)
@pytest.mark.parametrize("pattern", HARD.values(), ids=HARD)
def test_the_work_grows_no_more_than_the_text(pattern, work):
    work(repeated(pattern, 1_200))  # fill the caches of characters
    few, many = (lines_run(work, repeated(pattern, length)) for length in (300, 1_200))
    assert many < 5 * few + 100


@pytest.mark.parametrize("text", ["Жук 12", "天地 12", "\U00013000\U00013001 12", "👩 12"])
def test_a_text_is_encoded_in_the_same_way_whether_or_not_its_characters_are_known(text):
    first = Fonts([(face, None) for _, face in FONTS.regular.faces])
    before, after = first.encode(text), first.encode(text)
    assert first.plain(text)
    assert before == after
