"""The text of table pages, read back by mupdf and pdfium, against the source rows."""

import re
import unicodedata
from decimal import Decimal

import duckdb
import pymupdf
import pypdfium2
import pytest
from pypdf import PdfReader

from octavo.authoring.columns import Column
from octavo.authoring.presentation import Page
from octavo.settings import settings
from tests.functional.pdf.conftest import FONTS, packed, sql_text, table_type

NASTY = {
    "brackets": "a (b) [c] {d} <e> ) ( \\ \\( \\\\",
    "latin": "".join(chr(code) for code in (*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100))),
    "windows": "€ ‚ƒ„…†‡ˆ‰Š‹ŒŽ ''\"\"•–—˜™š›œžŸ",
    "greek": "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία",
    "cyrillic": "Съешь же ещё этих мягких французских булок, да выпей чаю",
    "mixed": "naïve Ωmega и Кириллица (100 %)",
    "operators": ") Tj ET Q (",
    "word": "x" * 300,
    "long": "It was the best of times, it was the worst of times. " * 95,
    "empty": "",
    "null": None,
}


@pytest.fixture(scope="module")
def nasty(make_pdf):
    values = ", ".join(f"({number}, '{name}', {sql_text(text)})" for number, (name, text) in enumerate(NASTY.items()))
    columns = (Column("id"), Column("name"), Column("text", "Text"))
    return make_pdf(table_type(columns), f"SELECT * FROM (VALUES {values}) t(id, name, text)")


def test_texts_of_every_kind_are_read_back(nasty):
    nasty.check()
    cells = {row[1]: row[2] for row in nasty.table() if row[0]}
    long = packed(NASTY["long"])
    for name, text in NASTY.items():
        if name == "long":  # taller than what is left of its page, and maybe than a page: its rows are joined
            assert cells[name]
            assert long.startswith(cells[name])
        else:
            assert cells[name] == packed(text), name


def test_control_characters_are_visible_and_counted_and_the_cover_says_how_many(make_pdf):
    made = make_pdf(
        table_type((Column("id"), Column("text"))), "SELECT 1 AS id, 'a' || chr(1) || 'b' || chr(127) AS text"
    )
    made.check()
    with pypdfium2.PdfDocument(made.path) as pdf:  # mupdf takes U+FFFD for a glyph without a meaning
        assert "a\ufffdb\ufffd" in pdf[made.first].get_textpage().get_text_bounded()
    with pymupdf.open(made.path) as pdf:
        assert "2 characters are in no font" in pdf[0].get_text().replace("\n", " ")


def test_numbers_never_lose_a_digit_however_narrow_the_page(make_pdf):
    big = 12345678901234567890123456789012345678
    values = [big if i % 2 else -big for i in range(5)]
    numbers = ", ".join(f"{value}::hugeint AS n{i}" for i, value in enumerate(values))
    narrow = table_type(
        [Column("id"), *(Column(f"n{i}") for i in range(5))],
        query=f'select id, {numbers} from "table"',
        page=Page(size=(60, 120), orientation="portrait", margin_mm=5),
    )
    made = make_pdf(narrow, "SELECT 7 AS id")
    made.check()
    assert made.table() == [["7", *map(str, values)]]


def test_a_column_of_several_types_shows_its_values_alone(make_pdf):
    kind = "union(number integer, word varchar)"
    query = f"""select id, if(id = 1, 3::{kind}, if(id = 2, 'three'::{kind}, NULL)) as a from "table" """
    made = make_pdf(table_type((Column("id"), Column("a")), query=query), "SELECT unnest([1, 2, 3]) AS id")
    assert made.table() == [["1", "3"], ["2", "three"], ["3", ""]]


def test_decimals_of_38_digits_and_negatives_and_null_are_exact(make_pdf):
    value = "99999999999999999999999999999999999.999"
    rows = f"SELECT 1 AS id, {value}::decimal(38, 3) AS a UNION ALL SELECT 2, -{value} UNION ALL SELECT 3, NULL"
    made = make_pdf(table_type((Column("id"), Column("a", format="{:,}"))), rows)
    printed = f"{Decimal(value):,}"
    assert made.table() == [["1", printed], ["2", f"-{printed}"], ["3", ""]]


SCRIPTS = (
    "日本語のテキスト、「カッコ」です",
    "مرحبا بالعالم",
    "שלום עולם",
    "नमस्ते दुनिया",
    "สวัสดี น้ำ",
    "e\u0301 q\u0303 x\u0304y",
    "naïve 日本 Ωmega",
    "Số (một) \\ hai",
    "",
    None,
)


def as_read(text):
    return unicodedata.normalize("NFC", re.sub("[\u202a-\u202e]", "", text).strip())


@pytest.mark.parametrize("copies", [1, 200], ids=["few values", "many values"])
def test_every_script_is_read_back_cell_by_cell_with_configured_fonts(make_pdf, monkeypatch, copies):
    monkeypatch.setattr(settings, "fonts", FONTS)
    values = ", ".join(f"({number}, {sql_text(text)})" for number, text in enumerate(SCRIPTS))
    suffix = "b" if copies == 1 else "b || ' ' || c"  # many values are drawn by SQL where it can
    rows = (
        f"SELECT c * 100 + a AS id, {suffix} AS text, b AS again FROM (VALUES {values}) t(a, b), range({copies}) r(c)"
    )
    made = make_pdf(table_type((Column("id"), Column("text"), Column("again", overflow="ellipsis"))), rows)
    assert made.layout.fixed
    made.check()
    found = made.cells(1, len(SCRIPTS))
    expected = [
        [str(number), (text or "") + (" 0" if text is not None and copies > 1 else ""), text or ""]
        for number, text in enumerate(SCRIPTS)
    ]
    assert [[as_read(cell) for cell in row] for row in found] == [[as_read(cell) for cell in row] for row in expected]
    with pymupdf.open(made.path) as pdf:
        assert "in no font" not in pdf[0].get_text()


