"""Which fonts a deployment has: the shipped ones, and behind them the files that OCTAVO_FONTS names.

A file is TrueType or OpenType; `path#2` is the third font of a collection. A variable font is set at the shipped fonts'
width and their two weights. For other families the bold is the next file that is of the same family and bolder; a
family without one is drawn in its regular weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from octavo.documents.pdf.fonts.chain import Chain, Encoded, Shown
from octavo.documents.pdf.fonts.face import BOLD, Face

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FOLDER = Path(__file__).parent
SHIPPED = (FOLDER / "OctavoSans-Regular.ttf", FOLDER / "OctavoSans-SemiBold.ttf")


class Fonts:
    """The fonts of a document, in two weights. Lengths are in 1/1000 em."""

    def __init__(self, pairs: Sequence[tuple[Face, Face | None]]) -> None:
        regular = [(f"C{number}", face) for number, (face, _) in enumerate(pairs)]
        bold = [regular[number] if face is None else (f"B{number}", face) for number, (_, face) in enumerate(pairs)]
        self.regular = Chain("F1", regular)
        self.bold = Chain("F2", bold)

    def encode(self, text: str, bold: bool = False) -> Encoded:
        """Return what draws a line of text.

        The operators are ASCII. They expect font F1 (F2 for bold) at size 1000 and leave it so.
        """
        return (self.bold if bold else self.regular).encode(text)

    def plain(self, text: str, bold: bool = False) -> Shown | None:
        """Return what `encode` does, if it is quick: for plain characters that have all been met before."""
        return (self.bold if bold else self.regular).plain(text)

    def simple(self, text: str, bold: bool = False) -> tuple[str, int] | None:
        """Return a text that F1 (F2 for bold) has as a string of TJ, and its width; None for any other text."""
        return (self.bold if bold else self.regular).simple_string(text)

    def width(self, text: str, bold: bool = False) -> int:
        """Return how wide `encode` draws a line of text."""
        return (self.bold if bold else self.regular).width(text)

    def advances(self, bold: bool = False) -> NDArray[np.int32]:
        """Return the width of each of the 256 bytes of UTF-8 text; -1 for those that aren't printable ASCII."""
        import numpy as np

        return np.array((self.bold if bold else self.regular).advances(), np.int32)

    def digit_width(self, bold: bool = False) -> int:
        """Return the width that all digits have."""
        return self.width("0", bold)


def load_fonts(extra: Sequence[str | Path] = ()) -> Fonts:
    """Return the shipped fonts, and behind them those of the files. SettingError names a file that cannot be used."""
    return _load(tuple(map(str, extra)))


@lru_cache(maxsize=4)
def _load(extra: tuple[str, ...]) -> Fonts:
    pairs: list[tuple[Face, Face | None]] = [(Face(str(SHIPPED[0])), Face(str(SHIPPED[1])))]
    for source in extra:
        face = Face(source)
        regular, bold = pairs[-1]
        if len(pairs) > 1 and bold is None and face.family == regular.family and face.weight > regular.weight:
            pairs[-1] = (regular, face)
        else:
            pairs.append((face, Face(source, BOLD) if face.varies_in_weight else None))
    return Fonts(pairs)
