"""Drawn pages: any PDF, such as reportlab's, re-emitted under numbers that fit the document.

    the PDF                          what it becomes
    page dictionary                  DrawnPage, from which the tail makes a page dictionary
      /Contents  stream              a form XObject (§ 8.10) with the same bytes, named /Page on its page,
      /Resources …                   which keeps its own resources
      /MediaBox, /Rotate …           entries of the new page dictionary, inherited ones as well
    fonts, images …                  the same, renumbered; streams are copied as they are, never inflated

The form is why a drawn page can have a footer: its fonts can't clash with the document's, which have names of their
own inside it, and neither colours nor transformations, however they were left, leak out of it.

Links to the web are kept. What needs more than its page is dropped: links to other pages, form fields, layers.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from io import BytesIO
from typing import cast

from pypdf import PageObject, PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, PdfObject, StreamObject

from octavo.documents.pdf.pages import DrawnPage, Frame
from octavo.documents.pdf.syntax import objects

BOXES = ("/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox")
KEPT = (*BOXES, "/Rotate", "/UserUnit")
OUTSIDE = {"/Page", "/Pages", "/Catalog"}  # what leads out of the page and into the file it came from


@dataclass(frozen=True)
class Drawn:
    """The objects, whole and in order (k = 0, 1, …), and the pages."""

    objects: list[bytes]
    pages: list[DrawnPage]


def reemit(pdf: bytes, number: Callable[[int], int], fonts: int | None = None) -> Drawn:
    """Take a PDF apart into objects under new numbers; `number(k)` is asked once for each k = 0, 1, …, in order.

    With `fonts`, the number of a dictionary of fonts, the pages get those instead of their own: the cover's texts are
    in the document's fonts.
    """
    emitter = _Emitter(number, fonts)
    pages = [emitter.page(page) for page in PdfReader(BytesIO(pdf), strict=True).pages]
    return Drawn(emitter.objects, pages)


class _Emitter:
    """Numbers objects as they are met, and writes them in that order, each once."""

    def __init__(self, number: Callable[[int], int], fonts: int | None) -> None:
        self._number = number
        self._fonts = fonts
        self._numbers: dict[int, int] = {}  # new ones, by those in the PDF
        self._waiting: deque[IndirectObject] = deque()
        self._met = 0
        self.objects: list[bytes] = []

    def page(self, page: PageObject) -> DrawnPage:
        """Write the page's form and whatever it refers to that is not written yet."""
        number = self._next()
        box = page.cropbox
        edges = float(box.left), float(box.bottom), float(box.right), float(box.top)
        frame = Frame(*edges, page.rotation % 360)
        entries = b"".join(key.encode() + b" " + self._value(page.raw_get(key)) for key in KEPT if key in page)
        if links := [self._entries(link, leave={"/P", "/Parent"}) for link in _links_to_the_web(page)]:
            entries += b"/Annots" + objects.array(b"<<%b>>" % link for link in links)
        self.objects.append(self._form(number, page))
        while self._waiting:
            self.objects.append(self._indirect(self._waiting.popleft()))
        return DrawnPage(number, frame, entries.decode("latin-1"))

    def _form(self, number: int, page: PageObject) -> bytes:
        """Write the page's content as a form that covers its media box."""
        entries, content = self._content(page)
        entries += b"/Type/XObject/Subtype/Form/BBox" + self._value(page["/MediaBox"])
        entries += b"/Resources " + self._resources(page)
        if "/Group" in page:
            entries += b"/Group " + self._value(page.raw_get("/Group"))
        return objects.indirect(number, b"<<%b>>" % entries, content)

    def _resources(self, page: PageObject) -> bytes:
        if self._fonts is None:
            return self._value(page.raw_get("/Resources"))
        own = self._entries(cast(DictionaryObject, page["/Resources"]), leave={"/Font"})
        return b"<</Font %d 0 R%b>>" % (self._fonts, own)

    def _content(self, page: PageObject) -> tuple[bytes, bytes]:
        """Return the content's entries and bytes: as they are if they are one stream, else joined (§ 7.8.2)."""
        contents = page.get("/Contents", ArrayObject())
        contents = contents.get_object()
        if isinstance(contents, StreamObject):
            return self._entries(contents, leave={"/Length"}), contents._data
        parts = [cast(StreamObject, part.get_object()).get_data() for part in contents]
        return b"/Filter/FlateDecode", zlib.compress(b"\n".join(parts))

    def _next(self) -> int:
        number = self._number(self._met)
        self._met += 1
        return number

    def _indirect(self, reference: IndirectObject) -> bytes:
        number, value = self._numbers[reference.idnum], reference.get_object()
        if isinstance(value, StreamObject):
            return objects.indirect(number, b"<<%b>>" % self._entries(value, leave={"/Length"}), value._data)
        return objects.indirect(number, self._value(value))

    def _value(self, value: PdfObject | None) -> bytes:
        """Write a value; what it refers to gets a number and waits for its turn."""
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
    """Return the page's links to addresses (§ 12.5.6.5, § 12.6.4.7)."""
    annotations = [cast(DictionaryObject, annotation.get_object()) for annotation in page.get("/Annots", ())]
    return [annotation for annotation in annotations if _action(annotation).get("/S") == "/URI"]


def _action(annotation: DictionaryObject) -> DictionaryObject:
    action = annotation.get("/A")
    return (
        action if annotation.get("/Subtype") == "/Link" and isinstance(action, DictionaryObject) else DictionaryObject()
    )
