"""Pages that a report type draws itself: what can't be used is told, so that nobody tries again in vain."""

import json
from io import BytesIO

import duckdb
import pikepdf
import pytest
from reportlab.pdfgen.canvas import Canvas

from octavo import Column, ReportType
from octavo.data.snapshot import Rows
from octavo.documents.pdf.custom.own_pages import write_own_pages
from octavo.errors import RenderFailed
from octavo.lifecycle.diagnosis import diagnose
from octavo.lifecycle.manifest import Chunk, Manifest

CHUNK = Chunk(0, 0, 2)
MANIFEST = Manifest("snapshots/a/b.parquet", 2, {}, (CHUNK,), {})


def drawing(pdf):
    """Return a report type that draws this PDF, whatever its rows are."""
    body = {
        "title": "Letters",
        "sources": {},
        "query": "select n from range(2) t(n)",
        "order_by": ("n",),
        "columns": (Column("n"),),
        "draw_pages": staticmethod(lambda rows: pdf),
    }
    return type("Letters", (ReportType,), body)


def written(pdf, tmp_path):
    connection = duckdb.connect()
    rows = Rows(connection, "(SELECT range AS n FROM range(2))", {"n": "BIGINT"})
    return write_own_pages(rows, CHUNK, MANIFEST, drawing(pdf), tmp_path / "segment")


def saved(pdf, **options):
    file = BytesIO()
    pdf.save(file, **options)
    return file.getvalue()


def pages(count=1):
    file = BytesIO()
    canvas = Canvas(file, invariant=1)
    for number in range(count):
        canvas.drawString(100, 700, f"Letter {number}")
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def layered(**default):
    """Return a PDF with two layers, of which the default configuration shows some."""
    pdf = pikepdf.open(BytesIO(pages()))
    layers = [pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name=name)) for name in ("seen", "secret")]
    configuration = {
        name: [layers[each] for each in value] if isinstance(value, list) else value for name, value in default.items()
    }
    pdf.Root.OCProperties = pikepdf.Dictionary(OCGs=layers, D=pikepdf.Dictionary(**configuration))
    return saved(pdf)


def without_resources():
    pdf = pikepdf.open(BytesIO(pages()))
    page = pdf.pages[0].obj
    del page["/Resources"]
    page.Contents = pdf.make_stream(b"0.1 0.4 0.2 rg 100 400 200 100 re f")
    return saved(pdf)


@pytest.mark.parametrize(
    ("pdf", "told"),
    [
        (b"", "must return a PDF as bytes"),
        ("%PDF-1.7", "must return a PDF as bytes"),
        (b"%PDF-1.7 and nothing more", r"can't be used: it can't be read \(Pdf\w+Error\)"),
        (saved(pikepdf.new()), "can't be used: it has no pages"),
        (
            saved(pikepdf.open(BytesIO(pages())), encryption=pikepdf.Encryption(owner="owner", user="")),
            "can't be used: it is encrypted; save it without a password",
        ),
        (layered(OFF=[1]), "can't be used: it has hidden layers, which would be seen"),
        (layered(BaseState=pikepdf.Name.OFF, ON=[0]), "can't be used: it has hidden layers"),
    ],
    ids=["nothing", "a text", "broken", "no pages", "encrypted", "a hidden layer", "layers hidden by default"],
)
def test_a_pdf_that_cannot_become_pages_of_the_document_ends_the_report_with_the_reason(pdf, told, tmp_path):
    with pytest.raises(RenderFailed, match=f"draw_pages of report type 'letters' .*{told}") as error:
        written(pdf, tmp_path)
    cause = json.dumps({"errorMessage": str(error.value)})
    event = {"report_id": "1", "failed_state": "Render chunk", "error": {"Error": "RenderFailed", "Cause": cause}}
    _, failure = diagnose(event)
    assert (failure.code, failure.retryable, failure.message) == ("RENDER_FAILED", False, error.value.message)


@pytest.mark.parametrize(
    "pdf",
    [layered(), layered(OFF=[]), layered(BaseState=pikepdf.Name.OFF, ON=[0, 1])],
    ids=["on", "none off", "all on"],
)
def test_layers_that_are_all_shown_are_pages_like_any_others(pdf, tmp_path):
    rows, record = written(pdf, tmp_path)
    assert (rows, len(record.imported)) == (2, 1)


def test_a_page_that_needs_no_resources_is_drawn(bound, tmp_path):
    count, record = written(without_resources(), tmp_path)
    assert count == 2
    document = bound([((tmp_path / "segment").read_bytes(), record)])
    with document.with_mupdf() as opened:
        (drawing,) = [each for each in opened[-1].get_drawings() if each["fill"]]
    assert drawing["fill"] == pytest.approx((0.1, 0.4, 0.2), abs=0.01)
