"""What the cover says: the document, the request, when and from what it was made, its totals, and a chart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from octavo.authoring.columns import Column
from octavo.authoring.parameters import decoded, nested_model
from octavo.authoring.report_type import ReportType
from octavo.data.column_types import ColumnType
from octavo.documents.pdf.plan import ChartData, PdfPlan
from octavo.documents.pdf.table.formatting import format_total
from octavo.lifecycle.manifest import Manifest
from octavo.lifecycle.report import Report

TOTAL_LABELS = {"sum": "{}", "avg": "{}, average", "min": "{}, least", "max": "{}, most", "count": "{}, number"}
TOTAL_LABELS_OF_TIMES = {"min": "{}, first", "max": "{}, last"}


@dataclass(frozen=True)
class CoverContents:
    """What the cover says, and the size of its page in points.

    `parameters` and `totals` are pairs of a label and a value. `sources` are the names of the report's sources.
    """

    title: str
    description: str
    parameters: tuple[tuple[str, str], ...]
    totals: tuple[tuple[str, str], ...]
    rows: int
    created: datetime
    fingerprint: str
    width: float
    height: float
    author: str = ""
    sources: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    chart: ChartData | None = None


def cover_contents(
    report: Report, report_type: type[ReportType], manifest: Manifest, plan: PdfPlan, missing: int
) -> CoverContents:
    """Return what the cover of a report says. `missing` is how many characters no font of the document has."""
    totals = [
        (
            _total_label(column, ColumnType.parse(plan.column_types[column.name])),
            format_total(column, manifest.totals[column.name]) or "–",  # noqa: RUF001  (an en dash is meant)
        )
        for column in report_type.columns
        if column.name in manifest.totals and manifest.rows
    ]
    return CoverContents(
        title=report_type.title,
        description=report_type.description,
        parameters=parameters_in_words(report_type.Parameters, decoded(report.bound)),
        totals=tuple(totals),
        rows=manifest.rows,
        created=report.created_at,
        author=report_type.author,
        sources=tuple(name.replace("_", " ") for name in report_type.sources),
        fingerprint=report.fingerprint.rpartition(":")[2],
        width=plan.layout.width_pt,
        height=plan.layout.height_pt,
        notices=(_missing_notice(missing),) if missing else (),
        chart=plan.chart,
    )


def _total_label(column: Column, column_type: ColumnType) -> str:
    labels = TOTAL_LABELS | TOTAL_LABELS_OF_TIMES if column_type.is_temporal else TOTAL_LABELS
    return labels[column.total or "sum"].format(column.title)


def _missing_notice(missing: int) -> str:
    some = "1 character is" if missing == 1 else f"{missing:,} characters are"
    return f"{some} in no font of this document, and shown as \ufffd. More fonts can be configured with OCTAVO_FONTS."


def parameters_in_words(model: type[BaseModel], values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the label and the value of each parameter as the cover shows them. `values` are the bound values."""
    return tuple(_parameter_in_words(name, field, values[name]) for name, field in model.model_fields.items())


def _parameter_in_words(name: str, field: FieldInfo, value: object) -> tuple[str, str]:
    label = field.title or name.replace("_", " ").capitalize()
    nested = nested_model(field.annotation)
    if nested is None or not isinstance(value, dict):
        return label, in_words(value)
    return label, "; ".join(f"{inner}: {words}" for inner, words in parameters_in_words(nested, value))


def in_words(value: object) -> str:
    """Write a parameter's value for people. None is "all", because a filter that is not set excludes nothing."""
    match value:
        case None:
            return "all"
        case bool():
            return "yes" if value else "no"
        case datetime():
            zone = "" if value.tzinfo is None else f" {value:%Z}"
            return f"{in_words(value.date())}, {value:%H:%M}{zone}"
        case date():
            return f"{value.day} {value:%B} {value.year}"
        case Decimal():
            return f"{value:f}"
        case str():
            return value or "empty"
        case list():
            return ", ".join(map(in_words, value)) or "none"
        case dict():
            return "; ".join(f"{name}: {in_words(each)}" for name, each in value.items()) or "none"
    return str(value)
