"""Compute the data of a report's chart from all rows of the snapshot. This is done once, by the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from octavo.authoring.columns import Column
from octavo.authoring.presentation import Chart
from octavo.authoring.report_type import ReportType
from octavo.data.column_types import ColumnType
from octavo.data.sql import identifier
from octavo.documents.formatting import choose_format

if TYPE_CHECKING:
    from octavo.data.snapshot import Rows

GROUP, MEASURED = '"chart.group"', '"chart.value"'  # names of columns that no query of a report type has
SMALLEST, LARGEST = 1e-300, 1e300  # values of a scale
STEPS = (("hour", "%d %b %H:00", 3), ("day", "%d %b %Y", 93), ("month", "%b %Y", 3653), ("year", "%Y", 10**9))


@dataclass(frozen=True)
class ChartData:
    """A chart: its points have a name and a value each, and `title` says what the values are."""

    kind: Literal["bar", "line", "pie"]
    title: str
    names: tuple[str, ...]
    values: tuple[float, ...]

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ChartData:
        return cls(value["kind"], value["title"], tuple(value["names"]), tuple(value["values"]))


def drawable(data: ChartData) -> ChartData:
    """Return the chart as it can be drawn.

    It is without the values that no scale can show: infinity, NaN, the largest and smallest doubles. Negative values
    cannot be parts of a whole, so that a pie that has any becomes bars.
    """
    points = [(name, value) for name, value in zip(data.names, data.values, strict=True) if abs(value) < LARGEST]
    values = tuple(value if abs(value) > SMALLEST else 0.0 for _, value in points)
    parts_of_a_whole = min(values, default=0) >= 0 and sum(values) > 0
    kind = "bar" if data.kind == "pie" and not parts_of_a_whole else data.kind
    return replace(data, kind=kind, names=tuple(name for name, _ in points), values=values)


def chart_data(rows: Rows, report_type: type[ReportType]) -> ChartData | None:
    """Return the data of the report type's chart. It is None if there is no chart, or no value to show."""
    chart = report_type.chart
    if chart is None:
        return None
    columns = {column.name: column for column in report_type.columns}
    x = columns[chart.x]
    value = f"sum({identifier(chart.y)})::double" if chart.y else "count(*)::double"
    points = _points(rows, chart, x, value)
    if not points:
        return None
    measured = columns[chart.y].title if chart.y else "Rows"
    title = chart.title or f"{measured} by {x.title[:1].lower()}{x.title[1:]}"
    return ChartData(chart.kind, title, tuple(name for name, _ in points), tuple(value for _, value in points))


def _points(rows: Rows, chart: Chart, x: Column, value: str) -> list[tuple[str, float]]:
    """Return the name and the value of each point: by x for lines and times, otherwise the largest value first."""
    cell_format = choose_format(x, rows.types[x.name])
    group, name, along = identifier(x.name), cell_format.sql, chart.kind == "line"
    kind = ColumnType.parse(rows.types[x.name])
    if kind.is_timestamp or kind.name == "DATE":
        step, pattern = _step(rows, identifier(x.name))
        group, name, along = f"date_trunc('{step}', {group})", f"strftime(any_value({GROUP}), '{pattern}')", True
    elif cell_format.python:
        name = f"any_value({group})::varchar"
    else:
        name = f"any_value({cell_format.sql})"
    query = (
        f"SELECT {name}, {value} AS {MEASURED} FROM (SELECT *, {group} AS {GROUP} FROM {rows.source})"
        f" WHERE {GROUP} IS NOT NULL GROUP BY {GROUP} HAVING {MEASURED} IS NOT NULL"
        f" ORDER BY {GROUP if along else f'{MEASURED} DESC, {GROUP}'}"
    )
    limit = f" LIMIT {chart.top}" if chart.top and not along else ""
    return [(str(name), float(number)) for name, number in rows.connection.execute(query + limit).fetchall()]


def _step(rows: Rows, column: str) -> tuple[str, str]:
    """Choose the step of a time axis by the number of days from its beginning to its end."""
    span = f"SELECT date_diff('day', min({column}), max({column})) FROM {rows.source}"
    (days,) = rows.connection.execute(span).fetchone() or (0,)
    return next((step, pattern) for step, pattern, most in STEPS if (days or 0) <= most)
