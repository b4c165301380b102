"""How S3 joins a document from pieces without reading them: the plan of a multipart upload. Pure.

S3 copies ranges of the segments itself. Its rules (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html):
at most 10,000 parts of 5 MiB to 5 GiB; only the last one may be smaller. What is too small for a part of its own is
therefore collected in a buffer, which is uploaded:

    pieces   head │ segment 0           │ segment 1 (tiny) │ segment 2           │ tail
    parts    [head + first bytes of 0] [rest of 0, copied] [1 + first bytes of 2] [rest of 2, copied] [tail]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MIN_PART_BYTES = 5 * 1024**2
MAX_PART_BYTES = 5 * 1024**3
MAX_PARTS = 10_000


@dataclass(frozen=True)
class Literal:
    """A piece of a document whose bytes are in memory."""

    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    def split(self, size: int) -> tuple[Literal, Literal]:
        """Split after at most `size` bytes; the second half may be empty."""
        return Literal(self.data[:size]), Literal(self.data[size:])


@dataclass(frozen=True)
class Stored:
    """A piece of a document that is stored in the bucket: bytes `start` to `stop` (excluded) of an object."""

    key: str
    start: int
    stop: int

    @property
    def size(self) -> int:
        return self.stop - self.start

    def split(self, size: int) -> tuple[Stored, Stored]:
        """Split after at most `size` bytes; the second half may be empty."""
        middle = min(self.start + size, self.stop)
        return Stored(self.key, self.start, middle), Stored(self.key, middle, self.stop)


Piece = Literal | Stored


@dataclass(frozen=True)
class Upload:
    """A part that is uploaded: its pieces, read from the bucket where they are stored, one after the other."""

    pieces: tuple[Piece, ...]


Part = Upload | Stored  # a Stored part is copied by S3


def plan_parts(
    pieces: Iterable[Piece], smallest: int = MIN_PART_BYTES, largest: int = MAX_PART_BYTES
) -> Iterator[Part]:
    """Plan the parts of an upload whose joined bytes are the pieces, each byte once and in order.

    Every part but the last has `smallest` to `largest` bytes; as much as possible is copied by S3. Where a buffer takes
    the first bytes of a segment and too few would remain to be copied, it takes these too: otherwise they would need
    bytes of the next segment.
    """
    buffer: list[Piece] = []
    missing = smallest  # bytes until the buffer is a part
    for rest in pieces:
        while rest.size:
            if isinstance(rest, Stored) and rest.size >= smallest and not buffer:
                copied, rest = rest.split(largest)
                yield copied
                continue
            would_remain = rest.size - missing
            whole = isinstance(rest, Stored) and would_remain < smallest and smallest + would_remain <= largest
            taken, rest = rest.split(rest.size if whole else missing)
            buffer.append(taken)
            missing -= taken.size
            if missing <= 0:
                yield Upload(tuple(buffer))
                buffer, missing = [], smallest
    if buffer:
        yield Upload(tuple(buffer))
