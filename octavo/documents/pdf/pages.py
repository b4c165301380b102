"""The record of a segment: what the merge knows of its pages, which it never reads.

A segment is the bytes of its objects and nothing else. The k-th object of chunk i of n chunks has the number
1 + k·n + i. Every chunk can therefore number its objects, and refer to them, before the number of pages of the other
chunks is known:

    3 chunks     k = 0   1   2   3
    chunk 0          1   4   7  10
    chunk 1          2   5   -   -      numbers that a chunk did not need (8, 11) become free entries
    chunk 2          3   6   9   -      of the cross-reference (PDF 32000-1 § 7.5.4)

A table page is one object, its content stream, and k is the number of the page in its chunk. All that it uses is
shared, and inherited from the root of the page tree. An imported page is a form XObject and the objects that it needs
(`octavo.documents.pdf.custom.pdf_import`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from octavo.documents.pdf.fonts.glyphs import Glyphs


def object_number(k: int, chunk: int, chunks: int) -> int:
    """Return the number of a chunk's k-th object; `k` and `chunk` count from 0."""
    return 1 + k * chunks + chunk


@dataclass(frozen=True)
class PageBox:
    """The visible area of a page in points, in the page's own coordinates, and its rotation clockwise in degrees."""

    left: float
    bottom: float
    right: float
    top: float
    rotate: int = 0

    @classmethod
    def of_size(cls, width: float, height: float) -> PageBox:
        return cls(0, 0, width, height)

    @property
    def width(self) -> float:
        """The width of the page as it is displayed."""
        return self.top - self.bottom if self.rotate % 180 else self.right - self.left


@dataclass(frozen=True)
class ImportedPage:
    """A page that comes from another PDF, as a form XObject with the number `xobject`.

    `entries` are further entries of its page dictionary, such as /MediaBox, as the PDF has them, in Latin-1.
    """

    xobject: int
    box: PageBox
    entries: str

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ImportedPage:
        return cls(value["xobject"], PageBox(**value["box"]), value["entries"])


@dataclass(frozen=True)
class SegmentPages:
    """The pages of a segment.

    `lengths` are the sizes in bytes of the segment's objects, for k = 0, 1, …, without gaps. `imported` is None for
    table pages. `first_keys` and `last_keys` are short texts of the order values of each page's first and last row, for
    the outline. `glyphs` are those that the pages use of the document's fonts, and `missing` is how many characters
    none of these fonts had.
    """

    lengths: tuple[int, ...]
    first_keys: tuple[str, ...]
    last_keys: tuple[str, ...]
    imported: tuple[ImportedPage, ...] | None = None
    glyphs: Glyphs = field(default_factory=Glyphs)
    missing: int = 0

    @property
    def pages(self) -> int:
        return len(self.lengths) if self.imported is None else len(self.imported)

    def to_json(self) -> dict[str, Any]:
        imported = None if self.imported is None else [asdict(page) for page in self.imported]
        return {**vars(self), "imported": imported, "glyphs": self.glyphs.to_json()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> SegmentPages:
        imported = value["imported"]
        return cls(
            tuple(value["lengths"]),
            tuple(value["first_keys"]),
            tuple(value["last_keys"]),
            None if imported is None else tuple(map(ImportedPage.from_json, imported)),
            Glyphs.from_json(value["glyphs"]),
            value["missing"],
        )
