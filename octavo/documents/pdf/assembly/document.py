"""Assemble the document around its segments, from their records alone: the segments themselves are never read.

    head       %PDF-1.7
    segments   objects 1 … m: content streams, or form XObjects and what they need
    tail       m + 1 …
               the cover, last in bytes and first in the page tree
               footers
               what pages share: fonts, header row, shading
               page dictionaries and the page tree
               outline, metadata, catalog
               cross-reference stream

The fonts are cut down to the glyphs in use. Therefore all texts of the merge are encoded before the fonts are embedded:
the header row and the cover first, then the footers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from pypdf import PdfReader

from octavo.authoring.report_type import ReportType
from octavo.documents.pdf.assembly import outline
from octavo.documents.pdf.assembly.footers import Footer, Footers
from octavo.documents.pdf.assembly.metadata import Information
from octavo.documents.pdf.assembly.page_tree import PageTree
from octavo.documents.pdf.assembly.tail import Tail
from octavo.documents.pdf.assembly.xobjects import add_xobjects, draw_header
from octavo.documents.pdf.cover.contents import cover_contents
from octavo.documents.pdf.cover.cover import draw_cover
from octavo.documents.pdf.custom.pdf_import import import_pdf
from octavo.documents.pdf.fonts import TextEncoder, breaks, embed, load_fonts
from octavo.documents.pdf.pages import ImportedPage, PageBox, SegmentPages, object_number
from octavo.documents.pdf.plan import Layout, PdfPlan
from octavo.documents.pdf.syntax import objects
from octavo.documents.pdf.table.cells import cell_writers
from octavo.lifecycle.manifest import Manifest
from octavo.lifecycle.report import Report
from octavo.settings import settings

CREATED = "%Y-%m-%d %H:%M UTC"
PAGES_WITH_OUTLINE = 10  # a document with fewer pages opens without the outline beside it

Page = ImportedPage | int
"""A page that has no dictionary yet: imported, or the number of a table page's content stream."""


def assemble_document(
    report: Report, report_type: type[ReportType], manifest: Manifest, segments: Sequence[SegmentPages]
) -> tuple[bytes, bytes, int]:
    """Return the head and the tail of the document, and the number of its pages, which includes the cover."""
    plan = PdfPlan.from_json(manifest.layout)
    encoder = TextEncoder(load_fonts(settings.fonts))
    for segment in segments:
        encoder.collect(segment.glyphs, segment.missing)
    header = draw_header(cell_writers(report_type.columns, plan, encoder), plan.layout)
    cover = _draw_cover(report, report_type, manifest, plan, encoder)
    parts = Parts(
        layout=plan.layout,
        segments=segments,
        information=_information(report, report_type),
        footer=Footer(report_type.title, report.created_at.strftime(CREATED), plan.layout.margin_pt),
        header=header,
        cover=cover,
        encoder=encoder,
    )
    head, tail = write_document(parts)
    return head, tail, PdfReader(BytesIO(cover)).get_num_pages() + sum(segment.pages for segment in segments)


def _draw_cover(
    report: Report, report_type: type[ReportType], manifest: Manifest, plan: PdfPlan, encoder: TextEncoder
) -> bytes:
    """Return the cover as a PDF. It says how many characters no font has, which includes those of the cover itself."""
    missing = encoder.missing
    cover = draw_cover(cover_contents(report, report_type, manifest, plan, missing), encoder, breaks)
    if encoder.missing > missing:
        contents = cover_contents(report, report_type, manifest, plan, encoder.missing)
        cover = draw_cover(contents, encoder, breaks)
    return cover


def _information(report: Report, report_type: type[ReportType]) -> Information:
    return Information(
        title=report_type.title,
        created=report.created_at.replace(microsecond=0),
        fingerprint=report.fingerprint.rpartition(":")[2],
        author=report_type.author,
        subject=" ".join(report_type.description.split()),
        language=report_type.language,
    )


@dataclass(frozen=True)
class Parts:
    """What a document is put together from.

    `header` is the operators of the header row, and `cover` is a PDF. `encoder` knows the glyphs of the segments, of
    the header row and of the cover.
    """

    layout: Layout
    segments: Sequence[SegmentPages]
    information: Information
    footer: Footer
    header: bytes
    encoder: TextEncoder
    cover: bytes | None = None


def write_document(parts: Parts) -> tuple[bytes, bytes]:
    """Return the head and the tail of a document; the same parts make the same bytes.

    Raises ValueError if the document has no page.
    """
    placed = _placed(parts.segments)
    start = len(objects.HEADER) + sum(sum(segment.lengths) for segment in parts.segments)
    tail = Tail(start, 1 + max((int(numbers[-1]) for numbers, _ in placed), default=0))

    fonts = tail.reserve()  # the dictionary of the fonts; pages refer to it before it can be written
    cover_pages = _import_cover(parts.cover, fonts, tail)
    pages = [*cover_pages, *_pages(parts.segments)]
    if not pages:
        raise ValueError("A document needs a page: give it a cover.")
    first_page = tail.reserve(len(pages))
    tree = PageTree(len(pages), first_page, tail.reserve(sum(PageTree.levels(len(pages)))))

    _add_pages(parts, pages, tree, fonts, tail)
    xobjects = _add_shared_objects(parts, fonts, tail)
    _add_page_tree(parts.layout, tree, fonts, xobjects, tail)
    outlines = _add_outline(parts, pages, first_page, tail)
    metadata = tail.add(b"<</Type/Metadata/Subtype/XML>>", parts.information.xmp())
    catalog = tail.add(_catalog(parts.information, tree, outlines, metadata))
    information = tail.add(parts.information.dictionary())

    trailer = b"/Root %d 0 R/Info %d 0 R/ID%b" % (catalog, information, parts.information.id())
    return objects.HEADER, tail.finish(placed, trailer)


