"""Whole workbooks: sheets, totals, the sheet about the report, its chart, properties; made of 1, 2 or 50 chunks."""

import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import duckdb
import pytest
from pydantic import BaseModel

from octavo import Chart, Column
from octavo.documents.xlsx import bind, document, sheet
from octavo.documents.xlsx import rows as row_queries
from octavo.documents.xlsx.record import ColumnRecord, SegmentRecord
from octavo.errors import TooLarge
from octavo.lifecycle.manifest import Segment
from octavo.storage.parts import Literal, Stored, Upload, plan_parts
from reports.flights import Flights
from tests.unit.documents.conftest import EXAMPLE_DATA, of_type, report_type
from tests.unit.documents.xlsx.conftest import Book

COLUMNS = (
    Column("n", "Number"),
    Column("amount", format="{:,.2f}", total="sum"),
    Column("day", format="%d.%m.%Y", total="max"),
    Column("word", "Ein Wort"),
)
ROWS = """
    SELECT range AS n, (range * 1.25)::DECIMAL(18, 2) AS amount, DATE '2013-01-01' + (range % 300)::INT AS day,
           CASE range % 500 WHEN 7 THEN '<a> & =' WHEN 8 THEN NULL ELSE 'word ' || range END AS word
    FROM range({})
"""


@pytest.fixture
def short_sheets(monkeypatch):
    """Sheets of ten rows, so that few rows need several."""
    monkeypatch.setattr(sheet, "SHEET_ROWS", 10)


@pytest.mark.parametrize("rows", [0, 1, 1000])
@pytest.mark.parametrize("compression", ["fast", "small"])
def test_a_workbook_has_the_rows_of_the_report_typed_and_formatted(rows, compression, book):
    made = book(ROWS.format(rows), report_type(columns=COLUMNS, chunk_rows=300), compression=compression)
    expected = duckdb.sql(f"SELECT n, amount::DOUBLE, day::TIMESTAMP, word FROM ({ROWS.format(rows)})").fetchall()
    found = made.cells()
    assert found[:rows] == expected
    assert len(found) == rows + (rows > 0)  # and the totals
    first = made.openpyxl().worksheets[0]
    assert [cell.value for cell in first[1]] == ["Number", "Amount", "Day", "Ein Wort"]
    assert all(cell.font.bold for cell in first[1])
    assert first.freeze_panes == "A2"
    assert first.auto_filter.ref == f"A1:D{rows + 1}"
    assert first.print_title_rows == "$1:$1"
    if rows:
        assert [cell.number_format for cell in first[2]] == ["0", "#,##0.00", 'dd"."mm"."yyyy', "General"]
    assert made.faults() == []


@pytest.mark.parametrize("chunk_rows", [1000, 500, 20])
def test_cells_are_the_same_for_one_two_and_fifty_chunks(chunk_rows, book):
    made = book(ROWS.format(1000), report_type(columns=COLUMNS, chunk_rows=chunk_rows))
    assert len(made.made.segments) == 1000 // chunk_rows
    source = duckdb.sql(f"SELECT n, amount::DOUBLE, day, coalesce(word, '') FROM ({ROWS.format(1000)})").fetchall()
    assert [tuple(row) for row in made.calamine()[:1000]] == source


def test_rows_are_in_order_and_complete_when_a_chunk_needs_several_queries(monkeypatch, book):
    monkeypatch.setattr(row_queries, "QUERY_BYTES", 1)
    made = book("SELECT range AS n FROM range(10_000)", report_type(chunk_rows=5000))
    assert [row[0] for row in made.calamine()] == list(range(10_000))


def test_columns_are_as_wide_as_their_cells(book):
    select = """
        SELECT range AS n, repeat('w', 29 - range::INT) AS word, repeat('語', 10) AS wide, 123456789.5 AS amount,
               DATE '2013-01-01' AS day, repeat('x', 500) AS long, INTERVAL 100000 HOURS::VARCHAR AS length
        FROM range(30)
    """
    columns = (
        *map(Column, ("n", "word", "wide")),
        Column("amount", format="{:,.2f}"),
        *map(Column, ("day", "long", "length")),
    )
    made = book(
        select, report_type("select * replace (length::interval as length) from t", columns=columns, chunk_rows=7)
    )
    widths = [each.width - sheet.PADDING for each in made.openpyxl().worksheets[0].column_dimensions.values()]
    assert widths[1] == 29  # over all chunks
    assert widths[2] == 20
    assert widths[3] >= len("123,456,789.50")
    assert widths[4] == len("2013-01-01")
    assert widths[5] == sheet.WIDEST
    assert widths[6] >= len("100000:00:00")


