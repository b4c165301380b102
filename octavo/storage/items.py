"""The table's items: how a report is written as attributes and read back. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from octavo.lifecycle.report import Document, Failure, Progress, Report, Stage, Status

Item = dict[str, Any]


class _WholeNumbers(TypeDeserializer):
    """Reads numbers as int: the table holds no others, and Decimal would travel on into JSON."""

    def _deserialize_n(self, value: str) -> int:
        return int(value)


_serialize = TypeSerializer().serialize
_deserialize = _WholeNumbers().deserialize


def report_key(report_id: str) -> Item:
    return {"pk": f"report#{report_id}", "sk": "report"}


def claim_key(fingerprint: str) -> Item:
    return {"pk": f"fingerprint#{fingerprint}", "sk": "claim"}


def key_key(hashed: str) -> Item:
    return {"pk": f"idempotency#{hashed}", "sk": "key"}


def item_of(report: Report) -> Item:
    """Return the record as an item; parameters as JSON text, since DynamoDB's numbers would change their form."""
    return report_key(report.id) | {
        "id": report.id,
        "owner": report.owner,
        "type": report.type,
        "parameters": json.dumps(dict(report.parameters)),
        "bound": json.dumps(dict(report.bound)),
        "format": report.format,
        "fingerprint": report.fingerprint,
        "created_at": iso(report.created_at),
        "deadline": iso(report.deadline),
        "expires_at": epoch(report.expires_at),
        "status": report.status,
        "stage": report.stage,
        "rows_done": 0,
        "chunks_done": 0,
    }


def report_of(item: Item) -> Report:
    """Read a record back."""
    document, failure, finished = item.get("document"), item.get("failure"), item.get("finished_at")
    progress = Progress(item.get("rows_total"), item["rows_done"], item.get("chunks_total"), item["chunks_done"])
    return Report(
        id=item["id"],
        owner=item["owner"],
        type=item["type"],
        parameters=json.loads(item["parameters"]),
        bound=json.loads(item["bound"]),
        format=item["format"],
        fingerprint=item["fingerprint"],
        created_at=datetime.fromisoformat(item["created_at"]),
        deadline=datetime.fromisoformat(item["deadline"]),
        expires_at=moment(item["expires_at"]),
        status=Status(item["status"]),
        stage=Stage(item["stage"]) if item.get("stage") else None,
        progress=progress,
        finished_at=datetime.fromisoformat(finished) if finished else None,
        document=Document(**document) if document else None,
        failure=Failure(**failure) if failure else None,
    )


def iso(moment: datetime) -> str:
    """RFC 3339 in UTC, of one length, so that texts order as times do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def epoch(moment: datetime) -> int:
    return int(moment.timestamp())


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def dump(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _serialize(value) for name, value in item.items()}


def load(item: Mapping[str, Any]) -> Item:
    return {name: _deserialize(value) for name, value in item.items()}
