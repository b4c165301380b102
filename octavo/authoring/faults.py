"""Finds what is wrong with a report type without looking at its data: all faults, each with a way to fix it. Pure.

The types of the attributes are checked first (a text, a number, a tuple of columns), so that the other checks can rely
on them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from octavo.authoring import parameters
from octavo.authoring.columns import Column, folded
from octavo.authoring.order import OrderTerm
from octavo.authoring.presentation import Chart, Page
from octavo.authoring.sources import Source
from octavo.format_options import FormatOptions
from octavo.formats import FORMATS

if TYPE_CHECKING:
    from octavo.authoring.report_type import ReportType

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
LARGEST_NUMBER = 2**53 - 1  # the largest whole number that every JSON parser reads exactly


def faults_of(report_type: type[ReportType]) -> list[str]:
    """Return a message for each fault of a report type; each message says how to fix it."""
    if wrong := [
        f"{name} must be {what}, not {getattr(report_type, name)!r}"
        for name, (what, holds) in SHAPES.items()
        if not holds(getattr(report_type, name))
    ]:
        return wrong
    return [*_of_names(report_type), *_of_parts(report_type), *_of_formats(report_type)]


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_filled_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_whole(least: int) -> Callable[[object], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= LARGEST_NUMBER


def _is_sequence_of(kind: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, tuple | list) and all(isinstance(each, kind) for each in value)


def _is_sources(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(name, str) and isinstance(source, Source) for name, source in value.items()
    )


def _is_options(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(name, str) and isinstance(options, FormatOptions) for name, options in value.items()
    )


_positive, _counted = _is_whole(1), _is_whole(0)
SHAPES: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "name": ("a text", _is_text),
    "title": ("a text that is not empty", _is_filled_text),
    "sources": ("a dictionary of names and sources, such as {'sales': Csv('sales.csv')}", _is_sources),
    "query": ("a text", _is_text),
    "columns": ("a tuple of Column", _is_sequence_of(Column)),
    "formats": ("a tuple of format names", _is_sequence_of(str)),
    "format_options": ("a dictionary of formats and their options, such as {'csv': CsvOptions()}", _is_options),
    "version": ("a whole number", _counted),
    "shared": ("True or False", lambda value: isinstance(value, bool)),
    "max_age_s": ("a whole number of seconds, 0 or more", _counted),
    "max_rows": ("a whole number above 0", _positive),
    "chunk_rows": ("a whole number above 0", lambda value: value is None or _positive(value)),
    "page": ("a Page", lambda value: isinstance(value, Page)),
    "chart": ("a Chart or None", lambda value: value is None or isinstance(value, Chart)),
    "author": ("a text", _is_text),
    "language": ("a text", _is_text),
}
"""What each attribute must be: a description for the message, and a check of the value."""


def _of_names(report_type: type[ReportType]) -> Iterator[str]:
    """Yield the faults in the names of the type and its columns, and in the order."""
    if not NAME.fullmatch(report_type.name):
        yield f"the name {report_type.name!r} must be lower-case letters, digits and _, beginning with a letter"
    if not report_type.columns:
        yield "columns is empty: list the query's columns to show, as Column('name', 'Title')"
    names = [column.name for column in report_type.columns if isinstance(column.name, str)]
    spelled = [folded(name) for name in names]
    if twice := sorted({name for name, one in zip(names, spelled, strict=True) if spelled.count(one) > 1}):
        yield f"columns lists {', '.join(map(repr, twice))} twice: keep one (DuckDB treats A and a as the same name)"
    order = report_type.order_by
    if isinstance(order, str) or not order:
        yield "order_by is empty: name the columns that put the rows in one order, as a tuple of strings"
        return
    yield from (
        f"order_by {term!r}: write a column's name, or its name and 'desc'"
        for term in order
        if not _orders(term, set(spelled))
    )


def _orders(term: object, columns: set[str]) -> bool:
    """Return whether a term names a column. A name with spaces must be in `columns`: it may be a misspelt direction."""
    if not isinstance(term, str):
        return False
    try:
        column = OrderTerm.parse(term).column
    except ValueError:
        return False
    return " " not in column or folded(column) in columns


def _of_parts(report_type: type[ReportType]) -> Iterator[str]:
    """Yield the faults of the columns, the sources, the parameters, the page and the chart."""
    yield from (f"column {each.name!r}: {fault}" for each in report_type.columns if (fault := each.fault()))
    yield from (f"source {name!r}: {fault}" for name, each in report_type.sources.items() if (fault := each.fault()))
    if fault := parameters.fault(report_type.Parameters):
        yield fault
    chart = report_type.chart
    if fault := report_type.page.fault(has_chart=chart is not None):
        yield f"page: {fault}"
    if chart and (fault := chart.fault(tuple(column.name for column in report_type.columns))):
        yield f"chart: {fault}"


def _of_formats(report_type: type[ReportType]) -> Iterator[str]:
    known = ", ".join(FORMATS)
    if not report_type.formats:
        yield f"formats is empty: choose from {known}"
    elif unknown := [name for name in report_type.formats if name not in FORMATS]:
        yield f"format {unknown[0]!r} is none of {known}"
    elif report_type.draws_pages() and not any(FORMATS[name].prints for name in report_type.formats):
        yield "draw_pages is overridden, but no format in formats prints: add 'pdf' to it"
    for name, options in report_type.format_options.items():
        if name not in report_type.formats:
            yield f"format_options has {name!r}, which is not in formats"
        elif type(options) is not (wanted := FORMATS[name].options):
            yield f"format_options[{name!r}] must be {wanted.__name__}, not {type(options).__name__}"
