"""The layout of a table: the places of its columns, its orientation and its font size, for needs of any kind."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octavo.authoring.presentation import Page
from octavo.documents.pdf.plan import FOOTER_PT, GAP, ChartData, PdfPlan, row_height
from octavo.documents.pdf.table.layout import FONT_SIZES_PT, HEADER_LINES, Need, arrange, share

EM = 1000
ONE_GLYPH = 1000  # nothing is narrower than a wide letter


def number(widest, title=0):
    return Need(widest, widest, widest, title, title, numeric=True)


def text(widest, word=3000, usual=None, **changes):
    usual = min(widest, 15_000) if usual is None else usual
    return Need(widest, usual, min(word, widest), 2000, 2000, numeric=False, **changes)


@st.composite
def needs(draw):
    word = draw(st.integers(0, 30_000))
    usual = draw(st.integers(word, 60_000))
    title = draw(st.integers(0, 20_000))
    numeric = draw(st.booleans())
    widest = word if numeric else draw(st.integers(usual, 400_000))
    return Need(
        widest=widest,
        usual=word if numeric else usual,
        word=word,
        title=title,
        full_title=draw(st.integers(title, 60_000)),
        numeric=numeric,
        ellipsis=not numeric and draw(st.booleans()),
        given=draw(st.none() | st.integers(1, 200_000)),
    )


@st.composite
def pages(draw):
    sides = st.floats(50, 1000)
    freely = st.tuples(sides, sides).filter(lambda size: max(size) >= 100)
    size = draw(st.sampled_from(["A3", "A4", "A5", "Letter", "Legal"]) | freely)
    orientation = draw(st.sampled_from([None, "portrait", "landscape"]))
    page = Page(size, orientation, draw(st.sampled_from([0.0, 5.0, 12.5])))
    assert page.fault() is None
    return page


@given(st.lists(needs(), min_size=1, max_size=40), pages())
def test_columns_are_side_by_side_within_the_margins(columns, page):
    layout = arrange(columns, page)
    assert layout.places[0].left >= 0
    for before, after in pairwise(layout.places):
        assert after.left - before.right >= GAP
    assert all(place.width >= 0 for place in layout.places)
    assert layout.table_width_pt <= layout.width_pt - 2 * layout.margin_pt


@given(st.lists(needs(), min_size=1, max_size=40), pages())
def test_the_page_has_the_requested_size_turned_or_not(columns, page):
    layout = arrange(columns, page)
    assert sorted((layout.width_pt, layout.height_pt)) == sorted(page.size_pt)
    if page.orientation == "portrait":
        assert layout.width_pt <= layout.height_pt
    if page.orientation == "landscape":
        assert layout.width_pt >= layout.height_pt
    assert layout.margin_pt == page.margin_pt


@given(st.lists(needs(), min_size=1, max_size=40), pages())
def test_rows_are_between_header_and_footer(columns, page):
    layout = arrange(columns, page)
    bottom = layout.body_top_pt - layout.points(layout.page_height)
    assert layout.rows_per_page >= 1
    assert layout.page_height >= row_height(layout.body_lines)
    assert layout.body_top_pt < layout.top_pt < layout.height_pt or page.margin_mm == 0
    assert bottom >= layout.margin_pt + FOOTER_PT - 0.05
    assert bottom - layout.points(row_height(1)) < layout.margin_pt + FOOTER_PT  # not a row less than fits


@given(st.lists(needs(), min_size=1, max_size=40), pages())
def test_rows_have_a_fixed_height_only_if_no_cell_can_wrap(columns, page):
    layout = arrange(columns, page)
    for need, place in zip(columns, layout.places, strict=True):
        assert place.fits == (need.widest <= place.width)
        assert place.right_aligned == need.numeric
    assert layout.fixed == all(
        need.ellipsis or need.widest <= place.width for need, place in zip(columns, layout.places, strict=True)
    )


charts = st.builds(
    lambda points: ChartData("line", "Flights by day", *zip(*points, strict=True)),
    st.lists(st.tuples(st.text(), st.floats(allow_nan=False)), min_size=1),
)


@given(st.lists(needs(), min_size=1, max_size=40), pages(), st.none() | charts, st.lists(st.text()))
def test_a_plan_survives_the_manifest(columns, page, chart, names):
    plan = PdfPlan(arrange(columns, page), dict.fromkeys(names, "VARCHAR"), tuple(names[1:]), chart)
    assert PdfPlan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


@given(st.lists(needs(), min_size=1, max_size=30), st.integers(0, 400_000))
def test_columns_never_get_more_than_the_available_width(columns, room):
    widths = share(columns, room)
    assert sum(widths) <= room
    assert all(
        width <= max(need.most, need.comfortable, ONE_GLYPH) for need, width in zip(columns, widths, strict=True)
    )


@given(st.lists(needs(), min_size=1, max_size=30), st.integers(0, 60_000))
def test_numbers_keep_all_their_digits_as_long_as_text_can_be_narrower(columns, spare):
    kept = sum(need.least for need in columns if need.numeric)
    room = kept + ONE_GLYPH * sum(not need.numeric for need in columns) + spare
    for need, width in zip(columns, share(columns, room), strict=True):
        if need.numeric:
            assert width >= need.least >= (need.given or need.widest)


def test_most_cells_of_all_columns_fit_on_a_line_before_a_column_gets_more():
    modest, greedy = text(16_000, usual=10_000), text(60_000, usual=10_000)
    assert share([modest, greedy], 27_000) == [16_000, 11_000]


@given(st.lists(needs(), min_size=1, max_size=30))
def test_every_column_gets_the_width_that_it_needs_if_there_is_enough(columns):
    assert share(columns, 10**9) == [need.given or max(need.most, need.widest) for need in columns]


@given(st.lists(needs(), min_size=1, max_size=30), st.integers(0, 400_000))
def test_a_given_width_is_kept_if_the_page_is_wide_enough(columns, room):
    if sum(need.least for need in columns) <= room:
        for need, width in zip(columns, share(columns, room), strict=True):
            if need.given:
                assert width == need.given


def test_a_small_table_is_on_a_portrait_page_with_large_text():
    layout = arrange([number(3000), text(8000)], Page())
    assert layout.width_pt < layout.height_pt
    assert layout.font_size_pt == FONT_SIZES_PT[0]
    assert layout.fixed


def test_the_page_is_turned_before_the_text_is_made_smaller():
    room = (Page().size_pt[0] - 2 * Page().margin_pt) / FONT_SIZES_PT[0] * EM
    too_wide = [number(int(room / 6 - GAP) + 10)] * 6
    layout = arrange(too_wide, Page())
    assert layout.width_pt > layout.height_pt
    assert layout.font_size_pt == FONT_SIZES_PT[0]
    layout = arrange(too_wide, Page(orientation="portrait"))
    assert layout.width_pt < layout.height_pt
    assert layout.font_size_pt == FONT_SIZES_PT[1]


@pytest.mark.parametrize("size", FONT_SIZES_PT[1:])
def test_text_is_made_smaller_step_by_step_until_the_columns_fit(size):
    room = (Page().size_pt[1] - 2 * Page().margin_pt) / size * EM
    layout = arrange([number(5000 - GAP)] * int(room // 5000), Page())
    assert layout.font_size_pt == size
    assert layout.fixed


def test_the_widest_page_and_smallest_text_are_the_last_resort():
    layout = arrange([text(30_000, word=10_000, usual=30_000)] * 12, Page())
    assert layout.width_pt > layout.height_pt
    assert layout.font_size_pt == FONT_SIZES_PT[-1]
    assert not layout.fixed


def test_long_text_wraps_on_a_portrait_page_instead_of_turning_it():
    layout = arrange([number(4000), text(300_000, usual=20_000)], Page())
    assert layout.width_pt < layout.height_pt
    assert not layout.fixed


def test_text_gets_the_spare_width_before_columns_are_moved_apart():
    layout = arrange([number(3000), text(300_000)], Page())
    assert layout.table_width_pt == pytest.approx(layout.width_pt - 2 * layout.margin_pt, abs=0.1)
    assert layout.places[1].left - layout.places[0].right == GAP
    assert arrange([number(3000), text(50_000)], Page()).fixed


def test_columns_are_moved_apart_to_fill_the_page_but_not_too_far():
    few, many = arrange([number(3000)] * 3, Page()), arrange([number(3000)] * 12, Page())
    assert few.places[1].left - few.places[0].right == 5900
    assert many.table_width_pt == pytest.approx(many.width_pt - 2 * many.margin_pt, abs=1)


def test_a_column_that_ends_in_an_ellipsis_does_not_make_rows_grow():
    assert arrange([number(4000), text(90_000, ellipsis=True)], Page()).fixed


def test_a_hundred_columns_are_side_by_side_even_on_a_small_page():
    layout = arrange([number(4000)] * 100, Page((60, 90)))
    widths = [place.width for place in layout.places]
    assert min(widths) >= 500  # a digit
    assert layout.points(layout.places[-1].right) <= layout.width_pt - 2 * layout.margin_pt


def test_a_long_title_takes_more_lines_but_not_more_than_fit_well():
    def titled(words):
        return Need(2000, 2000, 2000, 2500, 2500 * words, numeric=True)

    lines = [arrange([titled(words)] * 20, Page()).header_lines for words in (1, 2, 9)]
    assert lines[0] == 1
    assert lines == sorted(lines)
    assert lines[-1] == HEADER_LINES
    header = [arrange([titled(words)] * 20, Page()).header_pt for words in (1, 9)]
    assert header[0] < header[1]
