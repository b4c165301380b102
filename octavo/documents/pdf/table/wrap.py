"""Wrap the text of a cell into lines, or shorten it with an ellipsis. Pure; widths are in 1/1000 em.

Wrapping takes time in proportion to the length of the text. The width of a line is known only when the whole line has
been measured, because in many scripts the width of a letter depends on its neighbours. The end of a line is therefore
guessed from the average width of the characters that were measured last. The guess is measured, and the result gives
the next guess. Most ends are found with two or three guesses. A text that is much longer than a line is measured only
as far as needed to know that it does not fit.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

from octavo.documents.pdf.fonts.breaks import graphemes

ELLIPSIS = "…"
SOFT_HYPHEN = "\u00ad"  # visible only at the end of a line: a line that ends with it can be wider than a longer line

USUAL_WIDTH = 500  # the width of a character, for the first guess
NARROW = 200  # a text that would fit with characters of this width is measured as a whole
MARGIN = 2000  # the letters after the beginning of a text can change its width by this much, because they may join
GUESSES = 4  # after this many guesses, the end of a line is searched by doubling and halving

Width = Callable[[str], int]
Breaks = Callable[[str], list[int]]  # returns the positions at which a line may begin


def wrap(text: str, room: int, width: Width, breaks: Breaks) -> list[str]:
    """Return the lines of a text, each at most `room` wide. A word that is wider than `room` is broken.

    A new line also begins at each line feed. No character is lost, except for the spaces at the ends of lines.
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
    first = 0  # the index of the first end after the beginning of the line
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
    """Return the text as one line. A text that is wider than `room` is cut and ends with an ellipsis."""
    text = " ".join(text.split("\n")) if "\n" in text else text
    if _first_line(text, room, width) is None:
        return text
    cuts = [*graphemes(text), len(text)]
    kept = _Line(text, max(1, room - width(ELLIPSIS)), width, room // USUAL_WIDTH).last_cut(cuts, 0, len(cuts))
    return text[: cuts[kept]].rstrip(" ") + ELLIPSIS


def _first_line(text: str, room: int, width: Width) -> _Line | None:
    """Return the first line of a text; None if the whole text fits on it."""
    if len(text) * NARROW <= room:
        whole = width(text)
        return None if whole <= room else _Line(text, room, width, len(text) * room // whole)
    line = _Line(text, room, width, room // USUAL_WIDTH)
    return None if line.fits(len(text)) else line


class _Line:
    """A line of a text. It finds where the line ends, given the positions at which it may end."""

    def __init__(self, text: str, room: int, width: Width, reach: int) -> None:
        self._text = text
        self._room = room
        self._width = width
        self._reach = max(1, reach)  # about how many characters fit on the line
        self.begin(0)

    def begin(self, start: int) -> None:
        """Begin the line at `start`."""
        self.start = start
        self._too_wide = len(self._text) + 1  # a line that ends here or later does not fit

    def last_end(self, ends: Sequence[int], first: int) -> int:
        """Return the index of the last end, from `first` on, up to which all ends fit; `first - 1` if there is none.

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
        low, high = first - 1, len(ends)  # the last end that is known to fit, the first that is known not to fit
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
        """Return the index of the last of cuts[first:stop] that fits; `first` if none fits.

        The search is binary. Where letters join, a shorter text may be wider than a longer one. There the result fits,
        but it need not be the last cut that does.
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
        """Search the last cut that fits. Cuts up to `certain` are known to fit and are not measured."""
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
        """Return whether the line fits if it ends at `end`. If `strip` is a space, spaces before `end` do not count."""
        self._find_too_wide(end)
        return end < self._too_wide and self._measure(end, strip) <= self._room

    def _find_too_wide(self, end: int) -> None:
        """If the text up to `end` is much longer than a line, find a position before `end` that is already too wide."""
        length = self._reach + self._reach // 4 + 4
        while self._too_wide > len(self._text) and self.start + length < end:
            if self._measure(self.start + length, " ") > self._room + MARGIN:
                self._too_wide = self.start + length
            length *= 2

    def _measure(self, end: int, strip: str = "") -> int:
        """Return the width of the text up to `end`, and estimate from it how many characters fit on the line."""
        part = self._text[self.start : end]
        width = self._width(part.rstrip(strip) if strip else part)
        most = 2 * len(part)
        self._reach = max(1, min(most, len(part) * self._room // width) if width else most)
        return width
