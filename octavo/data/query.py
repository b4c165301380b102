"""Checks that the query of a report type has the parameters and the columns that the report type names.

Column names are compared as DuckDB compares them: `amount` and `AMOUNT` are the same name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from octavo.authoring.columns import folded
from octavo.authoring.order import OrderTerm
from octavo.data import failures
from octavo.data.sources import create_view
from octavo.data.sql import identifier
from octavo.errors import QueryFailed, ReportTypeError, SourceUnavailable

if TYPE_CHECKING:
    from octavo.authoring.report_type import ReportType


@dataclass(frozen=True)
class CheckedQuery:
    """A query that DuckDB has accepted.

    `parameters` are the values that it is bound to. `types` has DuckDB's type of each column that `columns` or
    `order_by` names, by the name in the report type.
    """

    parameters: Mapping[str, Any]
    types: Mapping[str, str]


def open_sources(connection: duckdb.DuckDBPyConnection, report_type: type[ReportType], data_root: str) -> None:
    """Create a view for each source, one by one, so that an error message can name the source.

    Raises SourceUnavailable and ReportTypeError.
    """
    for name, source in report_type.sources.items():
        place = "" if "://" in source.shown else " under the data root"
        where = f"The source {name!r} of report type {report_type.name!r} can't be read"
        try:
            with failures.exhaustion_converted(report_type, failures.Work.QUERY):
                create_view(connection, name, source, data_root)
        except failures.UNREADABLE as error:
            raise SourceUnavailable(
                f"{where}: no file matches {source.shown!r}{place}, or it can't be opened now. Put the file there, then"
                " try again."
            ) from error
        except duckdb.Error as error:
            raise ReportTypeError(
                f"{where}: {source.shown!r} is not what {type(source).__name__} reads ({failures.kind(error)}). Check"
                " the file, or the source's options."
            ) from error


def checked_query(
    connection: duckdb.DuckDBPyConnection, report_type: type[ReportType], parameters: Mapping[str, Any]
) -> CheckedQuery:
    """Check the query against the parameters, columns and order of the report type. Raises ReportTypeError.

    `parameters` may contain values that the query does not use, such as computed fields.
    """
    where = f"The query of report type {report_type.name!r}"
    try:
        named = _parameters_of_the_query(connection, report_type, where)
        if missing := sorted(named - parameters.keys()):
            raise QueryFailed(
                f"Report type {report_type.name!r} has changed since the report was submitted: it now has the parameter"
                f" {missing[0]!r}. Submit the request again."
            )
        bound = {name: parameters[name] for name in named}
        with failures.exhaustion_converted(report_type, failures.Work.QUERY):
            described = connection.execute(f"DESCRIBE {select_of(report_type)}", bound).fetchall()
        types = _types_of_columns(report_type, [(name, kind) for name, kind, *_ in described], where)
        ordered = f"DESCRIBE SELECT 1 FROM ({select_of(report_type)}) ORDER BY {order_of(report_type)}"
        connection.execute(ordered, bound)
    except failures.UNREADABLE as error:  # the file has gone since the view was created
        raise failures.unavailable(report_type) from error
    except duckdb.Error as error:
        raise ReportTypeError(f"{where} is not valid: {failures.first_line(error)}.") from error
    return CheckedQuery(bound, types)


def select_of(report_type: type[ReportType]) -> str:
    """Return the query in a form that can be put in brackets: without semicolons, and with a final line break."""
    query = report_type.query.encode()  # DuckDB returns the positions of tokens in bytes
    begins = [place for place, _ in duckdb.tokenize(report_type.query)]
    own = [number for number, place in enumerate(begins) if query[place : place + 1] != b";"]
    if not own:
        return report_type.query
    end = begins[own[-1] + 1] if own[-1] + 1 < len(begins) else len(query)
    return query[begins[own[0]] : end].decode().rstrip() + "\n"


def order_of(report_type: type[ReportType]) -> str:
    """Return the terms of the ORDER BY clause."""
    return ", ".join(map(_order_term, report_type.order))


def columns_of(report_type: type[ReportType]) -> list[str]:
    """List the columns of the query that are shown or that the rows are sorted by, each once."""
    names = [*(column.name for column in report_type.columns), *(term.column for term in report_type.order)]
    return list({folded(name): name for name in reversed(names)}.values())[::-1]


def _order_term(term: OrderTerm) -> str:
    return f"{identifier(term.column)}{' DESC' if term.descending else ''} NULLS LAST"


def _types_of_columns(
    report_type: type[ReportType], described: Sequence[tuple[str, str]], where: str
) -> dict[str, str]:
    """Return the type of each column that the report type names. Raises ReportTypeError for a missing one."""
    types = {}
    for name in columns_of(report_type):
        found = [(given, kind) for given, kind in described if folded(given) == folded(name)]
        if not found:
            raise ReportTypeError(
                f"{where} gives no column {name!r}, which columns or order_by names. It gives:"
                f" {', '.join(given for given, _ in described)}."
            )
        if len(found) > 1:
            raise ReportTypeError(
                f"{where} gives {len(found)} columns that are one name to DuckDB:"
                f" {', '.join(repr(given) for given, _ in found)}. Rename all but one (select … as …)."
            )
        types[name] = found[0][1]
    return types


def _parameters_of_the_query(
    connection: duckdb.DuckDBPyConnection, report_type: type[ReportType], where: str
) -> set[str]:
    """Return the parameters that the query uses. Raises ReportTypeError if the report type has others."""
    statements = connection.extract_statements(report_type.query)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise ReportTypeError(f"{where} must be one SELECT statement.")
    named = set(statements[0].named_parameters)
    fields, computed = set(report_type.Parameters.model_fields), set(report_type.Parameters.model_computed_fields)
    if unused := sorted(fields - named) if not computed else []:  # a field may be used only by a computed field
        raise ReportTypeError(f"{where} doesn't use the parameter {unused[0]!r}: write ${unused[0]}, or remove it.")
    if unknown := sorted(named - fields - computed):
        raise ReportTypeError(f"{where} uses ${unknown[0]}, which Parameters doesn't have: add it there.")
    return named
