"""ZIP archives (APPNOTE.TXT 6.3.10, ISO/IEC 21320-1) whose entries are made of pieces that nobody has to read.

    header, name │ piece │ piece │ … │ header, name │ … │ directory: all entries again, with their places │ end

The header before an entry has its CRC-32 and its sizes. Usually a writer does not know them yet, and puts them behind
the entry, where some readers do not look. The merge knows them from the records of the segments, so that it writes
them where every reader looks. Sizes and places from 4 GiB on need the fields of ZIP64, which are written only then.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

from isal import isal_zlib

from octavo.documents.format import Piece
from octavo.documents.xlsx.deflate import last_piece
from octavo.lifecycle.manifest import Segment

LARGEST = 0xFFFF_FFFF  # this value says that the number is in the fields of ZIP64
MOST_ENTRIES = 0xFFFF
ZIP64_TAG = 0x0001
VERSION, ZIP64_VERSION = 20, 45
NO_FLAGS, DEFLATED = 0, 8

HEADER = struct.Struct("<4s5H3L2H")
DIRECTORY_ENTRY = struct.Struct("<4s6H3L5H2L")
ZIP64_END = struct.Struct("<4sQ2H2L4Q")
ZIP64_LOCATOR = struct.Struct("<4sLQL")
END = struct.Struct("<4s4H2LH")


@dataclass(frozen=True)
class Part:
    """A part of an entry: a piece of its deflate stream, and the CRC-32 and the size of what was compressed."""

    piece: Piece
    crc32: int
    plain_bytes: int

    @property
    def size_bytes(self) -> int:
        return self.piece.size_bytes if isinstance(self.piece, Segment) else len(self.piece)


@dataclass(frozen=True)
class Entry:
    """An entry: its name, and the parts of its deflate stream."""

    name: str
    parts: Sequence[Part]

    @classmethod
    def of(cls, name: str, text: str) -> Entry:
        """Return an entry that has a text."""
        data = text.encode()
        return cls(name, [Part(last_piece(data), zlib.crc32(data), len(data))])

    @property
    def crc32(self) -> int:
        return reduce(lambda crc32, part: isal_zlib.crc32_combine(crc32, part.crc32, part.plain_bytes), self.parts, 0)

    @property
    def size_bytes(self) -> int:
        return sum(part.size_bytes for part in self.parts)

    @property
    def plain_bytes(self) -> int:
        return sum(part.plain_bytes for part in self.parts)


def archive(entries: Sequence[Entry], modified: datetime) -> list[Piece]:
    """Return the pieces of an archive. Bytes that follow each other are one piece."""
    pieces: list[Piece] = []
    literal, directory = bytearray(), bytearray()
    place = 0

    def add(data: bytes | bytearray) -> None:
        nonlocal place
        literal.extend(data)
        place += len(data)

    for entry in entries:
        directory += _directory_entry(entry, place, modified)
        add(_header(entry, modified))
        for part in entry.parts:
            if isinstance(part.piece, bytes):
                add(part.piece)
            else:
                pieces += [bytes(literal), part.piece] if literal else [part.piece]
                literal.clear()
                place += part.size_bytes
    end = _end(len(entries), place, len(directory))
    return [*pieces, bytes(literal + directory + end)]


def _header(entry: Entry, modified: datetime) -> bytes:
    """Return what is in front of an entry (4.3.7). With ZIP64, the sizes are both in the extra field (4.5.3)."""
    sizes = entry.plain_bytes, entry.size_bytes
    extra, version = b"", VERSION
    if max(sizes) >= LARGEST:
        extra, version = _zip64(sizes), ZIP64_VERSION
        sizes = LARGEST, LARGEST
    name = entry.name.encode()
    fields = b"PK\3\4", version, NO_FLAGS, DEFLATED, *_moment(modified), entry.crc32
    return HEADER.pack(*fields, sizes[1], sizes[0], len(name), len(extra)) + name + extra


def _directory_entry(entry: Entry, place: int, modified: datetime) -> bytes:
    """Return the entry of the directory (4.3.12). With ZIP64, it has the numbers that need it in the extra field."""
    numbers = entry.plain_bytes, entry.size_bytes, place
    large = [number for number in numbers if number >= LARGEST]
    extra, version = (_zip64(large), ZIP64_VERSION) if large else (b"", VERSION)
    plain, size, place = (min(number, LARGEST) for number in numbers)
    name = entry.name.encode()
    fields = b"PK\1\2", version, version, NO_FLAGS, DEFLATED, *_moment(modified), entry.crc32, size, plain
    return DIRECTORY_ENTRY.pack(*fields, len(name), len(extra), 0, 0, 0, 0, place) + name + extra


def _end(count: int, place: int, size: int) -> bytes:
    """Return what ends an archive (4.3.14 to 4.3.16). The directory begins at `place`."""
    zip64 = b""
    if place >= LARGEST or size >= LARGEST or count >= MOST_ENTRIES:
        version = ZIP64_VERSION, ZIP64_VERSION
        zip64 = ZIP64_END.pack(b"PK\6\6", ZIP64_END.size - 12, *version, 0, 0, count, count, size, place)
        zip64 += ZIP64_LOCATOR.pack(b"PK\6\7", 0, place + size, 1)
    counts = (min(count, MOST_ENTRIES),) * 2
    return zip64 + END.pack(b"PK\5\6", 0, 0, *counts, min(size, LARGEST), min(place, LARGEST), 0)


def _zip64(numbers: Iterable[int]) -> bytes:
    data = b"".join(struct.pack("<Q", number) for number in numbers)
    return struct.pack("<2H", ZIP64_TAG, len(data)) + data


def _moment(modified: datetime) -> Iterator[int]:
    """Yield the time and the date as MS-DOS writes them (4.4.6): two seconds are one unit."""
    yield modified.hour << 11 | modified.minute << 5 | modified.second // 2
    yield max(0, modified.year - 1980) << 9 | modified.month << 5 | modified.day
