"""How texts are written in a workbook's XML, in Python and in SQL. Pure.

XML 1.0 cannot contain most control characters. ECMA-376 Part 1, 22.9.2.19 (ST_Xstring) writes such a character as its
code: `_x0001_`. A text that contains `_x0001_` itself therefore needs an escape too. If a text needs any escape, each
`_x` in it becomes `_x005F_x`: then no accidental code is left, whatever stands around it.

    &, <, >                            &amp; &lt; &gt;
    U+0001 (and CR, U+FFFE, …)         _x0001_
    _x0001_                            _x005F_x0001_

Tab and line feed stay as they are. CR does not, because XML readers turn it into LF.
"""

from __future__ import annotations

import re
from functools import reduce

from octavo.data.sql import literal

LONGEST_TEXT = 32_767
"""What a cell can contain (Excel specifications and limits). Excel counts in UTF-16, so an emoji counts twice."""

NOT_IN_XML = (*range(0x09), *range(0x0B, 0x20), 0xFFFE, 0xFFFF)  # and CR, which is in XML but does not survive in it
CODED = re.compile(r"_x[0-9A-Fa-f]{4}_|[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]")
CHARACTER = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]")
CODED_IN_SQL = r"_x[0-9A-Fa-f]{4}_|[\x00-\x08\x0b-\x1f\x{FFFE}\x{FFFF}]"
MARKUP = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
SPACES = " \t\n"  # that a reader may cut from the ends of a text, unless it has the attribute xml:space
FORMULA_STARTS = "=+-@"

# A text that is written as it is, as a regular expression: no character that needs an escape and no "_x", no space at
# the ends, and no formula. An underscore is taken together with what follows it.
_ESCAPED = r"&<>\x00-\x08\x0b-\x1f\x{FFFE}\x{FFFF}_"
_INSIDE = rf"(?:[^{_ESCAPED}]|_+[^{_ESCAPED}x])"
_FIRST = rf"(?:[^{_ESCAPED} \t\n=+@-]|_+[^{_ESCAPED}x])"
_LAST = rf"(?:[^{_ESCAPED} \t\n]|_+[^{_ESCAPED}x \t\n]|_+)"
_ONLY = rf"(?:[^{_ESCAPED} \t\n=+@-]|_+[^{_ESCAPED}x \t\n]|_+)"
PLAIN_IN_SQL = f"(?:{_FIRST}{_INSIDE}*{_LAST}|{_ONLY})?"


def escaped(text: str) -> str:
    """Write a text as the content of an element."""
    if CODED.search(text):
        text = CHARACTER.sub(lambda found: f"_x{ord(found[0]):04X}_", text.replace("_x", "_x005F_x"))
    return reduce(lambda written, sign: written.replace(sign, MARKUP[sign]), MARKUP, text)


def attribute(text: str) -> str:
    """Write a text as the value of an attribute in double quotes."""
    return escaped(text).replace('"', "&quot;").replace("\t", "&#9;").replace("\n", "&#10;")


def utf16_length(text: str) -> int:
    """Return how many characters Excel counts in a text."""
    return len(text) + sum(character > "\uffff" for character in text)


def sql_utf16_length(text: str) -> str:
    """Return the SQL of how many characters Excel counts in a text."""
    others = r"[^\x{10000}-\x{10FFFF}]"
    return f"(length({text}) + length(regexp_replace({text}, '{others}', '', 'g')))"


def sql_needs_care(text: str) -> str:
    """Return SQL that is true for a text that is not written as it is.

    It needs an escape, begins like a formula, or has a space at one of its ends. Few other texts are taken for such.
    """
    return f"NOT regexp_full_match({text}, {literal(PLAIN_IN_SQL)})"


def sql_escaped(text: str) -> str:
    """Return the SQL that writes a text as the content of an element."""
    coded = f"replace({text}, '_x', '_x005F_x')"
    for code in NOT_IN_XML:
        coded = f"replace({coded}, {_character(code)}, '_x{code:04X}_')"
    written = f"CASE WHEN regexp_matches({text}, {literal(CODED_IN_SQL)}) THEN {coded} ELSE {text} END"
    for sign, entity in MARKUP.items():
        written = f"replace({written}, '{sign}', '{entity}')"
    return written


def sql_is_like_formula(text: str) -> str:
    """Return SQL that is true for a text that Excel would run as a formula if somebody typed it."""
    starts = ", ".join(map(_character, map(ord, FORMULA_STARTS)))
    return f"list_contains([{starts}], left({text}, 1))"


def _character(code: int) -> str:
    return f"chr({code})"
