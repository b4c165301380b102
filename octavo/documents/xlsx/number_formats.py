"""Number formats of Excel (ECMA-376 Part 1, 18.8.30 and 18.8.31) that show values as `Column.format` says. Pure.

    {:,.2f}          #,##0.00                 whole numbers without a format    0
    ${:,}            "$"#,##0                 DECIMAL(18,2) without a format    0.00
    {:.1%}           0.0%                     dates                             yyyy-mm-dd
    {:05d}           00000                    times                             yyyy-mm-dd hh:mm:ss
    %d.%m.%Y         dd.mm.yyyy               durations                         [h]:mm:ss
    %-d %B %Y        d mmmm yyyy

Excel writes the codes in English here and shows them in the reader's own way: with a decimal comma in Germany, for
example. What it has no code for is shown as if the column had no format.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from octavo.authoring.column_format import ColumnFormat, NumberFormat, PythonFormat, TimePattern
from octavo.data.column_types import ColumnType

GENERAL = "General"
LONGEST_CODE = 255
MOST_PLACES = 30
GENERAL_WIDTH = 11  # characters that a number without a format has at most
EXAMPLE = datetime(2013, 9, 25, 23, 59, 58)  # noqa: DTZ001  (a Wednesday: a long day in a long month)

SPEC = re.compile(
    r"(?P<prefix>[^{}]*)\{:(?P<plus>\+?)(?P<zeros>0\d+)?(?P<comma>,?)(?:\.(?P<places>\d+))?(?P<kind>[dfeE%]?)\}"
    r"(?P<suffix>[^{}]*)"
)

DIRECTIVES = {
    "Y": ("date", "yyyy"),
    "y": ("date", "yy"),
    "d": ("date", "dd"),
    "-d": ("date", "d"),
    "a": ("date", "ddd"),
    "A": ("date", "dddd"),
    "b": ("month", "mmm"),
    "B": ("month", "mmmm"),
    "m": ("month", "mm"),
    "-m": ("month", "m"),
    "H": ("hour", "hh"),
    "-H": ("hour", "h"),
    "I": ("hour 12", "hh"),
    "-I": ("hour 12", "h"),
    "p": ("half", "AM/PM"),
    "M": ("minute", "mm"),
    "-M": ("minute", "m"),
    "S": ("second", "ss"),
    "-S": ("second", "s"),
    "Q": ("second", "ss.000"),  # in Python it is %S.%f; Excel has three places at most
}
COMPOSED = {"%F": "%Y-%m-%d", "%T": "%H:%M:%S", "%R": "%H:%M", "%D": "%m/%d/%y", "%h": "%b"}
PART = re.compile(r"%-?[A-Za-z]|%%|[^%]+|%")


@dataclass(frozen=True)
class ExcelFormat:
    """A number format: its code, and how wide it shows values.

    `width` is the number of characters of every value. Without it, a value has `beside` characters more than its whole
    part, and a comma before every three digits of that if `grouping` is set.
    """

    code: str
    width: int | None = None
    beside: int = 0
    grouping: bool = False

    def width_of(self, whole: str) -> int:
        """Return the number of characters of a value. `whole` is its whole part, with the sign."""
        if self.width is not None:
            return self.width
        digits = len(whole.lstrip("-"))
        shown = len(whole) + self.beside + (digits - 1) // 3 * self.grouping
        return min(shown, GENERAL_WIDTH) if self.code == GENERAL else shown


def excel_format(format: ColumnFormat | None, kind: ColumnType, *, fractions: bool = False) -> ExcelFormat:
    """Return the number format of a column of the type `kind`.

    `fractions` says that the column has times or durations with fractions of a second.
    """
    if kind.is_number:
        found = _number(format, kind) or _plain_number(kind)
    elif kind.is_date_or_time or kind.name == "INTERVAL":
        found = _time(format, kind) or _plain_time(kind, fractions)
    else:
        found = _text(format)
    return found if len(found.code) <= LONGEST_CODE else excel_format(None, kind, fractions=fractions)


def _plain_number(kind: ColumnType) -> ExcelFormat:
    if kind.is_float or kind.places > MOST_PLACES:
        return ExcelFormat(GENERAL, beside=GENERAL_WIDTH)
    return _digits("0", kind.places)


def _number(format: ColumnFormat | None, kind: ColumnType) -> ExcelFormat | None:
    """Return the number format of a column of numbers; None if Excel has none like it."""
    if isinstance(format, NumberFormat):
        places = format.places if format.places is not None or kind.is_float else kind.places
        around = quoted(format.prefix), quoted(format.suffix)
        beside = len(format.prefix + format.suffix)
        if places is None and not format.grouping:
            return ExcelFormat(GENERAL.join(around), beside=beside + GENERAL_WIDTH)
        if places is None:
            digits = ExcelFormat("#,##0.0##########", beside=4, grouping=True)  # like Python, which writes 5.0 for 5
        elif places > MOST_PLACES:
            return None
        else:
            digits = _digits("#,##0" if format.grouping else "0", places)
        return ExcelFormat(digits.code.join(around), beside=digits.beside + beside, grouping=format.grouping)
    found = SPEC.fullmatch(format.spec) if isinstance(format, PythonFormat) else None
    return _by_spec(found, kind) if found else None


def _by_spec(found: re.Match[str], kind: ColumnType) -> ExcelFormat | None:
    """Return the number format of a format spec with a sign, leading zeros, an exponent or a per cent sign."""
    places = int(found["places"] or 6)  # Python's own default
    is_whole = found["kind"] in ("", "d")
    if places > MOST_PLACES or (is_whole and (found["places"] or not kind.is_whole_number)):
        return None
    if found["zeros"] and (found["comma"] or not is_whole):
        return None
    grouping = bool(found["comma"])
    match found["kind"]:
        case "%":
            digits = _digits("#,##0" if grouping else "0", places, "%")
        case "e" | "E":
            digits = _digits("0", places, "E+00")
        case "f":
            digits = _digits("#,##0" if grouping else "0", places)
        case _:
            digits = _digits("0" * int(found["zeros"] or 1) if not grouping else "#,##0", 0)
    code = digits.code.join((quoted(found["prefix"]), quoted(found["suffix"])))
    if found["plus"]:
        code = f"+{code};-{code};+{code}"
    beside = digits.beside + len(found["prefix"] + found["suffix"]) + 2 * (found["kind"] == "%") + len(found["plus"])
    return ExcelFormat(code, beside=beside + int(found["zeros"] or 0), grouping=grouping)


def _digits(whole: str, places: int, end: str = "") -> ExcelFormat:
    code = f"{whole}.{'0' * places}{end}" if places else whole + end
    return ExcelFormat(code, beside=len(end) + bool(places) + places, grouping="," in whole)


def _text(format: ColumnFormat | None) -> ExcelFormat:
    """Return the number format of texts: `@` is the text itself."""
    if isinstance(format, NumberFormat) and format.prefix + format.suffix and format.spec.count(":") == 0:
        code = "@".join((quoted(format.prefix), quoted(format.suffix)))
        return ExcelFormat(code, beside=len(format.prefix + format.suffix))
    return ExcelFormat(GENERAL)


def _plain_time(kind: ColumnType, fractions: bool) -> ExcelFormat:
    fraction = ".000" if fractions else ""
    match kind.name:
        case "DATE":
            code = "yyyy-mm-dd"
        case "TIME":
            code = f"hh:mm:ss{fraction}"
        case "INTERVAL":
            return ExcelFormat(f"[h]:mm:ss{fraction}", beside=len(f":mm:ss{fraction}"))
        case _:
            code = f"yyyy-mm-dd hh:mm:ss{fraction}" + ('" UTC"' if kind.has_time_zone else "")
    return ExcelFormat(code, width=len(code.replace('"', "")))


def _time(format: ColumnFormat | None, kind: ColumnType) -> ExcelFormat | None:
    """Return the number format of a strftime pattern; None if Excel has none like it."""
    if not isinstance(format, TimePattern) or kind.name == "INTERVAL":
        return None
    pattern = format.pattern
    for short, long in COMPOSED.items():
        pattern = pattern.replace(short, long)
    pattern = pattern.replace("%S.%f", "%Q").replace("%Z", "UTC" if kind.has_time_zone else "")
    parts = _parts(pattern)
    if not parts or _is_run_together(parts) or not _is_unambiguous([name for name, _ in parts if name], kind):
        return None
    code = "".join(code if name else quoted(code) for name, code in parts)
    return ExcelFormat(code, width=len(EXAMPLE.strftime(pattern.replace("%Q", "%S.000").replace("%-", "%"))))


def _parts(pattern: str) -> list[tuple[str, str]]:
    """Split a pattern into what it shows and its code; literal text has no name. Return [] if Excel lacks a part."""
    parts = []
    for part in PART.findall(pattern):
        if part == "%%":
            parts.append(("", "%"))
        elif not part.startswith("%"):
            parts.append(("", part))
        elif part[1:] in DIRECTIVES:
            parts.append(DIRECTIVES[part[1:]])
        else:
            return []
    return parts


def _is_run_together(parts: list[tuple[str, str]]) -> bool:
    """Return whether two parts would become one: `d` and `d` the day with two digits."""
    return any(
        name and following and code[-1].lower() == after[0].lower()
        for (name, code), (following, after) in pairwise(parts)
    )


def _is_unambiguous(names: list[str], kind: ColumnType) -> bool:
    """Return whether Excel understands the parts as they are meant.

    `m` after hours or before seconds is minutes, otherwise months. `h` counts to 12 if there is AM/PM.
    """
    if kind.name == "TIME" and {"date", "month"} & set(names):
        return False
    if names.count("half") != ("hour 12" in names) or ("half" in names and "hour" in names):
        return False
    for name, before, after in zip(names, ["", *names], [*names[1:], ""], strict=False):
        is_minute = before.startswith("hour") or after == "second"
        if name in ("minute", "month") and (name == "minute") != is_minute:
            return False
    return True


def quoted(text: str) -> str:
    """Quote a text that a number format shows as it is."""
    text = "".join(character if character.isprintable() else " " for character in text)
    return '\\"'.join(f'"{part}"' if part else "" for part in text.split('"'))
