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
from pydantic_core import ErrorDetails

from octavo.authoring.parameters import bound_values, encode, json_form
from octavo.authoring.report_type import ReportType
from octavo.errors import InvalidRequest, Problem
from octavo.formats import FORMATS
from octavo.lifecycle.owner import EVERYONE
from octavo.lifecycle.report import Report, fingerprint, new_id


def new_report(
    report_type: type[ReportType],
    *,
    parameters: Mapping[str, Any],
    format: str | None,
    format_options: Mapping[str, Any] | None = None,
    owner: str,
    now: datetime,
    deadline: timedelta,
    retention: timedelta,
) -> Report:
    """Return the RUNNING report that a request asks for, with `format` or, if it is None, the type's first format.

    The options that `format_options` leaves out are those of the report type.

    Raises InvalidRequest, which lists every fault.
    """
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)  # the table stores milliseconds
    asked = checked_parameters(report_type, parameters)
    bound = _encoded(asked)
    format = _checked_format(report_type, format)
    options = _checked_options(report_type, format, format_options or {})
    owner = EVERYONE if report_type.shared else owner
    try:
        hashed = fingerprint(
            owner=owner,
            report_type=report_type.name,
            definition=report_type.definition,
            parameters=bound,
            format=format,
            format_options=options,
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
        format_options=options,
        definition=report_type.definition,
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


def _checked_options(report_type: type[ReportType], format: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return all options of the document: those that are asked for, and the report type's defaults for the others."""
    model = FORMATS[format].options
    if asked and FORMATS[format].prints and report_type.draws_pages():
        problem = Problem("/format_options", f"{', '.join(asked)}: the report type draws its pages itself")
        raise InvalidRequest(f"Report type {report_type.name!r} has no options for this format.", (problem,))
    usual = report_type.format_options.get(format, model())
    try:
        return model.model_validate({**usual.model_dump(exclude_unset=True), **asked}, strict=True).model_dump()
    except ValidationError as error:
        problems = tuple(
            Problem.at(("format_options", *fault["loc"]), _said(fault, model))
            for fault in error.errors(include_url=False, include_context=False, include_input=False)
        )
        raise InvalidRequest(f"Some options of the format {format!r} are wrong or unknown.", problems) from error


def _said(fault: ErrorDetails, model: type[BaseModel]) -> str:
    """Say what is wrong with an option. For an unknown one, list those that the format has."""
    if fault["type"] != "extra_forbidden":
        return fault["msg"]
    return (
        f"the format has the options {', '.join(model.model_fields)}"
        if model.model_fields
        else ("the format has no options")
    )
