import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from importlib.resources import files
from itertools import pairwise
from typing import Annotated

import pymupdf
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from octavo.authoring.parameters import bound_values
from octavo.documents.chart_data import ChartData
from octavo.documents.in_words import in_words, parameters_in_words
from octavo.documents.pdf.cover.charts import SLICES, in_digits, round_numbers
from octavo.documents.pdf.cover.contents import CoverContents
from octavo.documents.pdf.cover.cover import draw_cover
from octavo.documents.pdf.fonts import TextEncoder, breaks, load_fonts

FLIGHTS = CoverContents(
    title="Departures from New York",
    description="Departures from New York's three airports.\n\nCancelled flights have no times.",
    parameters=(("Start", "1 January 2013"), ("End", "31 December 2013"), ("Carrier", "all")),
    totals=(("Distance (mi)", "350,217,607"),),
    rows=336_776,
    created=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    fingerprint="1a2b3c4d5e6f" + "0" * 52,
    width=595.28,
    height=841.89,
)
FALLBACKS = [
    files("fontpkg_noto_sans_arabic") / "files" / "NotoSansArabic[wdth,wght].ttf",
    files("pylopdf_fonts_he") / "NotoSansHebrew-Variable.ttf",
    files("fontpkg_noto_sans_thai") / "files" / "NotoSansThai[wdth,wght].ttf",
    files("pylopdf_fonts_jp") / "NotoSansJP-Regular.otf",
]
CARRIERS = ("United", "JetBlue", "Delta", "American")
SIZES = {
    "A4": (595.28, 841.89),
    "landscape": (841.89, 595.28),
    "A5": (419.5, 595.3),
    "A5 landscape": (595.3, 419.5),
    "A3": (841.89, 1190.55),
}


def chart(kind, names=CARRIERS, values=(58_665, 54_635, 48_110, 32_729)):
    return ChartData(kind, "Flights by carrier", tuple(names), tuple(values))


@pytest.fixture(scope="module")
def made(bound):
    """Return a function that makes a document of a cover only, in the shipped fonts."""

    def made(cover, **changes):
        encoder = TextEncoder(load_fonts())
        return bound(cover=draw_cover(replace(cover, **changes), encoder, breaks), encoder=encoder)

    return made


def words(document):
    return " ".join(" ".join(document.texts()).split())


def assert_within_the_margins(document):
    with document.with_mupdf() as pdf:
        for page in pdf:
            side = 0.1 * min(page.rect.width, page.rect.height) - 1
            inner = pymupdf.Rect(side, side, page.rect.width - side, page.rect.height - side)
            for word in page.get_text("words"):
                if word[3] < page.rect.height - 60:  # above the footer
                    assert pymupdf.Rect(word[:4]) in inner, word[:5]
            for drawing in page.get_drawings():
                if any(item[0] == "c" for item in drawing["items"]):
                    continue  # mupdf counts the control points of a curve
                assert pymupdf.Rect(drawing["rect"]) in inner, drawing


def test_a_cover_says_what_the_document_is_and_how_it_was_made(made):
    document = made(FLIGHTS)
    document.assert_sound()
    for said in (
        "Departures from New York Departures from New York's three airports. Cancelled flights have no times.",
        "Rows 336,776 Made 1 March 2026, 09:30 UTC Request 1a2b3c4d5e6f",
        "Parameters Start 1 January 2013 End 31 December 2013 Carrier all",
        "Totals Distance (mi) 350,217,607",
    ):
        assert said in words(document)
    assert len(document.texts()) == 1


def test_a_cover_names_the_author_and_the_sources(made):
    document = made(FLIGHTS, author="Port Authority", sources=("flights", "airlines"))
    assert "09:30 UTC By Port Authority From flights, airlines Request" in words(document)


def test_the_first_page_has_no_footer(made):
    assert "Page" not in words(made(FLIGHTS))


def test_an_empty_report_says_so(made):
    assert "No rows match. Nothing in the data meets the parameters below." in words(made(FLIGHTS, rows=0, totals=()))
    assert "No rows match. The data is empty." in words(made(FLIGHTS, rows=0, parameters=()))
    assert "No rows match" not in words(made(FLIGHTS))


