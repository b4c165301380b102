"""Tables and texts for people: report types, reports, and whether a report is new. Nothing is printed here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.filesize import decimal
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from octavo.cli.parameters import describe
from octavo.formats import FORMATS
from octavo.http.models import ReportTypeView, ReportView
from octavo.lifecycle.report import Status

WIDER_THAN_ANY = 10_000
STYLES = {Status.RUNNING: "cyan", Status.SUCCESS: "green", Status.FAIL: "bold red"}
UNITS = ((86_400, "day"), (3_600, "hour"), (60, "min"), (1, "s"))


def types_table(report_types: Iterable[ReportTypeView]) -> RenderableType:
    """List the report types."""
    return _table(
        ("Name", "Title", "Formats"),
        ((each.name, each.title, ", ".join(each.formats)) for each in report_types),
    )


def type_page(report_type: ReportTypeView) -> RenderableType:
    """Show the parameters, columns, options of formats, and limits of one report type."""
    properties: Mapping[str, Any] = report_type.parameters.get("properties", {})
    parameters = _table(
        ("Parameter", "Type", "Default", "Description"),
        (
            (name, describe(schema, report_type.parameters), _default(schema), _description(schema))
            for name, schema in properties.items()
        ),
    )
    columns = _table(("Column", "Title"), ((column.name, column.title) for column in report_type.columns))
    options = _table(
        ("Format", "Option", "Type", "Default", "Description"),
        (
            (format, name, describe(option, schema), _default(option), _description(option))
            for format, schema in report_type.format_options.items()
            for name, option in schema.get("properties", {}).items()
        ),
    )
    facts = _facts(
        {
            "Formats": ", ".join([f"{report_type.formats[0]} (default)", *report_type.formats[1:]]),
            "Row limit": f"{report_type.max_rows:,}",
            "Reuse window": duration(report_type.max_age_s),
        }
    )
    return Group(
        Text.assemble((report_type.title, "bold"), f" ({report_type.name})"),
        Padding(Text(report_type.description), (0, 0, 1, 0), expand=False),
        parameters if properties else Text("No parameters."),
        Text(),
        columns,
        Text(),
        options if options.row_count else Text("The formats have no options."),
        Text(),
        facts,
    )


def report_page(report: ReportView) -> RenderableType:
    """Show the current state of a report."""
    facts = {"Report": report.id, "Type": report.type, "Format": report.format}
    if chosen := _chosen_options(report):
        facts["Options"] = ", ".join(f"{name}={_plain(value)}" for name, value in chosen.items())
    if report.parameters:
        facts["Parameters"] = ", ".join(f"{name}={_plain(value)}" for name, value in report.parameters.items())
    page = [_facts(facts), _facts({"Status": _status(report)}, STYLES[report.status])]
    facts = {"Submitted": moment(report.created_at)}
    if report.finished_at:
        facts["Finished"] = f"{moment(report.finished_at)} (took {duration(_seconds(report))})"
    if report.document:
        document = report.document
        facts["Document"] = f"{document.filename}, {decimal(document.size_bytes)}, {document.rows:,} rows"
        facts["Kept until"] = moment(report.expires_at)
    return Group(*page, _facts(facts))


def reports_table(reports: Sequence[ReportView]) -> RenderableType:
    """List reports: one line each where the table is narrow enough, otherwise two lines each."""
    return _Reports(reports)


@dataclass(frozen=True)
class _Reports:
    reports: Sequence[ReportView]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        table = self._table()
        if console.measure(table, options=options.update(width=WIDER_THAN_ANY)).maximum <= options.max_width:
            yield table
            return
        for report in self.reports:
            status = Text(f"{report.status:<{len(Status.SUCCESS)}}", STYLES[report.status])
            yield Text("  ").join([Text(report.id, "cyan"), status, Text(moment(report.created_at))])
            yield Padding(Text(_summary(report)), (0, 0, 0, 2), expand=False)

    def _table(self) -> Table:
        table = _table(
            ("ID", "Type", "Format", "Status", "Created (UTC)", "Rows", "Size"),
            (
                (
                    report.id,
                    report.type,
                    report.format,
                    Text(_words(report.status, _code(report)), STYLES[report.status]),
                    f"{report.created_at.astimezone(UTC):%Y-%m-%d %H:%M}",
                    _rows(report),
                    _size(report),
                )
                for report in self.reports
            ),
        )
        for column in table.columns[-2:]:
            column.justify = "right"
        return table


def origin(report: ReportView, now: datetime) -> str:
    """Tell whether the report is new or reused."""
    kind = f"{report.type} as {report.format}"
    if not report.deduplicated:
        return f"Submitted {kind}: {report.id}"
    if report.status is Status.RUNNING:
        return f"Joined an identical report that is running, {kind}: {report.id}"
    age = duration(max((now - (report.finished_at or report.created_at)).total_seconds(), 0))
    return f"Reused {kind}, finished {age} ago: {report.id}\nUse --force to start a new run."


def duration(seconds: float) -> str:
    """Write a time span in the largest unit that fits: `3 min`, `2 days`."""
    for length, unit in UNITS:
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {unit}{'s' if count > 1 and unit in {'day', 'hour'} else ''}"
    return "less than 1 s"


def moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _seconds(report: ReportView) -> float:
    return ((report.finished_at or report.created_at) - report.created_at) / timedelta(seconds=1)


def _status(report: ReportView) -> str:
    progress = report.progress
    if report.status is not Status.RUNNING or not report.stage:
        return str(report.status)
    if progress.rows_total is None:
        return f"{report.status}, {report.stage.lower()}"
    return (
        f"{report.status}, {report.stage.lower()}: {progress.rows_done:,} of {progress.rows_total:,} rows,"
        f" {progress.chunks_done:,} of {progress.chunks_total or 0:,} chunks"
    )


def _summary(report: ReportView) -> str:
    """Describe in one line what a report contains and how it ended."""
    rows = _rows(report)
    return _words(f"{report.type} as {report.format}", _code(report), f"{rows} rows" if rows else "", _size(report))


def _words(*words: str) -> str:
    return ", ".join(word for word in words if word)


def _code(report: ReportView) -> str:
    return report.error.code if report.error else ""


def _rows(report: ReportView) -> str:
    """Count the rows of the document, or of a running report those that are done."""
    if report.document:
        return f"{report.document.rows:,}"
    progress = report.progress
    if report.status is not Status.RUNNING or progress.rows_total is None:
        return ""
    return f"{progress.rows_done:,} of {progress.rows_total:,}"


def _size(report: ReportView) -> str:
    return decimal(report.document.size_bytes) if report.document else ""


def _table(titles: Iterable[str], rows: Iterable[Iterable[str | Text]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for number, title in enumerate(titles):
        table.add_column(title, style="cyan" if number == 0 else "", no_wrap=number == 0, overflow="fold")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
    return table


def _facts(facts: Mapping[str, str], style: str = "") -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", min_width=10)
    grid.add_column(style=style, overflow="fold")
    for name, value in facts.items():
        grid.add_row(name, Text(value))
    return grid


def _default(schema: Any) -> str:
    if not isinstance(schema, Mapping) or "default" not in schema:
        return "(required)"
    return _plain(schema["default"])


def _description(schema: Any) -> str:
    """Return the author's description or, without one, the pattern that a text must match."""
    if not isinstance(schema, Mapping):
        return ""
    if "description" in schema:
        return str(schema["description"])
    patterns = [part["pattern"] for part in (schema, *schema.get("anyOf", ())) if "pattern" in part]
    return f"matches {patterns[0]}" if patterns else ""


def _chosen_options(report: ReportView) -> Mapping[str, Any]:
    """Return the options of the format that do not have their usual values."""
    usual = FORMATS[report.format].options().model_dump() if report.format in FORMATS else {}
    return {name: value for name, value in report.format_options.items() if value != usual.get(name)}


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
