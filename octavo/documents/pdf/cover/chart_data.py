"""The numbers of the chart on the cover, taken once at the plan, over the whole snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from octavo.authoring.presentation import Chart
from octavo.authoring.report_type import Column, ReportType
from octavo.data.sql import identifier
from octavo.documents.pdf.table.formatting import display

if TYPE_CHECKING:
    from octavo.data.snapshot import Rows

TIMES = {"DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"}
GROUP, MEASURED = '"chart.group"', '"chart.value"'  # unlike any query's columns
STEPS = (("hour", "%d %b %H:00", 3), ("day", "%d %b %Y", 93), ("month", "%b %Y", 3653), ("year", "%Y", 10**9))


def chart_figures(rows: Rows, report_type: type[ReportType]) -> Mapping[str, Any] | None:
    """Return the chart's kind, title, names and values; None without a chart or without a value."""
    chart = report_type.chart
    if chart is None:
        return None
    columns = {column.name: column for column in report_type.columns}
    x = columns[chart.x]
    value = f"sum({identifier(chart.y)})::double" if chart.y else "count(*)::double"
    found = _points(rows, chart, x, value)
    if not found:
        return None
    measured = columns[chart.y].title if chart.y else "Rows"
    return {
        "kind": chart.kind,
        "title": chart.title or f"{measured} by {x.title[:1].lower()}{x.title[1:]}",
        "names": [name for name, _ in found],
        "values": [value for _, value in found],
    }


def _points(rows: Rows, chart: Chart, x: Column, value: str) -> list[tuple[str, float]]:
    """Return a name and a value for each point: along x for lines and times, the largest first otherwise."""
    shown = display(x, rows.types[x.name])
    group, name, along = identifier(x.name), shown.sql, chart.kind == "line"
    if rows.types[x.name] in TIMES:
        step, pattern = _step(rows, identifier(x.name))
        group, name, along = f"date_trunc('{step}', {group})", f"strftime(any_value({GROUP}), '{pattern}')", True
    elif shown.python:
        name = f"any_value({group})::varchar"
    else:
        name = f"any_value({shown.sql})"
    query = (
        f"SELECT {name}, {value} AS {MEASURED} FROM (SELECT *, {group} AS {GROUP} FROM {rows.source})"
        f" WHERE {GROUP} IS NOT NULL GROUP BY {GROUP} HAVING {MEASURED} IS NOT NULL"
        f" ORDER BY {GROUP if along else f'{MEASURED} DESC, {GROUP}'}"
    )
    limit = f" LIMIT {chart.top}" if chart.top and not along else ""
    return [(str(name), float(number)) for name, number in rows.connection.execute(query + limit).fetchall()]


def _step(rows: Rows, column: str) -> tuple[str, str]:
    """Choose the step of a time axis by how many days it spans."""
    span = f"SELECT date_diff('day', min({column}), max({column})) FROM {rows.source}"
    (days,) = rows.connection.execute(span).fetchone() or (0,)
    return next((step, pattern) for step, pattern, most in STEPS if (days or 0) <= most)
