"""A report type's definition: the digest of whatever it says that decides how a document looks. Pure.

It is part of every fingerprint, so a changed type never answers with a document made before the change. The attributes
are those that ReportType declares: a new one is in the definition unless it is listed below with a reason.
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
    "name": "the fingerprint has it by itself",
    "formats": "the fingerprint has the format of the request",
    "shared": "the fingerprint has the owner, who is everyone",
    "max_age_s": "it decides whether a document is used again, not how it looks",
    "max_rows": "it decides whether a document is made, not how it looks",
    "order": "it is order_by, read",
    "definition": "it is the digest itself",
}


def digest(report_type: type[ReportType], declared: Iterable[str]) -> str:
    """Hash the attributes `declared` of a report type, apart from LEFT_OUT."""
    said = {name: _plain(getattr(report_type, name)) for name in declared if name not in LEFT_OUT}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it. Raises TypeError for a kind of value that is not foreseen."""
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
