"""Cells of every kind, encoded by value and by row: each is in its column, whatever the cells before it contain."""

from datetime import date
from itertools import pairwise

import pymupdf
import pytest

from octavo.authoring.columns import Column
from octavo.authoring.presentation import Page
from octavo.documents.pdf.plan import LEADING, PADDING
from tests.functional.pdf.conftest import packed, table_type

ROWS, CHUNKS = 120, 3
PAGE = Page((240, 100))
COLUMNS = (Column("id"), Column("text"), Column("number", format="{:,}"), Column("behind"))
BY_VALUE, BY_ROW = 1000, 10  # FEW_VALUES, so that the ROWS values are encoded each once, or row by row


def of(text, rows=ROWS):
    """Return the source rows with a column of text, which is SQL."""
    return f"SELECT i AS id, {text} AS text, i * 137 - 9000 AS number, 'row ' || i AS behind FROM range({rows}) t(i)"


def behind(row):
    """Return what follows the text in a row."""
    return [f"{row * 137 - 9000:,}", f"row{row}"]


@pytest.fixture(params=[BY_VALUE, BY_ROW], ids=["by value", "by row"])
def few(request, monkeypatch):
    monkeypatch.setattr("octavo.documents.pdf.table.dictionary.FEW_VALUES", request.param)
    return request.param


DAYS = "DATE '2013-01-01' + i::int"
TIMES = {
    "of one width": (DAYS, None, True),
    "of five digits": (f"CASE i % 50 WHEN 7 THEN DATE '12013-01-01' ELSE {DAYS} END", None, False),
    "before Christ": (f"CASE i % 50 WHEN 7 THEN DATE '0044-03-15 (BC)' ELSE {DAYS} END", None, False),
    "before Christ, by a pattern": (
        f"CASE i % 50 WHEN 7 THEN DATE '0044-03-15 (BC)' ELSE {DAYS} END",
        "%d.%m.%Y",
        False,
    ),
    "without end": (f"CASE i % 50 WHEN 7 THEN DATE 'infinity' WHEN 8 THEN NULL ELSE {DAYS} END", "%m/%Y", False),
    "fractions": ("TIMESTAMP '2013-01-01' + to_microseconds(i * 500000)", None, False),
    "fractions, by a pattern": ("TIMESTAMP '2013-01-01' + to_microseconds(i * 700001)", "%H:%M:%S", True),
    "NULL in between": (f"CASE WHEN i % 3 = 0 THEN NULL ELSE {DAYS} END", "%Y-%m-%d", True),
}


@pytest.mark.parametrize(("text", "format", "exact"), TIMES.values(), ids=TIMES)
def test_cells_after_times_of_any_width_stay_in_their_column(make_pdf, few, text, format, exact):
    columns = (COLUMNS[0], Column("text", format=format), *COLUMNS[2:])
    made = make_pdf(table_type(columns, page=PAGE), of(text), chunks=CHUNKS)
    assert bool(made.layout.places[1].exact) == exact
    assert len(made.manifest.chunks) == CHUNKS
    assert ("text" in made.plan.dictionary_columns) == (few == BY_VALUE)
    table = made.table()
    empty = sum(row[1] == "" for row in table)
    assert made.assert_in_place() == ROWS * 4 - empty
    assert [row[2:] for row in table] == [behind(row) for row in range(ROWS)]


def test_times_print_as_they_are(make_pdf, few):
    text, *_ = TIMES["before Christ"]
    found = [row[1] for row in make_pdf(table_type(COLUMNS, page=PAGE), of(text)).table()]
    days = [packed(date.fromordinal(date(2013, 1, 1).toordinal() + row)) for row in range(ROWS)]
    assert found == ["0044-03-15(BC)" if row % 50 == 7 else days[row] for row in range(ROWS)]
    text, *_ = TIMES["fractions"]
    found = [row[1] for row in make_pdf(table_type(COLUMNS, page=PAGE), of(text)).table()]
    assert found[:3] == ["2013-01-0100:00:00", "2013-01-0100:00:00.5", "2013-01-0100:00:01"]
    assert found[-1] == "2013-01-0100:00:59.5"


TEXTS = {
    "plain": ("'Text ' || i", lambda i: f"Text {i}"),
    "brackets": (r"'\(a) ' || i || ' (b\\' ", lambda i: rf"\(a) {i} (b\\"),
    "brackets alone": ("repeat('(', i % 5) || i || '\\'", lambda i: "(" * (i % 5) + f"{i}\\"),
    "some accents": (
        "CASE WHEN i % 10 = 0 THEN 'Zürich €' ELSE 'a' END || i",
        lambda i: f"{'a' if i % 10 else 'Zürich €'}{i}",
    ),
    "some Greek": ("CASE WHEN i % 10 = 0 THEN 'Ωmega' ELSE 'a' END || i", lambda i: f"{'a' if i % 10 else 'Ωmega'}{i}"),
    "NULL and empty": ("CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'x' || i END", lambda i: f"x{i}" * (i % 4 > 1)),
    "some wide": ("CASE WHEN i % 10 = 0 THEN 'WWWWWWWW' ELSE 'i' || i END", lambda i: f"i{i}" if i % 10 else "W" * 8),
    "spaces": ("i || '  ' || i % 7 || '   x'", lambda i: f"{i}{i % 7}x"),
    "all accents": ("'é' || i", lambda i: f"é{i}"),
}


