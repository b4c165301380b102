"""Table pages, read back by mupdf, pdfium and qpdf, against the source rows."""

from decimal import Decimal
from itertools import pairwise

import duckdb
import pikepdf
import pymupdf
import pypdfium2
import pytest
from pypdf import PdfReader

from octavo.presentation import Page
from octavo.report_type import Column
from tests.functional.pdf.conftest import plain_rows, table_type


def checked(made):
    """Let four readers read the whole document; return how many pages it has."""
    with pikepdf.open(made.path) as pdf:
        assert pdf.check_pdf_syntax() == []
    pymupdf.TOOLS.reset_mupdf_warnings()
    with pymupdf.open(made.path) as pdf:
        for page in pdf:
            page.get_text()
        pages = len(pdf)
    assert pymupdf.TOOLS.mupdf_warnings() == ""
    with pypdfium2.PdfDocument(made.path) as pdf:
        assert len(pdf) == pages
        assert all(pdf[number].get_textpage().get_text_bounded() for number in range(pages))
    assert len(PdfReader(made.path, strict=True).pages) == pages == made.pages
    return pages


def packed(value):
    """Return a value without white space, as the table is read back."""
    return "".join(str("" if value is None else value).split())


def streams(made):
    """Return the content of each table page, less its footer."""
    with pikepdf.open(made.path) as pdf:
        return [page.Contents[0].read_bytes() for page in list(pdf.pages)[1:]]


@pytest.fixture(scope="module")
def per_page(make_pdf, plain):
    return make_pdf(plain, plain_rows(1)).layout.rows_per_page


def test_an_empty_report_is_a_document_that_says_so(make_pdf, plain):
    made = make_pdf(plain, plain_rows(0))
    assert checked(made) == 1
    with pymupdf.open(made.path) as pdf:
        assert "No rows match." in pdf[0].get_text()


@pytest.mark.parametrize(("more", "pages"), [(1 - 10**9, 1), (0, 1), (1, 2)])
def test_a_page_is_filled_before_the_next_begins(make_pdf, plain, per_page, more, pages):
    rows = max(1, per_page + more)
    made = make_pdf(plain, plain_rows(rows))
    assert checked(made) == 1 + pages
    assert len(made.table()) == rows


def test_every_row_is_there_in_order_as_its_columns_format_it(make_pdf, plain):
    made = make_pdf(plain, plain_rows(1500), chunks=4)
    expected = [[f"{i:,}", f"Name{i % 7}", f"{i * Decimal('1.25') - 40:,.2f}"] for i in range(1500)]
    assert made.table() == expected
    checked(made)


