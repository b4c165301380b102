"""ZIP archives of pieces, read by zipfile; and sizes from 4 GiB on, for which there are only records."""

import io
import struct
import zipfile
import zlib
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from octavo.documents.compression import compressor
from octavo.documents.xlsx.archive import Entry, Part, archive
from octavo.documents.xlsx.deflate import RAW, last_piece, piece
from octavo.lifecycle.manifest import Segment

NOW = datetime(2026, 1, 2, 3, 4, 58, tzinfo=UTC)
GIB = 1024**3


def segment_of(number, data, compression):
    """Return a segment, its bytes, and what its record says about the plain data."""
    deflate = compressor(compression, RAW)
    stream = deflate.compress(data) + deflate.flush(zlib.Z_FULL_FLUSH) if data else b""
    return Segment(number, 1, len(stream), zlib.crc32(stream), {}), stream, Part


def joined(pieces, streams):
    return b"".join(streams[each.number] if isinstance(each, Segment) else each for each in pieces)


@given(
    st.lists(st.lists(st.binary(max_size=300), max_size=4), min_size=1, max_size=4), st.sampled_from(["fast", "small"])
)
def test_zipfile_reads_what_the_pieces_contain(sheets, compression):
    entries, streams, expected = [Entry.of("first.xml", "<a>é</a>")], [], {"first.xml": "<a>é</a>".encode()}
    for number, chunks in enumerate(sheets):
        parts = [Part(piece(b"<head>"), zlib.crc32(b"<head>"), 6)]
        for data in chunks:
            segment, stream, _ = segment_of(len(streams), data, compression)
            streams.append(stream)
            parts.append(Part(segment, zlib.crc32(data), len(data)))
        parts.append(Part(last_piece(b"<tail>"), zlib.crc32(b"<tail>"), 6))
        entries.append(Entry(f"{number}.xml", parts))
        expected[f"{number}.xml"] = b"<head>" + b"".join(chunks) + b"<tail>"
    pieces = archive(entries, NOW)
    with zipfile.ZipFile(io.BytesIO(joined(pieces, streams))) as read:
        assert read.testzip() is None
        assert {name: read.read(name) for name in read.namelist()} == expected
        assert {info.date_time for info in read.infolist()} == {(2026, 1, 2, 3, 4, 58)}
        assert all(info.flag_bits == 0 for info in read.infolist())  # no data descriptors


def large(name, size, plain):
    return Entry(name, [Part(Segment(0, 1, size, 0, {}), 0, plain)])


class Sparse(io.RawIOBase):
    """A file of many gibibytes of which only the literal pieces are in memory; the others are zeros."""

    def __init__(self, pieces):
        self.place, self.literals, at = 0, [], 0
        for each in pieces:
            if isinstance(each, bytes):
                self.literals.append((at, each))
            at += len(each) if isinstance(each, bytes) else each.size_bytes
        self.size = at

    def seekable(self):
        return True

    def readable(self):
        return True

    def tell(self):
        return self.place

    def seek(self, offset, whence=0):
        self.place = offset + (0, self.place, self.size)[whence]
        return self.place

    def read(self, count=-1):
        count = min(self.size - self.place, count if count >= 0 else self.size)
        found = bytearray(count)
        for at, data in self.literals:
            first, stop = max(at, self.place), min(at + len(data), self.place + count)
            if first < stop:
                found[first - self.place : stop - self.place] = data[first - at : stop - at]
        self.place += count
        return bytes(found)


def test_sizes_and_places_from_four_gibibytes_on_are_in_the_fields_of_zip64():
    sizes = {"a.xml": (5, 6), "b.xml": (1000, 5 * GIB), "c.xml": (4 * GIB, 40 * GIB), "d.xml": (7, 8)}
    file = Sparse(archive([large(name, *pair) for name, pair in sizes.items()], NOW))
    assert file.size > 4 * GIB
    with zipfile.ZipFile(file) as read:
        assert {info.filename: (info.compress_size, info.file_size) for info in read.infolist()} == sizes
        versions = {info.filename: info.extract_version for info in read.infolist()}
        assert versions == {"a.xml": 20, "b.xml": 45, "c.xml": 45, "d.xml": 45}
        for info in read.infolist():
            file.seek(info.header_offset)
            header = struct.unpack("<4s5H3L2H", file.read(30))
            name, extra = file.read(header[-2]), file.read(header[-1])
            assert (header[0], name.decode()) == (b"PK\3\4", info.filename)
            found = struct.unpack("<2H2Q", extra)[2:] if extra else (header[8], header[7])
            assert found == (info.file_size, info.compress_size)


def test_small_archives_have_no_fields_of_zip64():
    (data,) = archive([Entry.of("a.xml", "<a/>")], NOW)
    assert b"PK\6\6" not in data
