"""How `-p start=2013-01-01` and `-O header=false` become JSON values, guided by a JSON Schema. Pure.

Where the schema allows a number, a boolean, a list, an object or null, a text that is valid JSON of that kind is read
as JSON. Where the schema allows a string, every other text stays a string. So nobody has to quote the code of an
airline, and `-p limit=10` is a number.

A decimal's schema allows a number and a string. A number that would lose digits in a float, as the API reads numbers,
is sent as a string there: `-p limit=0.1234567890123456789` keeps its 19 decimals.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any

from octavo.errors import InvalidRequest

Schema = Mapping[str, Any]

IN_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "null",
    "array": "list",
    "object": "object",
}
ANYTHING = tuple(IN_WORDS)
JSON_TYPES = {
    str: "string",
    int: "integer",
    float: "number",
    Decimal: "number",
    bool: "boolean",
    type(None): "null",
    list: "array",
    dict: "object",
}
LONGEST_INTEGER = 400  # digits; Python refuses to read much longer ones
LONGEST_SHOWN = 60  # characters of a value in a message


@dataclass(frozen=True)
class Setting:
    """What a NAME=VALUE sets: the command's option for it, what it is called, and who takes it."""

    flag: str
    noun: str
    taker: str


def read_parameters(given: Iterable[str], schema: Schema, type_name: str) -> dict[str, Any]:
    """Read texts such as `start=2013-01-01` by the JSON Schema of the report type `type_name`.

    Raises InvalidRequest for a text without `=`, a name that is given twice or unknown, and a value of the wrong type.
    """
    return _read_all(given, schema, Setting("-p", "parameter", f"report type '{type_name}'"))


def read_format_options(given: Iterable[str], schema: Schema, format: str) -> dict[str, Any]:
    """Read texts such as `header=false` by the JSON Schema of a format's options. Raises as `read_parameters` does."""
    return _read_all(given, schema, Setting("-O", "option", f"format '{format}'"))


def _read_all(given: Iterable[str], schema: Schema, setting: Setting) -> dict[str, Any]:
    known: Schema = schema.get("properties", {})
    values: dict[str, Any] = {}
    for text in given:
        name, separator, value = text.partition("=")
        if not separator or not name:
            raise InvalidRequest(
                f"{setting.flag} {_shown(text)}: Write {_article(setting)} as NAME=VALUE. {_known(known, setting)}"
            )
        if name in values:
            raise InvalidRequest(
                f"The {setting.noun} '{name}' is given twice. Write a list as one JSON value:"
                f' {setting.flag} \'{name}=["…", "…"]\'.'
            )
        if name not in known and not schema.get("additionalProperties"):
            raise InvalidRequest(f"{_unknown(name, known, setting)} {_known(known, setting)}")
        values[name] = _read(name, value, known.get(name, {}), schema, setting)
    return values


def json_types(schema: Any, root: Schema) -> tuple[str, ...]:
    """List the JSON types that a schema allows; all of them if it does not say.

    Follows $ref, anyOf, oneOf, allOf, enum and const. `root` is the whole schema, which contains the `$defs`.
    """
    return _stated_types(schema, root) or ANYTHING


def describe(schema: Any, root: Schema) -> str:
    """Describe in a few words what a parameter takes: `date`, `whole number or null`, `one of UA, AA`."""
    return " or ".join(dict.fromkeys(_words(schema, root, frozenset()))) or "anything"


def _read(name: str, text: str, schema: Any, root: Schema, setting: Setting) -> Any:
    """Read one value. Raises InvalidRequest."""
    types = json_types(schema, root)
    try:
        value = _parse(text)
    except RecursionError:
        raise InvalidRequest(f"{setting.flag} {name}={_shown(text)}: The value is nested too deeply.") from None
    except (ValueError, InvalidOperation):
        value = text
    try:
        if not isinstance(value, str) and _is_of(value, types):
            return _without_loss(value, schema, root)
        if "string" in types:
            return text
        if isinstance(value, Decimal) and "integer" in types and value == value.to_integral_value():
            _number(value, ("integer",))
            return int(value)
    except OverflowError:
        raise InvalidRequest(f"{setting.flag} {name}={_shown(text)}: The number is too large.") from None
    wanted = " or ".join(IN_WORDS[kind] for kind in types)
    raise InvalidRequest(f"{setting.flag} {name}={_shown(text)}: The {setting.noun} '{name}' takes {wanted}.")


def _parse(text: str) -> Any:
    """Parse JSON, with every digit of its numbers. A boolean may be written True, as in Python."""
    return json.loads(
        text.lower() if text.lower() in {"true", "false"} else text,
        parse_float=Decimal,
        parse_int=lambda digits: int(digits) if len(digits) <= LONGEST_INTEGER else Decimal(digits),
        parse_constant=_no_constant,
    )


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _type_of(value: Any) -> str:
    return JSON_TYPES[type(value)]


