"""Writes the parameters of a report for people, as the first page of a PDF and a workbook show them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from octavo.authoring.parameters import nested_model


def parameters_in_words(model: type[BaseModel], values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the label and the value of each parameter for people. `values` are the bound values."""
    return tuple(_parameter_in_words(name, field, values[name]) for name, field in model.model_fields.items())


def _parameter_in_words(name: str, field: FieldInfo, value: object) -> tuple[str, str]:
    label = field.title or name.replace("_", " ").capitalize()
    nested = nested_model(field.annotation)
    if nested is None or not isinstance(value, dict):
        return label, in_words(value)
    return label, "; ".join(f"{inner}: {words}" for inner, words in parameters_in_words(nested, value))


def in_words(value: object) -> str:
    """Write a parameter's value for people. None is "all", because a filter that is not set excludes nothing."""
    match value:
        case None:
            return "all"
        case bool():
            return "yes" if value else "no"
        case datetime():
            zone = "" if value.tzinfo is None else f" {value:%Z}"
            return f"{in_words(value.date())}, {value:%H:%M}{zone}"
        case date():
            return f"{value.day} {value:%B} {value.year}"
        case Decimal():
            return f"{value:f}"
        case str():
            return value or "empty"
        case list():
            return ", ".join(map(in_words, value)) or "none"
        case dict():
            return "; ".join(f"{name}: {in_words(each)}" for name, each in value.items()) or "none"
    return str(value)
