"""Import the pages of any PDF, such as one by reportlab, under object numbers that fit the document.

    the PDF                          what it becomes
    page dictionary                  ImportedPage, from which the merge makes a page dictionary
      /Contents  stream              a form XObject (PDF 32000-1 § 8.10) with the same bytes, named /Page on its page,
      /Resources …                   which keeps its own resources
      /MediaBox, /Rotate …           entries of the new page dictionary, including inherited ones
    fonts, images …                  the same, renumbered; streams are copied as they are, and never inflated

The form XObject makes it possible to add a footer: the page's fonts have names of their own inside it, so that they
cannot conflict with the document's, and no colour or transformation that the page leaves behind reaches the footer.

Links to the web are kept. What needs more than its page is left out: links to other pages, form fields, layers. A PDF
with hidden layers is refused, because they would be seen.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from io import BytesIO
from typing import cast

from pypdf import PageObject, PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, PdfObject, StreamObject

from octavo.documents.pdf.pages import ImportedPage, PageBox
from octavo.documents.pdf.syntax import objects

BOXES = ("/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox")
KEPT = (*BOXES, "/Rotate", "/UserUnit")
OUTSIDE = {"/Page", "/Pages", "/Catalog"}  # references to these lead out of the page, into the file it came from


@dataclass(frozen=True)
class ImportedPdf:
    """The complete objects in order (k = 0, 1, …), and the pages."""

    objects: list[bytes]
    pages: list[ImportedPage]


class UnusablePdf(Exception):
    """The PDF can't become pages of a document; the message says why."""


def import_pdf(pdf: bytes, number: Callable[[int], int], fonts: int | None = None) -> ImportedPdf:
    """Take a PDF apart into objects with new numbers: that of the k-th object is `number(k)`.

    `fonts` is the number of a dictionary of fonts that the pages get instead of their own. The cover uses it, because
    its texts are in the document's fonts.

    Raises UnusablePdf.
    """
    importer = _Importer(number, fonts)
    try:
        reader = PdfReader(BytesIO(pdf), strict=True)
        _require_usable(reader)
        pages = [importer.page(page) for page in reader.pages]
    except PyPdfError as error:
        raise UnusablePdf(f"it can't be read ({type(error).__name__})") from error
    return ImportedPdf(importer.objects, pages)


def _require_usable(reader: PdfReader) -> None:
    """Raise UnusablePdf for a PDF whose pages can't be imported so that they look as they do in it."""
    if reader.is_encrypted:
        raise UnusablePdf("it is encrypted; save it without a password and without permissions")
    if not reader.pages:
        raise UnusablePdf("it has no pages; draw one at least, for a report without a page would be no report")
    if _hides_layers(reader):
        raise UnusablePdf("it has hidden layers, which would be seen in the document; leave them out")


def _hides_layers(reader: PdfReader) -> bool:
    """Is a layer (§ 8.11) hidden when the PDF is opened?"""
    layers = cast(DictionaryObject, reader.root_object.get("/OCProperties", DictionaryObject()).get_object())
    default = cast(DictionaryObject, layers.get("/D", DictionaryObject()).get_object())
    if default.get("/BaseState") == "/OFF":
        shown = cast(ArrayObject, default.get("/ON", ArrayObject()).get_object())
        return len(shown) < len(cast(ArrayObject, layers.get("/OCGs", ArrayObject()).get_object()))
    return bool(cast(ArrayObject, default.get("/OFF", ArrayObject()).get_object()))