def test_notices_are_shown(made):
    assert "3 characters are in no font." in words(made(FLIGHTS, notices=("3 characters are in no font.",)))


def test_greek_and_cyrillic_text_is_shown_and_can_be_searched(made):
    title = "Αναχωρήσεις από τη Νέα Υόρκη — Вылеты из Нью-Йорка"
    document = made(FLIGHTS, title=title, parameters=(("Größe", "≥ 5 €"),))
    document.assert_sound()
    assert title in words(document)
    assert "Größe ≥ 5 €" in words(document)


def test_the_cover_uses_the_fonts_of_the_document(made):
    with made(FLIGHTS, chart=chart("bar")).with_mupdf() as pdf:
        assert {font[3].partition("+")[2] for font in pdf.get_page_fonts(0)} <= {
            "OctavoSans-Regular",
            "OctavoSans-SemiBold",
        }


def test_many_parameters_continue_on_further_pages_with_footers(made):
    pairs = tuple((f"Parameter {number}", f"value {number}") for number in range(150))
    document = made(FLIGHTS, parameters=pairs)
    document.assert_sound()
    texts = document.texts()
    assert len(texts) > 3
    found = [int(line.split()[-1]) for text in texts for line in text.splitlines() if line.startswith("value ")]
    assert found == list(range(150)) or all(f"value {number}" in words(document) for number in range(150))
    assert [f"Page {page} of {len(texts)}" in text for page, text in enumerate(texts, 1)] == [
        False,
        *[True] * (len(texts) - 1),
    ]
    assert_within_the_margins(document)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", ["bar", "line", "pie"])
def test_charts_fit_every_page(made, kind, size):
    width, height = SIZES[size]
    document = made(FLIGHTS, chart=chart(kind), width=width, height=height)
    document.assert_sound()
    assert "Flights by carrier" in words(document)
    assert all(name in words(document) for name in CARRIERS)
    assert_within_the_margins(document)


@pytest.mark.parametrize("size", SIZES)
def test_texts_of_any_length_stay_within_the_margins(made, size):
    width, height = SIZES[size]
    document = made(
        FLIGHTS,
        title="Statement of deliveries, returns and outstanding balances " * 4,
        description="One sentence of a long description. " * 60,
        parameters=(("A label of many words that goes on", "word " * 900), ("Unbroken" * 12, "x" * 700)),
        totals=(("Total", "9" * 200),),
        author="An office with a long name " * 8,
        sources=("orders", "returns", "deliveries") * 9,
        notices=("A notice that says more than a line can hold. " * 6,),
        chart=chart("bar", ["A carrier's name that is much too long for a chart"] * 16, range(16)),
        width=width,
        height=height,
    )
    document.assert_sound()
    assert words(document).count("word") >= 900
    assert_within_the_margins(document)


@settings(max_examples=40)
@given(
    kind=st.sampled_from(["bar", "line", "pie"]),
    points=st.lists(st.tuples(st.text(max_size=30), st.floats() | st.floats(-1e3, 1e3)), min_size=1, max_size=100),
)
def test_any_data_makes_a_chart(made, kind, points):
    names, values = zip(*points, strict=True)
    assert_within_the_margins(made(FLIGHTS, parameters=(), totals=(), chart=chart(kind, names, values)))


def test_a_chart_without_data_is_left_out(made):
    nothing = [((), ()), (("a", "b", "c"), (math.nan, math.inf, -math.inf))]
    assert not any("Flights by carrier" in words(made(FLIGHTS, chart=chart("bar", *data))) for data in nothing)


def test_a_pie_of_many_slices_ends_in_other(made):
    names = [f"slice-{number}" for number in range(20)]
    said = words(made(FLIGHTS, chart=chart("pie", names, range(20, 0, -1))))
    assert [name in said for name in names] == [True] * (SLICES - 1) + [False] * (20 - SLICES + 1)
    assert "Other 91 43.3 %" in said


def test_a_pie_of_negative_values_is_drawn_as_bars(made):
    assert "%" not in words(made(FLIGHTS, chart=chart("pie", CARRIERS, (1, 2, -3, 4))))


