"""Report types, found by name: every ReportType subclass in every module of the `reports` package.

If a module cannot be loaded, its report types are missing from the catalogue, and all others can still be used. `make
up` and `make deploy` call `require_all`, which raises an error for such a module.

One report type belongs to Octavo itself: SELF_TEST, which `octavo doctor` requests. It is found by its name, and it is
not in the catalogue that callers see.
"""

from __future__ import annotations

import importlib
import logging
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType, ModuleType

from octavo.authoring.report_type import ReportType
from octavo.errors import ReportTypeError, UnknownReportType

PACKAGE = "reports"
SELF_TEST = "octavo_self_test"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Catalogue:
    """The report types, sorted by name, and a message for each one that cannot be used."""

    report_types: Mapping[str, type[ReportType]]
    faults: tuple[str, ...] = ()


def report_types() -> Mapping[str, type[ReportType]]:
    """Return the report types that can be requested, sorted by name."""
    return _catalogue(PACKAGE).report_types


def report_type_named(name: str) -> type[ReportType]:
    """Return the report type with this name. Raises UnknownReportType, whose message lists the names that exist."""
    if name == SELF_TEST:
        from octavo.authoring.self_test import SelfTest  # loaded only for its own reports

        return SelfTest
    known = report_types()
    if name not in known:
        raise UnknownReportType(f"There is no report type {name!r}. There are: {', '.join(known) or 'none'}.")
    return known[name]


def require_all() -> None:
    """Raise ReportTypeError if a report type cannot be loaded, or if two have the same name."""
    if faults := _catalogue(PACKAGE).faults:
        raise ReportTypeError("\n".join(faults))


@cache
def _catalogue(package_name: str) -> Catalogue:
    """Load every module of a package."""
    package = importlib.import_module(package_name)
    found: dict[str, type[ReportType]] = {}
    faults = []
    for listed in pkgutil.walk_packages(package.__path__, f"{package_name}.", onerror=lambda _: None):
        try:
            module = importlib.import_module(listed.name)
        except Exception as error:  # any mistake in a module must leave the other report types usable
            faults.append(_fault(listed.name, error))
            log.error("the module %s can't be loaded: %s", listed.name, type(error).__name__)
            continue
        for report_type in _defined_in(module):
            if report_type.name == SELF_TEST:
                faults.append(
                    f"{listed.name.replace('.', '/')}.py, class {report_type.__qualname__}: the name {SELF_TEST!r} is"
                    " reserved for `octavo doctor`; rename the class, or set another `name` on it."
                )
                continue
            other = found.setdefault(report_type.name, report_type)
            if other is not report_type:
                faults.append(
                    f"The report type {report_type.name!r} is in both {other.__module__} and {report_type.__module__}:"
                    " rename one class, or set `name` on it."
                )
    return Catalogue(MappingProxyType(dict(sorted(found.items()))), tuple(faults))


def _fault(module_name: str, error: Exception) -> str:
    if isinstance(error, ReportTypeError):
        return error.message
    return f"{module_name.replace('.', '/')}.py can't be loaded: {type(error).__name__}: {error}"


def _defined_in(module: ModuleType) -> list[type[ReportType]]:
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, ReportType) and value.__module__ == module.__name__
    ]
