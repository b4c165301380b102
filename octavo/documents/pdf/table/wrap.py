"""Break a cell's text into lines, or end it in an ellipsis. Pure; widths are in 1/1000 em."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from octavo.documents.pdf.fonts.breaks import graphemes

ELLIPSIS = "…"

Width = Callable[[str], int]
Breaks = Callable[[str], list[int]]  # positions before which a line may begin


def wrap(text: str, room: int, width: Width, breaks: Breaks) -> list[str]:
    """Return the lines of a text, each at most `room` wide; a word that is wider alone is broken where it must be.

    Line feeds are kept as breaks. No character is lost but the spaces at which a line ends.
    """
    if "\n" not in text and "\r" not in text and width(text) <= room:
        return [text]
    lines: list[str] = []
    for paragraph in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        lines += _wrap_paragraph(paragraph, room, width, breaks)
    return lines


def _wrap_paragraph(text: str, room: int, width: Width, breaks: Breaks) -> list[str]:
    if width(text) <= room:
        return [text]
    lines: list[str] = []
    line = ""
    edges = [0, *breaks(text), len(text)]
    for start, stop in pairwise(edges):
        piece = text[start:stop]
        if width((line + piece).rstrip(" ")) <= room:
            line += piece
            continue
        if line:
            lines.append(line.rstrip(" "))
        line = piece
        while width(line.rstrip(" ")) > room:
            fitting = _fitting(line, room, width)
            lines.append(line[:fitting])
            line = line[fitting:]
    return [*lines, line.rstrip(" ")] if line.rstrip(" ") or not lines else lines


def _fitting(text: str, room: int, width: Width) -> int:
    """Return where to cut a text so that as much as possible fits, one grapheme at least.

    By halving: a longer beginning is wider, but for scripts whose letters join, where it hardly matters.
    """
    cuts = [cut for cut in graphemes(text) if cut] + [len(text)]
    low, high = 0, len(cuts) - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width(text[: cuts[middle]]) <= room else (low, middle - 1)
    return cuts[low]


def shorten(text: str, room: int, width: Width) -> str:
    """Return the text on one line, ended in an ellipsis where it is wider than `room`."""
    text = " ".join(text.split("\n")) if "\n" in text else text
    if width(text) <= room:
        return text
    kept = _fitting(text, max(1, room - width(ELLIPSIS)), width)
    return text[:kept].rstrip(" ") + ELLIPSIS
