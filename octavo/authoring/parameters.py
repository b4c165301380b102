"""The types that parameters may have, and how the values of a request reach the query. Pure.

The parameters of a request are validated once, when it is submitted. The result has two forms:

    JSON form      {"from": "2013-01-01", "pct": 0.5}         stored and shown; by alias, as in a request
    bound values   {"from_": date(2013, 1, 1), "pct": 0.5}    hashed, and bound to `$from_` and `$pct` in the query

Bound values are the attributes of the model, converted to types that DuckDB accepts: a member of an enumeration becomes
its value, a set becomes a sorted list, an address or a path becomes a text, and a nested model becomes a structure. A
computed field is bound if the query uses it. `encode` converts bound values to JSON, and `decode` converts them back to
equal values, so validators never run twice.
"""

from __future__ import annotations

import base64
import inspect
import ipaddress
import json
import math
import types
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Annotated, Any, Literal, NewType, Union, get_args, get_origin
from uuid import UUID

import pydantic
from pydantic import BaseModel, RootModel

from octavo.errors import ReportTypeError

# An example value of each type that a parameter may have.
SAMPLES: dict[type, Any] = {
    bool: True,
    int: 1,
    float: 1.0,
    str: "",
    bytes: b"",
    Decimal: Decimal("1.00"),
    datetime: datetime(2000, 1, 1),  # noqa: DTZ001  (a time without a zone is meant)
    date: date(2000, 1, 1),
    time: time(0, 0),
    timedelta: timedelta(days=1),
    UUID: UUID(int=0),
}
ADDRESSES = (
    ipaddress.IPv4Address,
    ipaddress.IPv4Network,
    ipaddress.IPv4Interface,
    ipaddress.IPv6Address,
    ipaddress.IPv6Network,
    ipaddress.IPv6Interface,
)
TEXTS = (PurePath, pydantic.AnyUrl, *ADDRESSES)  # bound as their texts
STAND_INS: dict[Any, type] = {  # pydantic's types with a constraint
    pydantic.AwareDatetime: datetime,
    pydantic.NaiveDatetime: datetime,
    pydantic.PastDatetime: datetime,
    pydantic.FutureDatetime: datetime,
    pydantic.PastDate: date,
    pydantic.FutureDate: date,
    pydantic.EmailStr: str,
}
SECRETS = (pydantic.SecretStr, pydantic.SecretBytes, pydantic.Secret)
LISTS = (list, tuple, set, frozenset, Sequence, Set)

MEND = "use a number, a text, a date or a time, an Enum, a Literal, a list or set of these, or a pydantic model of them"


def fault(model: object) -> str | None:
    """Return a message about a parameter that cannot be used, with a way to fix it; None if there is none."""
    if not (inspect.isclass(model) and issubclass(model, BaseModel)) or issubclass(model, RootModel):
        return "Parameters must be a pydantic model with fields: class Parameters(BaseModel)"
    return _fault_of_model(model, "Parameters", frozenset())


def json_form(parameters: BaseModel) -> dict[str, Any]:
    """Return validated parameters as a request would contain them, including all defaults."""
    written: dict[str, Any] = json.loads(parameters.model_dump_json(by_alias=True, exclude_computed_fields=True))
    return written


def bound_values(parameters: BaseModel) -> dict[str, Any]:
    """Return the values of validated parameters and computed fields, by the names that a query uses.

    Raises ReportTypeError for a value that cannot be bound. Only a validator or a computed field can produce one.
    """
    model = type(parameters)
    values = {}
    for name in (*model.model_fields, *model.model_computed_fields):
        try:
            values[name] = _bound(getattr(parameters, name))
        except TypeError as error:
            raise ReportTypeError(f"The parameter {name!r} can't be bound: {error}; {MEND}.") from error
    return values


def sample_values(model: type[BaseModel]) -> dict[str, Any]:
    """Return an example value for each parameter, to check a query before there is a request."""
    fields = {name: _sample(field.annotation) for name, field in model.model_fields.items()}
    return fields | {name: _sample(field.return_type) for name, field in model.model_computed_fields.items()}


def nested_model(annotation: Any) -> type[BaseModel] | None:
    """Return the model in an annotation, also if the annotation is a union."""
    return next((part for part in _choices(annotation) if inspect.isclass(part) and issubclass(part, BaseModel)), None)


def encode(value: Any) -> Any:
    """Convert a bound value to JSON. A value of a type that JSON lacks becomes an object such as `{"date": "…"}`.

    Raises ValueError for a number that is not finite.
    """
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            if not math.isfinite(value):
                raise ValueError(f"{value} is not a finite number")
            return value
        case list():
            return [encode(each) for each in value]
        case dict():
            return {"struct": {name: encode(each) for name, each in value.items()}}
        case bytes():
            return {"bytes": base64.b64encode(value).decode()}
        case timedelta():
            return {"timedelta": [value.days, value.seconds, value.microseconds]}
        case Decimal() | UUID():
            return {type(value).__name__: str(value)}
    return {type(value).__name__: value.isoformat()}


DECODERS: dict[str, Callable[[Any], Any]] = {
    "struct": lambda fields: {name: decode(each) for name, each in fields.items()},
    "bytes": base64.b64decode,
    "timedelta": lambda parts: timedelta(*parts),
    "Decimal": Decimal,
    "UUID": UUID,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
}


