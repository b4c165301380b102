"""The document formats, each a module with the same small interface (`Format`).

A chunk's rows become a *segment*: bytes that stand in the document unchanged. The merge adds a *head* and a *tail*,
made from the plan alone, and S3 joins the three. So a module says how to write a segment and what goes around them.

A format's module is loaded when it is used; `octavo.formats` has the names.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from octavo.formats import FORMATS

if TYPE_CHECKING:
    from octavo.report_type import ReportType
    from octavo.snapshot import Rows


class Format(Protocol):
    """What a format's module offers."""

    MEDIA_TYPE: str

    def write_segment(self, rows: Rows, report_type: type[ReportType], path: Path) -> int:
        """Write the rows of a chunk to `path`, as they will stand in the document; return how many there were."""

    def head(self, report_type: type[ReportType]) -> bytes:
        """Return what precedes the first segment."""

    def tail(self, report_type: type[ReportType]) -> bytes:
        """Return what follows the last segment."""


def format_named(name: str) -> Format:
    """Return the module of a format in FORMATS."""
    return cast(Format, import_module(FORMATS[name]))
