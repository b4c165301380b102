"""The deployed handlers, called in workers.

They find reports in the table of the worker's environment, or, for a report that is handed over, in no table at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from benchmarks.workers import Usage, measured, own_bucket
from octavo.lifecycle.report import Report, Status

if TYPE_CHECKING:
    from octavo.authoring.report_type import ReportType
    from octavo.lifecycle.manifest import Chunk
    from octavo.storage.table import Table

Handler = Callable[[dict[str, Any], None], dict[str, Any]]


@dataclass(frozen=True)
class Work:
    """A chunk of a report; the report itself is handed over where there is no table to find it in."""

    report_id: str
    chunk: Chunk
    untabled: Report | None = None


def enrol(name: str) -> str:
    """Put a RUNNING report of the type `name` into the table, as submit does; return its ID."""
    return _table().claim(new_report(name), lambda _: False, caller="benchmark").id


def new_report(name: str) -> Report:
    """Make a RUNNING report of the type `name`, its parameters left at their defaults."""
    from octavo.http.models import ReportRequest
    from octavo.lifecycle import submission

    request = ReportRequest.model_validate({"type": name, "format": "csv"})
    day = timedelta(days=1)
    return submission.new_report(
        request, report_types()[name], owner="benchmark", now=datetime.now(UTC), deadline=day, retention=day
    )


def plan(report_id: str, untabled: Report | None = None) -> tuple[list[Work], Usage]:
    """Run the plan's handler; return the chunks it planned."""
    handler = _handler("plan", untabled)
    _, usage = measured(lambda: handler({"report_id": report_id}, None))
    return [Work(report_id, chunk, untabled) for chunk in own_bucket().manifest(report_id).chunks], usage


def render(work: Work) -> Usage:
    """Run the chunk's handler."""
    handler = _handler("chunk", work.untabled)
    return measured(lambda: handler({"report_id": work.report_id, "chunk": asdict(work.chunk)}, None))[1]


def merge(report_id: str, untabled: Report | None = None) -> Usage:
    """Run the merge's handler."""
    handler = _handler("merge", untabled)
    return measured(lambda: handler({"report_id": report_id}, None))[1]


def merge_again(report_id: str) -> Usage:
    """Join the segments once more, which the handler of an ended report would not."""
    return merge(report_id, replace(_table().find(report_id), status=Status.RUNNING))


def document_key(report_id: str) -> str:
    """Return the key of a finished report's document."""
    document = _table().find(report_id).document
    assert document is not None  # noqa: S101  (the merge has raised otherwise)
    return document.key


class _NoTable:
    """Stands in for the table: knows one report, which stays RUNNING, and forgets what it is told."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def find(self, report_id: str) -> Report:
        return self._report

    running = find

    def ignore(self, *_: object) -> None:
        pass

    planned = count_chunk = merging = succeed = ignore


def report_types() -> Mapping[str, type[ReportType]]:
    """Return the report types that benchmarks know: the example and the generated one."""
    from benchmarks.report_types.trips import Trips
    from reports.flights import Flights

    return {"flights": Flights, "trips": Trips}


def _handler(function: str, untabled: Report | None) -> Handler:
    """Import a function as its cold start does, with the benchmarks' report types and, maybe, without the table."""
    from octavo.authoring import catalogue

    catalogue.report_types = report_types  # type: ignore[assignment]  # in the stead of a cached function
    module = import_module(f"functions.{function}.handler")
    module.table = _NoTable(untabled) if untabled else _table()  # type: ignore[attr-defined]  # every handler's module has it
    return cast(Handler, module.handler)


@cache
def _table() -> Table:
    from octavo.settings import settings
    from octavo.storage.table import Table

    return Table.named(settings.table)
