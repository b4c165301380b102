"""What a chunk reports about the cells that it has written, and the merge adds up. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class ColumnRecord:
    """What the cells of a column are like.

    `width` is the number of characters of the widest one. `kept` values are texts, because Excel cannot hold them as
    what they are. `fractions` says that there are times with fractions of a second.
    """

    width: int = 0
    kept: int = 0
    fractions: bool = False

    def __add__(self, other: ColumnRecord) -> ColumnRecord:
        return ColumnRecord(max(self.width, other.width), self.kept + other.kept, self.fractions or other.fractions)


@dataclass(frozen=True)
class SegmentRecord:
    """The record of a segment: the CRC-32 and the size of its XML before it was compressed, and its columns."""

    crc32: int
    size_bytes: int
    columns: tuple[ColumnRecord, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> SegmentRecord:
        columns = tuple(ColumnRecord(**column) for column in value["columns"])
        return cls(value["crc32"], value["size_bytes"], columns)


def summed(records: Iterable[SegmentRecord], columns: int) -> Sequence[ColumnRecord]:
    """Add up the records of the columns."""
    total = [ColumnRecord()] * columns
    for record in records:
        total = [one + other for one, other in zip(total, record.columns, strict=True)]
    return total
