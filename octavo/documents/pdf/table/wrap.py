"""Break a cell's text into lines, or end it in an ellipsis. Pure; widths are in 1/1000 em.

The time is proportional to the text's length, although a line's width is known only by measuring the whole line: in
many scripts a letter's width depends on its neighbours. The end of a line is guessed from the average width of the
characters that were measured last; the guess is measured, and the next guess follows from the result. Two or three
guesses find most ends. A text that is much longer than a line is measured only until it is certainly too wide.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

from octavo.documents.pdf.fonts.breaks import graphemes

ELLIPSIS = "…"
SOFT_HYPHEN = "\u00ad"  # drawn only at the end of a line, so a line that ends with it can be wider than a longer one

USUAL_WIDTH = 500  # of a character, for the first guess
NARROW = 200  # a text that would have room if its characters were so wide is measured as a whole
MARGIN = 2000  # how much narrower or wider a beginning may be for the letters that follow: they may join with it
GUESSES = 4  # after so many, the search for the end of a line goes on by doubling and halving

Width = Callable[[str], int]
Breaks = Callable[[str], list[int]]  # positions before which a line may begin


def wrap(text: str, room: int, width: Width, breaks: Breaks) -> list[str]:
    """Return the lines of a text, each at most `room` wide; a word that is wider alone is broken where it must be.

    Line feeds are kept as breaks. No character is lost but the spaces at which a line ends.
    """
    if "\n" not in text and "\r" not in text:
        return _wrap_paragraph(text, room, width, breaks)
    lines: list[str] = []
    for paragraph in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        lines += _wrap_paragraph(paragraph, room, width, breaks)
    return lines


def _wrap_paragraph(text: str, room: int, width: Width, breaks: Breaks) -> list[str]:
    line = _first_line(text, room, width)
    if line is None:
        return [text]
    lines: list[str] = []
    ends = [*breaks(text), len(text)]
    cuts: list[int] = []
    first = 0  # the index of the first end behind the line's beginning
    while line.start < len(text):
        last = line.last_end(ends, first)
        if last >= first:
            end, first = ends[last], last + 1
            lines.append(text[line.start : end].rstrip(" "))
        else:
            cuts = cuts or [*graphemes(text), len(text)]
            end = cuts[line.last_cut(cuts, bisect_right(cuts, line.start), bisect_right(cuts, ends[first]))]
            first += end == ends[first]
            lines.append(text[line.start : end])
        line.begin(end)
    return lines if lines[-1] or len(lines) == 1 else lines[:-1]


def shorten(text: str, room: int, width: Width) -> str:
    """Return the text on one line, ended in an ellipsis where it is wider than `room`."""
    text = " ".join(text.split("\n")) if "\n" in text else text
    if _first_line(text, room, width) is None:
        return text
    cuts = [*graphemes(text), len(text)]
    kept = _Line(text, max(1, room - width(ELLIPSIS)), width, room // USUAL_WIDTH).last_cut(cuts, 0, len(cuts))
    return text[: cuts[kept]].rstrip(" ") + ELLIPSIS


def _first_line(text: str, room: int, width: Width) -> _Line | None:
    """Return the first line of a text, None if the whole text has room on it."""
    if len(text) * NARROW <= room:
        whole = width(text)
        return None if whole <= room else _Line(text, room, width, len(text) * room // whole)
    line = _Line(text, room, width, room // USUAL_WIDTH)
    return None if line.fits(len(text)) else line


class _Line:
    """A line of a text: finds where it ends, given the positions at which it may."""

    def __init__(self, text: str, room: int, width: Width, reach: int) -> None:
        self._text = text
        self._room = room
        self._width = width
        self._reach = max(1, reach)  # about how many characters have room
        self.begin(0)

    def begin(self, start: int) -> None:
        """Go on to the line that begins at `start`."""
        self.start = start
        self._too_wide = len(self._text) + 1  # a position from which on no text fits

    def last_end(self, ends: Sequence[int], first: int) -> int:
        """Return the index of the last of the ends, from `first`, that fits and before which all fit, or `first - 1`.

        The spaces before an end need no room.
        """
        last = self._last_fitting(ends, first)
        if SOFT_HYPHEN in self._text:
            for index in range(last, first - 1, -1):
                if self._text[ends[index] - 1] == SOFT_HYPHEN:
                    if self.fits(ends[index], " "):
                        break
                    last = index - 1
        return last

    def _last_fitting(self, ends: Sequence[int], first: int) -> int:
        low, high = first - 1, len(ends)  # the last that is known to fit, the first that is known not to
        guesses, step = 0, 1
        while high - low > 1:
            guess = bisect_right(ends, self.start + self._reach, first) - 1
            if guesses >= GUESSES:
                guess = (low + high) // 2 if high < len(ends) else low + step
                step *= 2
            guess = min(max(guess, low + 1), high - 1)
            if self.fits(ends[guess], " "):
                low = guess
            else:
                high = guess
            guesses += 1
        return low

    def last_cut(self, cuts: Sequence[int], first: int, stop: int) -> int:
        """Return the index of the last of the cuts, from `first` to `stop` (excluded), that fits, `first` if none does.

        By halving. Where letters join, a shorter beginning may be wider; then this is one of several that fit.
        """
        if (cuts[stop - 1] - self.start) * NARROW <= self._room:
            return self._halved(cuts, first, stop, self.start)
        self._find_too_wide(cuts[stop - 1])
        certain = self.start + self._reach * max(0, self._room - MARGIN) // max(1, self._room)
        if certain > self.start and self._measure(certain) > self._room - MARGIN:
            certain = self.start
        last = self._halved(cuts, first, stop, certain)
        if cuts[last] <= certain and not self.fits(cuts[last]):
            return self._halved(cuts, first, stop, self.start)
        return last

    def _halved(self, cuts: Sequence[int], first: int, stop: int, certain: int) -> int:
        """Search the last cut that fits; those up to `certain` are not measured."""
        text, start = self._text, self.start
        low, high = first, stop - 1
        while low < high:
            middle = (low + high + 1) // 2
            cut = cuts[middle]
            if cut <= certain or (cut < self._too_wide and self._width(text[start:cut]) <= self._room):
                low = middle
            else:
                high = middle - 1
        return low

    def fits(self, end: int, strip: str = "") -> bool:
        """Tell whether the text up to `end`, without the spaces there if `strip` is a space, has room."""
        self._find_too_wide(end)
        return end < self._too_wide and self._measure(end, strip) <= self._room

    def _find_too_wide(self, end: int) -> None:
        """If the text up to `end` is much longer than a line, find a beginning of it that is too wide already."""
        length = self._reach + self._reach // 4 + 4
        while self._too_wide > len(self._text) and self.start + length < end:
            if self._measure(self.start + length, " ") > self._room + MARGIN:
                self._too_wide = self.start + length
            length *= 2

    def _measure(self, end: int, strip: str = "") -> int:
        """Return the width of the text up to `end`, and keep in mind how far a line reaches by it."""
        part = self._text[self.start : end]
        width = self._width(part.rstrip(strip) if strip else part)
        most = 2 * len(part)
        self._reach = max(1, min(most, len(part) * self._room // width) if width else most)
        return width
