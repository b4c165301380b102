"""The row of totals below the last row."""

from decimal import Decimal, localcontext
from io import BytesIO

import pymupdf
import pytest

from octavo.authoring.columns import Column
from octavo.authoring.report_type import ReportType
from octavo.authoring.sources import Parquet
from octavo.documents.pdf.plan import row_height
from tests.functional.pdf.conftest import plain_rows, table_type


class Moments(ReportType):
    """A report type of times with a time zone, which draws its own pages."""

    title = "Moments"
    sources = {"t": Parquet("table.parquet")}
    query = "select moment, [moment] as more from t"
    order_by = ("moment",)
    columns = (Column("moment", total="max"), Column("more"))

    @staticmethod
    def draw_pages(rows):
        from reportlab.pdfgen.canvas import Canvas

        file = BytesIO()
        canvas = Canvas(file)
        for row in rows:
            canvas.drawString(72, 72, f"{row['moment']:%d %B %Y %H:%M %Z} {len(row['more'])}")
            canvas.showPage()
        canvas.save()
        return file.getvalue()


def test_own_pages_get_times_with_a_zone_and_have_a_total(make_pdf):
    moments = "select timestamptz '2013-01-05 07:30:00+02' + interval (i) day as moment from range(3) t(i)"
    made = make_pdf(Moments, moments)
    texts = [page.get_text() for page in pymupdf.open(made.path)]
    assert "2013-01-07 05:30:00+00" in texts[0]
    assert [text.splitlines()[0] for text in texts[1:]] == [f"{day:02} January 2013 05:30 UTC 1" for day in (5, 6, 7)]


def test_the_totals_are_below_the_last_row_and_on_the_cover(make_pdf):
    columns = (
        Column("id", "No."),
        Column("a", "Amount", format="{:,.2f}", total="sum"),
        Column("b", "Best", total="max"),
        Column("c", "Count", total="count"),
    )
    rows = "SELECT i AS id, 99999.5::decimal(12, 2) AS a, i AS b, CASE WHEN i > 0 THEN i END AS c FROM range(200) t(i)"
    made = make_pdf(table_type(columns), rows, chunks=3)
    made.check()
    table = made.table()
    assert table[-1] == ["Total", "19,999,900.00", "199", "199"]
    assert len(table) == 201
    with pymupdf.open(made.path) as pdf:
        assert "19,999,900.00" in pdf[0].get_text()


def test_totals_are_printed_like_their_columns(make_pdf):
    columns = (
        Column("id", "No.", total="count"),
        Column("mean", "Mean", format="{:.3f}", total="avg"),
        Column("first", "First", format="%d.%m.%Y", total="min"),
        Column("last", "Last", format="%d %b %Y %H:%M", total="max"),
        Column("name", "Name", total="min"),
        Column("nothing", "Nothing", total="sum"),
    )
    rows = """
        SELECT i AS id, i / 3 AS mean, DATE '2013-01-01' + i::int AS first, 'x' || i AS name, NULL::int AS nothing,
               TIMESTAMP '2013-01-01 05:15:00' + to_days(i::int) AS last
        FROM range(10) t(i)
    """
    made = make_pdf(table_type(columns), rows)
    assert made.table()[-1] == ["10", "1.500", "01.01.2013", "10Jan201305:15", "x0", ""]
    with pymupdf.open(made.path) as pdf:
        cover = pdf[0].get_text().splitlines()
    for label in ("No., number", "Mean, average", "First, first", "Last, last", "Name, least", "Nothing"):
        assert label in cover


def test_a_total_that_is_wider_than_its_column_has_all_its_digits(make_pdf):
    columns = (Column("id"), Column("a", "A", total="sum"), Column("b", "B", format="{:,.2f}", total="sum"))
    rows = f"SELECT i AS id, {2**63 - 1} AS a, {'9' * 30}.25::decimal(38, 2) AS b FROM range(100) t(i)"
    made = make_pdf(table_type(columns), rows)
    with localcontext(prec=50):
        total = f"{Decimal('9' * 30 + '.25') * 100:,.2f}"
    assert made.table()[-1] == ["Total", str(100 * (2**63 - 1)), total]
    with pymupdf.open(made.path) as pdf:
        for column, word in made.words(pdf[made.pages - 1]):
            assert made.box(column)[0] - 0.6 <= word[0]
            assert word[2] <= made.box(column)[1] + 0.1


def test_the_totals_are_bold_once_and_on_a_page_of_their_own_if_need_be(make_pdf, plain):
    columns = (*plain.columns[:2], Column("amount", "Amount", format="{:,.2f}", total="sum"))
    kind = table_type(columns)
    per_page = make_pdf(kind, plain_rows(1)).layout.rows_per_page
    for rows, pages in ((per_page - 1, 1), (per_page, 2), (2 * per_page, 3)):
        made = make_pdf(kind, plain_rows(rows), chunks=2)
        assert made.check() == made.first + pages
        bold = []
        with pymupdf.open(made.path) as pdf:
            for page in pdf.pages(made.first):
                for block in page.get_text("dict")["blocks"]:
                    bold += [
                        span["text"] for line in block["lines"] for span in line["spans"] if "Semi" in span["font"]
                    ]
            rules = [path["rect"].y0 for path in pdf[made.pages - 1].get_drawings() if not path["fill"]]
        down = (rows - (pages - 1) * per_page) * made.layout.points(row_height(1))
        assert max(rules) == pytest.approx(made.layout.height_pt - made.layout.body_top_pt + down, abs=0.02)
        assert bold.count("Total") == 1
        assert len(made.table()) == rows + 1
        assert made.table()[-1][0] == "Total"


def test_an_empty_report_has_no_totals(make_pdf, plain):
    columns = (*plain.columns[:2], Column("amount", "Amount", total="sum"))
    made = make_pdf(table_type(columns), plain_rows(0))
    assert made.check() == 1
    with pymupdf.open(made.path) as pdf:
        assert "Total" not in pdf[0].get_text()
