"""The definition of a report type: a digest of all its attributes that can change a document. Pure.

It is part of every fingerprint. A request after a change of the report type therefore never gets a document from before
the change. Every attribute that ReportType declares is included, unless LEFT_OUT lists it with a reason.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

if TYPE_CHECKING:
    from octavo.authoring.report_type import ReportType

LEFT_OUT = {
    "name": "the fingerprint includes the name separately",
    "formats": "the fingerprint includes the format of the request",
    "format_options": "the fingerprint includes the options of the request, which these are the defaults of",
    "shared": "the fingerprint includes the owner",
    "max_age_s": "it decides whether a document is reused, and does not change it",
    "max_rows": "it decides whether a document is made, and does not change it",
    "order": "it is order_by, parsed",
    "definition": "it is the digest itself",
}


def digest(report_type: type[ReportType], declared: Iterable[str]) -> str:
    """Hash the attributes in `declared`, except those in LEFT_OUT."""
    said = {name: _plain(getattr(report_type, name)) for name in declared if name not in LEFT_OUT}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Convert a value to JSON types. Raises TypeError for a type that is not handled here."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, type) and issubclass(value, BaseModel):
        return value.model_json_schema()
    if is_dataclass(value) and not isinstance(value, type):
        return [type(value).__name__, {each.name: _plain(getattr(value, each.name)) for each in fields(value)}]
    raise TypeError(f"the definition of a report type can't hold a {type(value).__name__}")
