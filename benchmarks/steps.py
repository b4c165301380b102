"""The deployed handlers, called in workers: the plan, a chunk, the merge of a report of Trips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from typing import Any, cast

from benchmarks.workers import Usage, measured

Handler = Callable[[dict[str, Any], None], dict[str, Any]]


@dataclass(frozen=True)
class Work:
    """A chunk to render: the event that the workflow's map sends."""

    report_id: str
    snapshot_key: str
    chunk: dict[str, int]


def enrol() -> str:
    """Put a RUNNING report into the table, as submit does; return its ID."""
    from benchmarks.report_types.trips import Trips
    from octavo.api import ReportRequest
    from octavo.settings import settings
    from octavo.submission import new_report
    from octavo.table import Table

    request = ReportRequest.model_validate({"type": "trips", "format": "csv"})
    day = timedelta(days=1)
    report = new_report(request, Trips, owner="benchmark", now=datetime.now(UTC), deadline=day, retention=day)
    return Table.named(settings.table).claim(report, lambda _: False).id


def plan(report_id: str) -> tuple[list[Work], Usage]:
    """Run the plan's handler; return the chunks it planned."""
    from octavo.bucket import Bucket
    from octavo.settings import settings

    handler = _handler("plan")
    planned, usage = measured(lambda: handler({"report_id": report_id}, None))
    chunks = Bucket.named(settings.bucket).manifest(report_id).chunks
    return [Work(report_id, planned["snapshot_key"], asdict(chunk)) for chunk in chunks], usage


def render(work: Work) -> Usage:
    """Run the chunk's handler."""
    handler = _handler("chunk")
    return measured(lambda: handler(asdict(work), None))[1]


def merge(report_id: str) -> tuple[str, Usage]:
    """Run the merge's handler; return the document's key."""
    from octavo.settings import settings
    from octavo.table import Table

    handler = _handler("merge")
    _, usage = measured(lambda: handler({"report_id": report_id}, None))
    document = Table.named(settings.table).find(report_id).document
    assert document is not None  # noqa: S101  (the handler has raised otherwise)
    return document.key, usage


def merge_again(report_id: str) -> Usage:
    """Join the segments once more, which the handler of an ended report would not."""
    from benchmarks.report_types.trips import Trips
    from functions.merge.join import join
    from octavo.bucket import Bucket
    from octavo.settings import settings
    from octavo.table import Table

    report, bucket = Table.named(settings.table).find(report_id), Bucket.named(settings.bucket)
    return measured(lambda: join(report, Trips, bucket))[1]


@cache
def _handler(function: str) -> Handler:
    """Import a function as its cold start does, with the benchmark's report types."""
    from octavo import catalogue

    catalogue.PACKAGE = "benchmarks.report_types"
    return cast(Handler, import_module(f"functions.{function}.handler").handler)