def test_rows_go_on_in_further_sheets_each_with_its_header(short_sheets, book):
    made = book(ROWS.format(20), report_type(columns=COLUMNS, chunk_rows=3, title="Anna's rows"))
    workbook = made.openpyxl()
    assert workbook.sheetnames == ["Anna's rows", "Anna's rows (2)", "Anna's rows (3)", "About"]
    assert [each.max_row for each in workbook.worksheets[:3]] == [9, 9, 6]  # eight rows, eight, four and the totals
    for number in range(3):
        assert [cell.value for cell in workbook.worksheets[number][1]] == ["Number", "Amount", "Day", "Ein Wort"]
        assert workbook.worksheets[number].auto_filter.ref == f"A1:D{(9, 9, 5)[number]}"
    rows = [row for number in range(3) for row in made.cells(number)]
    assert [row[0] for row in rows] == [*range(20), "Total"]
    ranges = "'Anna''s rows'!B2:B9,'Anna''s rows (2)'!B2:B9,'Anna''s rows (3)'!B2:B5"
    assert workbook.worksheets[2]["B6"].value == f"=SUBTOTAL(109,{ranges})"
    assert made.openpyxl(data_only=True).worksheets[2]["B6"].value == 237.5
    assert made.faults() == []


@pytest.mark.parametrize("rows", [8, 9, 16, 17])
def test_totals_have_room_below_a_full_sheet(rows, short_sheets, book):
    with_totals = book(ROWS.format(rows), report_type(columns=COLUMNS)).openpyxl()
    without = book(ROWS.format(rows), report_type(columns=COLUMNS[:1])).openpyxl()
    assert [each.max_row for each in with_totals.worksheets[:-1]] == {
        8: [10], 9: [9, 3], 16: [9, 10], 17: [9, 9, 3]
    }[rows]  # fmt: skip
    assert [each.max_row for each in without.worksheets[:-1]] == {8: [9], 9: [10], 16: [10, 8], 17: [10, 9]}[rows]


def test_a_million_rows_and_more_are_in_two_sheets(book):
    made = book("SELECT range AS n FROM range(1_100_000)", report_type())
    first, second = (made.calamine(number) for number in (0, 1))
    assert (len(first), len(second)) == (1_048_575, 51_425)
    assert [int(row[0]) for row in first + second] == list(range(1_100_000))


def test_three_hundred_columns(book):
    names = [f"c{number}" for number in range(299)]
    values = ", ".join(f"range + {index} AS {name}" for index, name in enumerate(names))
    select = f"SELECT range AS n, {values} FROM range(50)"
    made = book(select, report_type(columns=(Column("n"), *map(Column, names)), chunk_rows=20))
    assert made.cells() == [(n, *(n + index for index in range(299))) for n in range(50)]
    assert made.faults() == []


def test_more_columns_than_a_sheet_can_have_are_refused(monkeypatch, book):
    monkeypatch.setattr("octavo.documents.xlsx.MOST_COLUMNS", 3)
    with pytest.raises(TooLarge, match=r"The report has 4 columns. A sheet can have 3"):
        book(ROWS.format(1), report_type(columns=COLUMNS))


def test_the_flights_of_a_year_are_read_as_they_are_in_the_source(tmp_path):
    made = Book(of_type(Flights, EXAMPLE_DATA, tmp_path, "xlsx", Flights.Parameters().model_dump()))
    rows = made.calamine()
    connection = duckdb.connect()
    source = connection.execute(f"SELECT * EXCLUDE (_row) FROM '{made.made.space.snapshot}'").fetchall()
    assert len(rows) == len(source) + 1 == 336_777
    assert [["" if value is None else value for value in row] for row in source] == rows[:-1]
    assert rows[-1] == ["Total", *[""] * 11, sum(row[-1] for row in source)]
    assert made.about()["Rows"] == 336_776


@pytest.mark.skipif(not shutil.which("7zz"), reason="7-Zip is not installed")
def test_seven_zip_finds_no_fault(book):
    made = book(ROWS.format(100), report_type(columns=COLUMNS, chunk_rows=30))
    subprocess.run(["7zz", "t", made.path], check=True, capture_output=True)


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_shows_the_rows(book, tmp_path):
    made = book(ROWS.format(100), report_type(columns=COLUMNS, chunk_rows=30))
    as_shown = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true"
    subprocess.run(
        ["soffice", "--headless", "--convert-to", as_shown, "--outdir", tmp_path, made.path], check=True, timeout=120
    )
    lines = (tmp_path / made.path.with_suffix(".csv").name).read_text().splitlines()
    assert lines[1] == "0,0.00,01.01.2013,word 0"
    assert len(lines) == 102


