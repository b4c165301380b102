"""Deduplication: which report answers a request. Identical requests share one run.

A claim is an item with the name of a fingerprint; it holds the ID of the report that answers requests with that
fingerprint. An Idempotency-Key is remembered in the same way. Submitting is one attempt, repeated while other requests
interfere:

    1. Read the key. If it names a report, that report is the answer.
    2. Read the claim. If it names a report that may answer, that report is the answer, and the key is to name it.
    3. Otherwise put the new report, its claim and its key in one transaction, on condition that claim and key are
       free or still name the reports that were just seen. If they do not, another request was faster: start again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from octavo.codes import Code
from octavo.errors import KeyReused, ReportNotFound, TooManyRunning
from octavo.lifecycle.idempotency import IdempotencyKey
from octavo.lifecycle.report import Report
from octavo.lifecycle.timestamps import rfc3339
from octavo.storage.items import Item, claim_item_key, epoch, idempotency_item_key, item_of, moment
from octavo.storage.reports import Reports
from octavo.storage.transactions import ConditionFailed, Interference, Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

KEY_LIFETIME = timedelta(hours=24)


@dataclass(frozen=True)
class Submission:
    """A request for a report, and what decides whether it needs a new one.

    `wanted` is the new report that would answer it. `may_answer` says whether an existing report with the same
    fingerprint may answer; `force` is never to ask. The caller may have `max_running` reports running.
    """

    wanted: Report
    caller: str
    may_answer: Callable[[Report], bool]
    max_running: int
    force: bool = False
    key: IdempotencyKey | None = None


@dataclass(frozen=True)
class _Named:
    """What a claim or a key names: the ID in it, None if it is free, and the report, None if it cannot answer."""

    report_id: str | None = None
    report: Report | None = None


class Claims:
    """The claims and the keys in a table, which name its reports."""

    def __init__(self, table: Table, reports: Reports) -> None:
        self._table = table
        self._reports = reports

    def answer(self, submission: Submission) -> Report:
        """Return the report that answers; `submission.wanted` itself if it has been put.

        Raises KeyReused, TooManyRunning and Busy.
        """
        report = self._table.retried(lambda: self._attempt(submission))
        return submission.wanted if report.id == submission.wanted.id else report

    def _attempt(self, submission: Submission) -> Report:
        wanted, key = submission.wanted, submission.key
        by_key = self._named_by_key(key) if key else _Named()
        if by_key.report:
            return by_key.report
        by_claim = _Named() if submission.force else self._named_by_claim(submission)
        answer = by_claim.report or wanted
        changes = [self._put_key(key, answer, instead_of=by_key.report_id)] if key else []
        if answer is wanted:
            self._check_running(submission)
            put_report = self._table.put(item_of(wanted) | {"running_for": submission.caller})
            put_claim = self._put_claim(wanted, instead_of=by_claim.report_id, force=submission.force)
            changes += [put_report, put_claim]
        self._write(changes, wanted)
        return answer

    def _named_by_key(self, key: IdempotencyKey) -> _Named:
        """Return the report that a key names, unless the key has expired or its report never started.

        Raises KeyReused if the key came with another request.
        """
        item = self._table.get(idempotency_item_key(key))
        if item is None:
            return _Named()
        if moment(item["expires_at"]) <= self._table.now():
            return _Named(item["report_id"])
        if item["request"] != key.request_digest:
            raise KeyReused("This Idempotency-Key came with another request before. Use a new key for each request.")
        report = self._find(item)
        started = report and not (report.failure and report.failure.code is Code.START_FAILED)
        return _Named(item["report_id"], report if started else None)

    def _named_by_claim(self, submission: Submission) -> _Named:
        """Return the report that has claimed the fingerprint, if it may answer."""
        item = self._table.get(claim_item_key(submission.wanted.fingerprint))
        if item is None:
            return _Named()
        report = self._find(item)
        return _Named(item["report_id"], report if report and submission.may_answer(report) else None)

    def _find(self, item: Item) -> Report | None:
        try:
            return self._reports.find(item["report_id"])
        except ReportNotFound:
            return None

    def _check_running(self, submission: Submission) -> None:
        """Raise TooManyRunning if the caller has as many reports running as allowed; the index may lag by moments."""
        most = submission.max_running
        running = self._table.query(
            "running_for = :caller AND deadline > :now",
            {":caller": submission.caller, ":now": rfc3339(self._table.now())},
            index="running_by_caller",
            Select="COUNT",
            Limit=most,
        )
        if running["Count"] >= most:
            raise TooManyRunning(
                f"You have {most} reports running, as many as a caller may. Wait until one ends, or cancel one."
            )

    def _put_claim(self, report: Report, *, instead_of: str | None, force: bool) -> TransactWriteItemTypeDef:
        item = claim_item_key(report.fingerprint) | {"report_id": report.id, "expires_at": epoch(report.expires_at)}
        return self._table.put(item, "") if force else self._put(item, instead_of)

    def _put_key(self, key: IdempotencyKey, report: Report, *, instead_of: str | None) -> TransactWriteItemTypeDef:
        expires = min(self._table.now() + KEY_LIFETIME, report.expires_at)
        item = {"request": key.request_digest, "report_id": report.id, "expires_at": epoch(expires)}
        return self._put(idempotency_item_key(key) | item, instead_of)

    def _put(self, item: Item, instead_of: str | None) -> TransactWriteItemTypeDef:
        """Put a claim or a key that is free, or names the report `instead_of`."""
        if instead_of is None:
            return self._table.put(item)
        return self._table.put(item, "attribute_not_exists(pk) OR report_id = :instead_of", {":instead_of": instead_of})

    def _write(self, changes: list[TransactWriteItemTypeDef], wanted: Report) -> None:
        """Write what the attempt decided, unless an earlier attempt has done so and its answer was lost.

        Raises Interference if another request has changed a claim or a key.
        """
        try:
            if changes:
                self._table.write_once(*changes)
        except ConditionFailed as failed:
            if failed.found.get("id") != wanted.id:
                raise Interference from None