class _Importer:
    """Numbers objects in the order in which it finds them, and writes each once in this order."""

    def __init__(self, number: Callable[[int], int], fonts: int | None) -> None:
        self._number = number
        self._fonts = fonts
        self._numbers: dict[int, int] = {}  # the new number of each number in the PDF
        self._waiting: deque[IndirectObject] = deque()
        self._found = 0
        self.objects: list[bytes] = []

    def page(self, page: PageObject) -> ImportedPage:
        """Write the page as a form XObject, and the objects it refers to that are not written yet."""
        number = self._next()
        crop = page.cropbox
        edges = float(crop.left), float(crop.bottom), float(crop.right), float(crop.top)
        box = PageBox(*edges, page.rotation % 360)
        entries = b"".join(key.encode() + b" " + self._value(page.raw_get(key)) for key in KEPT if key in page)
        if links := [self._entries(link, leave={"/P", "/Parent"}) for link in _links_to_the_web(page)]:
            entries += b"/Annots" + objects.array(b"<<%b>>" % link for link in links)
        self.objects.append(self._xobject(number, page))
        while self._waiting:
            self.objects.append(self._indirect(self._waiting.popleft()))
        return ImportedPage(number, box, entries.decode("latin-1"))

    def _xobject(self, number: int, page: PageObject) -> bytes:
        """Write the content of the page as a form XObject that covers its media box."""
        entries, content = self._content(page)
        entries += b"/Type/XObject/Subtype/Form/BBox" + self._value(page["/MediaBox"])
        entries += b"/Resources " + self._resources(page)
        if "/Group" in page:
            entries += b"/Group " + self._value(page.raw_get("/Group"))
        return objects.indirect(number, b"<<%b>>" % entries, content)

    def _resources(self, page: PageObject) -> bytes:
        if "/Resources" not in page:  # nothing on the page needs any
            return b"<<>>"
        if self._fonts is None:
            return self._value(page.raw_get("/Resources"))
        own = self._entries(cast(DictionaryObject, page["/Resources"]), leave={"/Font"})
        return b"<</Font %d 0 R%b>>" % (self._fonts, own)

    def _content(self, page: PageObject) -> tuple[bytes, bytes]:
        """Return the entries and the bytes of the content: unchanged if it is one stream, else joined (§ 7.8.2)."""
        contents = page.get("/Contents", ArrayObject())
        contents = contents.get_object()
        if isinstance(contents, StreamObject):
            return self._entries(contents, leave={"/Length"}), contents._data
        parts = [cast(StreamObject, part.get_object()).get_data() for part in contents]
        return b"/Filter/FlateDecode", zlib.compress(b"\n".join(parts))

    def _next(self) -> int:
        number = self._number(self._found)
        self._found += 1
        return number

    def _indirect(self, reference: IndirectObject) -> bytes:
        number, value = self._numbers[reference.idnum], reference.get_object()
        if isinstance(value, StreamObject):
            return objects.indirect(number, b"<<%b>>" % self._entries(value, leave={"/Length"}), value._data)
        return objects.indirect(number, self._value(value))

    def _value(self, value: PdfObject | None) -> bytes:
        """Write a value. An object that it refers to gets a number, and is written later."""
        match value:
            case IndirectObject():
                if value.idnum not in self._numbers:
                    self._numbers[value.idnum] = self._next()
                    self._waiting.append(value)
                return objects.reference(self._numbers[value.idnum])
            case DictionaryObject():
                return b"null" if value.get("/Type") in OUTSIDE else b"<<%b>>" % self._entries(value)
            case ArrayObject():
                return objects.array(map(self._value, value))
            case None:
                return b"null"
        written = BytesIO()
        value.write_to_stream(written)
        return written.getvalue()

    def _entries(self, value: DictionaryObject, leave: Collection[str] = ()) -> bytes:
        return b"".join(_name(key) + b" " + self._value(entry) for key, entry in value.items() if key not in leave)


def _name(key: str) -> bytes:
    written = BytesIO()
    NameObject(key).write_to_stream(written)
    return written.getvalue()


def _links_to_the_web(page: PageObject) -> list[DictionaryObject]:
    """Return the links of the page to web addresses (§ 12.5.6.5, § 12.6.4.7)."""
    annotations = [cast(DictionaryObject, annotation.get_object()) for annotation in page.get("/Annots", ())]
    return [annotation for annotation in annotations if _action(annotation).get("/S") == "/URI"]


def _action(annotation: DictionaryObject) -> DictionaryObject:
    action = annotation.get("/A")
    return (
        action if annotation.get("/Subtype") == "/Link" and isinstance(action, DictionaryObject) else DictionaryObject()
    )