# Totals


TOTALS = {
    ("BIGINT", "sum", "range"): ("=SUBTOTAL(109,B2:B5)", 6),
    ("BIGINT", "min", "range"): ("=SUBTOTAL(105,B2:B5)", 0),
    ("BIGINT", "count", "nullif(range, 1)"): ("=SUBTOTAL(103,B2:B5)", 3),
    ("DECIMAL(18,2)", "avg", "range"): ("=SUBTOTAL(101,B2:B5)", 1.5),
    ("DOUBLE", "max", "range / 4"): ("=SUBTOTAL(104,B2:B5)", 0.75),
    ("DATE", "max", "DATE '2013-01-01' + range::INT"): ("=SUBTOTAL(104,B2:B5)", datetime(2013, 1, 4)),
    ("TIME", "min", "TIME '05:15:00'"): ("=SUBTOTAL(105,B2:B5)", time(5, 15)),
    ("TIMESTAMPTZ", "max", "TIMESTAMPTZ '2013-01-01 05:15:00+02'"): (
        "=SUBTOTAL(104,B2:B5)",
        datetime(2013, 1, 1, 3, 15),
    ),
    ("INTERVAL", "max", "to_hours(range * 10)::VARCHAR"): ("=SUBTOTAL(104,B2:B5)", timedelta(hours=30)),
    # Excel would compute something else, or nothing:
    ("DECIMAL(38,0)", "sum", "1234567890123456"): ("4938271560493824", "4938271560493824"),  # kept as texts
    ("DECIMAL(38,0)", "max", "12 + range * 1234567890123456"): (3703703670370380, 3703703670370380),
    ("BIGINT", "sum", "4e14"): ("=SUBTOTAL(109,B2:B5)", 1.6e15),
    ("VARCHAR", "count", "'a'"): (4, 4),  # an empty text is no cell
    ("VARCHAR", "max", "'=a' || range"): ("=a3", "=a3"),
    ("BOOLEAN", "count", "true"): ("=SUBTOTAL(103,B2:B5)", 4),
    ("BOOLEAN", "max", "true"): ("True", "True"),
    ("DOUBLE", "sum", "'nan'"): ("nan", "nan"),
    ("DATE", "max", "'infinity'"): ("infinity", "infinity"),
    ("INTEGER", "sum", "NULL"): (None, None),
}


@pytest.mark.parametrize(("case", "expected"), TOTALS.items(), ids=lambda value: " ".join(map(str, value)))
def test_totals_are_formulas_where_excel_computes_the_same(case, expected, book):
    kind, total, values = case
    made = book(
        f"SELECT range AS n, {values} AS v FROM range(4)",
        report_type(f"select n, v::{kind} as v from t", columns=(Column("n"), Column("v", total=total))),
    )
    cell, value = made.openpyxl().worksheets[0]["B6"], made.openpyxl(data_only=True).worksheets[0]["B6"].value
    assert (cell.value, value) == expected
    assert cell.data_type == ("f" if str(expected[0]).startswith("=S") else cell.data_type)
    if isinstance(expected[0], str) and not expected[0].startswith("=S"):
        assert cell.data_type != "f"
    assert made.openpyxl().worksheets[0]["A6"].value == "Total"
    assert made.faults() == []


# The sheet about the report


class Parameters(BaseModel):
    since: date = date(2013, 1, 1)
    remark: str | None = None


def described(**attributes):
    return report_type(
        "select * from t where n >= 0 or $since is null or $remark is null",
        columns=COLUMNS,
        Parameters=Parameters,
        title="Sales & more",
        author="Anna <anna@example.org>",
        **attributes,
    )


def test_the_last_sheet_says_what_the_report_is(book):
    made = book(ROWS.format(7), described(), {"since": date(2013, 1, 5), "remark": "=1+1"})
    assert made.openpyxl().sheetnames == ["Sales & more", "About"]
    about = made.about()
    assert next(iter(about)) == "Sales & more"
    assert about["Description"] == "Rows of a table."
    assert about["Rows"] == 7
    assert about["Made"] == datetime(2026, 1, 1)
    assert about["By"] == "Anna <anna@example.org>"
    assert about["From"] == "t"
    assert about["Request"] == "ab" * 32
    assert (about["Since"], about["Remark"]) == ("5 January 2013", "=1+1")
    assert "<f>" not in made.part("xl/worksheets/sheet2.xml")


