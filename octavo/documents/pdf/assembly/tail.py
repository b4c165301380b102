"""The tail of the document: objects are numbered as they are added, and the cross-reference finds them at the end.

    streams           written at once, as indirect objects           fonts, footers, the cover's pages
    other objects     kept, and deflated in object streams           page dictionaries, the page tree, outlines
    cross-reference   written last: where each object is, also those of the segments

A number can be reserved before its object exists: pages refer to the page tree, and the page tree refers to pages.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from octavo.documents.pdf.syntax import objects
from octavo.documents.pdf.syntax.cross_reference import IN_FILE, IN_STREAM, CrossReference

OBJECTS_PER_STREAM = 200  # more hardly deflate better, and a reader must inflate the whole stream to read one object
DEFLATE_LEVEL = 9  # mostly for fonts, which are deflated only once for each document
BYTES_PER_NUMBER = 4  # see `_fill`


class Tail:
    """The objects of the tail. It begins at the byte `start` of the file, and its first object is `first_number`."""

    def __init__(self, start: int, first_number: int) -> None:
        self._end = start
        self._next = first_number
        self._written: list[bytes] = []
        self._offsets: dict[int, int] = {}
        self._packed: dict[int, bytes] = {}

    @property
    def next_number(self) -> int:
        """The number of the next object."""
        return self._next

    def reserve(self, count: int = 1) -> int:
        """Reserve the next `count` numbers for objects that are added later; return the first."""
        first = self._next
        self._next += count
        return first

    def add(self, body: bytes, stream: bytes | None = None) -> int:
        """Add an object with the next number; return the number."""
        number = self.reserve()
        self.put(number, body, stream)
        return number

    def add_deflated(self, body: bytes, stream: bytes | None = None) -> int:
        """Add an object with the next number, a stream deflated (§ 7.4.4); return the number."""
        if stream is None:
            return self.add(body)
        return self.add(body[:-2] + b"/Filter/FlateDecode>>", zlib.compress(stream, DEFLATE_LEVEL))

    def put(self, number: int, body: bytes, stream: bytes | None = None) -> None:
        """Add an object with a reserved number."""
        if stream is None:
            self._packed[number] = body
        else:
            self.write(number, objects.indirect(number, body, stream))

    def put_all(self, first: int, bodies: Iterable[bytes]) -> None:
        """Add objects that are not streams, with consecutive reserved numbers from `first`."""
        self._packed.update(enumerate(bodies, first))

    def write(self, number: int, whole: bytes) -> None:
        """Add an object that is already complete: `7 0 obj … endobj`."""
        self._offsets[number] = self._end
        self._append(whole)

    def finish(self, placed: Iterable[tuple[ArrayLike, ArrayLike]], trailer: bytes) -> bytes:
        """Return the bytes of the tail. `placed` is the numbers and the offsets of the objects of each segment."""
        numbers = sorted(self._packed)
        streams = self.reserve(-(-len(numbers) // OBJECTS_PER_STREAM))
        table = CrossReference(self.reserve() + 1)
        self._write_object_streams(numbers, streams, table)
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

    def _write_object_streams(self, numbers: Sequence[int], first: int, table: CrossReference) -> None:
        """Write the objects that are not streams, in object streams numbered from `first`; fill in the table."""
        for start in range(0, len(numbers), OBJECTS_PER_STREAM):
            packed = numbers[start : start + OBJECTS_PER_STREAM]
            number = first + start // OBJECTS_PER_STREAM
            self.put(number, *objects.object_stream(packed, [self._packed[each] for each in packed]))
        at = np.asarray(numbers, np.int64)
        stream, place = np.divmod(np.arange(len(at)), OBJECTS_PER_STREAM)
        table.kind[at], table.place[at], table.index[at] = IN_STREAM, first + stream, place

    def _append(self, data: bytes) -> None:
        self._written.append(data)
        self._end += len(data)

    def _fill(self, size: int) -> None:
        """Make a file that has fewer than BYTES_PER_NUMBER times `size` bytes longer, by a comment (§ 7.2.3).

        qpdf 12 and later reports a file as damaged if its numbers are more than a third of its bytes. That happens if
        one chunk has many more objects than the others, and all of them are tiny.
        """
        if (missing := BYTES_PER_NUMBER * size - self._end) > 0:
            self._append(b"%" + b" " * missing + b"\n")