@pytest.mark.parametrize(("sql", "python"), TEXTS.values(), ids=TEXTS)
def test_text_of_many_values_is_read_back_and_does_not_move_the_cells_after_it(make_pdf, few, sql, python):
    made = make_pdf(table_type(COLUMNS, page=PAGE), of(sql), chunks=CHUNKS)
    made.check()
    assert made.layout.fixed
    assert made.table() == [[str(row), packed(python(row)), *behind(row)] for row in range(ROWS)]
    assert made.assert_in_place() == ROWS * 4 - sum(python(row) == "" for row in range(ROWS))


@pytest.mark.parametrize(
    "text",
    [
        "repeat('several words ', 1 + i % 4) || i",
        "'line' || chr(10) || chr(10) || i",
        "'Ωmega ' || repeat('и ', i % 40)",
    ],
)
def test_cells_after_a_cell_of_several_lines_are_on_the_first_line(make_pdf, few, text):
    columns = (COLUMNS[0], Column("text", width=9), *COLUMNS[2:])
    made = make_pdf(table_type(columns, page=PAGE), of(text), chunks=CHUNKS)
    made.check()
    assert [row[2:] for row in made.table()] == [behind(row) for row in range(ROWS)]
    with pymupdf.open(made.path) as pdf:
        for page in pdf.pages(made.first):
            words = list(made.words(page))
            rows = sorted({word[3] for column, word in words if column == 0})
            for column, word in words:
                left, right = made.box(column)
                if column in {0, 2}:
                    assert word[2] == pytest.approx(right, abs=0.01)
                if column != 1:
                    assert min(abs(word[3] - row) for row in rows) < 0.01
                elif word[0] < left + 1:
                    assert word[0] == pytest.approx(left, abs=0.01)
            for above, below in pairwise(rows):
                lines = (below - above - made.layout.points(PADDING)) / made.layout.points(LEADING)
                assert lines == pytest.approx(round(lines), abs=0.01)
                assert lines > 0.9


def test_cells_after_an_ellipsis_stay_in_their_column(make_pdf, few):
    columns = (COLUMNS[0], Column("text", width=7, overflow="ellipsis"), *COLUMNS[2:])
    long = "CASE WHEN i % 3 = 0 THEN 'A long sentence, number ' || i ELSE 'Ω и ' || i || repeat('.', 40) END"
    text = f"CASE WHEN i % 3 = 1 THEN i::varchar ELSE {long} END"
    made = make_pdf(table_type(columns, page=PAGE), of(text), chunks=CHUNKS)
    assert made.layout.fixed
    assert made.assert_in_place() == ROWS * 4
    found = [row[1] for row in made.table()]
    assert all(text.endswith("…") == (row % 3 != 1) for row, text in enumerate(found))


@pytest.mark.parametrize("count", [39, 40, 41, 81, 95])
def test_many_columns_of_every_kind_are_joined_in_their_order(make_pdf, few, count):
    kinds = {
        "n": ("i * {k} - 500", lambda i, k: f"{i * k - 500}"),
        "t": ("'t' || i || '/{k}'", lambda i, k: f"t{i}/{k}"),
        "s": ("CASE WHEN i % 7 = 0 THEN 'Ω' ELSE 's' END || (i + {k})", lambda i, k: f"{'s' if i % 7 else 'Ω'}{i + k}"),
        "e": ("CASE WHEN i % 2 = 0 THEN 'e' END", lambda i, _: "" if i % 2 else "e"),
        "w": ("'two ' || chr(10) || i", lambda i, _: f"two{i}"),
    }
    order = [list(kinds)[k % len(kinds)] for k in range(count)]
    columns = [Column("id"), *(Column(f"{kind}{k}") for k, kind in enumerate(order))]
    selected = ", ".join(f"{kinds[kind][0].format(k=k)} AS {kind}{k}" for k, kind in enumerate(order))
    wide = table_type(columns, page=Page((1500, 300), "landscape"))
    made = make_pdf(wide, f"SELECT i AS id, {selected} FROM range(60) t(i)", chunks=2)
    made.check()
    expected = [[str(i), *(kinds[kind][1](i, k) for k, kind in enumerate(order))] for i in range(60)]
    assert made.table() == expected


def test_cells_are_passed_to_sql_in_parts_of_any_size(make_pdf, few, monkeypatch):
    monkeypatch.setattr("octavo.documents.pdf.table.column_sql.PART_BYTES", 100)
    text = "CASE WHEN i % 3 = 1 THEN 'plain ' || i WHEN i % 7 = 0 THEN NULL ELSE 'Ωmega' || chr(10) || i END"
    made = make_pdf(table_type(COLUMNS, page=PAGE), of(text), chunks=CHUNKS)
    expected = [f"plain{i}" if i % 3 == 1 else "" if i % 7 == 0 else f"Ωmega{i}" for i in range(ROWS)]
    assert [row[1] for row in made.table()] == expected


def test_zeros_are_printed_the_same_with_and_without_a_sign(make_pdf):
    text = "CASE WHEN (i + i // 100) % 2 = 0 THEN -0.0::double ELSE 0.0::double END"
    made = make_pdf(table_type(COLUMNS, page=PAGE), of(text), chunks=CHUNKS)
    assert {row[1] for row in made.table()} == {"0.0"}
