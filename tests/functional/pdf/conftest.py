"""PDF documents made in the same way as by the workflow, but in local files, and what readers find in them."""

from bisect import bisect
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import pairwise

import duckdb
import pikepdf
import pymupdf
import pypdfium2
import pytest
from pypdf import PdfReader

from octavo.authoring.columns import Column
from octavo.authoring.parameters import bound_values, encode, json_form
from octavo.authoring.report_type import ReportType
from octavo.authoring.sources import Parquet
from octavo.documents.pdf.plan import PdfPlan, row_height
from octavo.lifecycle.report import Report
from octavo.pipeline.make import workspace
from octavo.pipeline.plan import plan

FINGERPRINT = "ab" * 12 + "cd" * 20
NOW = datetime(2026, 11, 24, 4, 16, tzinfo=UTC)
FONTS = (
    files("fontpkg_noto_sans_arabic") / "files" / "NotoSansArabic[wdth,wght].ttf",
    files("pylopdf_fonts_he") / "NotoSansHebrew-Variable.ttf",
    files("fontpkg_noto_sans_devanagari") / "files" / "NotoSansDevanagari[wdth,wght].ttf",
    files("fontpkg_noto_sans_thai") / "files" / "NotoSansThai[wdth,wght].ttf",
    files("pylopdf_fonts_jp") / "NotoSansJP-Regular.otf",
)


def table_type(columns, **changes):
    """Return a report type over table.parquet."""
    body = {
        "title": "Table",
        "sources": {"table": Parquet("table.parquet")},
        "query": 'select * from "table"',
        "order_by": ("id",),
        "columns": tuple(columns),
    }
    return type("Table", (ReportType,), body | changes)


def packed(value):
    """Return a value without white space, as `PdfDocument.table` reads it back."""
    return "".join(str("" if value is None else value).split())


def sql_text(text):
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"