def _is_of(value: Any, types: tuple[str, ...]) -> bool:
    kind = _type_of(value)
    return kind in types or (kind == "integer" and "number" in types)


def _without_loss(value: Any, schema: Any, root: Schema) -> Any:
    """Replace each Decimal, at any depth, by a float, or by a string where a float would change its value.

    Raises OverflowError for a number that no float can hold, where the schema allows no string.
    """
    match value:
        case bool():
            return value
        case int() | Decimal():
            return _number(value, _stated_types(schema, root))
        case list():
            return [_without_loss(each, _inner(schema, place, root), root) for place, each in enumerate(value)]
        case dict():
            return {name: _without_loss(each, _inner(schema, name, root), root) for name, each in value.items()}
    return value


def _number(value: int | Decimal, types: tuple[str, ...]) -> int | float | str:
    """Write a number as JSON for a schema that allows `types`. Raises OverflowError as `_without_loss` does."""
    as_float = float(str(value))
    if {"number", "string"} <= set(types) and (not math.isfinite(as_float) or Decimal(repr(as_float)) != value):
        return str(value)
    if not math.isfinite(as_float):
        raise OverflowError
    return value if isinstance(value, int) else as_float


def _shown(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _article(setting: Setting) -> str:
    return f"an {setting.noun}" if setting.noun[0] in "aeiou" else f"a {setting.noun}"


def _unknown(name: str, known: Schema, setting: Setting) -> str:
    close = get_close_matches(name, known, n=1)
    return f"There is no {setting.noun} '{name}'." + (f" Did you mean '{close[0]}'?" if close else "")


def _known(known: Schema, setting: Setting) -> str:
    if not known:
        return f"The {setting.taker} takes no {setting.noun}s."
    return f"The {setting.taker} takes: {', '.join(known)}."


def _inner(schema: Any, place: str | int, root: Schema) -> Schema:
    """Return the schema of a field of an object, or of an item of a list."""
    found = []
    for each in _flattened(schema, root, frozenset()):
        if isinstance(place, int):
            first = each.get("prefixItems", ())
            found.append(first[place] if place < len(first) else each.get("items"))
        else:
            found.append(each.get("properties", {}).get(place, each.get("additionalProperties")))
    return {"anyOf": found}


def _flattened(schema: Any, root: Schema, seen: frozenset[str]) -> Iterator[Schema]:
    """Yield a schema and all of its alternatives, and theirs."""
    if isinstance(schema, Mapping):
        yield schema
        for part, path in _alternatives(schema, root, seen):
            yield from _flattened(part, root, path)


def _alternatives(schema: Schema, root: Schema, seen: frozenset[str]) -> list[tuple[Any, frozenset[str]]]:
    """List the schemas that this one refers to. A $ref in `seen` is left out, because a schema may refer to itself."""
    found: list[tuple[Any, frozenset[str]]] = []
    for keyword in ("anyOf", "oneOf", "allOf"):
        found += [(part, seen) for part in schema.get(keyword, ())]
    reference = schema.get("$ref")
    if reference and reference not in seen:
        found.append((_resolve(reference, root), seen | {reference}))
    return found


def _resolve(reference: str, root: Schema) -> Any:
    """Follow a reference inside the document, the only kind pydantic writes: `#/$defs/Name`."""
    place: Any = root
    for step in reference.removeprefix("#/").split("/"):
        place = place.get(step.replace("~1", "/").replace("~0", "~"), {}) if isinstance(place, Mapping) else {}
    return place


def _stated_types(schema: Any, root: Schema) -> tuple[str, ...]:
    """List the JSON types that a schema names; none if it does not say."""
    found: list[str] = []
    for each in _flattened(schema, root, frozenset()):
        stated = each.get("type", ())
        found += [stated] if isinstance(stated, str) else stated
        found += [_type_of(value) for value in _choices(each)]
    return tuple(dict.fromkeys(kind for kind in found if kind in IN_WORDS))


def _words(schema: Any, root: Schema, seen: frozenset[str]) -> list[str]:
    if not isinstance(schema, Mapping):
        return []
    if choices := _choices(schema):
        return [f"one of {', '.join(map(_plain, choices))}" if len(choices) > 1 else _plain(choices[0])]
    alternatives = [word for part, path in _alternatives(schema, root, seen) for word in _words(part, root, path)]
    if alternatives:
        return alternatives
    if "format" in schema:
        return [str(schema["format"]).replace("date-time", "date and time")]
    words = [IN_WORDS[kind] for kind in _stated_types(schema, root)]
    if words == ["list"] and (items := _words(schema.get("items"), root, seen)):
        return [f"list of {' or '.join(items)}"]
    return words


def _choices(schema: Schema) -> list[Any]:
    return [schema["const"]] if "const" in schema else list(schema.get("enum", ()))


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
