"""A PDF document around its segments: what the merge writes, from their records alone.

    head       %PDF-1.7
    segments   objects 1 … m: content streams, or forms and what they need; never read here, their sizes suffice
    tail       m + 1 …: what the pages share (fonts, forms)
               the cover, last in bytes, first in the page tree
               footers, page dictionaries, the page tree
               outline, information, XMP, catalog
               cross-reference stream

All that `bind` needs is in a Book, and it returns bytes: the same book makes the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from octavo.documents.pdf.assembly import outline
from octavo.documents.pdf.assembly.footers import Footer, Footers
from octavo.documents.pdf.assembly.metadata import Information
from octavo.documents.pdf.assembly.tail import Add, Tail
from octavo.documents.pdf.custom import reemit
from octavo.documents.pdf.fonts.encode import Encode
from octavo.documents.pdf.pages import DrawnPage, Frame, PageTree, SegmentPages, object_number
from octavo.documents.pdf.syntax import objects

PAGES_WITH_PANE = 10  # a document of fewer opens without the outline beside it


@dataclass(frozen=True)
class Shared:
    """What pages share, as entries of resource dictionaries (§ 7.8.3): `/F1 7 0 R/F2 8 0 R`."""

    fonts: bytes
    forms: bytes = b""


@dataclass(frozen=True)
class Book:
    """All that a document is made from.

    `width` and `height` are the table pages', in points. `share` adds the shared objects to the tail, which deflates
    their streams, and says what they are called. Table pages have all of them, the cover and the drawn pages' footers
    the fonts. It is called once all texts of the cover and the footers are encoded, so fonts can be cut down to what is
    used. `cover` is a PDF.
    """

    width: float
    height: float
    segments: Sequence[SegmentPages]
    information: Information
    footer: Footer
    share: Callable[[Add], Shared]
    encode: Encode
    cover: bytes | None = None


Page = DrawnPage | int
"""A page before it has a dictionary: drawn, or the number of a table page's content stream."""


def bind(book: Book) -> tuple[bytes, bytes]:
    """Return the document's head and tail. Raises ValueError for a document without any page."""
    placed = _placed(book.segments)
    start = len(objects.HEADER) + sum(sum(segment.lengths) for segment in book.segments)
    tail = Tail(start, 1 + max((int(numbers[-1]) for numbers, _ in placed), default=0))

    fonts = tail.reserve()
    cover = _cover(book.cover, tail, fonts)
    pages = [*cover, *_pages(book.segments)]
    if not pages:
        raise ValueError("A document needs a page: give it a cover.")

    first_page = tail.reserve(len(pages))
    tree = PageTree(len(pages), first_page, tail.reserve(sum(PageTree.levels(len(pages)))))
    tail.put_all(first_page, _dictionaries(book, pages, tree, fonts, tail))
    shared = book.share(tail.add_deflated)  # by now all texts are encoded
    tail.put(fonts, b"<<%b>>" % shared.fonts)
    size = objects.array([b"0", b"0", objects.number(book.width), objects.number(book.height)])
    inherited = b"/MediaBox%b/Resources<</Font %d 0 R/XObject<<%b>>>>" % (size, fonts, shared.forms)
    tail.put_all(tree.first_node, tree.nodes(inherited))

    catalog = tail.add(_catalog(book, pages, tree, tail))
    information = tail.add(book.information.dictionary())
    trailer = b"/Root %d 0 R/Info %d 0 R/ID%b" % (catalog, information, book.information.id())
    return objects.HEADER, tail.finish(placed, trailer)


def _placed(segments: Sequence[SegmentPages]) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return the numbers and the offsets of each segment's objects; segments without any are left out."""
    placed = []
    offset = len(objects.HEADER)
    for chunk, segment in enumerate(segments):
        if segment.lengths:
            ends = offset + np.cumsum(segment.lengths, dtype=np.int64)
            numbers = object_number(0, chunk, len(segments)) + len(segments) * np.arange(len(ends), dtype=np.int64)
            placed.append((numbers, np.concatenate([[offset], ends[:-1]])))
            offset = int(ends[-1])
    return placed


def _cover(pdf: bytes | None, tail: Tail, fonts: int) -> list[DrawnPage]:
    """Re-emit the cover into the tail; return its pages."""
    if pdf is None:
        return []
    numbers: list[int] = []

    def number(k: int) -> int:
        numbers.append(tail.reserve())
        return numbers[k]

    cover = reemit.reemit(pdf, number, fonts)
    for taken, whole in zip(numbers, cover.objects, strict=True):
        tail.write(taken, whole)
    return cover.pages


def _pages(segments: Sequence[SegmentPages]) -> Iterator[Page]:
    """Yield the pages of all chunks in order."""
    for chunk, segment in enumerate(segments):
        if segment.drawn is None:
            yield from (object_number(k, chunk, len(segments)) for k in range(segment.pages))
        else:
            yield from segment.drawn


def _dictionaries(book: Book, pages: Sequence[Page], tree: PageTree, fonts: int, tail: Tail) -> list[bytes]:
    """Return the page dictionaries (§ 7.7.3.3), every page but a cover's first with its footer."""
    footers = Footers(book.footer, len(pages), book.encode, tail.add)
    table_frame = Frame.of_size(book.width, book.height)
    draw = tail.add(b"<<>>", b"/Page Do") if any(isinstance(page, DrawnPage) for page in pages) else 0
    dictionaries = []
    for index, page in enumerate(pages):
        if isinstance(page, DrawnPage):
            own, frame = draw, page.frame
            entries = f"{page.entries}/Resources<</Font {fonts} 0 R/XObject<</Page {page.form} 0 R>>>>".encode(
                "latin-1"
            )
        else:
            own, frame, entries = page, table_frame, b""
        footer = b"" if book.cover and not index else b" %d 0 R %d 0 R" % footers.streams(index + 1, frame)
        parent = tree.parent(index)
        dictionaries.append(b"<</Type/Page/Parent %d 0 R/Contents[%d 0 R%b]%b>>" % (parent, own, footer, entries))
    return dictionaries


def _catalog(book: Book, pages: Sequence[Page], tree: PageTree, tail: Tail) -> bytes:
    """Add the outline and the metadata; return the catalog (§ 7.7.2)."""
    information = book.information

    def destination(index: int) -> bytes:
        page = pages[index]
        top = page.frame.top if isinstance(page, DrawnPage) else book.height
        return b"[%d 0 R/XYZ 0 %b null]" % (tree.first_page + index, objects.number(top))

    first_keys = [key for segment in book.segments for key in segment.first_keys]
    last_keys = [key for segment in book.segments for key in segment.last_keys]
    first_page = len(pages) - len(first_keys)  # the cover has none
    entries = [
        outline.Entry(information.title, 0),
        *outline.page_entries(first_keys, last_keys, first_page),
    ]
    return objects.dictionary(
        {
            "Type": b"/Catalog",
            "Pages": objects.reference(tree.root),
            "Outlines": objects.reference(outline.write(entries, tail, destination)),
            "Metadata": objects.reference(tail.add(b"<</Type/Metadata/Subtype/XML>>", information.xmp())),
            "Lang": objects.text(information.language),
            "ViewerPreferences": b"<</DisplayDocTitle true>>",
            "PageLayout": b"/OneColumn",
            "PageMode": b"/UseOutlines" if len(pages) >= PAGES_WITH_PANE else b"/UseNone",
        }
    )
