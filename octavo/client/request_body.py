"""The body of POST /reports, as the client sends it. A value that JSON cannot carry is refused, and its place is named.

{"type": "flights", "parameters": {"since": date(2013, 1, 1), "limit": Decimal("0.1")}}
{"type": "flights", "parameters": {"since": "2013-01-01", "limit": "0.1"}}                 sent
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError, to_jsonable_python

from octavo.errors import InvalidRequest, Problem
from octavo.http.models import ReportRequest

Place = tuple[str | int, ...]


def request_body(fields: Mapping[str, Any]) -> str:
    """Write the fields of a request as JSON, without those that are None. Raises InvalidRequest, which lists faults."""
    given = {name: value for name, value in fields.items() if value is not None}
    for name in ("parameters", "format_options"):
        if name in given:
            given[name] = _as_json(given[name], (name,))
    try:
        request = ReportRequest.model_validate(given)
    except ValidationError as error:
        raise _not_sendable([(fault["loc"], fault["msg"]) for fault in error.errors()]) from error
    return json.dumps(request.model_dump(exclude_unset=True), ensure_ascii=False, allow_nan=False)


def _as_json(values: Any, place: Place) -> Any:
    """Turn dates, decimals and other Python values into JSON's own. Raises InvalidRequest."""
    try:
        written = to_jsonable_python(values, inf_nan_mode="constants")
        faults = list(_faults(written, place))
    except (PydanticSerializationError, ValueError, RecursionError) as error:  # an unknown class, a cycle, too deep
        raise _not_sendable([(place, str(error))]) from error
    if faults:
        raise _not_sendable(faults)
    return written


def _faults(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    """Find the values that JSON has no form for."""
    match value:
        case float() if not math.isfinite(value):
            yield place, f"{value} is not a finite number. Use a finite number, or leave the parameter out"
        case int() if abs(value) > sys.float_info.max:
            yield place, "The number is too large. For a decimal parameter, give it as a text"
        case str() if not _is_unicode(value):
            yield place, "The text contains half of a surrogate pair, which is not a character"
        case dict():
            for name, inner in value.items():
                yield from _faults(inner, (*place, name))
        case list():
            for position, inner in enumerate(value):
                yield from _faults(inner, (*place, position))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _not_sendable(faults: list[tuple[Place, str]]) -> InvalidRequest:
    words = "; ".join(f"{'.'.join(map(str, place))}: {detail}" for place, detail in faults)
    problems = tuple(Problem.at(place, detail) for place, detail in faults)
    return InvalidRequest(f"The request cannot be sent: {words}.", problems)
