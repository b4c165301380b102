"""The deployed handlers, called in workers.

They read reports from the table in the worker's environment. A report that is passed as an argument needs no table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from benchmarks.workers import Usage, measured, own_bucket
from octavo.lifecycle.report import Document, Report, Status

if TYPE_CHECKING:
    from octavo.authoring.report_type import ReportType
    from octavo.lifecycle.manifest import Chunk, Manifest
    from octavo.storage.reports import Reports
    from octavo.storage.transactions import Table

Handler = Callable[[dict[str, Any], None], dict[str, Any]]


@dataclass(frozen=True)
class Work:
    """A chunk of a report. `untabled` is the report itself if there is no table to read it from."""

    report_id: str
    chunk: Chunk
    untabled: Report | None = None


def enrol(name: str) -> str:
    """Put a RUNNING report of the type `name` into the table, as submit does; return its ID."""
    from octavo.storage.claims import Claims, Submission

    submission = Submission(new_report(name), "benchmark", lambda _: False, max_running=1000)
    return Claims(_table(), _reports()).answer(submission).id


def new_report(name: str, format: str = "csv") -> Report:
    """Make a RUNNING report of the type `name`, its parameters left at their defaults."""
    from octavo.lifecycle import submission

    day = timedelta(days=1)
    return submission.new_report(
        report_types()[name],
        parameters={},
        format=format,
        owner="benchmark",
        now=datetime.now(UTC),
        deadline=day,
        retention=day,
    )


def plan(report_id: str, untabled: Report | None = None) -> tuple[list[Work], Usage]:
    """Run the handler of plan; return the planned chunks."""
    handler = _handler("plan", untabled)
    _, usage = measured(lambda: handler({"report_id": report_id}, None))
    return [Work(report_id, chunk, untabled) for chunk in _manifest(report_id, untabled).chunks], usage


def render(work: Work) -> Usage:
    """Run the handler of chunk."""
    handler = _handler("chunk", work.untabled)
    return measured(lambda: handler({"report_id": work.report_id, "chunk": asdict(work.chunk)}, None))[1]


def merge(report_id: str, untabled: Report | None = None) -> Usage:
    """Run the handler of merge."""
    handler = _handler("merge", untabled)
    return measured(lambda: handler({"report_id": report_id}, None))[1]


def merge_again(report_id: str) -> Usage:
    """Join the segments once more, which the handler of an ended report would not."""
    return merge(report_id, replace(_reports().find(report_id), status=Status.RUNNING))


def document_key(report_id: str) -> str:
    """Return the key of a finished report's document."""
    document = _reports().find(report_id).document
    assert document is not None  # noqa: S101  (the merge has raised otherwise)
    return document.key


class _OneReport:
    """Replaces Reports: has one report, which stays RUNNING, and records nothing."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def find(self, report_id: str) -> Report:
        return self._report

    running = find

    def ignore(self, *_: object) -> None:
        pass

    planned = count_chunk = merging = ignore

    def take(self, report: Report, chunks: int) -> int:
        return chunks

    def end(self, report_id: str, document: Document) -> tuple[Report, bool]:
        return replace(self._report, status=Status.SUCCESS, document=document), True


def report_types() -> Mapping[str, type[ReportType]]:
    """Return the report types of the benchmarks: the example and the generated one."""
    from benchmarks.report_types.trips import Trips
    from reports.flights import Flights

    return {"flights": Flights, "trips": Trips}


def _handler(function: str, untabled: Report | None) -> Handler:
    """Import a function as a cold start does, but with the report types of the benchmarks.

    If `untabled` is a report, the function has no table.
    """
    from octavo.authoring import catalogue

    catalogue.report_types = report_types  # instead of the function that loads the package
    module = import_module(f"functions.{function}.handler")
    module.reports = _OneReport(untabled) if untabled else _reports()  # type: ignore[attr-defined]  # every handler's module has it
    if function == "plan" and untabled:
        module.shares = module.reports  # type: ignore[attr-defined]  # the module of plan has it
    return cast(Handler, module.handler)


def _manifest(report_id: str, untabled: Report | None) -> Manifest:
    from octavo.lifecycle.version import version
    from octavo.settings import settings

    report_type = report_types()[(untabled or _reports().find(report_id)).type]
    return own_bucket().manifest(report_id, version(settings.bundle_digest, report_type.definition))


@cache
def _table() -> Table:
    from octavo.settings import settings
    from octavo.storage.transactions import Table

    return Table.named(settings.table)


def _reports() -> Reports:
    from octavo.storage.reports import Reports

    return Reports(_table())