@pytest.mark.parametrize("chunks", [2, 7, 50])
def test_the_same_pages_come_of_any_number_of_chunks(make_pdf, plain, chunks):
    rows = plain_rows(3000)
    whole, parts = make_pdf(plain, rows, chunks=1), make_pdf(plain, rows, chunks=chunks)
    assert len(parts.manifest.chunks) > 1
    assert streams(parts) == streams(whole)
    with pypdfium2.PdfDocument(whole.path) as one, pypdfium2.PdfDocument(parts.path) as other:
        for number in (1, len(one) // 2, len(one) - 1):
            pictures = [bytes(pdf[number].render(scale=0.7).buffer) for pdf in (one, other)]
            assert pictures[0] == pictures[1]


def test_the_same_snapshot_makes_the_same_bytes(make_pdf, plain):
    assert make_pdf(plain, plain_rows(500)).path.read_bytes() == make_pdf(plain, plain_rows(500)).path.read_bytes()


def test_numbers_stand_on_their_columns_right_edge_and_no_cell_leaves_its_column(make_pdf, plain):
    made = make_pdf(plain, plain_rows(400))
    with pymupdf.open(made.path) as pdf:
        for page in pdf.pages(1):
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


def test_every_page_has_the_header_and_its_number(make_pdf, plain):
    made = make_pdf(plain, plain_rows(400))
    with pymupdf.open(made.path) as pdf:
        for number, page in enumerate(pdf):
            if number:
                text = page.get_text()
                assert "Number" in text.splitlines()
                assert "Amount" in text.splitlines()
                assert f"Page {number + 1} of {len(pdf)}" in text


def test_the_outline_leads_to_the_page_that_begins_with_its_key(make_pdf, plain):
    made = make_pdf(plain, plain_rows(2000))
    with pymupdf.open(made.path) as pdf:
        (_, title, first), *entries = pdf.get_toc()
        assert (title, first) == ("Table", 1)
        assert len(entries) > 5
        for _, entry, page in entries:
            assert packed(entry.partition(" ")[0]) == made.table([page - 1])[0][0]
        assert pdf.metadata["title"] == "Table"
        assert pdf.metadata["creationDate"] == "D:20261124041600Z"
        assert "dc:title" in pdf.get_xml_metadata()
    with pikepdf.open(made.path) as pdf:
        assert str(pdf.Root.Lang) == "en"
        assert bytes(pdf.trailer.ID[0]).startswith(b"\xab" * 8)


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
    values = ", ".join(
        f"({number}, '{name}', {'NULL' if text is None else duckdb_text(text)})"
        for number, (name, text) in enumerate(NASTY.items())
    )
    columns = (Column("id"), Column("name"), Column("text", "Text"))
    return make_pdf(table_type(columns), f"SELECT * FROM (VALUES {values}) t(id, name, text)")


def duckdb_text(text):
    return "'" + text.replace("'", "''") + "'"


def test_texts_of_every_kind_are_read_back(nasty):
    checked(nasty)
    cells = {row[1]: row[2] for row in nasty.table() if row[0]}
    long = packed(NASTY["long"])
    for name, text in NASTY.items():
        if name == "long":  # taller than what is left of its page, and maybe than a page: its rows are joined
            assert cells[name]
            assert long.startswith(cells[name])
        else:
            assert cells[name] == packed(text), name


def test_control_characters_are_seen_counted_and_told(make_pdf):
    made = make_pdf(
        table_type((Column("id"), Column("text"))), "SELECT 1 AS id, 'a' || chr(1) || 'b' || chr(127) AS text"
    )
    checked(made)
    with pypdfium2.PdfDocument(made.path) as pdf:  # mupdf takes U+FFFD for a glyph without a meaning
        assert "a\ufffdb\ufffd" in pdf[1].get_textpage().get_text_bounded()
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
    checked(made)
    assert made.table() == [["7", *map(str, values)]]


def test_decimals_of_38_digits_and_negatives_and_null_are_exact(make_pdf):
    value = "99999999999999999999999999999999999.999"
    rows = f"SELECT 1 AS id, {value}::decimal(38, 3) AS a UNION ALL SELECT 2, -{value} UNION ALL SELECT 3, NULL"
    made = make_pdf(table_type((Column("id"), Column("a", format="{:,}"))), rows)
    printed = f"{Decimal(value):,}"
    assert made.table() == [["1", printed], ["2", f"-{printed}"], ["3", ""]]


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
    checked(made)
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
    assert checked(made) > 4
    with pymupdf.open(made.path) as pdf:
        words = [word[4] for page in pdf.pages(1) for column, word in made.words(page) if column == 1]
    assert words == ["before", *text.split(), "after"]


def test_a_cell_that_must_not_wrap_ends_in_an_ellipsis(make_pdf):
    columns = (Column("id"), Column("text", overflow="ellipsis", width=8))
    made = make_pdf(
        table_type(columns), f"SELECT i AS id, {duckdb_text('A sentence that is too long')} AS text FROM range(3) t(i)"
    )
    assert made.layout.fixed
    for row in made.table():
        assert row[1].endswith("…")
        assert packed("A sentence that is too long").startswith(row[1][:-1])


def test_the_totals_stand_under_the_last_row_and_on_the_cover(make_pdf):
    columns = (
        Column("id", "No."),
        Column("a", "Amount", format="{:,.2f}", total="sum"),
        Column("b", "Best", total="max"),
        Column("c", "Count", total="count"),
    )
    rows = "SELECT i AS id, 99999.5::decimal(12, 2) AS a, i AS b, CASE WHEN i > 0 THEN i END AS c FROM range(200) t(i)"
    made = make_pdf(table_type(columns), rows, chunks=3)
    checked(made)
    table = made.table()
    assert table[-1] == ["Total", "19,999,900.00", "199", "199"]
    assert len(table) == 201
    with pymupdf.open(made.path) as pdf:
        assert "19,999,900.00" in pdf[0].get_text()


@pytest.mark.parametrize(
    ("page", "width", "height"),
    [
        (Page("A4"), 595.3, 841.9),
        (Page("Letter"), 612, 792),
        (Page("A4", orientation="landscape"), 841.9, 595.3),
        (Page(size=(100, 200)), 283.5, 566.9),
    ],
)
def test_pages_have_the_size_that_is_asked(make_pdf, plain, page, width, height):
    made = make_pdf(table_type(plain.columns, page=page), plain_rows(3))
    with pymupdf.open(made.path) as pdf:
        for each in pdf:
            assert (each.rect.width, each.rect.height) == pytest.approx((width, height), abs=0.1)


def test_the_page_is_turned_when_the_columns_need_it(make_pdf):
    columns = [Column("id"), *(Column(f"c{i}") for i in range(8))]
    texts = ", ".join(f"'a column of text {i}' AS c{i}" for i in range(8))
    made = make_pdf(table_type(columns), f"SELECT 1 AS id, {texts}")
    assert made.layout.width_pt > made.layout.height_pt
    assert (
        make_pdf(table_type(columns, page=Page(orientation="portrait")), f"SELECT 1 AS id, {texts}").layout.width_pt
        < 600
    )


def test_flights_pages_are_equal_to_the_source_rows(make_pdf):
    from reports.flights import Flights
    from tests.e2e.conftest import ROOT

    data = ROOT / "examples/nycflights13"
    made = make_pdf(Flights, data=data)
    assert made.layout.fixed
    per_page, pages = made.layout.rows_per_page, made.pages - 1
    assert pages == -(-336_776 // per_page)
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for name in Flights.sources:
        connection.execute(f"CREATE VIEW {name} AS FROM '{data}/{name}.parquet'")
    names = ", ".join(column.name for column in Flights.columns)
    query = f"SELECT {names} FROM ({Flights.query}) ORDER BY {', '.join(Flights.order_by)}"
    source = connection.execute(query, dict(Flights.Parameters())).fetchall()
    formats = [column.format for column in Flights.columns]
    for page in range(0, pages, 60):
        rows = source[page * per_page : (page + 1) * per_page]
        printed = [[shown(value, format) for value, format in zip(row, formats, strict=True)] for row in rows]
        found = made.table([page + 1])
        assert (found[:-1] if page == pages - 1 else found) == printed


def shown(value, format):
    if value is None:
        return ""
    if format:
        value = format.format(value) if "{" in format else value.strftime(format)
    return packed(value)
