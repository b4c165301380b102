import zlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO

import pikepdf
import pymupdf
import pypdf
import pypdfium2
import pytest

from octavo.documents.pdf.assembly.document import Parts, write_document
from octavo.documents.pdf.assembly.footers import Footer
from octavo.documents.pdf.assembly.metadata import Information
from octavo.documents.pdf.fonts import TextEncoder, load_fonts
from octavo.documents.pdf.pages import SegmentPages, object_number
from octavo.documents.pdf.plan import Layout, Place
from octavo.documents.pdf.syntax import objects

A4 = Layout(595.28, 841.89, 36, 8, 1, True, (Place(450, 20_000, False, True),))
CREATED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def table_segment(chunk, chunks, pages, content=None):
    """Return a segment of table pages, each of which shows its chunk and number, and its record."""
    written = []
    for page in range(pages):
        stream = content or zlib.compress(b"BT /F1 12 Tf 50 700 Td (chunk %d page %d)Tj ET" % (chunk, page))
        written.append(objects.indirect(object_number(page, chunk, chunks), b"<</Filter/FlateDecode>>", stream))
    keys = tuple(f"{chunk:03}/{page:03}" for page in range(pages))
    ends = tuple(f"{key}z" for key in keys)
    return b"".join(written), SegmentPages(tuple(map(len, written)), keys, ends)


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
        """Assert that no reader reports a fault."""
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
def parts():
    """Return a function that makes the parts of a document; what it is not given has an example value."""

    def parts(**changes):
        example = Parts(
            layout=A4,
            segments=(),
            information=Information("Departures", CREATED, "ab" * 32, author="Ann", subject="Flights (all)"),
            footer=Footer("Departures", "1 March 2026, 09:30 UTC"),
            header=b"",
            encoder=TextEncoder(load_fonts()),
        )
        return replace(example, **changes)

    return parts


@pytest.fixture(scope="session")
def bound(parts):
    """Return a function that makes a Document around segments, which are pairs of bytes and record."""

    def bound(segments=(), **changes):
        head, tail = write_document(parts(segments=[record for _, record in segments], **changes))
        written = b"".join(data for data, _ in segments)
        return Document(head + written + tail, len(written))

    return bound


@pytest.fixture(scope="session")
def tables(bound):
    """Return a function that makes a Document of table pages; `pages` has the number of each chunk."""

    def tables(*pages, content=None, **changes):
        segments = [table_segment(chunk, len(pages), count, content) for chunk, count in enumerate(pages)]
        return bound(segments, **changes)

    return tables