class PdfDocument:
    """A document and its plan. `first` is the number of its first table page."""

    def __init__(self, path, manifest, pages, first):
        self.path = path
        self.manifest = manifest
        self.pages = pages
        self.first = first
        self.plan = PdfPlan.from_json(manifest.layout)
        self.layout = self.plan.layout

    def check(self):
        """Read the whole document with four readers; return the number of its pages."""
        with pikepdf.open(self.path) as pdf:
            assert pdf.check_pdf_syntax() == []
        pymupdf.TOOLS.reset_mupdf_warnings()
        with pymupdf.open(self.path) as pdf:
            assert not pdf.is_repaired
            assert all(page.get_text() for page in pdf)
            pages = len(pdf)
        assert pymupdf.TOOLS.mupdf_warnings() == ""
        with pypdfium2.PdfDocument(self.path) as pdf:
            assert len(pdf) == pages
            assert all(pdf[number].get_textpage().get_text_bounded() for number in range(pages))
        assert len(PdfReader(self.path, strict=True).pages) == pages == self.pages
        return pages

    def cells(self, page, rows):
        """Read the first rows, of one line each, by their places with pdfium, including the spaces."""
        with pypdfium2.PdfDocument(self.path) as pdf:
            text = pdf[page].get_textpage()
            height = self.layout.points(row_height(1))
            tops = [self.layout.body_top_pt - height * row for row in range(rows)]
            boxes = [self.box(index) for index in range(len(self.layout.places))]
            return [
                [text.get_text_bounded(left - 1, top - height, right + 1, top).strip() for left, right in boxes]
                for top in tops
            ]

    def box(self, index):
        """Return the left and right edge of a column, in points."""
        place = self.layout.places[index]
        return tuple(self.layout.margin_pt + self.layout.points(edge) for edge in (place.left, place.right))

    def middles(self):
        """Return the positions halfway between neighbouring columns, in points: `bisect` in them finds a column."""
        boxes = [self.box(index) for index in range(len(self.layout.places))]
        return [(before[1] + after[0]) / 2 for before, after in pairwise(boxes)]

    def words(self, page):
        """Return a page's words below the header row and above the footer, each with its column: (column, word)."""
        top = self.layout.height_pt - self.layout.body_top_pt
        bottom = self.layout.height_pt - self.layout.margin_pt - 10
        middles = self.middles()
        for word in page.get_text("words"):
            if word[1] >= top - 2 and word[3] <= bottom:
                yield bisect(middles, (word[0] + word[2]) / 2), word

    def drawn(self, page, lines=1):
        """Read a page's characters as mupdf places them: {(row, column): [(left, right, character), …]}, from the left.

        `left` and `right` are where the pen was before and after it; rows are of `lines` lines, all alike.
        """
        height = self.layout.points(row_height(lines))
        middles = self.middles()
        top = self.layout.height_pt - self.layout.body_top_pt
        bottom = self.layout.height_pt - self.layout.margin_pt - 10
        cells = defaultdict(list)
        with pymupdf.open(self.path) as pdf:
            blocks = pdf[page].get_text("rawdict", flags=pymupdf.TEXT_PRESERVE_LIGATURES)["blocks"]
            spans = [span for block in blocks for line in block["lines"] for span in line["spans"]]
        for character in (each for span in spans for each in span["chars"]):
            baseline, (left, _, right, _) = character["origin"][1], character["bbox"]
            if top < baseline < bottom and not character["c"].isspace():
                column = bisect(middles, (left + right) / 2)
                cells[int((baseline - top) // height), column].append((left, right, character["c"]))
        return {cell: sorted(found) for cell, found in cells.items()}

    def assert_in_place(self):
        """Ensure that cells, of rows of one line, begin or end at their columns' edges; return how many there are."""
        count = 0
        for page in range(self.first, self.pages):
            for (_, column), found in self.drawn(page).items():
                count += 1
                left, right = self.box(column)
                if self.layout.places[column].right_aligned:
                    assert found[-1][1] == pytest.approx(right, abs=0.01)
                    assert found[0][0] > left - 0.01
                else:
                    assert found[0][0] == pytest.approx(left, abs=0.01)
                    assert max(end for _, end, _ in found) < right + 0.01
        return count

    def table(self, pages=None):
        """Read the table back: a list of rows, each a list of cells without any white space.

        A row begins where its first column, which every row has, has a word.
        """
        rows = []
        with pymupdf.open(self.path) as pdf:
            for number in pages or range(self.first, len(pdf)):
                found = sorted(self.words(pdf[number]), key=lambda item: (round(item[1][1], 1), item[1][0]))
                starts = sorted({round(word[1], 1) for column, word in found if column == 0})
                cells = [defaultdict(str) for _ in starts]
                for column, word in found:
                    row = max(0, bisect(starts, word[1] + 1) - 1)
                    cells[row][column] += word[4]
                rows += [[row[index] for index in range(len(self.layout.places))] for row in cells]
        return rows


@pytest.fixture(scope="session")
def make_pdf(tmp_path_factory):
    """Return a function that makes a document: `rows` is SQL for table.parquet, or `data` a folder of sources."""

    def make(report_type, rows=None, *, data=None, chunks=None, format_options=None, **parameters):
        folder = tmp_path_factory.mktemp("pdf")
        if rows is not None:
            data = folder / "data"
            data.mkdir()
            duckdb.sql(f"COPY ({rows}) TO '{data}/table.parquet'")
        asked = report_type.Parameters(**parameters)
        report = Report(
            id="01890000-0000-7000-8000-000000000001",
            owner="anna",
            type=report_type.name,
            parameters=json_form(asked),
            bound={name: encode(value) for name, value in bound_values(asked).items()},
            format="pdf",
            fingerprint=f"sha256:{FINGERPRINT}",
            created_at=NOW,
            deadline=NOW + timedelta(hours=1),
            expires_at=NOW + timedelta(days=7),
        )
        planned = plan(report_type, "pdf", bound_values(asked), str(data), folder, format_options)
        if chunks is not None:
            unit = planned.plan.unit
            chunk_rows = -(-max(1, -(-planned.snapshot.rows // chunks)) // unit) * unit
            planned = replace(planned, plan=replace(planned.plan, chunk_rows=chunk_rows))
        made = workspace(report, report_type, planned, folder)
        segments = [made.render(chunk) for chunk in made.manifest.chunks]
        bound = made.assemble(segments)
        table_pages = sum(len(segment.details["lengths"]) for segment in segments)
        return PdfDocument(made.document_path, made.manifest, bound.pages, bound.pages - table_pages)

    return make


@pytest.fixture(scope="session")
def plain():
    """Return a report type whose cells all fit on a line."""
    return table_type(
        (Column("id", "Number", format="{:,}"), Column("name", "Name"), Column("amount", "Amount", format="{:,.2f}"))
    )


def plain_rows(count):
    columns = "i AS id, 'Name ' || (i % 7) AS name, (i * 1.25 - 40)::decimal(12, 2) AS amount"
    return f"SELECT {columns} FROM range({count}) t(i)"
