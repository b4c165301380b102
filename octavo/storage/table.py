"""The table of reports: the only DynamoDB code. Every change of status is one conditional write.

    pk                   sk          holds
    report#<id>          report      the record; its index `by_owner` (owner, created_at) serves the list, and
                                     `running_by_caller` has those that are RUNNING, by who asked for them
    fingerprint#<hash>   claim       the ID of the report that answers this fingerprint
    idempotency#<hash>   key         the ID of the report that a caller's Idempotency-Key stands for
    report#<id>          chunk#<n>   put together with the progress counters, so a retried chunk is counted once

TTL on `expires_at` deletes within days, not minutes: readers compare times themselves.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
from botocore.config import Config

from octavo.errors import Busy, KeyReused, ReportEnded, ReportNotFound, StartFailed, StillRunning
from octavo.http.idempotency import Key
from octavo.lifecycle.manifest import Chunk, Manifest
from octavo.lifecycle.owner import may_see
from octavo.lifecycle.report import ID_PATTERN, Document, Failure, Report, Stage, Status
from octavo.storage.items import (
    Item,
    claim_key,
    dump,
    epoch,
    iso,
    item_of,
    key_key,
    load,
    moment,
    report_key,
    report_of,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef, TransactWriteItemTypeDef

TRIES = 12  # of a transaction that others keep interfering with
LOOKED_AT = 200  # reports in one query of a list, before its filters …
LOOKS = 10  # … and queries for one page
KEY_LIFETIME = timedelta(hours=24)
LONGEST_PAUSE_S = 1.0


class Interfered(Exception):
    """Another transaction on the same items was in progress: try again."""


class KeyTaken(Exception):
    """A key has come to stand for another report in the meantime: look what it stands for."""


class Position(NamedTuple):
    """A place in an owner's list: behind this report."""

    created_at: datetime
    id: str


class Refused(Exception):
    """A condition of a write did not hold; `standing` is the item that stood in its way, empty if there was none."""

    def __init__(self, standing: Item) -> None:
        super().__init__()
        self.standing = standing


