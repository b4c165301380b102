"""A report: one request and its result, the states it passes and the fingerprint that identifies it. Pure.

            ┌────────────► SUCCESS   merge, if every planned row is in the document
  RUNNING ──┤
            └────────────► FAIL      a failure, a failed start, a cancel, or the deadline

SUCCESS and FAIL are final: `octavo.storage.reports` makes each change by one write on the condition that the report is
RUNNING.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

import rfc8785
import uuid_utils

from octavo.codes import Code

EXECUTION_NAME_LENGTH = 80  # AWS Step Functions, StartExecution: name
ID_PATTERN = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class Status(StrEnum):
    RUNNING = "RUNNING"
    SUCCESS = "SUCCESS"
    FAIL = "FAIL"


class Stage(StrEnum):
    """The step that a RUNNING report has reached. It is shown to callers; nothing depends on it."""

    PLAN = "PLAN"
    CHUNKS = "CHUNKS"
    MERGE = "MERGE"


@dataclass(frozen=True)
class Progress:
    """Rows and chunks planned (None before the plan) and done."""

    rows_total: int | None = None
    rows_done: int = 0
    chunks_total: int | None = None
    chunks_done: int = 0


@dataclass(frozen=True)
class Document:
    """The finished file: its key in the bucket, and what a reader checks it against."""

    key: str
    filename: str
    media_type: str
    size_bytes: int
    rows: int
    crc32: str  # eight hex digits, of the whole file
    pages: int | None = None


@dataclass(frozen=True)
class Failure:
    """Why a report ended in FAIL, as its owner may read it."""

    code: Code
    message: str
    retryable: bool
    chunk: int | None = None


@dataclass(frozen=True)
class Report:
    """The record. Times are aware and in UTC.

    `parameters` has the request's parameters as callers see them, with all defaults. `bound` has the validated values
    that the query is run with, as `octavo.authoring.parameters.encode` writes them. `format_options` has all options of
    the format, those with default values included. `definition` is the digest of the report type that validated them.
    """

    id: str
    owner: str
    type: str
    parameters: Mapping[str, Any]
    bound: Mapping[str, Any]
    format: str
    fingerprint: str
    created_at: datetime
    deadline: datetime
    expires_at: datetime
    format_options: Mapping[str, Any] = field(default_factory=dict)
    definition: str = ""
    status: Status = Status.RUNNING
    stage: Stage | None = Stage.PLAN
    progress: Progress = Progress()
    finished_at: datetime | None = None
    document: Document | None = None
    failure: Failure | None = None

    @property
    def execution_name(self) -> str:
        """Name the workflow's execution so that a person sees what runs: `flights-csv-0192f0c1-…`.

        The name depends on the record alone, so whoever starts the execution again uses the same name.
        """
        return execution_name(self.type, self.format, self.id)

    @property
    def position(self) -> Position:
        """The place just behind this report in its owner's list."""
        return Position(self.created_at, self.id)

    def overdue(self, now: datetime) -> bool:
        """Is the report still RUNNING although its deadline has passed?"""
        return self.status is Status.RUNNING and now >= self.deadline

    def answers(self, now: datetime, max_age: timedelta) -> bool:
        """May this report serve an identical request made `now`?

        Yes while it is RUNNING before its deadline, and as a SUCCESS finished at most `max_age` ago. Whether its
        document still exists is for the caller to look up.
        """
        if self.status is Status.RUNNING:
            return not self.overdue(now)
        return self.status is Status.SUCCESS and self.finished_at is not None and now - self.finished_at <= max_age


class Position(NamedTuple):
    """A place in an owner's list of reports, which is ordered by time: just behind this report."""

    created_at: datetime
    id: str


def execution_name(report_type: str, format: str, report_id: str) -> str:
    """Name the execution of a report by its type, its format and its ID, within the length that AWS allows."""
    kind = re.sub(r"[^A-Za-z0-9]+", "-", f"{report_type}-{format}")
    return f"{kind[: EXECUTION_NAME_LENGTH - len(report_id) - 1]}-{report_id}"


def new_id() -> str:
    """Return a UUIDv7 (RFC 9562 §5.7): sortable by time, with too many random bits to be guessed."""
    return str(uuid_utils.uuid7())


def created_at(report_id: str) -> datetime:
    """Return the time in an ID, which is when the report was created: UUIDv7 begins with 48 bits of milliseconds."""
    return datetime.fromtimestamp((UUID(report_id).int >> 80) / 1000, UTC)


def fingerprint(
    *,
    owner: str | None,
    report_type: str,
    definition: str,
    parameters: Mapping[str, Any],
    format: str,
    format_options: Mapping[str, Any],
) -> str:
    """Hash everything that determines a document: equal requests share one run.

    SHA-256 over RFC 8785 canonical JSON. `owner` is None for types that all owners share; `definition` is the report
    type's own digest, so a type that was changed never answers with the old document. `parameters` are the values
    that the query is run with (`Report.bound`), not those that the request wrote.
    """
    request = {
        "owner": owner,
        "type": report_type,
        "definition": definition,
        "parameters": dict(parameters),
        "format": format,
        "format_options": dict(format_options),
    }
    return "sha256:" + hashlib.sha256(rfc8785.dumps(request)).hexdigest()
