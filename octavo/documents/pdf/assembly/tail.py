"""The tail as it grows: objects are numbered as they are added, written where they must be, and found at the end.

    streams           at once, as indirect objects                   fonts, footers, the cover's pages
    all else          together, deflated, in object streams          page dictionaries, the tree, outlines
    cross-reference   last: where everything is, segments included

Numbers can be taken before their objects are made: pages refer to the page tree, and the page tree to them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from octavo.documents.pdf.syntax import objects
from octavo.documents.pdf.syntax.cross_reference import IN_FILE, IN_STREAM, CrossReference

PACKED = 200  # objects to a stream: more deflate little better, and a reader inflates all to get at one
DEFLATE_LEVEL = 9  # what is deflated here are the fonts, once a document
BYTES_PER_NUMBER = 4  # see `_fill`


class Add(Protocol):
    """Add an object to the tail, its value or, with a stream, the stream's dictionary without /Length.

    Return its number.
    """

    def __call__(self, body: bytes, stream: bytes | None = None) -> int: ...


class Tail:
    """The objects of the tail, which begins `start` bytes into the file and numbers from `first_number`."""

    def __init__(self, start: int, first_number: int) -> None:
        self._end = start
        self._next = first_number
        self._written: list[bytes] = []
        self._offsets: dict[int, int] = {}
        self._packed: dict[int, bytes] = {}

    def reserve(self, count: int = 1) -> int:
        """Take `count` numbers in a row for objects that follow; return the first."""
        first = self._next
        self._next += count
        return first

    def add(self, body: bytes, stream: bytes | None = None) -> int:
        """Add an object under the next number, which is returned."""
        number = self.reserve()
        self.put(number, body, stream)
        return number

    def add_deflated(self, body: bytes, stream: bytes | None = None) -> int:
        """Add an object; a stream is deflated (§ 7.4.4)."""
        if stream is None:
            return self.add(body)
        return self.add(body[:-2] + b"/Filter/FlateDecode>>", zlib.compress(stream, DEFLATE_LEVEL))

    def put(self, number: int, body: bytes, stream: bytes | None = None) -> None:
        """Add an object under a reserved number."""
        if stream is None:
            self._packed[number] = body
        else:
            self.write(number, objects.indirect(number, body, stream))

    def put_all(self, first: int, bodies: Iterable[bytes]) -> None:
        """Add objects that are not streams under reserved numbers in a row."""
        self._packed.update(enumerate(bodies, first))

    def write(self, number: int, whole: bytes) -> None:
        """Add an object that is whole already, `7 0 obj … endobj`."""
        self._offsets[number] = self._end
        self._append(whole)

    def finish(self, placed: Iterable[tuple[ArrayLike, ArrayLike]], trailer: bytes) -> bytes:
        """Return the tail's bytes. `placed` are the numbers and offsets of the segments' objects, chunk by chunk."""
        numbers = sorted(self._packed)
        packs = [numbers[first : first + PACKED] for first in range(0, len(numbers), PACKED)]
        streams = self.reserve(len(packs))
        table = CrossReference(self.reserve() + 1)
        for stream, pack in enumerate(packs, streams):
            self.put(stream, *objects.object_stream(pack, [self._packed[number] for number in pack]))
            table.kind[pack], table.place[pack], table.index[pack] = IN_STREAM, stream, range(len(pack))
        self._fill(table.size)
        self._offsets[table.size - 1] = self._end
        own = (list(self._offsets), list(self._offsets.values()))
        for at, offsets in (own, *placed):
            index = np.asarray(at, np.int64)
            table.kind[index], table.place[index] = IN_FILE, np.asarray(offsets, np.uint64)
        startxref = self._end
        self._append(objects.indirect(table.size - 1, *table.stream(trailer)))
        self._append(b"startxref\n%d\n%%%%EOF\n" % startxref)
        return b"".join(self._written)

    def _append(self, data: bytes) -> None:
        self._written.append(data)
        self._end += len(data)

    def _fill(self, size: int) -> None:
        """Lengthen a file of fewer than BYTES_PER_NUMBER times `size` bytes by a comment (§ 7.2.3).

        qpdf from version 12 on takes a file with more numbers than a third of its bytes for damaged. That happens where
        one chunk has many more objects than the others, all of them tiny.
        """
        if (missing := BYTES_PER_NUMBER * size - self._end) > 0:
            self._append(b"%" + b" " * missing + b"\n")
