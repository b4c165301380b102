"""How a workbook names its sheets, and refers to cells. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from octavo.documents.xlsx.strings import utf16_length

LONGEST_NAME = 31
RESERVED = {"history"}  # Excel refuses it as the name of a sheet
UNWANTED = str.maketrans({"[": "(", "]": ")", "?": "", **dict.fromkeys(":*/\\", "-")})
DEFAULT_NAME = "Report"


def sheet_names(titles: Iterable[str]) -> tuple[str, ...]:
    """Name sheets by their titles, as Excel allows it.

    A name has at most 31 characters, none of `[]:*?/\\`, and no apostrophe at an end. Names differ by more than the
    case of their letters. A name that is taken is numbered: "Sales (2)".
    """
    taken = set(RESERVED)
    names = []
    for title in titles:
        printable = "".join(character if character.isprintable() else " " for character in title)
        plain = _cut(printable.translate(UNWANTED), LONGEST_NAME) or DEFAULT_NAME
        name, number = plain, 1
        while name.casefold() in taken:
            number += 1
            suffix = f" ({number})"
            name = _cut(plain, LONGEST_NAME - len(suffix)) + suffix
        taken.add(name.casefold())
        names.append(name)
    return tuple(names)


def _cut(name: str, longest: int) -> str:
    """Cut a name to its first characters, counted in UTF-16, without spaces and apostrophes at its ends."""
    name = name.strip(" '")
    while utf16_length(name) > longest:
        name = name[:-1]
    return name.strip(" '")


def column_letters(index: int) -> str:
    """Return the letters of a column: A for 0, Z for 25, AA for 26."""
    letters = ""
    index += 1
    while index:
        index, letter = divmod(index - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def quoted(sheet: str) -> str:
    """Quote the name of a sheet for a formula."""
    return "'" + sheet.replace("'", "''") + "'"


def column_range(column: int, first_row: int, last_row: int, *, absolute: bool = False) -> str:
    """Return a reference to cells of a column. Rows count from 1."""
    letters, sign = column_letters(column), "$" if absolute else ""
    return f"{sign}{letters}{sign}{first_row}:{sign}{letters}{sign}{last_row}"
