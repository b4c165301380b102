"""The fonts of a deployment: the shipped ones, and after them the files that OCTAVO_FONTS names.

A file is TrueType or OpenType; `path#2` is the third font of a collection. A variable font gets the width and the two
weights of the shipped fonts. Any other font is followed by its bold font: the next file, if it has the same family name
and a greater weight. Without a bold font, bold text is shown in the regular weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from octavo.documents.pdf.fonts.face import BOLD, Face
from octavo.documents.pdf.fonts.line_encoder import Encoded, LineEncoder
from octavo.documents.pdf.fonts.plain import Shown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FOLDER = Path(__file__).parent
SHIPPED = (FOLDER / "OctavoSans-Regular.ttf", FOLDER / "OctavoSans-SemiBold.ttf")


class Fonts:
    """The fonts of a document in two weights. Lengths are in 1/1000 em."""

    def __init__(self, pairs: Sequence[tuple[Face, Face | None]]) -> None:
        regular = [(f"C{number}", face) for number, (face, _) in enumerate(pairs)]
        bold = [regular[number] if face is None else (f"B{number}", face) for number, (_, face) in enumerate(pairs)]
        self.regular = LineEncoder("F1", regular)
        self.bold = LineEncoder("F2", bold)

    def encode(self, text: str, bold: bool = False) -> Encoded:
        """Return the operators that show a line of text, with its width, glyphs and missing characters.

        The operators are ASCII. They need font F1 (F2 for bold) selected at size 1000, and leave it selected.
        """
        return (self.bold if bold else self.regular).encode(text)

    def plain(self, text: str, bold: bool = False) -> Shown | None:
        """Encode a text quickly if all its characters are known plain characters; otherwise return None."""
        return (self.bold if bold else self.regular).plain.show(text)

    def simple(self, text: str, bold: bool = False) -> tuple[str, int] | None:
        """Return a text as a string for TJ, and its width; None if F1 (F2 for bold) lacks one of its characters."""
        return (self.bold if bold else self.regular).plain.simple_string(text)

    def width(self, text: str, bold: bool = False) -> int:
        """Return the width of a line of text as `encode` shows it."""
        return (self.bold if bold else self.regular).width(text)

    def advances(self, bold: bool = False) -> NDArray[np.int32]:
        """Return the width of each of the 256 bytes of UTF-8 text, which is -1 if it is not printable ASCII."""
        import numpy as np

        return np.array((self.bold if bold else self.regular).plain.advances(), np.int32)


def load_fonts(extra: Sequence[str | Path] = ()) -> Fonts:
    """Return the shipped fonts and, after them, those of the files. Raises SettingError if a file cannot be used."""
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
