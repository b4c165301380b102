"""Report types, found by name: every ReportType subclass in every module of the `reports` package."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from types import MappingProxyType

from octavo.authoring.report_type import ReportType
from octavo.errors import ReportTypeError, SourceUnavailable, UnknownReportType

PACKAGE = "reports"


@cache
def report_types() -> MappingProxyType[str, type[ReportType]]:
    """Load the `reports` package; return its report types by name, in the order of their names.

    Raises ReportTypeError for a type that can't work, and for two types of one name.
    """
    package = importlib.import_module(PACKAGE)
    found: dict[str, type[ReportType]] = {}
    for module in pkgutil.walk_packages(package.__path__, f"{PACKAGE}."):
        for report_type in _defined_in(module.name):
            other = found.setdefault(report_type.name, report_type)
            if other is not report_type:
                raise ReportTypeError(
                    f"The report type {report_type.name!r} is in both {other.__module__} and {report_type.__module__}:"
                    " rename one class, or set `name` on it."
                )
    return MappingProxyType(dict(sorted(found.items())))


def _defined_in(module_name: str) -> list[type[ReportType]]:
    module = importlib.import_module(module_name)
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, ReportType) and value.__module__ == module_name
    ]


def report_type_named(name: str) -> type[ReportType]:
    """Return the report type of this name; raises UnknownReportType, which names those there are."""
    known = report_types()
    if name not in known:
        raise UnknownReportType(f"There is no report type {name!r}. There are: {', '.join(known) or 'none'}.")
    return known[name]


def check_all(data_root: str) -> list[str]:
    """Load every report type and try its query on the data under `data_root`, without running it.

    Raises ReportTypeError at the first that can't work. A source that is not there may come later: it is told in the
    list that is returned.
    """
    from octavo.data.snapshot import check  # DuckDB: only those who check pay for it

    missing = []
    for report_type in report_types().values():
        try:
            check(report_type, data_root)
        except SourceUnavailable as error:
            missing.append(error.message)
    return missing
