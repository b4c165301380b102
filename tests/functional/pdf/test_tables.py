"""Table pages: how rows fill them for any number of chunks, what is on each, and what readers find out about them."""

from decimal import Decimal

import pikepdf
import pymupdf
import pypdfium2
import pytest
from pypdf import PdfReader

from octavo.authoring.columns import Column
from octavo.authoring.presentation import Chart, Page
from octavo.errors import ReportTypeError
from tests.functional.pdf.conftest import FINGERPRINT, NOW, packed, plain_rows, table_type


def streams(made):
    """Return the content of each table page, less its footer."""
    with pikepdf.open(made.path) as pdf:
        return [page.Contents[0].read_bytes() for page in list(pdf.pages)[1:]]


@pytest.fixture(scope="module")
def per_page(make_pdf, plain):
    return make_pdf(plain, plain_rows(1)).layout.rows_per_page


def test_an_empty_report_is_a_document_that_says_that_it_is_empty(make_pdf, plain):
    made = make_pdf(plain, plain_rows(0))
    assert made.check() == 1
    with pymupdf.open(made.path) as pdf:
        assert "No rows match." in pdf[0].get_text()


@pytest.mark.parametrize(("more", "pages"), [(1 - 10**9, 1), (0, 1), (1, 2)])
def test_a_page_is_filled_before_the_next_begins(make_pdf, plain, per_page, more, pages):
    rows = max(1, per_page + more)
    made = make_pdf(plain, plain_rows(rows))
    assert made.check() == 1 + pages
    assert len(made.table()) == rows


def test_every_row_is_there_in_order_as_its_columns_format_it(make_pdf, plain):
    made = make_pdf(plain, plain_rows(1500), chunks=4)
    expected = [[f"{i:,}", f"Name{i % 7}", f"{i * Decimal('1.25') - 40:,.2f}"] for i in range(1500)]
    assert made.table() == expected
    made.check()