class Table:
    """The reports in one DynamoDB table."""

    def __init__(self, client: DynamoDBClient, name: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)):
        self._client = client
        self._name = name
        self._now = now

    @classmethod
    def named(cls, name: str) -> Table:
        """Open the table with the function's own credentials."""
        return cls(boto3.client("dynamodb", config=Config(retries={"mode": "standard", "max_attempts": 5})), name)

    def find(self, report_id: str) -> Report:
        """Read a report consistently; past its deadline it is FAIL and written so. Raises ReportNotFound."""
        item = self._get(report_key(report_id)) if re.fullmatch(ID_PATTERN, report_id) else None
        if item is None or moment(item["expires_at"]) <= self._now():
            raise _not_found(report_id)
        report = report_of(item)
        if report.overdue(self._now()):
            return self.fail(report_id, overdue_failure())
        return report

    def find_for(self, caller: str, report_id: str) -> Report:
        """Read a report the caller may see; another's is as unknown as none. Raises ReportNotFound."""
        report = self.find(report_id)
        if not may_see(report.owner, caller):
            raise _not_found(report_id)
        return report

    def running(self, report_id: str) -> Report:
        """Read a report that work is to be done for; raises ReportEnded when it is not RUNNING any more."""
        report = self.find(report_id)
        if report.status is not Status.RUNNING:
            raise ReportEnded(f"The report {report_id} ended as {report.status}.")
        return report

    def standing(self, fingerprint: str, may_answer: Callable[[Report], bool]) -> Report | None:
        """Return the report that answers a fingerprint, if there is one."""
        claim = self._get(claim_key(fingerprint))
        holder = self._holder(claim) if claim else None
        return holder if holder is not None and may_answer(holder) else None

    def claim(
        self,
        report: Report,
        may_answer: Callable[[Report], bool],
        *,
        caller: str,
        force: bool = False,
        key: Key | None = None,
    ) -> Report:
        """Put `report` unless a standing one may answer its fingerprint; return the one that answers.

        One transaction puts the report, the claim and the caller's `key`, on condition that the claim is free or names
        a report that `may_answer` has refused. Who loses that race looks again. `force` takes the claim whatever it
        names. Raises KeyTaken when the key has come to stand for another report.
        """
        refused: str | None = None
        remember = [self._put_key(key, report)] if key else []
        for attempt in range(TRIES):
            put_claim = self._put_claim(report, instead_of=refused, force=force)
            try:
                self._write(self._put_report(report, caller), put_claim, *remember)
                return report
            except Interfered:
                _pause(attempt)
            except Refused as refusal:
                if refusal.standing.get("sk") == "key":
                    raise KeyTaken from None
                if not refusal.standing:  # the claim that stood in the way has gone
                    _pause(attempt)
                    continue
                holder = self._holder(refusal.standing)
                if holder is not None and may_answer(holder):
                    return holder
                refused = refusal.standing["report_id"]
        raise Busy("Too many identical requests at this moment. Try again in a second.")

    def keyed(self, key: Key) -> Report | None:
        """Return the report that a key stands for; None for a new key, and for one whose report never started.

        Raises KeyReused when the key came with another request.
        """
        item = self._get(key_key(key.hashed))
        return self._stands_for(item, key) if item else None

    def remember(self, key: Key, report: Report) -> None:
        """Let a key stand for a report. Raises KeyTaken when it has come to stand for another one."""
        for attempt in range(TRIES):
            try:
                return self._write(self._put_key(key, report))
            except Interfered:
                _pause(attempt)
            except Refused:
                raise KeyTaken from None
        raise Busy("Too many requests with this Idempotency-Key at this moment. Try again in a second.")

    def running_for(self, caller: str, *, most: int) -> int:
        """Count the reports that a caller has running, up to `most`; the index may lag by moments."""
        answer = self._client.query(
            TableName=self._name,
            IndexName="running_by_caller",
            KeyConditionExpression="running_for = :caller AND deadline > :now",
            ExpressionAttributeValues=dump({":caller": caller, ":now": iso(self._now())}),
            Select="COUNT",
            Limit=most,
        )
        return answer["Count"]

    def list_of(
        self,
        owner: str,
        *,
        status: Status | None = None,
        report_type: str | None = None,
        limit: int,
        after: Position | None = None,
    ) -> tuple[list[Report], Position | None]:
        """Return an owner's reports, newest first, behind the position `after`, and where the next page begins.

        The position is one in the owner's own list, whoever it came from. A page may be short when the filters leave
        out many; None is the end.
        """
        condition, names, values = _filters(status, report_type, self._now())
        query: QueryInputTypeDef = {
            "TableName": self._name,
            "IndexName": "by_owner",
            "KeyConditionExpression": "#owner = :owner",
            "FilterExpression": condition,
            "ExpressionAttributeNames": {"#owner": "owner", **names},
            "ExpressionAttributeValues": dump({":owner": owner, **values}),
            "ScanIndexForward": False,
            "Limit": LOOKED_AT,
        }
        if after is not None:
            query["ExclusiveStartKey"] = dump(_list_key(owner, after))
        found: list[Report] = []
        for _ in range(LOOKS):
            answer = self._client.query(**query)
            found += [self._as_it_stands(report_of(load(item))) for item in answer["Items"]]
            if len(found) > limit:
                last = found[limit - 1]
                return found[:limit], Position(last.created_at, last.id)
            if "LastEvaluatedKey" not in answer:
                return found, None
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        seen = load(query["ExclusiveStartKey"])
        return found, Position(datetime.fromisoformat(seen["created_at"]), seen["pk"].partition("#")[2])

    def cancel(self, report_id: str) -> tuple[Report, bool]:
        """End a RUNNING report as FAIL, CANCELLED; return it as it stands, and whether this is what ended it."""
        cancelled = Failure("CANCELLED", "The report was cancelled. Submit the request again.", retryable=True)
        try:
            return self._end(report_id, Status.FAIL, "failure", asdict(cancelled)), True
        except ReportEnded:
            return self.find(report_id), False

    def delete(self, report_id: str) -> None:
        """Delete the record of a report that has ended; its claim and keys then name nothing, and expire.

        Raises StillRunning.
        """
        try:
            self._client.delete_item(
                TableName=self._name,
                Key=dump(report_key(report_id)),
                ConditionExpression="attribute_not_exists(pk) OR #status <> :running",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues=dump({":running": Status.RUNNING}),
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            raise StillRunning(f"The report {report_id} is running. Cancel it first, then delete it.") from None

    def planned(self, report_id: str, manifest: Manifest) -> None:
        """Note the planned rows and chunks; the chunks are next. Raises ReportEnded."""
        values = {":rows": manifest.rows, ":chunks": len(manifest.chunks)}
        self._advance(report_id, Stage.CHUNKS, "rows_total = :rows, chunks_total = :chunks", values)

    def merging(self, report_id: str) -> None:
        """Note that all chunks are done and the merge has begun. Raises ReportEnded."""
        self._advance(report_id, Stage.MERGE)

    def count_chunk(self, report: Report, chunk: Chunk) -> None:
        """Add the chunk to the progress, once however often it runs. Raises ReportEnded, Busy."""
        marker = {
            "pk": f"report#{report.id}",
            "sk": f"chunk#{chunk.number:06}",
            "rows": chunk.rows,
            "expires_at": epoch(report.expires_at),
        }
        put: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self._name,
                "Item": dump(marker),
                "ConditionExpression": "attribute_not_exists(pk)",
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }
        count: TransactWriteItemTypeDef = {
            "Update": {
                "TableName": self._name,
                "Key": dump(report_key(report.id)),
                "UpdateExpression": "ADD rows_done :rows, chunks_done :one",
                "ConditionExpression": "#status = :running",
                "ExpressionAttributeNames": {"#status": "status"},
                "ExpressionAttributeValues": dump({":rows": chunk.rows, ":one": 1, ":running": Status.RUNNING}),
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }
        for attempt in range(TRIES):
            try:
                return self._write(put, count)
            except Interfered:
                _pause(attempt)
            except Refused as refusal:
                if refusal.standing.get("sk") == marker["sk"]:
                    return None
                raise _ended(refusal.standing) from None
        raise Busy(f"Chunk {chunk.number} could not be counted: other chunks were in the way each time.")

    def succeed(self, report_id: str, document: Document) -> Report:
        """End a RUNNING report as SUCCESS with its document. Raises ReportEnded when it has ended already."""
        return self._end(report_id, Status.SUCCESS, "document", asdict(document))

    def fail(self, report_id: str, failure: Failure) -> Report:
        """End a RUNNING report as FAIL; return it as it now stands, which may be how it had ended before."""
        try:
            return self._end(report_id, Status.FAIL, "failure", asdict(failure))
        except ReportEnded:
            item = self._get(report_key(report_id))
            if item is None:
                raise _not_found(report_id) from None
            return report_of(item)

    def _end(self, report_id: str, status: Status, field: str, value: Item) -> Report:
        changes = {":status": status, ":value": value, ":now": iso(self._now())}
        return self._update(
            report_id, f"SET #status = :status, {field} = :value, finished_at = :now REMOVE stage, running_for", changes
        )

    def _advance(self, report_id: str, stage: Stage, also: str = "", values: Mapping[str, Any] | None = None) -> None:
        changes = f"SET stage = :stage{', ' + also if also else ''}"
        self._update(report_id, changes, {":stage": stage, **(values or {})})

    def _update(self, report_id: str, expression: str, values: Mapping[str, Any]) -> Report:
        """Change a report that is RUNNING; return it as changed. Raises ReportEnded when it is not."""
        try:
            answer = self._client.update_item(
                TableName=self._name,
                Key=dump(report_key(report_id)),
                UpdateExpression=expression,
                ConditionExpression="#status = :running",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues=dump({**values, ":running": Status.RUNNING}),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            standing: Item = error.response.get("Item", {})  # type: ignore[assignment]  # botocore types it as object
            raise _ended(load(standing)) from None
        return report_of(load(answer["Attributes"]))

    def _put_report(self, report: Report, caller: str) -> TransactWriteItemTypeDef:
        return {
            "Put": {
                "TableName": self._name,
                "Item": dump(item_of(report) | {"running_for": caller}),
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }

    def _put_claim(self, report: Report, *, instead_of: str | None, force: bool) -> TransactWriteItemTypeDef:
        claim = claim_key(report.fingerprint) | {"report_id": report.id, "expires_at": epoch(report.expires_at)}
        put: TransactWriteItemTypeDef = {"Put": {"TableName": self._name, "Item": dump(claim)}}
        if not force:
            put["Put"]["ConditionExpression"] = "attribute_not_exists(pk)"
            put["Put"]["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
            if instead_of:
                put["Put"]["ConditionExpression"] += " OR report_id = :refused"
                put["Put"]["ExpressionAttributeValues"] = dump({":refused": instead_of})
        return put

    def _put_key(self, key: Key, report: Report) -> TransactWriteItemTypeDef:
        """Put a key unless it stands for another report that is to be answered with."""
        expires = min(self._now() + KEY_LIFETIME, report.expires_at)
        item = key_key(key.hashed) | {"request": key.request, "report_id": report.id, "expires_at": epoch(expires)}
        free = "attribute_not_exists(pk) OR expires_at <= :now OR report_id = :same"
        values: Item = {":now": epoch(self._now()), ":same": report.id}
        standing = self._get(key_key(key.hashed))
        if standing and self._stands_for(standing, key) is None:
            free += " OR report_id = :stale"
            values[":stale"] = standing["report_id"]
        return {
            "Put": {
                "TableName": self._name,
                "Item": dump(item),
                "ConditionExpression": free,
                "ExpressionAttributeValues": dump(values),
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }

    def _stands_for(self, item: Item, key: Key) -> Report | None:
        """Return the report of a key's item, None if the key is as good as new. Raises KeyReused."""
        if moment(item["expires_at"]) <= self._now():
            return None
        if item["request"] != key.request:
            raise KeyReused("This Idempotency-Key came with another request before. Use a new key for each request.")
        report = self._holder(item)
        return None if report is None or (report.failure and report.failure.code == StartFailed.code) else report

    def _as_it_stands(self, report: Report) -> Report:
        """Show a report past its deadline as failed, as `find` does; the list writes nothing."""
        if not report.overdue(self._now()):
            return report
        return replace(report, status=Status.FAIL, stage=None, finished_at=report.deadline, failure=overdue_failure())

    def _holder(self, claim: Item) -> Report | None:
        """Return the report a claim names; None if it is gone or past its end."""
        try:
            return self.find(claim["report_id"])
        except ReportNotFound:
            return None

    def _get(self, key: Item) -> Item | None:
        answer = self._client.get_item(TableName=self._name, Key=dump(key), ConsistentRead=True)
        return load(answer["Item"]) if "Item" in answer else None

    def _write(self, *actions: TransactWriteItemTypeDef) -> None:
        """Write all or nothing; raises Refused with the first item whose condition did not hold, or Interfered."""
        try:
            self._client.transact_write_items(TransactItems=actions)
        except self._client.exceptions.TransactionCanceledException as error:
            reasons: list[Item] = error.response.get("CancellationReasons", [])  # type: ignore[assignment]  # as below
            codes = {reason.get("Code") for reason in reasons} - {"None"}
            if "ConditionalCheckFailed" in codes:
                raise Refused(next((load(reason["Item"]) for reason in reasons if reason.get("Item")), {})) from None
            if codes == {"TransactionConflict"}:
                raise Interfered from None
            raise


def _filters(status: Status | None, report_type: str | None, now: datetime) -> tuple[str, dict[str, str], Item]:
    """Return the condition of a list's filters, its names and its values; what is overdue counts as FAIL."""
    conditions = ["expires_at > :epoch"]
    names: dict[str, str] = {}
    values: Item = {":epoch": epoch(now)}
    if report_type:
        conditions.append("#type = :type")
        names["#type"], values[":type"] = "type", report_type
    if status:
        wanted = {
            Status.SUCCESS: "#status = :status",
            Status.RUNNING: "(#status = :status AND deadline > :now)",
            Status.FAIL: "(#status = :status OR (#status = :running AND deadline <= :now))",
        }
        conditions.append(wanted[status])
        names["#status"], values[":status"] = "status", status
        if status is not Status.SUCCESS:
            values[":now"] = iso(now)
        if status is Status.FAIL:
            values[":running"] = Status.RUNNING
    return " AND ".join(conditions), names, values


def _list_key(owner: str, position: Position) -> Item:
    return report_key(position.id) | {"owner": owner, "created_at": iso(position.created_at)}


def overdue_failure() -> Failure:
    """Say that a report ran past its deadline."""
    return Failure("TIMED_OUT", "The report took longer than it may. Ask for less, or try again.", retryable=True)


def _not_found(report_id: str) -> ReportNotFound:
    return ReportNotFound(f"You have no report {report_id!r}. It may have passed its time: submit the request again.")


def _ended(item: Item) -> ReportEnded:
    return ReportEnded(f"The report ended as {item['status']}." if item else "The report does not exist.")


def _pause(attempt: int) -> None:
    """Wait before another try, longer each time and never in step with others."""
    time.sleep(random.uniform(0, min(LONGEST_PAUSE_S, 0.02 * 2**attempt)))  # noqa: S311  (jitter, no secret)