def decode(written: Any) -> Any:
    """Convert a value that `encode` returned back to the original."""
    if isinstance(written, list):
        return [decode(each) for each in written]
    if not isinstance(written, Mapping):
        return written
    ((kind, value),) = written.items()
    return DECODERS[kind](value)


def decoded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Decode the bound values of a report, by the names that its query uses."""
    return {name: decode(value) for name, value in values.items()}


def _bound(value: Any) -> Any:
    """Convert a value to a type that DuckDB accepts. Raises TypeError."""
    match value:
        case Enum():
            return _bound(value.value)
        case RootModel():
            return _bound(value.root)
        case BaseModel():
            return {name: _bound(getattr(value, name)) for name in type(value).model_fields}
        case Mapping():
            return {str(name): _bound(each) for name, each in value.items()}
        case set() | frozenset():
            return sorted(map(_bound, value), key=lambda each: json.dumps(encode(each)))
        case list() | tuple():
            return [_bound(each) for each in value]
    return None if value is None else _bound_scalar(value)


def _bound_scalar(value: Any) -> Any:
    """Convert a scalar to a type that DuckDB accepts; a subclass such as pydantic.ByteSize becomes a plain number."""
    if isinstance(value, TEXTS):
        return str(value)
    kind = next((kind for kind in SAMPLES if isinstance(value, kind)), None)  # bool before int, datetime before date
    if kind is None:
        raise TypeError(f"it is a {type(value).__name__}")
    return kind(value) if kind in {int, float, str, bytes} else value


def _fault_of_model(model: type[BaseModel], place: str, seen: frozenset[type]) -> str | None:
    if model in seen:
        return f"{place}: a model can't hold itself"
    for name, field in model.model_fields.items():
        where = f"{place}.{name}"
        if (field.validation_alias or name) != (field.serialization_alias or name):
            return f"{where}: give it one alias, by Field(alias=…), so that it is read and shown by the same name"
        if found := _fault_of_type(field.annotation, where, seen | {model}):
            return found
    return None


def _fault_of_type(annotation: Any, place: str, seen: frozenset[type]) -> str | None:
    for part in _choices(annotation):
        if found := _fault_of_choice(part, place, seen):
            return found
    return None


def _fault_of_choice(part: Any, place: str, seen: frozenset[type]) -> str | None:
    origin, arguments = get_origin(part) or part, get_args(part)
    if inspect.isclass(origin) and issubclass(origin, SECRETS):
        return f"{place}: parameters are stored and shown, so none can be a {origin.__name__}; {MEND}"
    if origin is Literal:
        return None
    if origin in LISTS:
        inner = [argument for argument in arguments if argument is not Ellipsis]
        return next(filter(None, (_fault_of_type(each, place, seen) for each in inner)), None)
    if origin in (dict, Mapping):
        if arguments and arguments[0] is not str:
            return f"{place}: the names in a dictionary must be texts (dict[str, …])"
        return _fault_of_type(arguments[1], place, seen) if arguments else None
    if inspect.isclass(part) and issubclass(part, RootModel):
        return _fault_of_type(part.model_fields["root"].annotation, place, seen)
    if inspect.isclass(part) and issubclass(part, BaseModel):
        return _fault_of_model(part, place, seen)
    return None if _is_bindable(part) else f"{place}: {_name(part)} can't be bound in a query; {MEND}"


def _is_bindable(part: Any) -> bool:
    if part in (None, types.NoneType, Any, object) or part in STAND_INS:
        return True
    if not inspect.isclass(part):
        return False
    if issubclass(part, Enum):
        return all(isinstance(member.value, tuple(SAMPLES)) for member in part)
    return issubclass(part, (*SAMPLES, *TEXTS))


def _choices(annotation: Any) -> Iterator[Any]:
    """Yield the types that an annotation allows: the members of a union, without aliases and constraints."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _choices(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for part in get_args(annotation):
            yield from _choices(part)
    elif isinstance(annotation, NewType):
        yield from _choices(annotation.__supertype__)
    elif (aliased := getattr(annotation, "__value__", None)) is not None:  # type X = …
        yield from _choices(aliased)
    else:
        yield annotation


def _sample(annotation: Any) -> Any:
    """Return an example value of the first type that an annotation allows; None if the type is not known."""
    part = next((part for part in _choices(annotation) if part not in (None, types.NoneType)), None)
    origin, arguments = get_origin(part) or part, get_args(part)
    if origin is Literal:
        return _bound(arguments[0])
    if origin in LISTS:
        return [_sample(arguments[0])] if arguments else []
    part = STAND_INS.get(part, part)
    if not inspect.isclass(part):
        return None
    if issubclass(part, RootModel):
        return _sample(part.model_fields["root"].annotation)
    if issubclass(part, BaseModel):
        return {name: _sample(field.annotation) for name, field in part.model_fields.items()}
    if issubclass(part, Enum):
        return next((_bound(member) for member in part), None)
    if issubclass(part, TEXTS):
        return ""
    return next((sample for kind, sample in SAMPLES.items() if issubclass(part, kind)), None)


def _name(part: Any) -> str:
    return part.__name__ if inspect.isclass(part) else str(part).replace("typing.", "")
