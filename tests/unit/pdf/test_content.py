"""How rows fill pages, compared with a loop that adds one row after the other."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from octavo.documents.pdf.plan import Layout, Place, row_height
from octavo.documents.pdf.table.content import Span, paginate, stripes, zebra
from octavo.documents.pdf.table.encoded_rows import EncodedRows

A5 = Layout(420, 595, 36, 8, 1, False, (Place(450, 20_000, False, True),))
heights_pt = st.floats(120, 900)
# Rows taller than a page are split before.
tallest = A5.body_lines


def encoded(lines):
    return EncodedRows(b"-" * len(lines), range(len(lines) + 1), lines)


def plainly(lines, layout):
    """Cut pages by adding one row after the other."""
    first, height = 0, 0
    for row, count in enumerate(lines):
        if row > first and height + row_height(count) > layout.page_height:
            yield Span(first, row)
            first, height = row, 0
        height += row_height(count)
    if lines:
        yield Span(first, len(lines))


@given(st.lists(st.one_of(st.just(1), st.integers(1, 60)), max_size=200), heights_pt)
def test_pages_are_cut_where_the_next_row_would_not_fit(lines, height_pt):
    layout = replace(A5, height_pt=height_pt)
    assert list(paginate(encoded(lines), layout)) == list(plainly(lines, layout))


@given(st.integers(0, 500), heights_pt)
def test_rows_of_one_line_are_cut_in_the_same_way_whether_or_not_they_could_have_more_lines(count, height_pt):
    layout = replace(A5, height_pt=height_pt)
    rows = replace(encoded([1] * count), lines=None)
    assert list(paginate(rows, layout)) == list(paginate(encoded([1] * count), layout))


@given(st.lists(st.integers(1, tallest), max_size=60))
def test_every_row_is_on_one_page_and_every_page_has_as_many_rows_as_fit(lines):
    spans = list(paginate(encoded(lines), A5))
    assert [row for span in spans for row in range(span.first, span.stop)] == list(range(len(lines)))
    heights = [sum(row_height(count) for count in lines[span.first : span.stop]) for span in spans]
    assert all(height <= A5.page_height for height in heights)
    assert all(
        height + row_height(lines[after.first]) > A5.page_height
        for height, (_, after) in zip(heights, pairwise(spans), strict=False)
    )


@given(st.lists(st.integers(1, 9), min_size=1, max_size=30))
def test_every_second_row_is_shaded_from_its_upper_edge_to_its_lower(lines):
    operators = zebra(encoded(lines), Span(0, len(lines)), A5)
    numbers = operators.partition("rg")[2].split()
    rectangles = [tuple(map(int, numbers[at : at + 4])) for at in range(0, len(numbers) - 2, 5)]
    edges = [0]
    for count in lines:
        edges.append(edges[-1] - row_height(count))
    assert [(y + height, y) for _, y, _, height in rectangles] == list(pairwise(edges))[1::2]
    assert all(x == 0 and width == 20_900 for x, _, width, _ in rectangles)


def test_full_pages_of_rows_of_one_line_share_their_shading():
    full = replace(encoded([1] * A5.rows_per_page * 2), lines=None)
    assert zebra(full, Span(0, A5.rows_per_page), A5) == "/Z Do\n"
    assert zebra(full, Span(0, A5.rows_per_page - 1), A5) == stripes([row_height(1)] * (A5.rows_per_page - 1), A5)
    totals = replace(full, totals=True)
    assert zebra(totals, Span(0, A5.rows_per_page), A5) == "/Z Do\n"
    assert "Do" not in zebra(totals, Span(A5.rows_per_page, 2 * A5.rows_per_page), A5)
