"""The page tree, by which a reader finds a page (PDF 32000-1 § 7.7.3).

The tree is balanced: no node has more than KIDS kids, so that a reader finds page 90,000 in four steps.
"""

from __future__ import annotations

from dataclasses import dataclass

KIDS = 32


@dataclass(frozen=True)
class PageTree:
    """The tree over `pages` page dictionaries numbered from `first_page`. Its nodes are numbered from `first_node`.

    Level 0 has the nodes above the pages, and the last level has the root alone. Nodes are numbered level by level.
    """

    pages: int
    first_page: int
    first_node: int

    @staticmethod
    def levels(pages: int) -> list[int]:
        """Return the number of nodes on each level."""
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
        """Return the nodes, the root last. All pages inherit the root's further entries (§ 7.7.3.4)."""
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