SCRIPTS = {
    "Arabic": "ابتثجحخدذرزس",
    "Hebrew": "אבגדהוזחטיכל",
    "Thai": "กขคงจชซดตถทน",
    "Chinese": "天地玄黄宇宙洪荒日月盈昃",
}
LONGEST_PARAMETER = 10_000  # characters that the API accepts


@pytest.mark.parametrize("fonts", [load_fonts(), load_fonts(FALLBACKS)], ids=["no fallback", "fallback fonts"])
@pytest.mark.parametrize("length", [2_500, LONGEST_PARAMETER])
@pytest.mark.parametrize("script", SCRIPTS)
def test_the_work_for_a_long_parameter_grows_no_more_than_its_text(bound, monkeypatch, script, length, fonts):
    processed = 0

    def counted(work):
        def count(text, bold=False):
            nonlocal processed
            processed += len(text)
            return work(text, bold)

        return count

    monkeypatch.setattr(fonts, "width", counted(fonts.width))
    monkeypatch.setattr(fonts, "encode", counted(fonts.encode))
    text = (SCRIPTS[script] * length)[:length]
    encoder = TextEncoder(fonts)
    cover = draw_cover(replace(FLIGHTS, parameters=(("Note", text),)), encoder, breaks)
    assert processed < 10 * length
    document = bound(cover=cover, encoder=encoder)
    read = "".join(document.texts())
    assert all(read.count(letter) >= text.count(letter) for letter in SCRIPTS[script])


def test_a_character_that_no_font_has_is_counted_once():
    encoder = TextEncoder(load_fonts())
    draw_cover(replace(FLIGHTS, parameters=(("Note", "\U00013000 and " * 40),)), encoder, breaks)
    assert encoder.missing == 40


def test_the_same_cover_makes_the_same_bytes(made):
    first, second = (made(FLIGHTS, chart=chart(kind)).data for kind in ("pie", "pie"))
    assert first == second


@given(st.floats(-1e15, 1e15), st.floats(-1e15, 1e15))
@example(5e-324, 0)
@example(1e15, 1e15 + 0.125)
@example(-1e15, -1e15 + 0.125)
def test_a_scale_has_few_round_numbers_around_its_values(one, other):
    low, high = sorted((one, other))
    ticks = round_numbers(low, high)
    slack = 1e-6 * (abs(low) + abs(high)) + 1e-300
    assert ticks[0] - slack <= low <= high <= ticks[-1] + slack
    assert 2 <= len(ticks) <= 7
    steps = {round((b - a) / (ticks[1] - ticks[0]), 3) for a, b in pairwise(ticks)}
    assert steps == {1.0}


def test_values_have_no_needless_decimal_places():
    assert [in_digits(value) for value in (1234567, 12.5, 0.004, -3.0, 0, 2e21)] == [
        "1,234,567",
        "12.50",
        "0.004",
        "-3",
        "0",
        "2e+21",
    ]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "all"),
        (True, "yes"),
        (False, "no"),
        (date(2013, 1, 5), "5 January 2013"),
        (datetime(2013, 1, 5, 7, 30), "5 January 2013, 07:30"),
        (datetime(2013, 1, 5, 7, 30, tzinfo=timezone(timedelta(hours=1))), "5 January 2013, 07:30 UTC+01:00"),
        (2013, "2013"),
        (Decimal("1E+3"), "1000"),
        (["b", "a"], "b, a"),
        ({"least": 1, "most": None}, "least: 1; most: all"),
        ([], "none"),
        ("", "empty"),
        ("UA", "UA"),
    ],
)
def test_values_of_parameters_are_written_for_people(value, words):
    assert in_words(value) == words


def test_parameters_are_labelled_by_their_title_or_their_name():
    class Parameters(BaseModel):
        start_day: date = date(2013, 1, 1)
        carrier: Annotated[str | None, Field(title="Airline")] = None

    shown = parameters_in_words(Parameters, bound_values(Parameters()))
    assert shown == (("Start day", "1 January 2013"), ("Airline", "all"))


def test_the_parameters_of_a_nested_model_are_labelled_by_their_own_titles():
    class Span(BaseModel):
        least: int = Field(6, title="At least")

    class Parameters(BaseModel):
        span: Span | None = Span()

    assert parameters_in_words(Parameters, bound_values(Parameters())) == (("Span", "At least: 6"),)