def test_a_second_reader_finds_the_same_characters_in_each_cell(make_pdf):
    names = [name for name, text in NASTY.items() if text is None or len(text) < 60]
    texts = [NASTY[name] for name in names]
    values = ", ".join(f"({number}, {sql_text(text)})" for number, text in enumerate(texts))
    made = make_pdf(table_type((Column("id"), Column("text"))), f"SELECT * FROM (VALUES {values}) t(id, text)")
    assert made.layout.fixed
    assert made.cells(1, len(texts)) == [[str(number), (text or "").strip()] for number, text in enumerate(texts)]


def test_line_feeds_in_a_cell_begin_lines(make_pdf):
    text = "first\nsecond\r\nthird\n\nfifth"
    made = make_pdf(table_type((Column("id"), Column("text"))), f"SELECT 1 AS id, {sql_text(text)} AS text")
    with pymupdf.open(made.path) as pdf:
        lines = {word[4]: word[3] for column, word in made.words(pdf[made.first]) if column == 1}
    step = made.layout.points(1200)
    assert {word: round((bottom - lines["first"]) / step, 2) for word, bottom in lines.items()} == {
        "first": 0,
        "second": 1,
        "third": 2,
        "fifth": 4,
    }


def test_null_is_an_empty_cell_in_any_column(make_pdf):
    columns = (
        Column("id"),
        Column("whole", format="{:,.2f}"),
        Column("narrow", format="{:.2f}", width=1.5),
        Column("money", format="$ {:,.2f}"),
        Column("double", format="{:.1f}"),
        Column("day", format="%d %b %Y"),
        Column("moment"),
        Column("text", overflow="ellipsis"),
    )
    kinds = ("int", "int", "decimal(9, 2)", "double", "date", "timestamp", "varchar")
    nulls = ", ".join(f"NULL::{kind} AS {column.name}" for kind, column in zip(kinds, columns[1:], strict=True))
    made = make_pdf(table_type(columns), f"SELECT 1 AS id, {nulls} UNION ALL SELECT 2, 1, 1, 1, 1, NULL, NULL, ''")
    assert made.table() == [["1", *[""] * 7], ["2", "1.00", "1.00", "$1.00", "1.0", "", "", ""]]


def test_times_are_read_back_as_their_patterns_print_them(make_pdf):
    columns = (
        Column("id", format="%d.%m.%Y"),
        Column("time", format="%H:%M"),
        Column("clock", format="%I:%M %p"),
        Column("zoned", format="%d %b %H:%M"),
        Column("plain"),
    )
    row = """
        SELECT DATE '2013-03-09' AS id, TIME '17:05:00' AS time, TIME '17:05:00' AS clock,
               TIMESTAMPTZ '2013-03-09 23:30:00+00' AS zoned, TIMESTAMP '2013-03-09 05:15:00' AS plain
    """
    made = make_pdf(table_type(columns), row)
    assert made.cells(1, 1) == [["09.03.2013", "17:05", "05:05 PM", "09 Mar 23:30", "2013-03-09 05:15:00"]]


@pytest.fixture(scope="module")
def flights(make_pdf):
    from reports.flights import Flights
    from tests.e2e.conftest import ROOT

    data = ROOT / "examples/nycflights13"
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for name in Flights.sources:
        connection.execute(f"CREATE VIEW {name} AS FROM '{data}/{name}.parquet'")
    names = ", ".join(column.name for column in Flights.columns)
    query = f"SELECT {names} FROM ({Flights.query}) ORDER BY {', '.join(Flights.order_by)}"
    source = connection.execute(query, dict(Flights.Parameters())).fetchall()
    formats = [column.format for column in Flights.columns]
    shown = [[printed(value, format) for value, format in zip(row, formats, strict=True)] for row in source]
    return make_pdf(Flights, data=data), shown


def test_every_page_of_flights_reads_as_its_rows(flights):
    made, rows = flights
    per_page = made.layout.rows_per_page
    assert made.layout.fixed
    assert len(rows) == 336_776
    assert made.pages - made.first == -(-len(rows) // per_page)
    assert len(PdfReader(made.path, strict=True).pages) == made.pages
    pymupdf.TOOLS.reset_mupdf_warnings()
    with pymupdf.open(made.path) as pdf:
        for number in range(made.first, made.pages):
            first = (number - made.first) * per_page
            expected = "".join(map("".join, rows[first : first + per_page]))
            found = packed(pdf[number].get_text(flags=0))
            assert expected in found
            assert f"Page{number + 1:,}of{made.pages:,}" in found
    assert pymupdf.TOOLS.mupdf_warnings() == ""


def test_cells_of_flights_are_in_their_columns_and_rows(flights):
    made, rows = flights
    per_page, pages = made.layout.rows_per_page, made.pages - made.first
    for page in range(0, pages, 60):
        found = made.table([made.first + page])
        assert (found[:-1] if page == pages - 1 else found) == rows[page * per_page : (page + 1) * per_page]


def printed(value, format):
    if value is None:
        return ""
    if format:
        value = format.format(value) if "{" in format else value.strftime(format)
    return packed(value)
