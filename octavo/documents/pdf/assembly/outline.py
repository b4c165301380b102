"""The outline, which readers show beside the pages (PDF 32000-1 § 12.3.3): the cover, then pages by their keys.

    Departures from New York
    2013-01-01 – 2013-01-19            the pages of ten steps; this entry is closed at first
        2013-01-01 – 2013-01-02        the pages of one step
        2013-01-02 – 2013-01-04

A step is 1, 2, 5, 10, 20, 50 … pages: the smallest with which the outline has at most ENTRIES entries. Whether the
document has three pages or a hundred thousand, these are few enough to look through.
"""  # noqa: RUF002  (en dashes are meant)

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count

from octavo.documents.pdf.assembly.tail import Tail
from octavo.documents.pdf.syntax import objects

ENTRIES = 200
FLAT = 30  # so many entries need no second level
GROUP = 10


@dataclass(frozen=True)
class Entry:
    """An entry of the outline, the page that it leads to, counted from 0, and the entries under it."""

    title: str
    page: int
    under: tuple[Entry, ...] = ()


def page_entries(first_keys: Sequence[str], last_keys: Sequence[str], first_page: int) -> tuple[Entry, ...]:
    """Return the entries for the pages from `first_page` on, whose first and last rows have these keys.

    A page without keys is listed by its number.
    """
    step = _step(len(first_keys))
    entries = _entries(first_keys, last_keys, first_page, step)
    if len(entries) <= FLAT:
        return entries
    groups = _entries(first_keys, last_keys, first_page, step * GROUP)
    return tuple(
        Entry(group.title, group.page, entries[index * GROUP : (index + 1) * GROUP])
        for index, group in enumerate(groups)
    )


def _step(pages: int) -> int:
    """Return the smallest of 1, 2, 5, 10 … pages with which there are at most ENTRIES entries."""
    steps = (digit * int(10**zeros) for zeros in count() for digit in (1, 2, 5))
    return next(step for step in steps if step * ENTRIES >= pages)


def _entries(first_keys: Sequence[str], last_keys: Sequence[str], first_page: int, step: int) -> tuple[Entry, ...]:
    pages = len(first_keys)
    entries = []
    for first in range(0, pages, step):
        last = min(first + step, pages) - 1
        begins = first_keys[first] or f"Page {first_page + first + 1:,}"
        ends = last_keys[last] or f"Page {first_page + last + 1:,}"
        title = begins if begins == ends else f"{begins} – {ends}"  # noqa: RUF001  (an en dash is meant)
        entries.append(Entry(title, first_page + first))
    return tuple(entries)


def write(entries: Sequence[Entry], tail: Tail, destination: Callable[[int], bytes]) -> int:
    """Add the outline to the tail; return its number. `destination` writes the destination of a page (§ 12.3.2.2)."""
    root = tail.reserve()
    first, last = _write_level(entries, root, tail, destination)
    tail.put(root, b"<</Type/Outlines/First %d 0 R/Last %d 0 R/Count %d>>" % (first, last, len(entries)))
    return root


def _write_level(
    entries: Sequence[Entry], parent: int, tail: Tail, destination: Callable[[int], bytes]
) -> tuple[int, int]:
    """Add entries and the entries under them; return the numbers of the first and the last.

    An entry has the number of entries under it as a negative number, which means that it is closed at first.
    """
    first = tail.reserve(len(entries))
    last = first + len(entries) - 1
    for number, entry in enumerate(entries, first):
        links = b"/Parent %d 0 R" % parent
        links += b"/Prev %d 0 R" % (number - 1) if number > first else b""
        links += b"/Next %d 0 R" % (number + 1) if number < last else b""
        if entry.under:
            under = _write_level(entry.under, number, tail, destination)
            links += b"/First %d 0 R/Last %d 0 R/Count %d" % (*under, -len(entry.under))
        tail.put(number, b"<</Title%b%b/Dest%b>>" % (objects.text(entry.title), links, destination(entry.page)))
    return first, last
