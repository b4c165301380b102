"""The items of the table, and how a report is written as one and read back. Pure.

    pk                   sk             holds
    report#<id>          report         the record; its index `by_owner` (owner, created_at) serves the list, and its
                                        index `running_by_caller` has the RUNNING reports, by who asked for them
    report#<id>          progress#<n>   which of its chunks are rendered, 64 in one item: see `octavo.storage.progress`
    fingerprint#<hash>   claim          the ID of the report that answers requests with this fingerprint
    idempotency#<hash>   key            the ID of the report that answers requests with this Idempotency-Key
    capacity             shares         the shares of the capacity that large reports hold while they are rendered

DynamoDB deletes an item within days, not minutes, of its `expires_at`, so readers compare the time themselves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from octavo.codes import Code
from octavo.lifecycle.idempotency import IdempotencyKey
from octavo.lifecycle.report import Document, Failure, Progress, Report, Stage, Status
from octavo.lifecycle.timestamps import rfc3339

Item = dict[str, Any]


def report_item_key(report_id: str) -> Item:
    return {"pk": f"report#{report_id}", "sk": "report"}


def progress_item_key(report_id: str, number: int) -> Item:
    return {"pk": f"report#{report_id}", "sk": f"progress#{number:03}"}


def claim_item_key(fingerprint: str) -> Item:
    return {"pk": f"fingerprint#{fingerprint}", "sk": "claim"}


def idempotency_item_key(key: IdempotencyKey) -> Item:
    return {"pk": f"idempotency#{key.digest}", "sk": "key"}


def shares_item_key() -> Item:
    return {"pk": "capacity", "sk": "shares"}


def item_of(report: Report) -> Item:
    """Return the record as an item. Parameters are JSON text, because DynamoDB's numbers would change their form."""
    return report_item_key(report.id) | {
        "id": report.id,
        "owner": report.owner,
        "type": report.type,
        "parameters": json.dumps(dict(report.parameters)),
        "bound": json.dumps(dict(report.bound)),
        "format": report.format,
        "format_options": json.dumps(dict(report.format_options)),
        "definition": report.definition,
        "fingerprint": report.fingerprint,
        "created_at": rfc3339(report.created_at),
        "deadline": rfc3339(report.deadline),
        "expires_at": epoch(report.expires_at),
        "status": report.status,
        "stage": report.stage,
    }


def report_of(item: Item) -> Report:
    """Read a record back. Before the merge it does not say how many chunks are done: see `Reports.with_progress`."""
    document, failure, finished = item.get("document"), item.get("failure"), item.get("finished_at")
    progress = Progress(
        item.get("rows_total"), item.get("rows_done", 0), item.get("chunks_total"), item.get("chunks_done", 0)
    )
    return Report(
        id=item["id"],
        owner=item["owner"],
        type=item["type"],
        parameters=json.loads(item["parameters"]),
        bound=json.loads(item["bound"]),
        format=item["format"],
        format_options=json.loads(item.get("format_options", "{}")),
        definition=item.get("definition", ""),
        fingerprint=item["fingerprint"],
        created_at=datetime.fromisoformat(item["created_at"]),
        deadline=datetime.fromisoformat(item["deadline"]),
        expires_at=moment(item["expires_at"]),
        status=Status(item["status"]),
        stage=Stage(item["stage"]) if item.get("stage") else None,
        progress=progress,
        finished_at=datetime.fromisoformat(finished) if finished else None,
        document=Document(**document) if document else None,
        failure=_failure_of(failure) if failure else None,
    )


def _failure_of(stored: Mapping[str, Any]) -> Failure:
    """Read a failure. A code that this version does not have, as after a rollback, is read as INTERNAL."""
    code = stored["code"]
    return Failure(**{**stored, "code": Code(code) if code in Code.__members__ else Code.INTERNAL})


def epoch(moment: datetime) -> int:
    return int(moment.timestamp())


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
