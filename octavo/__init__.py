"""Octavo: asynchronous report generation on AWS.

These are the public names: `from octavo import Column, Csv, ReportType` for report types, `from octavo import Client`
for the API. Each is loaded when somebody asks for it, so `import octavo` loads nothing else, and the functions start
without the client.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from octavo.authoring.columns import Column
    from octavo.authoring.presentation import Chart, Page
    from octavo.authoring.report_type import ReportType
    from octavo.authoring.sources import Csv, Json, Parquet
    from octavo.client import Client
    from octavo.format_options import CsvOptions, PdfOptions

__all__ = ["Chart", "Client", "Column", "Csv", "CsvOptions", "Json", "Page", "Parquet", "PdfOptions", "ReportType"]

_MODULES = {
    "Chart": "octavo.authoring.presentation",
    "Client": "octavo.client",
    "Column": "octavo.authoring.columns",
    "Csv": "octavo.authoring.sources",
    "CsvOptions": "octavo.format_options",
    "Json": "octavo.authoring.sources",
    "Page": "octavo.authoring.presentation",
    "Parquet": "octavo.authoring.sources",
    "PdfOptions": "octavo.format_options",
    "ReportType": "octavo.authoring.report_type",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its module (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