@pytest.mark.parametrize("chunks", [2, 7, 50])
def test_any_number_of_chunks_makes_the_same_pages(make_pdf, plain, per_page, chunks):
    rows = plain_rows(49 * per_page + 3)
    whole, parts = make_pdf(plain, rows, chunks=1), make_pdf(plain, rows, chunks=chunks)
    assert len(parts.manifest.chunks) == chunks
    assert whole.pages == parts.pages == 51
    assert streams(parts) == streams(whole)
    with pypdfium2.PdfDocument(whole.path) as one, pypdfium2.PdfDocument(parts.path) as other:
        for number in (1, len(one) // 2, len(one) - 1):
            pictures = [bytes(pdf[number].render(scale=0.7).buffer) for pdf in (one, other)]
            assert pictures[0] == pictures[1]


def test_the_same_snapshot_makes_the_same_bytes(make_pdf, plain):
    assert make_pdf(plain, plain_rows(500)).path.read_bytes() == make_pdf(plain, plain_rows(500)).path.read_bytes()


def test_readers_find_the_title_and_the_author(make_pdf, plain):
    kind = type("Told", (plain,), {"author": "Zoë & Sons", "language": "de-CH", "__doc__": "All that is\n    told."})
    made = make_pdf(kind, plain_rows(1))
    made.check()
    reader = PdfReader(made.path)
    told, xmp = reader.metadata, reader.xmp_metadata
    assert (told.title, told.author, told.subject) == ("Table", "Zoë & Sons", "All that is told.")
    assert (xmp.dc_title, xmp.dc_creator) == ({"x-default": "Table"}, ["Zoë & Sons"])
    assert (told.creation_date, xmp.dc_language, reader.root_object["/Lang"]) == (NOW, ["de-CH"], "de-CH")
    with pymupdf.open(made.path) as pdf:
        assert "By\nZoë & Sons\nFrom\ntable\n" in pdf[0].get_text()


def test_every_page_has_the_header_and_its_number(make_pdf, plain):
    made = make_pdf(plain, plain_rows(400))
    with pymupdf.open(made.path) as pdf:
        for number, page in enumerate(pdf):
            if number:
                text = page.get_text()
                assert "Number" in text.splitlines()
                assert "Amount" in text.splitlines()
                assert f"Page {number + 1} of {len(pdf)}" in text


def test_every_page_but_the_last_is_full(make_pdf, plain, per_page):
    made = make_pdf(plain, plain_rows(400), chunks=3)
    rows = [len(made.table([number])) for number in range(1, made.pages)]
    assert rows == [per_page] * (400 // per_page) + [400 % per_page]


def test_the_outline_leads_to_the_page_that_begins_with_its_key(make_pdf, plain):
    made = make_pdf(table_type(plain.columns, __doc__="What there is,\nin rows."), plain_rows(2000))
    with pymupdf.open(made.path) as pdf:
        (_, title, first), *entries = pdf.get_toc()
        assert (title, first) == ("Table", 1)
        assert len(entries) > 5
        for _, entry, page in entries:
            assert packed(entry.partition(" ")[0]) == made.table([page - 1])[0][0]
        assert pdf.metadata["title"] == "Table"
        assert pdf.metadata["subject"] == "What there is, in rows."
        assert pdf.metadata["creationDate"] == "D:20261124041600Z"
        assert "dc:title" in pdf.get_xml_metadata()
    with pikepdf.open(made.path) as pdf:
        assert str(pdf.Root.Lang) == "en"
        assert bytes(pdf.trailer.ID[0]) == bytes.fromhex(FINGERPRINT)[:16]


def test_columns_may_have_any_names(make_pdf):
    names = ["id", "value", "lines", "operators", "row", "t", "below", "chunk", "cells1", "g", "v", "select", 'a"b']
    quoted = ['"' + name.replace('"', '""') + '"' for name in names]
    columns = [Column(name, f"Column {number}") for number, name in enumerate(names)]
    values = ", ".join(f"{'i' if k % 2 == 0 else repr('x') + ' || i'} AS {name}" for k, name in enumerate(quoted))
    for rows in (5, 1500):
        made = make_pdf(table_type(columns, chart=Chart("bar", "g", "v")), f"SELECT {values} FROM range({rows}) t(i)")
        expected = [[f"x{i}" if k % 2 else str(i) for k in range(len(names))] for i in range(rows)]
        assert made.table() == expected


@pytest.mark.parametrize(
    ("format", "value", "kind"), [("%Y", "1", "int"), ("{:,}", "'x'", "str"), ("{:d}", "1.5::double", "float")]
)
def test_a_format_that_cannot_print_its_column_is_refused_at_the_plan(make_pdf, format, value, kind):
    with pytest.raises(ReportTypeError, match=rf"Column 'id': its format .* can't print .* of type {kind}"):
        make_pdf(table_type([Column("id", format=format)]), f"SELECT {value} AS id")


@pytest.mark.parametrize(
    ("page", "width", "height"),
    [
        (Page("A4"), 595.3, 841.9),
        (Page("Letter"), 612, 792),
        (Page("A4", orientation="landscape"), 841.9, 595.3),
        (Page(size=(100, 200)), 283.5, 566.9),
    ],
)
def test_pages_have_the_requested_size(make_pdf, plain, page, width, height):
    made = make_pdf(table_type(plain.columns, page=page), plain_rows(3))
    with pymupdf.open(made.path) as pdf:
        for each in pdf:
            assert (each.rect.width, each.rect.height) == pytest.approx((width, height), abs=0.1)


def test_the_page_is_turned_when_the_columns_need_it(make_pdf):
    columns = [Column("id"), *(Column(f"c{i}") for i in range(8))]
    row = "SELECT 1 AS id, " + ", ".join(f"'a column of text {i}' AS c{i}" for i in range(8))
    turned = make_pdf(table_type(columns), row)
    upright = make_pdf(table_type(columns, page=Page(orientation="portrait")), row)
    for made, wide in ((turned, True), (upright, False)):
        made.check()
        with pymupdf.open(made.path) as pdf:
            assert all((page.rect.width > page.rect.height) == wide for page in pdf)
        assert made.table() == [["1", *(f"acolumnoftext{i}" for i in range(8))]]
