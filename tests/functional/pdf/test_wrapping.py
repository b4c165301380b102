"""Rows of several lines: cells that wrap, rows taller than a page, cells that end in an ellipsis."""

from itertools import pairwise

import duckdb
import pymupdf
import pytest

from octavo.authoring.columns import Column
from octavo.authoring.presentation import Page
from octavo.documents.pdf.plan import row_height
from tests.functional.pdf.conftest import packed, sql_text, table_type

WRAPPED = """
    SELECT i AS id, CASE i % 3 WHEN 0 THEN 'short' ELSE repeat('words that wrap ' || i || ' ', 1 + i % 9) END AS remark,
           CASE WHEN i % 2 = 0 THEN 'Zürich (CH)' ELSE 'unique ' || i END AS place
    FROM range(1200) t(i)
"""


@pytest.fixture(scope="module")
def remarks():
    return table_type((Column("id"), Column("remark", width=18), Column("place")))


@pytest.mark.parametrize("chunks", [1, 2, 7, 50])
def test_wrapped_cells_keep_every_word_and_their_rows_stay_whole(make_pdf, remarks, chunks):
    made = make_pdf(remarks, WRAPPED, chunks=chunks)
    made.check()
    source = duckdb.sql(f"SELECT id, trim(remark), place FROM ({WRAPPED}) ORDER BY id").fetchall()
    assert made.table() == [[packed(cell) for cell in row] for row in source]
    with pymupdf.open(made.path) as pdf:
        for page in pdf.pages(made.first):
            for column, word in made.words(page):
                assert word[2] <= made.box(column)[1] + 0.1
                assert word[3] < made.layout.height_pt - made.layout.margin_pt - 8


def test_only_the_last_page_of_a_chunk_may_be_short(make_pdf, remarks):
    made = make_pdf(remarks, WRAPPED, chunks=2)
    page_of_row = []
    with pymupdf.open(made.path) as pdf:
        lowest = [max(word[3] for _, word in made.words(page)) for page in pdf.pages(made.first)]
        page_of_row = [len(made.table([number])) for number in range(1, len(pdf))]
    ends = {sum(page_of_row[: n + 1]) for n in range(len(page_of_row))}
    assert made.manifest.chunks[1].first_row in ends
    tallest = made.layout.points(10 * 1200 + 450)
    bottom = made.layout.height_pt - made.layout.margin_pt
    short = [low for low in lowest if low < bottom - tallest - 30]
    assert len(short) <= 2


def test_a_row_taller_than_a_page_continues_on_the_next(make_pdf):
    text = " ".join(f"word{i}" for i in range(4000))
    small = table_type((Column("id"), Column("text", width=20)), page=Page("A5"))
    made = make_pdf(small, f"SELECT * FROM (VALUES (1, 'before'), (2, '{text}'), (3, 'after')) t(id, text)")
    assert made.check() > 4
    with pymupdf.open(made.path) as pdf:
        words = [word[4] for page in pdf.pages(made.first) for column, word in made.words(page) if column == 1]
    assert words == ["before", *text.split(), "after"]


def test_a_cell_that_must_not_wrap_ends_in_an_ellipsis(make_pdf):
    columns = (Column("id"), Column("text", overflow="ellipsis", width=8))
    made = make_pdf(
        table_type(columns), f"SELECT i AS id, {sql_text('A sentence that is too long')} AS text FROM range(3) t(i)"
    )
    assert made.layout.fixed
    for row in made.table():
        assert row[1].endswith("…")
        assert packed("A sentence that is too long").startswith(row[1][:-1])


@pytest.mark.parametrize("chunks", [1, 3])
def test_each_part_of_a_row_taller_than_a_page_fills_one_page(make_pdf, chunks):
    text = " ".join(f"word{i}" for i in range(3000))
    small = table_type((Column("id"), Column("text", width=20), Column("day", format="%B %Y")), page=Page("A5"))
    rows = f"SELECT i AS id, CASE i WHEN 2 THEN '{text}' ELSE 'short' END AS text, DATE '2013-01-01' AS day"
    made = make_pdf(small, f"{rows} FROM range(6) t(i)", chunks=chunks)
    made.check()
    with pymupdf.open(made.path) as pdf:
        found = [word[4] for page in pdf.pages(made.first) for column, word in made.words(page) if column == 1]
        numbers = [word[4] for page in pdf.pages(made.first) for column, word in made.words(page) if column == 0]
        heights = []
        for page in pdf.pages(made.first):
            bottoms = [word[3] for column, word in made.words(page) if column == 1 and word[4].startswith("word")]
            if bottoms:
                heights.append(len(set(bottoms)))
    assert found == ["short", "short", *text.split(), "short", "short", "short"]
    assert numbers == list("012345")
    assert set(heights[:-1]) == {made.layout.body_lines}


def test_the_height_of_a_row_is_that_of_its_tallest_cell(make_pdf):
    columns = (Column("id"), Column("a", width=10), Column("b", width=10))
    texts = "repeat('one ', [1, 40, 5, 1][i + 1]) AS a, repeat('two ', [1, 5, 50, 1][i + 1]) AS b"
    made = make_pdf(table_type(columns), f"SELECT i AS id, {texts} FROM range(4) t(i)")
    with pymupdf.open(made.path) as pdf:
        words = list(made.words(pdf[made.first]))
    starts = sorted(word[3] for column, word in words if column == 0)
    lines = [len({round(word[3], 1) for _, word in words if a - 1 < word[3] < b - 1}) for a, b in pairwise(starts)]
    assert lines[0] == 1
    assert lines[2] > lines[1] > 5
    heights = [after - before for before, after in pairwise(starts)]
    assert heights == pytest.approx([made.layout.points(row_height(count)) for count in lines], abs=0.1)


def test_the_widest_of_more_values_than_are_measured_still_fits(make_pdf):
    columns = (Column("id"), Column("code", "C"), Column("amount", "A", format="{:,.2f}"))
    rows = """
        SELECT i AS id, CASE i WHEN 59990 THEN 'WWWWWWWWWW' ELSE left(md5(i::varchar), 10) END AS code,
               CASE i WHEN 59991 THEN -1e15 ELSE i END::double AS amount
        FROM range(60000) t(i)
    """
    made, again = (make_pdf(table_type(columns), rows, chunks=2) for _ in range(2))
    assert made.layout == again.layout
    assert made.layout.fixed
    assert made.pages - made.first == -(-60_000 // made.layout.rows_per_page)
    last = {row[0]: row for row in made.table(range(made.pages - 2, made.pages))}
    assert last["59990"][1] == "WWWWWWWWWW"
    assert last["59991"][2] == "-1,000,000,000,000,000.00"
