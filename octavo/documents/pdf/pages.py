"""Pages as the merge knows them: what a segment's record says, and the dictionaries that the tail writes for them.

A segment is its objects and nothing else. The k-th object of chunk i of n chunks has the number 1 + k·n + i, so every
chunk can number its objects, and refer to them, before anyone knows how many pages the others will have:

    3 chunks     k = 0   1   2   3
    chunk 0          1   4   7  10
    chunk 1          2   5   -   -      numbers that no chunk came to use (8, 11) are free
    chunk 2          3   6   9   -      entries of the cross-reference (§ 7.5.4)

Table pages are one object each, the content stream (k is the page); all they use is shared and inherited from the root
of the page tree. A drawn page is a form and what it needs (`octavo.documents.pdf.custom.reemit`).

The page tree is balanced (§ 7.7.3): no node has more than KIDS kids, so a reader finds page 90,000 in four steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

KIDS = 32


def object_number(k: int, chunk: int, chunks: int) -> int:
    """Return the number of a chunk's k-th object; `k` and `chunk` count from 0."""
    return 1 + k * chunks + chunk


@dataclass(frozen=True)
class Frame:
    """A page's visible area in points, `left` … `top` in the page's own coordinates, and its rotation clockwise."""

    left: float
    bottom: float
    right: float
    top: float
    rotate: int = 0

    @classmethod
    def of_size(cls, width: float, height: float) -> Frame:
        return cls(0, 0, width, height)

    @property
    def width(self) -> float:
        """The width as it is displayed."""
        return self.top - self.bottom if self.rotate % 180 else self.right - self.left


@dataclass(frozen=True)
class DrawnPage:
    """A page that a report type drew: the number of the form that holds it, its frame, further entries as PDF."""

    form: int
    frame: Frame
    entries: str  # /MediaBox and the like, in ASCII, ready for the page dictionary

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> DrawnPage:
        return cls(value["form"], Frame(**value["frame"]), value["entries"])


@dataclass(frozen=True)
class SegmentPages:
    """What a segment's record says of its pages.

    `lengths` are the sizes in bytes of the segment's objects, k = 0, 1, …, which fill it. `drawn` is None for table
    pages. `rows`, `first_keys` and `last_keys` have one value a page: how many rows it shows, and short texts of the
    first and the last row's order values, for the outline. `glyphs` and `missing` are the fonts' own.
    """

    lengths: tuple[int, ...]
    rows: tuple[int, ...]
    first_keys: tuple[str, ...]
    last_keys: tuple[str, ...]
    drawn: tuple[DrawnPage, ...] | None = None
    glyphs: Any = None
    missing: Any = None

    @property
    def pages(self) -> int:
        return len(self.lengths) if self.drawn is None else len(self.drawn)

    def to_json(self) -> dict[str, Any]:
        drawn = None if self.drawn is None else [asdict(page) for page in self.drawn]
        return {**vars(self), "drawn": drawn}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> SegmentPages:
        drawn = value["drawn"]
        return cls(
            tuple(value["lengths"]),
            tuple(value["rows"]),
            tuple(value["first_keys"]),
            tuple(value["last_keys"]),
            None if drawn is None else tuple(DrawnPage.from_json(page) for page in drawn),
            value["glyphs"],
            value["missing"],
        )


@dataclass(frozen=True)
class PageTree:
    """The tree over `pages` page dictionaries numbered from `first_page`; its nodes are numbered from `first_node`.

    Level 0 is the nodes above the pages, the last level the root alone; nodes are numbered level by level.
    """

    pages: int
    first_page: int
    first_node: int

    @staticmethod
    def levels(pages: int) -> list[int]:
        """Return how many nodes each level has."""
        levels = [-(-pages // KIDS)]
        while levels[-1] > 1:
            levels.append(-(-levels[-1] // KIDS))
        return levels

    @property
    def root(self) -> int:
        return self.first_node + sum(self.levels(self.pages)) - 1

    def parent(self, page: int) -> int:
        """Return the number of the node above a page, which counts from 0."""
        return self.first_node + page // KIDS

    def nodes(self, root_entries: bytes) -> list[bytes]:
        """Return the nodes, the root last; it has `root_entries`, which all pages inherit (§ 7.7.3.4)."""
        bodies = []
        first_kid, kids, leaves = self.first_page, self.pages, 1  # of the level below: number, count, pages under each
        first = self.first_node
        for count in self.levels(self.pages):
            leaves *= KIDS
            for node in range(count):
                listed = range(first_kid + node * KIDS, first_kid + min(kids, (node + 1) * KIDS))
                references = b" ".join([b"%d 0 R" % kid for kid in listed])
                under = min(self.pages, (node + 1) * leaves) - node * leaves
                above = b"/Parent %d 0 R" % (first + count + node // KIDS) if count > 1 else root_entries
                bodies.append(b"<</Type/Pages%b/Count %d/Kids[%b]>>" % (above, under, references))
            first_kid, kids, first = first, count, first + count
        return bodies
