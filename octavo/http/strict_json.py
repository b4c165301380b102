"""JSON as Octavo accepts it from callers: I-JSON (RFC 7493) of bounded size, with one form for each value. Pure.

Fingerprints follow RFC 8785, which is defined for I-JSON only: each name occurs once in an object, texts are Unicode,
and numbers are those of IEEE 754. 1, 1.0 and 1e0 are the same number and are read as the integer 1. Texts are not
normalized: the two Unicode spellings of "é" are two different texts, for a query as well.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from octavo.errors import MalformedRequest

DEEPEST = 32
LONGEST_TEXT = 10_000  # characters
LARGEST_INTEGER = 2**53 - 1  # RFC 7493 § 2.2
LONGEST_INTEGER = 400  # digits


def read_json(text: str) -> Any:
    """Parse a text. Raises MalformedRequest, which says what to correct."""
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_float=_float, parse_int=_integer, parse_constant=_constant
        )
    except RecursionError:
        raise _too_deep() from None
    except json.JSONDecodeError as error:
        raise MalformedRequest(f"The body is not valid JSON: {error.msg} at line {error.lineno}.") from None
    _check(value, DEEPEST)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise MalformedRequest(f"The name {twice[:50]!a} occurs twice in one object. Give it once.")
    return found


def _float(text: str) -> int | float:
    value = float(text)
    if abs(value) == float("inf"):
        raise MalformedRequest(f"The number {text[:50]} is too large. Use one that a double can hold.")
    return int(value) if value.is_integer() and abs(value) <= LARGEST_INTEGER else value


def _integer(text: str) -> int:
    if len(text) > LONGEST_INTEGER:
        raise MalformedRequest(f"The number {text[:20]}… is too large. Use one within ±(2^53 - 1), or a text.")
    return int(text)  # `octavo.lifecycle.submission` refuses those beyond 2^53 - 1, and names the parameter


def _constant(text: str) -> Any:
    raise MalformedRequest(f"{text} is not JSON. Use a finite number, or null.")


def _check(value: Any, deepest: int) -> None:
    """Check texts and depth. Raises MalformedRequest."""
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict | list):
        if not deepest:
            raise _too_deep()
        if isinstance(value, dict):
            for name in value:
                _check_text(name)
        for inner in value.values() if isinstance(value, dict) else value:
            _check(inner, deepest - 1)


def _check_text(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise MalformedRequest(f"A text has {len(text):,} characters. Use at most {LONGEST_TEXT:,}.")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise MalformedRequest("A text has half of a surrogate pair, which is not a character.") from None


def _too_deep() -> MalformedRequest:
    return MalformedRequest(f"The body is nested too deeply. Use at most {DEEPEST} levels.")
