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
CERTAINLY = 2000  # a beginning that exceeds the room by this is too wide with any ending: few letters join to less
GUESSES = 4  # after so many, the search for the end of a line goes on by doubling and halving

Width = Callable[[str], int]
Breaks = Callable[[str], list[int]]  # positions before which a line may begin


def wrap(text: str, room: int, width: Width, breaks: Breaks) -> list[str]:
    """Return the lines of a text, each at most `room` wide; a word that is wider alone is broken where it must be.

    Line feeds are kept as breaks. No character is lost but the spaces at which a line ends.
    """
    lines: list[str] = []
    for paragraph in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        lines += _Paragraph(paragraph, room, width).lines(breaks)
    return lines


def shorten(text: str, room: int, width: Width) -> str:
    """Return the text on one line, ended in an ellipsis where it is wider than `room`."""
    text = " ".join(text.split("\n")) if "\n" in text else text
    if _Paragraph(text, room, width).fits(0, len(text)):
        return text
    cuts = [*graphemes(text), len(text)]
    kept = _Paragraph(text, max(1, room - width(ELLIPSIS)), width).last_fitting(cuts, 0, len(cuts), 0)
    return text[: cuts[max(0, kept)]].rstrip(" ") + ELLIPSIS


class _Paragraph:
    """A text without line feeds, and the room of a line."""

    def __init__(self, text: str, room: int, width: Width) -> None:
        self._text = text
        self._room = room
        self._width = width
        self._reach = max(1, room // USUAL_WIDTH)  # about how many characters a line has room for

    def lines(self, breaks: Breaks) -> list[str]:
        text = self._text
        if self.fits(0, len(text)):
            return [text]
        lines: list[str] = []
        ends = [*breaks(text), len(text)]
        cuts: list[int] = []
        start = first = 0  # `first` is the index of the first end behind `start`
        while start < len(text):
            last = self._last_word(ends, first, start)
            if last >= first:
                lines.append(text[start : ends[last]].rstrip(" "))
                start, first = ends[last], last + 1
                continue
            cuts = cuts or [*graphemes(text), len(text)]
            cut, stop = bisect_right(cuts, start), bisect_right(cuts, ends[first])
            stop_at = cuts[max(cut, self.last_fitting(cuts, cut, stop, start))]
            lines.append(text[start:stop_at])
            start, first = stop_at, first + (stop_at == ends[first])
        return lines if lines[-1] or len(lines) == 1 else lines[:-1]

    def _last_word(self, ends: Sequence[int], first: int, start: int) -> int:
        """Return the index of the last end up to which every end fits, without the spaces before it."""
        last = self.last_fitting(ends, first, len(ends), start, strip=" ")
        if SOFT_HYPHEN in self._text:
            for index in range(last, first - 1, -1):
                if self._text[ends[index] - 1] == SOFT_HYPHEN:
                    if self.fits(start, ends[index]):
                        break
                    last = index - 1
        return last

    def last_fitting(self, ends: Sequence[int], first: int, stop: int, start: int, *, strip: str = "") -> int:
        """Return the index, from `first` to `stop` (excluded), of the last end up to which the text from `start` fits.

        Where not even the first fits, return the index before it. Of a longer text a greater width is expected.
        """
        low, high = first - 1, stop  # the last that is known to fit, the first that is known not to
        guesses, step = 0, 1
        while high - low > 1:
            guess = bisect_right(ends, start + self._reach, first, stop) - 1
            if guesses >= GUESSES:
                guess = (low + high) // 2 if high < stop else low + step
                step *= 2
            guess = min(max(guess, low + 1), high - 1)
            if self.fits(start, ends[guess], strip=strip):
                low = guess
            else:
                high = guess
            guesses += 1
        return low

    def fits(self, start: int, stop: int, *, strip: str = "") -> bool:
        """Tell whether a part of the text, without the spaces at its end if `strip` is a space, has room on a line."""
        length = self._reach + self._reach // 4 + 4
        while start + length < stop:
            if self._measure(start, start + length, " ") > self._room + CERTAINLY:
                return False
            length *= 2
        return self._measure(start, stop, strip) <= self._room

    def _measure(self, start: int, stop: int, strip: str) -> int:
        """Return the width of a part; keep in mind how far a line reaches by it."""
        part = self._text[start:stop]
        width = self._width(part.rstrip(strip) if strip else part)
        most = 2 * len(part)
        self._reach = max(1, min(most, len(part) * self._room // width) if width else most)
        return width