def _placed(segments: Sequence[SegmentPages]) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return the numbers and the offsets of each segment's objects, except for segments without objects."""
    placed = []
    offset = len(objects.HEADER)
    for chunk, segment in enumerate(segments):
        if segment.lengths:
            ends = offset + np.cumsum(segment.lengths, dtype=np.int64)
            numbers = object_number(0, chunk, len(segments)) + len(segments) * np.arange(len(ends), dtype=np.int64)
            placed.append((numbers, np.concatenate([[offset], ends[:-1]])))
            offset = int(ends[-1])
    return placed


def _import_cover(pdf: bytes | None, fonts: int, tail: Tail) -> list[ImportedPage]:
    """Add the objects of the cover, whose pages get the document's fonts; return its pages."""
    if pdf is None:
        return []
    first = tail.next_number
    cover = import_pdf(pdf, lambda k: first + k, fonts)
    for number, whole in enumerate(cover.objects, tail.reserve(len(cover.objects))):
        tail.write(number, whole)
    return cover.pages


def _pages(segments: Sequence[SegmentPages]) -> Iterator[Page]:
    """Yield the pages of all chunks in order."""
    for chunk, segment in enumerate(segments):
        if segment.imported is None:
            first, end = (object_number(k, chunk, len(segments)) for k in (0, segment.pages))
            yield from range(first, end, len(segments))
        else:
            yield from segment.imported


def _add_pages(parts: Parts, pages: Sequence[Page], tree: PageTree, fonts: int, tail: Tail) -> None:
    """Add the page dictionaries (§ 7.7.3.3) and their footers. The first page of a cover has no footer."""
    footers = Footers(parts.footer, len(pages), parts.encoder, tail.add)
    table_box = PageBox.of_size(parts.layout.width_pt, parts.layout.height_pt)
    show = tail.add(b"<<>>", b"/Page Do") if any(isinstance(page, ImportedPage) for page in pages) else 0
    dictionaries = []
    for index, page in enumerate(pages):
        if isinstance(page, ImportedPage):
            own, box, entries = show, page.box, _imported_entries(page, fonts)
        else:
            own, box, entries = page, table_box, b""
        footer = b"" if parts.cover and not index else b" %d 0 R %d 0 R" % footers.streams(index + 1, box)
        dictionaries.append(
            b"<</Type/Page/Parent %d 0 R/Contents[%d 0 R%b]%b>>" % (tree.parent(index), own, footer, entries)
        )
    tail.put_all(tree.first_page, dictionaries)


def _imported_entries(page: ImportedPage, fonts: int) -> bytes:
    """Return the entries that only the dictionary of an imported page has."""
    resources = b"/Resources<</Font %d 0 R/XObject<</Page %d 0 R>>>>" % (fonts, page.xobject)
    return page.entries.encode("latin-1") + resources


def _add_shared_objects(parts: Parts, fonts: int, tail: Tail) -> bytes:
    """Add the fonts, the header row and the shading; return the entries of the XObjects in a resource dictionary.

    This comes after the last text is encoded, because the fonts have only the glyphs that are in use.
    """
    numbers = embed(parts.encoder.fonts, parts.encoder.glyphs, tail.add_deflated)
    entries = "".join(f"/{name} {number} 0 R" for name, number in numbers.items()).encode("ascii")
    tail.put(fonts, b"<<%b>>" % entries)
    return add_xobjects(parts.header, entries, parts.layout, tail.add_deflated)


def _add_page_tree(layout: Layout, tree: PageTree, fonts: int, xobjects: bytes, tail: Tail) -> None:
    """Add the nodes of the page tree. Table pages inherit from its root all that they share."""
    size = objects.array([b"0", b"0", objects.number(layout.width_pt), objects.number(layout.height_pt)])
    inherited = b"/MediaBox%b/Resources<</Font %d 0 R/XObject<<%b>>>>" % (size, fonts, xobjects)
    tail.put_all(tree.first_node, tree.nodes(inherited))


def _add_outline(parts: Parts, pages: Sequence[Page], first_page: int, tail: Tail) -> int:
    """Add the outline: the cover under the document's title, then the pages of rows; return its number."""

    def destination(index: int) -> bytes:
        page = pages[index]
        top = page.box.top if isinstance(page, ImportedPage) else parts.layout.height_pt
        return b"[%d 0 R/XYZ 0 %b null]" % (first_page + index, objects.number(top))

    first_keys = [key for segment in parts.segments for key in segment.first_keys]
    last_keys = [key for segment in parts.segments for key in segment.last_keys]
    cover_pages = len(pages) - len(first_keys)  # they have no keys
    entries = [
        outline.Entry(parts.information.title, 0),
        *outline.page_entries(first_keys, last_keys, cover_pages),
    ]
    return outline.write(entries, tail, destination)


def _catalog(information: Information, tree: PageTree, outlines: int, metadata: int) -> bytes:
    """Return the catalog (§ 7.7.2)."""
    return objects.dictionary(
        {
            "Type": b"/Catalog",
            "Pages": objects.reference(tree.root),
            "Outlines": objects.reference(outlines),
            "Metadata": objects.reference(metadata),
            "Lang": objects.text(information.language),
            "ViewerPreferences": b"<</DisplayDocTitle true>>",
            "PageLayout": b"/OneColumn",
            "PageMode": b"/UseOutlines" if tree.pages >= PAGES_WITH_OUTLINE else b"/UseNone",
        }
    )
