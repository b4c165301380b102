"""Columns need the width that their cells have when they are measured one by one."""

import duckdb
import pytest

from octavo.authoring.columns import Column
from octavo.data.snapshot import Rows
from octavo.documents.formatting import choose_format, format_total
from octavo.documents.pdf.fonts import load_fonts
from octavo.documents.pdf.table.layout import WIDEST_TEXT
from octavo.documents.pdf.table.measure import measure

FONTS = load_fonts()


@pytest.fixture
def need():
    """Return a function that measures the column a of a query."""
    with duckdb.connect() as connection:

        def need(query, totals=None, **column):
            connection.execute(
                f"CREATE OR REPLACE TABLE t AS SELECT row_number() OVER () - 1 AS _row, * FROM ({query})"
            )
            kind = connection.execute("SELECT typeof(a) FROM t").fetchone()[0]
            column = Column("a", **column)
            (measured,) = measure(Rows(connection, "t", {"a": kind}), totals or {}, [column], FONTS)
            cell_format = choose_format(column, kind)
            values = connection.execute(f"SELECT {cell_format.sql} FROM t WHERE a IS NOT NULL").fetchall()
            return measured, [cell_format.python(value) if cell_format.python else value for (value,) in values]

        yield need


@pytest.mark.parametrize("format", [None, "{:,}", "{:,.2f}", "{:.1f} %", "({:,})"])
@pytest.mark.parametrize(
    "values", ["(7), (1000000)", "(-7), (6)", "(-1000000), (9999999)", "(-99999), (1000000)", "(-1), (12), (NULL)"]
)
@pytest.mark.parametrize("kind", ["int", "bigint", "decimal(12, 3)", "decimal(38, 5)", "double"])
def test_numbers_need_the_width_of_the_widest(need, kind, values, format):
    measured, texts = need(f"SELECT v::{kind} AS a FROM (VALUES {values}) t(v)", format=format)
    assert measured.numeric
    assert measured.widest == measured.word == max(map(FONTS.width, texts))
    assert measured.least >= measured.widest


def test_a_total_needs_room_in_bold(need):
    measured, texts = need("SELECT i AS a FROM range(10) t(i)", {"a": 45_000_000}, format="{:,}", total="sum")
    assert measured.widest == measured.least == FONTS.width("45,000,000", bold=True) > FONTS.width(texts[-1])


def test_the_word_total_needs_room_in_the_first_column(need):
    measured, _ = need("SELECT 1 AS a", {"another": 1})
    assert measured.widest == measured.least == FONTS.width("Total", bold=True)
    assert format_total(Column("a", total="sum"), None) is None


def test_text_needs_the_width_of_its_longest_word_of_most_cells_and_of_its_widest_cell(need):
    texts = "CASE WHEN i < 95 THEN 'some text' ELSE 'the longestword of few' END"
    measured, _ = need(f"SELECT {texts} AS a FROM range(100) t(i)")
    assert not measured.numeric
    assert measured.widest == FONTS.width("the longestword of few")
    assert measured.usual == FONTS.width("some text")
    assert measured.word == FONTS.width("longestword")


def test_a_text_of_several_lines_never_fits_on_one(need):
    for end in (r"\n", r"\r"):
        assert need(f"SELECT E'a{end}b' AS a")[0].widest > WIDEST_TEXT
    many = r"SELECT CASE i WHEN 59990 THEN E'a\nb' ELSE 'x' || i END AS a FROM range(60000) t(i)"
    assert need(many)[0].widest > WIDEST_TEXT


@pytest.mark.parametrize("rare", ["WWWWWWWW", "éWWWWWWé", "ΩΩΩΩΩΩΩΩ"])
def test_the_widest_of_many_texts_is_found(need, rare):
    rows = f"SELECT CASE i WHEN 59990 THEN '{rare}' ELSE i + 10000000 || '' END AS a FROM range(60000) t(i)"
    measured, _ = need(rows)
    assert measured.widest == FONTS.width(rare) > FONTS.width("10000000")
    assert measured.usual == FONTS.width("10000000")


@pytest.mark.parametrize("rare", ["-1e12", "1e12"])
def test_the_widest_of_many_numbers_that_python_prints_is_found(need, rare):
    rows = f"SELECT CASE i WHEN 59990 THEN {rare} ELSE i / 7 END::double AS a FROM range(60000) t(i)"
    measured, _ = need(rows, format="{:,.2f}")
    assert measured.widest == FONTS.width(f"{float(rare):,.2f}")


def test_the_same_rows_are_measured_alike(need):
    rows = "SELECT md5(i::varchar)[:(hash(i) % 20 + 1)::int] AS a FROM range(60000) t(i)"
    assert need(rows)[0] == need(rows)[0]


def test_a_column_without_rows_needs_the_width_of_its_title(need):
    measured, texts = need("SELECT NULL::varchar AS a", title="A title")
    assert texts == []
    assert (measured.widest, measured.least) == (0, FONTS.width("title", bold=True))
    assert measured.full_title == FONTS.width("A title", bold=True)
