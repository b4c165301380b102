"""Parameters as they are typed: `-p start=2013-01-01` becomes JSON as the report type's JSON Schema asks.

Where the schema takes a number, a boolean, a list, an object or null, text that is one is read as that; where it takes
a string, all other text is one. So nobody quotes a carrier's code, and `-p limit=10` is a number. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
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
    bool: "boolean",
    type(None): "null",
    list: "array",
    dict: "object",
}


def read_parameters(given: Iterable[str], schema: Schema, type_name: str) -> dict[str, Any]:
    """Read `key=value` texts by the JSON Schema of the report type `type_name`.

    Raises InvalidRequest for a text without `=`, a name said twice or not known, and a value of no wanted type.
    """
    known: Schema = schema.get("properties", {})
    values: dict[str, Any] = {}
    for text in given:
        name, separator, value = text.partition("=")
        if not separator or not name:
            raise InvalidRequest(f"-p {text}: write a parameter as name=value. {_known(known, type_name)}")
        if name in values:
            raise InvalidRequest(
                f'-p {name} is given twice. Write a list as one JSON value, quoted: -p \'{name}=["…", "…"]\'.'
            )
        if name not in known and not schema.get("additionalProperties"):
            raise InvalidRequest(f"{_unknown(name, known)} {_known(known, type_name)}")
        values[name] = _read(name, value, json_types(known.get(name, {}), schema))
    return values


def json_types(schema: Any, root: Schema) -> tuple[str, ...]:
    """List the JSON types a schema takes, through $ref, anyOf, oneOf, allOf, enum and const; all when it does not say.

    `root` is the whole schema, which holds the `$defs`.
    """
    return _types(schema, root, frozenset()) or ANYTHING


def describe(schema: Any, root: Schema) -> str:
    """Say in a few words what a parameter takes: `date`, `whole number or null`, `one of UA, AA`."""
    return " or ".join(dict.fromkeys(_words(schema, root, frozenset()))) or "anything"


def _read(name: str, text: str, types: tuple[str, ...]) -> Any:
    """Read one value. A boolean may be written True, as Python does."""
    try:
        value = json.loads(text.lower() if text.lower() in {"true", "false"} else text, parse_constant=_no_constant)
    except ValueError:
        value = text
    if _type_of(value) in types or (_type_of(value) == "integer" and "number" in types):
        return value if not isinstance(value, str) else text
    if "string" in types:
        return text
    if isinstance(value, float) and value.is_integer() and "integer" in types:
        return int(value)
    wanted = " or ".join(IN_WORDS[kind] for kind in types)
    raise InvalidRequest(f"-p {name}={text}: {name} takes {wanted}.")


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _type_of(value: Any) -> str:
    return JSON_TYPES[type(value)]


def _unknown(name: str, known: Schema) -> str:
    close = get_close_matches(name, known, n=1)
    return f"There is no parameter {name}" + (f"; did you mean {close[0]}?" if close else ".")


def _known(known: Schema, type_name: str) -> str:
    return f"{type_name} takes: {', '.join(known)}." if known else f"{type_name} takes no parameters."


def _alternatives(schema: Schema, root: Schema, seen: frozenset[str]) -> list[tuple[Any, frozenset[str]]]:
    """List the schemas this one hands on to. A $ref already seen is left out: a schema may refer to itself."""
    handed_on: list[tuple[Any, frozenset[str]]] = []
    for keyword in ("anyOf", "oneOf", "allOf"):
        handed_on += [(part, seen) for part in schema.get(keyword, ())]
    reference = schema.get("$ref")
    if reference and reference not in seen:
        handed_on.append((_resolve(reference, root), seen | {reference}))
    return handed_on


def _resolve(reference: str, root: Schema) -> Any:
    """Follow a reference inside the document, the only kind pydantic writes: `#/$defs/Name`."""
    place: Any = root
    for step in reference.removeprefix("#/").split("/"):
        place = place.get(step.replace("~1", "/").replace("~0", "~"), {}) if isinstance(place, Mapping) else {}
    return place


def _types(schema: Any, root: Schema, seen: frozenset[str]) -> tuple[str, ...]:
    if not isinstance(schema, Mapping):
        return ()
    stated = schema.get("type", ())
    found = [stated] if isinstance(stated, str) else list(stated)
    found += [_type_of(value) for value in _choices(schema)]
    for part, path in _alternatives(schema, root, seen):
        found += _types(part, root, path)
    return tuple(dict.fromkeys(kind for kind in found if kind in IN_WORDS))


def _words(schema: Any, root: Schema, seen: frozenset[str]) -> list[str]:
    if not isinstance(schema, Mapping):
        return []
    if choices := _choices(schema):
        return [f"one of {', '.join(map(_plain, choices))}" if len(choices) > 1 else _plain(choices[0])]
    handed_on = [word for part, path in _alternatives(schema, root, seen) for word in _words(part, root, path)]
    if handed_on:
        return handed_on
    if "format" in schema:
        return [str(schema["format"]).replace("date-time", "date and time")]
    words = [IN_WORDS[kind] for kind in _types(schema, root, seen)]
    if words == ["list"] and (items := _words(schema.get("items"), root, seen)):
        return [f"list of {' or '.join(items)}"]
    return words


def _choices(schema: Schema) -> list[Any]:
    return [schema["const"]] if "const" in schema else list(schema.get("enum", ()))


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
