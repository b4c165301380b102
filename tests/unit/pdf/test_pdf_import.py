import re
from io import BytesIO

import pikepdf
import pymupdf
import pypdfium2
import pytest
from PIL import Image, ImageChops
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

from octavo.documents.pdf.cover import reportlab_fonts
from octavo.documents.pdf.custom.pdf_import import UnusablePdf, import_pdf
from octavo.documents.pdf.pages import SegmentPages, object_number

PORTRAIT, LANDSCAPE = (595, 842), (842, 595)
FOOTER_PT = 60  # more than the footer's height from the page's edge


def imported_segment(pdf, chunk=0, chunks=1):
    """Return a PDF as a chunk's segment, and its record."""
    imported = import_pdf(pdf, lambda k: object_number(k, chunk, chunks))
    keys = ("",) * len(imported.pages)
    record = SegmentPages(tuple(map(len, imported.objects)), keys, keys, imported=tuple(imported.pages))
    return b"".join(imported.objects), record


def on_canvas(*draw, size=PORTRAIT):
    """Draw each page by a function of the canvas."""
    file = BytesIO()
    canvas = Canvas(file, pagesize=size, invariant=1)
    for page in draw:
        page(canvas)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def picture():
    image = Image.new("RGB", (40, 30), "#c04000")
    file = BytesIO()
    image.save(file, "PNG")
    file.seek(0)
    return ImageReader(file)


def text_at(x, y, text):
    return lambda canvas: canvas.drawString(x, y, text)


def rendered(pdf, page):
    """Return the page above the footer, as pdfium draws it."""
    picture = pypdfium2.PdfDocument(pdf)[page].render().to_pil()
    return picture.crop((0, 0, picture.width, picture.height - FOOTER_PT))


def footer(page):
    """Return the words in the lowest line of a page, and where it begins, ends and stands."""
    words = [word for word in page.get_text("words") if word[3] > page.rect.height - FOOTER_PT]
    return " ".join(word[4] for word in words), words[0][0], words[-1][2], page.rect.height - words[0][3]


def test_imported_pages_look_as_they_did_and_have_footers(bound):
    def picture_page(canvas):
        canvas.setFillColorRGB(0.1, 0.4, 0.2)
        canvas.rect(100, 400, 200, 100, fill=1)
        canvas.drawImage(picture(), 100, 600, 200, 150)
        canvas.setFont("Times-Italic", 24)
        canvas.drawString(100, 550, "A statement (1)")

    pdf = on_canvas(picture_page, text_at(72, 700, "second"))
    document = bound([imported_segment(pdf)])
    document.assert_sound()
    for page in range(2):
        assert not ImageChops.difference(rendered(pdf, page), rendered(document.data, page)).getbbox()
    with document.with_mupdf() as mupdf:
        assert footer(mupdf[1])[0] == "Departures 1 March 2026, 09:30 UTC Page 2 of 2"


def test_the_graphics_state_of_a_page_does_not_change_its_footer(bound):
    def unclean(canvas):
        canvas.setFillColorRGB(1, 0, 0)
        canvas._code.append("q 3 0 0 3 50 50 cm 50 Tz 9 Tc 1 0 0 rg")  # a `q` without its `Q`
        canvas.drawString(10, 100, "unclean")

    document = bound([imported_segment(on_canvas(unclean))])
    with document.with_mupdf() as pdf:
        text, left, right, _ = footer(pdf[0])
        colours = {span["color"] for block in pdf[0].get_text("dict")["blocks"] for line in block["lines"] for span in line["spans"] if span["text"].startswith("Page")}  # fmt: skip # noqa: E501
    assert text.endswith("Page 1 of 1")
    assert (left, right) == (pytest.approx(36, abs=0.5), pytest.approx(595 - 36, abs=0.5))
    assert 0xFF0000 not in colours


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_footers_are_at_the_lower_edge_of_a_page_however_it_is_turned(bound, rotate):
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(500, 300))
        page.MediaBox = [-20, 30, 480, 330]
        page.Contents = pdf.make_stream(b"% blank")
        page.Rotate = rotate
        file = BytesIO()
        pdf.save(file)
    document = bound([imported_segment(file.getvalue())])
    document.assert_sound()
    width = 300 if rotate % 180 else 500
    page = document.with_pdfium()[0]
    picture = page.render(scale=2).to_pil().convert("L").point(lambda level: level < 200 and 255)
    left, top, right, bottom = (edge / 2 for edge in picture.getbbox())
    assert picture.width == 2 * width
    assert (left, right) == (pytest.approx(36, abs=1.5), pytest.approx(width - 36, abs=1.5))
    assert picture.height / 2 - bottom > 30
    assert bottom - top < 12  # upright: one line of text


def test_portrait_and_landscape_pages_can_be_mixed(bound):
    def turned(canvas):
        canvas.setPageSize(LANDSCAPE)
        canvas.drawString(100, 300, "wide")

    document = bound([imported_segment(on_canvas(text_at(72, 700, "tall"), turned))])
    document.assert_sound()
    with document.with_mupdf() as pdf:
        assert [page.rect.br for page in pdf] == [pymupdf.Point(595, 842), pymupdf.Point(842, 595)]
        assert [footer(page)[2] for page in pdf] == [pytest.approx(595 - 36, abs=0.5), pytest.approx(842 - 36, abs=0.5)]


