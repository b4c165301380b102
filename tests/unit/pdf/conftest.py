import zlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from io import BytesIO

import pikepdf
import pymupdf
import pypdf
import pypdfium2
import pytest
from reportlab.pdfbase.pdfmetrics import stringWidth

from octavo.documents.pdf.assembly.footers import Footer
from octavo.documents.pdf.assembly.metadata import Information
from octavo.documents.pdf.assembly.structure import Book, Shared, bind
from octavo.documents.pdf.pages import SegmentPages, object_number
from octavo.documents.pdf.syntax import objects

A4 = (595.28, 841.89)
CREATED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def helvetica(text, *, bold=False):
    font = "Helvetica-Bold" if bold else "Helvetica"
    return objects.literal(text.encode("cp1252", "replace")) + b"Tj", round(stringWidth(text, font, 1000))


def share_helvetica(add):
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica%b/Encoding/WinAnsiEncoding>>"
    return Shared(b"/F1 %d 0 R/F2 %d 0 R" % (add(font % b""), add(font % b"-Bold")))


def table_segment(chunk, chunks, pages, content=None):
    """Return a segment of table pages that say which they are, and its record."""
    written = []
    for page in range(pages):
        stream = content or zlib.compress(b"BT /F1 12 Tf 50 700 Td (chunk %d page %d)Tj ET" % (chunk, page))
        written.append(objects.indirect(object_number(page, chunk, chunks), b"<</Filter/FlateDecode>>", stream))
    keys = tuple(f"{chunk:03}/{page:03}" for page in range(pages))
    ends = tuple(f"{key}z" for key in keys)
    return b"".join(written), SegmentPages(tuple(map(len, written)), (50,) * pages, keys, ends)


@dataclass(frozen=True)
class Document:
    """A document and the readers that check it."""

    data: bytes
    segments: int  # bytes of the segments

    def with_qpdf(self):
        return pikepdf.open(BytesIO(self.data))

    def with_pypdf(self):
        return pypdf.PdfReader(BytesIO(self.data), strict=True)

    def with_pdfium(self):
        return pypdfium2.PdfDocument(self.data)

    def with_mupdf(self):
        pymupdf.TOOLS.reset_mupdf_warnings()
        return pymupdf.open("pdf", self.data)

    def texts(self):
        """The text of each page, as pdfium reads it."""
        return [page.get_textpage().get_text_bounded() for page in self.with_pdfium()]

    def assert_sound(self):
        """No reader has anything to say against it."""
        with self.with_qpdf() as pdf:
            assert pdf.check_pdf_syntax() == []
            pages = len(pdf.pages)
        assert len(self.with_pypdf().pages) == pages
        assert len(self.with_pdfium()) == pages
        with self.with_mupdf() as pdf:
            assert pdf.page_count == pages
            assert not pdf.is_repaired
            assert all(page.get_text() is not None for page in pdf)
        assert pymupdf.TOOLS.mupdf_warnings() == ""


@pytest.fixture(scope="session")
def segment():
    return table_segment


@pytest.fixture(scope="session")
def encode():
    return helvetica


@pytest.fixture(scope="session")
def book():
    """Return a book; what isn't given is made up."""
    width, height = A4
    blank = Book(
        width=width,
        height=height,
        segments=(),
        information=Information("Departures", CREATED, "ab" * 32, author="Ann", subject="Flights (all)"),
        footer=Footer("Departures", "1 March 2026, 09:30 UTC"),
        share=share_helvetica,
        encode=helvetica,
    )
    return partial(replace, blank)


@pytest.fixture(scope="session")
def bound(book):
    """Bind written segments, pairs of bytes and record, into a Document."""

    def bound(segments=(), **changes):
        head, tail = bind(book(segments=[record for _, record in segments], **changes))
        written = b"".join(data for data, _ in segments)
        return Document(head + written + tail, len(written))

    return bound


@pytest.fixture(scope="session")
def tables(bound):
    """Return a Document of table pages, `pages` to each chunk."""

    def tables(*pages, content=None, **changes):
        segments = [table_segment(chunk, len(pages), count, content) for chunk, count in enumerate(pages)]
        return bound(segments, **changes)

    return tables
