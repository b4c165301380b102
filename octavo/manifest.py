"""The plan as data: how many rows the snapshot has, and the chunks they are cut in. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


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

    `layout` is what the document's format decided at the plan.
    """

    snapshot_key: str
    rows: int
    totals: Mapping[str, str | int | float | None]
    chunks: tuple[Chunk, ...]
    layout: Mapping[str, Any]

    def to_json(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Manifest:
        value = json.loads(data)
        chunks = tuple(Chunk.from_json(chunk) for chunk in value["chunks"])
        return cls(value["snapshot_key"], value["rows"], value["totals"], chunks, value["layout"])


def cut(rows: int, chunk_rows: int, unit: int = 1) -> tuple[Chunk, ...]:
    """Cut `rows` into as few chunks of at most `chunk_rows` as will hold them, all of a size but for one `unit`.

    Only the last chunk ends within a unit, such as a page; a chunk has at least one. Equal sizes end together, so no
    worker waits for a straggler. No rows make one empty chunk: the workflow's map has an item, and a format can say in
    it that there is nothing to say.
    """
    units = -(-rows // unit)
    count = max(1, -(-units // max(1, chunk_rows // unit)))
    size, longer = divmod(units, count)
    chunks = []
    first = 0
    for number in range(count):
        length = min((size + (number < longer)) * unit, rows - first)
        chunks.append(Chunk(number, first, length))
        first += length
    return tuple(chunks)
