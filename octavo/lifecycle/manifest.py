"""The plan as data: the rows of the snapshot, the chunks that they are cut in, and the record of each segment. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from octavo.lifecycle.version import check_same


@dataclass(frozen=True)
class Chunk:
    """A contiguous range of the snapshot's rows: the unit of parallel work and of retry.

    `first_row` counts from 0; `number` is the chunk's place in the document.
    """

    number: int
    first_row: int
    rows: int

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Chunk:
        return cls(int(value["number"]), int(value["first_row"]), int(value["rows"]))


@dataclass(frozen=True)
class Manifest:
    """What the chunks and the merge work from: the snapshot's key, its rows, its totals by column, the chunks.

    `layout` is what the document's format decided at the plan. `format_options` has the options of the format.
    `version` is that of the code which planned the report: no other may render or merge it. See
    `octavo.lifecycle.version`.
    """

    snapshot_key: str
    rows: int
    totals: Mapping[str, str | int | float | None]
    chunks: tuple[Chunk, ...]
    layout: Mapping[str, Any]
    format_options: Mapping[str, Any] = field(default_factory=dict)
    version: str = ""

    def to_json(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, data: bytes, version: str = "") -> Manifest:
        """Read a manifest. Raises VersionChanged if another version wrote it: its form may be another then, too."""
        value = json.loads(data)
        check_same(version, value.get("version"))
        chunks = tuple(Chunk.from_json(chunk) for chunk in value["chunks"])
        return cls(**{**value, "chunks": chunks})


@dataclass(frozen=True)
class Segment:
    """The record of a segment: what the merge needs to know of bytes that it never reads.

    `details` are the format's own, as JSON.
    """

    number: int
    rows: int
    size_bytes: int
    crc32: int
    details: Mapping[str, Any]

    def to_json(self) -> bytes:
        return json.dumps(vars(self), default=dict, ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Segment:
        return cls(**json.loads(data))


def cut(rows: int, chunk_rows: int, unit: int = 1, sections: Sequence[int] | None = None) -> tuple[Chunk, ...]:
    """Cut `rows` into as few chunks of at most `chunk_rows` as will hold them.

    A chunk ends at the end of a `unit` of rows, such as a page, or at the end of its section, and holds rows of one
    section only; `sections` has the rows of each. The chunks of a section are all of a size but for one unit: equal
    sizes end together, so that no worker waits for a straggler. A chunk has at least one unit. A section without rows,
    and a report without rows, yield one empty chunk, because the workflow's map needs an item.

    Raises ValueError when the sections do not add up to the rows.
    """
    sections = (rows,) if sections is None else sections
    if sum(sections) != rows:
        raise ValueError(f"sections of {sum(sections):,} rows in all do not make {rows:,} rows")
    chunks: list[Chunk] = []
    first = 0
    for section in sections:
        for size in _even_sizes(section, chunk_rows, unit):
            chunks.append(Chunk(len(chunks), first, size))
            first += size
    return tuple(chunks)


def _even_sizes(rows: int, chunk_rows: int, unit: int) -> Iterator[int]:
    """Yield the rows of each chunk of a section."""
    units = -(-rows // unit)
    count = max(1, -(-units // max(1, chunk_rows // unit)))
    size, longer = divmod(units, count)
    left = rows
    for number in range(count):
        length = min((size + (number < longer)) * unit, left)
        yield length
        left -= length
