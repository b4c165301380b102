"""Places on a table page: words, characters, lines and shading, as other readers see them."""

from itertools import pairwise

import pymupdf
import pypdfium2
import pytest

from octavo.authoring.columns import Column
from octavo.authoring.presentation import Page
from octavo.documents.pdf.plan import FOOTER_PT, row_height
from tests.functional.pdf.conftest import plain_rows, table_type


def test_numbers_end_at_their_columns_right_edge_and_no_cell_leaves_its_column(make_pdf, plain):
    made = make_pdf(plain, plain_rows(400))
    with pymupdf.open(made.path) as pdf:
        for page in pdf.pages(made.first):
            words = list(made.words(page))
            assert len(words) > 50
            for column, word in words:
                left, right = made.box(column)
                assert left - 0.1 <= word[0]
                assert word[2] <= right + 0.1
                if column in {0, 2}:
                    assert word[2] == pytest.approx(right, abs=0.1)
                if column == 1 and word[4] == "Name":
                    assert word[0] == pytest.approx(left, abs=0.6)  # the letter's own side bearing
            bottoms = sorted({round(word[3], 1) for _, word in words})
            steps = {round(b - a, 1) for a, b in pairwise(bottoms)}
            assert len(steps) <= 2  # equal but for rounding
            assert max(bottoms) < made.layout.height_pt - made.layout.margin_pt - 8


MIXED = """
    SELECT i AS id, 'Wide WWW ' || i AS name, -i * 1234567.25::decimal(12, 2) AS amount, i / 7 AS ratio,
           DATE '2013-01-01' + i::int AS day,
           'an explanation of some length, ' || repeat('on and on ', i % 5) AS remark,
           CASE WHEN i % 3 = 0 THEN 'Ωmega и' ELSE 'plain' END AS kind, i % 2 = 0 AS even
    FROM range(150) t(i)
"""
COLUMNS = (
    Column("id", "No."),
    Column("name", "A name that is long"),
    Column("amount", "Amount", format="{:,.2f}", total="sum"),
    Column("ratio", "Ratio", format="{:.3f}", total="avg"),
    Column("day", "Day"),
    Column("remark", "Remark"),
    Column("kind", "Kind"),
    Column("even", "Even"),
)
PAGES = {
    "as needed": Page(),
    "portrait": Page(orientation="portrait"),
    "Letter": Page("Letter"),
    "A6": Page((105, 148), margin_mm=5),
    "no margin": Page("A5", margin_mm=0),
}


def characters(path, page):
    """Yield a page's characters with the boxes of their ink, as pdfium sees them: left, right and bottom."""
    with pypdfium2.PdfDocument(path) as pdf:
        text = pdf[page].get_textpage()
        for index, character in enumerate(text.get_text_range()):
            if not character.isspace():
                left, bottom, right, _ = text.get_charbox(index)
                yield character, left, right, bottom


@pytest.fixture(scope="module", params=PAGES.values(), ids=PAGES)
def mixed(make_pdf, request):
    return make_pdf(table_type(COLUMNS, page=request.param), MIXED, chunks=2)


def test_no_word_leaves_its_column_or_overlaps_another(mixed):
    with pymupdf.open(mixed.path) as pdf:
        for page in pdf.pages(mixed.first):
            lines = {}
            for column, word in mixed.words(page):
                left, right = mixed.box(column)
                assert left - 0.6 <= word[0]
                assert word[2] <= right + 0.1
                lines.setdefault(round(word[3]), []).append(word)
            for words in lines.values():
                for before, after in pairwise(sorted(words)):
                    assert after[0] >= before[2] - 0.01


def test_every_row_is_there_on_any_page(mixed):
    rows = mixed.table()[:-1]
    assert [row[0] for row in rows] == [str(i) for i in range(150)]
    assert [row[2] for row in rows] == [f"{-i * 1234567.25:,.2f}".replace("-0.00", "0.00") for i in range(150)]
    assert [row[5] for row in rows] == ["anexplanationofsomelength," + "onandon" * (i % 5) for i in range(150)]


def test_no_ink_is_outside_the_margins(mixed):
    layout = mixed.layout
    for page in range(mixed.first, mixed.pages):
        for character, left, right, bottom in characters(mixed.path, page):
            assert left >= layout.margin_pt - 0.6, character
            assert right <= layout.width_pt - layout.margin_pt + 0.6, character
            assert bottom >= layout.margin_pt - 3, character  # descenders of the footer


def test_rows_and_footer_do_not_touch(mixed):
    layout = mixed.layout
    for page in range(mixed.first, mixed.pages):
        with pymupdf.open(mixed.path) as pdf:
            lowest = max(word[3] for _, word in mixed.words(pdf[page]))
        assert lowest <= layout.height_pt - layout.margin_pt - FOOTER_PT + 2


def test_baselines_are_at_equal_distances(make_pdf, plain):
    made = make_pdf(plain, plain_rows(120))
    with pymupdf.open(made.path) as pdf:
        for page in pdf.pages(made.first):
            spans = [
                span
                for block in page.get_text("dict")["blocks"]
                for line in block.get("lines", [])
                for span in line["spans"]
            ]
            top = made.layout.height_pt - made.layout.body_top_pt
            found = sorted(
                {round(span["origin"][1], 2) for span in spans if span["size"] > 7.5 and span["origin"][1] > top}
            )
            steps = [after - before for before, after in pairwise(found)]
            assert len(found) in {made.layout.rows_per_page, 120 % made.layout.rows_per_page}
            assert steps == pytest.approx([made.layout.points(row_height(1))] * len(steps), abs=0.02)


