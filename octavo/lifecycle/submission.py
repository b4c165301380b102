"""From a request to a report: check its parameters against its type, fill in defaults, compute its fingerprint.

Pure, except that each report gets a new random ID.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import rfc8785
from pydantic import BaseModel, ValidationError

from octavo.authoring.parameters import bound_values, encode, json_form
from octavo.authoring.report_type import ReportType
from octavo.errors import InvalidRequest, Problem
from octavo.lifecycle.owner import EVERYONE
from octavo.lifecycle.report import Report, fingerprint, new_id


def new_report(
    report_type: type[ReportType],
    *,
    parameters: Mapping[str, Any],
    format: str | None,
    owner: str,
    now: datetime,
    deadline: timedelta,
    retention: timedelta,
) -> Report:
    """Return the RUNNING report that a request asks for, with `format` or, if it is None, the type's first format.

    Raises InvalidRequest, which lists every fault.
    """
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)  # the table stores milliseconds
    asked = checked_parameters(report_type, parameters)
    bound = _encoded(asked)
    format = _checked_format(report_type, format)
    owner = EVERYONE if report_type.shared else owner
    try:
        hashed = fingerprint(
            owner=owner,
            report_type=report_type.name,
            definition=report_type.definition,
            parameters=bound,
            format=format,
        )
    except rfc8785.CanonicalizationError as error:
        raise InvalidRequest(
            "JSON cannot represent a number in the parameters exactly. Use finite numbers, and whole numbers within"
            " ±(2^53 - 1).",
            (Problem("/parameters", str(error)),),
        ) from error
    return Report(
        id=new_id(),
        owner=owner,
        type=report_type.name,
        parameters=json_form(asked),
        bound=bound,
        format=format,
        fingerprint=hashed,
        created_at=now,
        deadline=now + deadline,
        expires_at=(now + retention).replace(microsecond=0),
    )


def checked_parameters(report_type: type[ReportType], asked: Mapping[str, Any]) -> BaseModel:
    """Validate a request's parameters strictly: no text for a number, no unknown name at any depth. Fill in defaults.

    Raises InvalidRequest.
    """
    try:
        return report_type.Parameters.model_validate_json(json.dumps(asked), strict=True, extra="forbid")
    except ValidationError as error:
        problems = tuple(
            Problem.at(("parameters", *fault["loc"]), fault["msg"])
            for fault in error.errors(include_url=False, include_context=False, include_input=False)
        )
        raise InvalidRequest(
            f"Some parameters of report type {report_type.name!r} are wrong or unknown.", problems
        ) from error


def _encoded(asked: BaseModel) -> dict[str, Any]:
    """Write the values for the query as JSON. Raises InvalidRequest for a number that is not finite."""
    fields = type(asked).model_fields
    encoded = {}
    for name, value in bound_values(asked).items():
        try:
            encoded[name] = encode(value)
        except ValueError as error:
            shown = str(fields[name].validation_alias or name) if name in fields else name
            problem = Problem.at(("parameters", shown), f"{error}: use one that a double can hold, or leave it out")
            raise InvalidRequest("A number in the parameters is not finite, or too large.", (problem,)) from error
    return encoded


def _checked_format(report_type: type[ReportType], format: str | None) -> str:
    if format is None:
        return report_type.formats[0]
    if format not in report_type.formats:
        there_are = ", ".join(report_type.formats)
        problem = Problem("/format", f"{format!r} is not one of: {there_are}")
        raise InvalidRequest(f"Report type {report_type.name!r} does not offer this format.", (problem,))
    return format
