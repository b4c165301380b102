"""Which chunks of a report are rendered. Each chunk is noted once, however often it is rendered.

A chunk's rows are stored under its number, CHUNKS_PER_ITEM chunks in one item:

    pk            sk               0      1      2     expires_at
    report#<id>   progress#000     2100   2100   2099  …
    report#<id>   progress#001     …

To note a chunk is one UpdateItem that sets one attribute. It needs no transaction, no condition and no other item, so
chunks that end at the same moment do not disturb each other, and repeating it changes nothing. Nobody who ends or
deletes the report has to know of these items: they are read only for a record that exists, and they expire like it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from octavo.lifecycle.manifest import Chunk
from octavo.lifecycle.report import Report
from octavo.storage.items import Item, epoch, progress_item_key, report_item_key
from octavo.storage.transactions import Table, load

# Such an item has less than 1 KB, so noting a chunk costs one write unit. DynamoDB writes 1,000 of them a second to one
# partition: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput-scenarios.html
CHUNKS_PER_ITEM = 64


def note_rendered(table: Table, report: Report, chunk: Chunk) -> None:
    """Note that a chunk is rendered. Raises Busy."""
    table.update(
        progress_item_key(report.id, chunk.number // CHUNKS_PER_ITEM),
        "SET #chunk = :rows, expires_at = :expires_at",
        {":rows": chunk.rows, ":expires_at": epoch(report.expires_at)},
        "",
        {"#chunk": str(chunk.number)},
    )


def rendered(table: Table, report_id: str) -> dict[int, int]:
    """Return the rows of each chunk that is rendered, by its number. Raises Busy."""
    return {int(name): rows for item in _items(table, report_id) for name, rows in item.items() if name.isdecimal()}


def _items(table: Table, report_id: str) -> Iterator[Item]:
    more: dict[str, Any] = {}
    while True:
        answer = table.query(
            "pk = :pk AND begins_with(sk, :progress)",
            {":pk": report_item_key(report_id)["pk"], ":progress": "progress#"},
            **more,
        )
        yield from map(load, answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return
        more = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