def test_every_other_row_is_shaded_under_a_ruled_header(mixed):
    layout = mixed.layout
    with pymupdf.open(mixed.path) as pdf:
        for page in pdf.pages(mixed.first):
            shades = [item[1] for path in page.get_drawings() if path["fill"] for item in path["items"]]
            rules = sorted((path["rect"] for path in page.get_drawings() if not path["fill"]), key=lambda rule: rule.y0)
            assert rules[0].y0 == pytest.approx(layout.height_pt - layout.body_top_pt, abs=0.01)
            for shape in (*shades, *rules):
                assert shape.x0 == pytest.approx(layout.margin_pt, abs=0.01)
                assert shape.x1 == pytest.approx(layout.margin_pt + layout.table_width_pt, abs=0.01)
            starts = sorted({round(word[3], 1) for column, word in mixed.words(page) if column == 0})
            totals = len(rules) == 2
            assert totals == (page.number == len(pdf) - 1)
            shaded = [any(shade.y0 < bottom - 2 < shade.y1 for shade in shades) for bottom in starts]
            shown = len(starts) - totals
            assert shaded == [row % 2 == 1 and row < shown for row in range(len(starts))]


def test_the_table_ends_at_the_right_margin_when_it_fills_the_page(make_pdf):
    columns = [Column("id"), *(Column(f"n{i}") for i in range(10))]
    numbers = ", ".join(f"{10**6 + i} AS n{i}" for i in range(10))
    layout = make_pdf(table_type(columns), f"SELECT 1 AS id, {numbers}").layout
    assert layout.margin_pt + layout.table_width_pt == pytest.approx(layout.width_pt - layout.margin_pt, abs=0.2)


def test_titles_are_above_their_columns_and_directly_above_the_line(make_pdf):
    columns = (Column("id", "Number of rows"), Column("a", "Left"), Column("b", "A title of several words", width=5))
    made = make_pdf(table_type(columns), "SELECT 1 AS id, 'text' AS a, 2.5 AS b")
    assert made.layout.header_lines == 3
    with pymupdf.open(made.path) as pdf:
        top = made.layout.height_pt - made.layout.body_top_pt
        header = {word[4]: word for word in pdf[made.first].get_text("words") if word[3] <= top}
    assert set(header) == {"Number", "of", "rows", "Left", "A", "title", "several", "words"}
    assert header["Left"][0] == pytest.approx(made.box(1)[0], abs=0.6)
    assert header["rows"][2] == pytest.approx(made.box(0)[1], abs=0.1)
    assert header["words"][2] == pytest.approx(made.box(2)[1], abs=0.1)
    assert header["A"][3] < header["words"][3]
    for word in ("Number", "rows", "Left"):
        assert header[word][3] == pytest.approx(header["words"][3], abs=0.1)


@pytest.mark.parametrize("columns", [12, 60, 150])
def test_numbers_of_many_columns_keep_their_digits_side_by_side(make_pdf, columns):
    values = [10**9 + 7 * i for i in range(columns)]
    row = ", ".join(f"{value} AS n{i}" for i, value in enumerate(values))
    page = Page((105, 148), "portrait", margin_mm=5)
    made = make_pdf(
        table_type([Column("id"), *(Column(f"n{i}") for i in range(columns))], page=page), f"SELECT 1 AS id, {row}"
    )
    made.check()
    digits = [""] * (columns + 1)
    top, bottom = made.layout.body_top_pt, made.layout.margin_pt + 10
    for character, left, right, baseline in characters(made.path, made.first):
        if not bottom < baseline < top:
            continue
        middle = (left + right) / 2
        boxes = [made.box(index) for index in range(columns + 1)]
        (column,) = [index for index, (left, right) in enumerate(boxes) if left - 0.3 <= middle <= right + 0.3]
        digits[column] += character
    assert digits == ["1", *map(str, values)]


@pytest.mark.parametrize(
    ("options", "width_mm", "height_mm"),
    [
        ({"page": "A5"}, 148, 210),
        ({"page": "Letter", "orientation": "landscape"}, 279.4, 215.9),
        ({"orientation": "landscape"}, 297, 210),
    ],
)
def test_a_request_chooses_the_size_and_the_orientation_of_the_pages(make_pdf, options, width_mm, height_mm):
    made = make_pdf(WideMargins, plain_rows(40), format_options=options)
    made.check()
    made.assert_in_place()
    with pymupdf.open(made.path) as pdf:
        sizes = {(round(page.rect.width / 72 * 25.4, 1), round(page.rect.height / 72 * 25.4, 1)) for page in pdf}
    assert sizes == {(width_mm, height_mm)}


WideMargins = table_type(
    (Column("id", "Number"), Column("name", "Name"), Column("amount", "Amount")),
    page=Page("A4", orientation="portrait", margin_mm=50),  # more than a page of A5 may have
)
