"""What the cover says: the document, the request, when and from what it was made, its totals, and a chart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from octavo.authoring.columns import Column
from octavo.authoring.parameters import decoded
from octavo.authoring.report_type import ReportType
from octavo.data.column_types import ColumnType
from octavo.documents.chart_data import ChartData
from octavo.documents.formatting import format_total
from octavo.documents.in_words import parameters_in_words
from octavo.documents.pdf.plan import PdfPlan
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