def test_a_parameter_that_is_longer_than_a_cell_is_shown_whole(book):
    remark = "😀 lang" * 10_000
    made = book(ROWS.format(1), described(), {"since": date(2013, 1, 5), "remark": remark})
    values = [value for _, value in made.openpyxl().worksheets[-1].iter_rows(max_col=2, values_only=True)]
    assert remark in "".join(str(value) for value in values)
    assert max(len(str(value).encode("utf-16-le")) // 2 for value in values) <= 32_767


def test_the_properties_are_those_of_the_report(book):
    properties = (
        book(ROWS.format(1), described(language="de"), {"since": date(2013, 1, 5), "remark": None})
        .openpyxl()
        .properties
    )
    assert (properties.title, properties.creator) == ("Sales & more", "Anna <anna@example.org>")
    assert (properties.description, properties.language) == ("Rows of a table.", "de")
    assert properties.identifier == "sha256:" + "ab" * 32
    assert properties.created == properties.modified == datetime(2026, 1, 1)


CHARTS = {"bar": "BarChart", "line": "LineChart", "pie": "DoughnutChart"}


@pytest.mark.parametrize("kind", CHARTS)
def test_the_chart_is_one_of_excels_own_over_cells_of_the_sheet(kind, book):
    chart = Chart(kind, "word", "amount", title="Amounts & words")
    made = book(ROWS.format(40), report_type(columns=COLUMNS, chart=chart, title="About"))
    about = made.openpyxl().worksheets[-1]
    (found,) = about._charts
    assert type(found).__name__ == CHARTS[kind]
    (series,) = found.ser
    assert "".join(run.t for run in found.title.tx.rich.p[0].r) == "Amounts & words"
    names, values = (source.f.partition("!") for source in (series.cat.strRef, series.val.numRef))
    assert (names[0], values[0]) == ("'About (2)'", "'About (2)'")
    cells = [[cell.value for (cell,) in about[where[2].replace("$", "")]] for where in (names, values)]
    assert cells[0] == [point.v for point in series.cat.strRef.strCache.pt]
    assert cells[1] == [float(point.v) for point in series.val.numRef.numCache.pt]
    if kind != "line":
        assert cells[0][:2] == ["word 39", "word 38"]
        assert cells[1][:2] == [48.75, 47.5]
        assert len(cells[0]) == 12
    assert made.faults() == []


@pytest.mark.parametrize("values", ["'inf'::DOUBLE", "NULL::DOUBLE"])
def test_there_is_no_chart_without_values(values, book):
    made = book(
        f"SELECT range AS n, {values} AS v FROM range(3)",
        report_type(columns=(Column("n"), Column("v")), chart=Chart("bar", "n", "v")),
    )
    with zipfile.ZipFile(made.path) as archive:
        assert not [name for name in archive.namelist() if "chart" in name]
    assert made.faults() == []


# The merge


def test_the_merge_copies_almost_all_bytes_unread(book):
    made = book(ROWS.format(1), report_type(columns=COLUMNS)).made
    manifest = replace(made.space.manifest, rows=1000)
    record = SegmentRecord(0, 150_000_000, (ColumnRecord(),) * len(COLUMNS))
    large = [Segment(number, 10, 15_000_000, 0, record.to_json()) for number in range(100)]
    pieces = bind(made.space.report, made.space.report_type, manifest, large).pieces
    parts = plan_parts(
        Stored(f"{each.number}", 0, each.size_bytes) if isinstance(each, Segment) else Literal(each) for each in pieces
    )
    read = sum(
        piece.size for part in parts if isinstance(part, Upload) for piece in part.pieces if isinstance(piece, Stored)
    )
    assert read < 0.01 * sum(segment.size_bytes for segment in large)
    assert sum(len(piece) for piece in pieces if isinstance(piece, bytes)) < 20_000


def test_sheets_of_more_than_four_gibibytes_are_written_with_zip64(book):
    made = book(ROWS.format(10), report_type(columns=COLUMNS, chunk_rows=5)).made
    details = replace(SegmentRecord.from_json(made.segments[0].details), size_bytes=5 * 1024**3).to_json()
    large = [replace(segment, details=details) for segment in made.segments]
    pieces = document.assemble_workbook(made.space.report, made.space.report_type, made.space.manifest, large)
    assert b"\x01\x00\x10\x00" in pieces[0]  # both sizes, before the sheet
    assert b"\x01\x00\x08\x00" in pieces[-1]  # the large one, in the directory
