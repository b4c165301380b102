"""Rows of several lines: cells that wrap, rows taller than a page, cells that end in an ellipsis."""

import duckdb
import pymupdf
import pytest

from octavo.presentation import Page
from octavo.report_type import Column
from tests.functional.pdf.conftest import packed, sql_text, table_type

WRAPPED = """
    SELECT i AS id, CASE i % 3 WHEN 0 THEN 'short' ELSE repeat('words that wrap ' || i || ' ', 1 + i % 9) END AS remark,
           CASE WHEN i % 2 = 0 THEN 'Zürich (CH)' ELSE 'unique ' || i END AS place
    FROM range(3000) t(i)
"""


@pytest.fixture(scope="module")
def remarks():
    return table_type((Column("id"), Column("remark", width=18), Column("place")))


@pytest.mark.parametrize("chunks", [1, 3])
def test_wrapped_cells_keep_every_word_and_their_rows_stay_whole(make_pdf, remarks, chunks):
    made = make_pdf(remarks, WRAPPED, chunks=chunks)
    made.check()
    source = duckdb.sql(f"SELECT id, trim(remark), place FROM ({WRAPPED}) ORDER BY id").fetchall()
    assert made.table() == [[packed(cell) for cell in row] for row in source]
    with pymupdf.open(made.path) as pdf:
        for page in pdf.pages(1):
            for column, word in made.words(page):
                assert word[2] <= made.box(column)[1] + 0.1
                assert word[3] < made.layout.height_pt - made.layout.margin_pt - 8


def test_only_the_last_page_of_a_chunk_may_be_short(make_pdf, remarks):
    made = make_pdf(remarks, WRAPPED, chunks=2)
    page_of_row = []
    with pymupdf.open(made.path) as pdf:
        lowest = [max(word[3] for _, word in made.words(page)) for page in pdf.pages(1)]
        page_of_row = [len(made.table([number])) for number in range(1, len(pdf))]
    ends = {sum(page_of_row[: n + 1]) for n in range(len(page_of_row))}
    assert made.manifest.chunks[1].first_row in ends
    tallest = made.layout.points(10 * 1200 + 450)
    bottom = made.layout.height_pt - made.layout.margin_pt
    short = [low for low in lowest if low < bottom - tallest - 30]
    assert len(short) <= 2


def test_a_row_taller_than_a_page_goes_on_on_the_next(make_pdf):
    text = " ".join(f"word{i}" for i in range(4000))
    small = table_type((Column("id"), Column("text", width=20)), page=Page("A5"))
    made = make_pdf(small, f"SELECT * FROM (VALUES (1, 'before'), (2, '{text}'), (3, 'after')) t(id, text)")
    assert made.check() > 4
    with pymupdf.open(made.path) as pdf:
        words = [word[4] for page in pdf.pages(1) for column, word in made.words(page) if column == 1]
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