def test_platypus_pages_of_many_chunks_become_one_document(bound):
    def statement(chunk):
        file = BytesIO()
        rows = [[str(number), f"customer {chunk}"] for number in range(120)]
        story = [Paragraph(f"Statement <b>{chunk}</b>", getSampleStyleSheet()["Title"]), Table(rows)]
        SimpleDocTemplate(file, invariant=1).build(story)
        return file.getvalue()

    document = bound([imported_segment(statement(chunk), chunk, 5) for chunk in range(5)])
    document.assert_sound()
    texts = document.texts()
    assert sum(text.startswith("Statement") for text in texts) == 5
    numbers = re.findall(r"(\d+)\s+customer (\d)", "\n".join(texts))
    assert numbers == [(str(number), str(chunk)) for chunk in range(5) for number in range(120)]


def test_table_pages_and_imported_pages_share_a_document(bound, segment):
    pdf = on_canvas(text_at(72, 700, "drawn"))
    document = bound([segment(0, 2, 2), imported_segment(pdf, 1, 2)])
    document.assert_sound()
    assert [text.split("\r\n")[0] for text in document.texts()] == ["chunk 0 page 0", "chunk 0 page 1", "drawn"]


def test_fonts_and_pictures_of_a_chunk_are_written_once(bound):
    reportlab_fonts.register()
    image = picture()

    def page(canvas):
        canvas.setFont(reportlab_fonts.REGULAR, 12)
        canvas.drawString(72, 700, "Ελληνικά, кириллица")
        canvas.drawImage(image, 72, 400, 80, 60)

    document = bound([imported_segment(on_canvas(*[page] * 20))])
    document.assert_sound()
    with document.with_qpdf() as pdf:
        values = [value for value in pdf.objects if isinstance(value, pikepdf.Stream)]
        assert sum("/Length1" in value for value in values) == 1 + 2  # the pages' font, and the document's two
        assert sum(value.get("/Subtype") == "/Image" for value in values) == 1
    assert all(text.startswith("Ελληνικά, кириллица") for text in document.texts())


def test_streams_are_copied_as_they_are(bound):
    pdf = on_canvas(text_at(72, 700, "copied"))
    with pikepdf.open(BytesIO(pdf)) as original:
        raw = original.pages[0].Contents.read_raw_bytes()
    assert raw in bound([imported_segment(pdf)]).data


def test_a_page_with_several_content_streams_is_imported_as_one(bound):
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=PORTRAIT)
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Courier)
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        parts = [b"BT /F1 12 Tf 72", b"700 Td", b"(joined)Tj ET"]
        page.Contents = pdf.make_indirect([pdf.make_stream(part) for part in parts])
        file = BytesIO()
        pdf.save(file)
    document = bound([imported_segment(file.getvalue())])
    document.assert_sound()
    assert document.texts()[0].startswith("joined")


def test_a_page_without_content_is_blank(bound):
    document = bound([imported_segment(on_canvas(lambda canvas: None))])
    document.assert_sound()
    assert document.texts()[0].startswith("Departures")


def test_inherited_attributes_of_pages_are_kept(bound):
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(10, 10))
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Courier)
        page.Contents = pdf.make_stream(b"BT /Own 12 Tf 72 700 Td (inherits)Tj ET")
        del page.MediaBox, page.Resources
        pdf.Root.Pages.MediaBox = [0, 0, 400, 800]
        pdf.Root.Pages.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(Own=font))
        file = BytesIO()
        pdf.save(file)
    document = bound([imported_segment(file.getvalue())])
    document.assert_sound()
    assert document.texts()[0].startswith("inherits")
    assert document.with_pdfium()[0].get_size() == (400, 800)


def test_links_to_the_web_are_kept_and_others_are_dropped(bound):
    def links(canvas):
        canvas.bookmarkPage("there")
        canvas.linkURL("https://example.com/ä?a=(b)", (72, 700, 200, 720))
        canvas.linkAbsolute("there", "there", (72, 600, 200, 620))

    document = bound([imported_segment(on_canvas(links))])
    document.assert_sound()
    with document.with_mupdf() as pdf:
        assert [(link["kind"], link["uri"]) for link in pdf[0].get_links()] == [
            (pymupdf.LINK_URI, "https://example.com/ä?a=(b)")
        ]
    assert b"/Names" not in document.data


def test_annotations_that_need_other_parts_of_the_document_are_dropped():
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=PORTRAIT)
        page.Contents = pdf.make_stream(b"% blank")
        elsewhere = pikepdf.Dictionary(S=pikepdf.Name.GoTo, D=[page.obj, pikepdf.Name.Fit])
        action = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://example.com", Next=elsewhere)
        page.Annots = [
            pikepdf.Dictionary(Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], A=action, P=page.obj),
            pikepdf.Dictionary(Subtype=pikepdf.Name.Screen, Rect=[0, 0, 9, 9], A=action),
        ]
        file = BytesIO()
        pdf.save(file)
    made = import_pdf(file.getvalue(), lambda k: k)
    written = b"".join(made.objects) + made.pages[0].entries.encode()
    assert b"/Link" in written
    assert b"/Screen" not in written
    assert not re.search(rb"/Type ?/(Page|Pages|Catalog)\b", written)


def test_objects_are_numbered_in_order_and_refer_to_each_other_only():
    asked = []

    def number(k):
        asked.append(k)
        return 1000 + k

    made = import_pdf(on_canvas(text_at(72, 700, "a"), text_at(72, 700, "b")), number)
    assert asked == list(range(len(made.objects)))
    assert [int(whole.split()[0]) for whole in made.objects] == [1000 + k for k in asked]
    references = {int(found) for whole in made.objects for found in re.findall(rb"(\d+) 0 R", whole)}
    assert references <= {1000 + k for k in asked}


def test_data_that_is_not_a_pdf_is_refused():
    with pytest.raises(UnusablePdf, match="can't be read"):
        import_pdf(b"%PDF-1.7 and nothing else", lambda k: k)
