"""How a line of text becomes operators. It is all that the cover and the footers need to know about the fonts."""

from __future__ import annotations

from typing import Protocol


class Encode(Protocol):
    """Return the operators that show a line of text, and its width in 1/1000 em.

    They belong in a text object in which /F1 (/F2 if bold) is selected at 1000 units, and leave it selected. All digits
    have the same width.
    """

    def __call__(self, text: str, *, bold: bool = False) -> tuple[bytes, int]: ...


class Measure(Protocol):
    """Give the width of a line of text in 1/1000 em, as `Encode` does, for text that need not be drawn."""

    def __call__(self, text: str, *, bold: bool = False) -> int: ...
