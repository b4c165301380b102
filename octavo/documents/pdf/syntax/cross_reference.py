"""The cross-reference (PDF 32000-1 § 7.5.4, § 7.5.8): where the object of each number is. Its columns are arrays."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FREE, IN_FILE, IN_STREAM = 0, 1, 2
HEAD_OF_FREE = 65535  # the generation of object 0, which is never used


@dataclass
class CrossReference:
    """Where the objects 0 … size-1 are, as columns (§ 7.5.8.3, table 18). All numbers are free at first.

    kind        place                              index
    FREE        the next free number               generation
    IN_FILE     offset in the file                 0
    IN_STREAM   the object stream's number         place in that stream
    """

    size: int

    def __post_init__(self) -> None:
        self.kind: NDArray[np.uint8] = np.full(self.size, FREE, np.uint8)
        self.place: NDArray[np.uint64] = np.zeros(self.size, np.uint64)
        self.index: NDArray[np.uint16] = np.zeros(self.size, np.uint16)

    def stream(self, trailer: bytes) -> tuple[bytes, bytes]:
        """Return the cross-reference stream: its dictionary, which is also the trailer, and its bytes.

        `trailer` is the entries /Root, /Info and /ID. Each place has as many bytes as the largest one needs. Rows are
        stored as differences from the row above (the PNG filter "up", § 7.4.4.4), because these deflate well.
        """
        self._chain_free()
        width = max(1, (int(self.place.max()).bit_length() + 7) // 8)
        place = self.place.astype(">u8").view(np.uint8).reshape(-1, 8)[:, 8 - width :]
        index = self.index.astype(">u2").view(np.uint8).reshape(-1, 2)
        rows = np.hstack([self.kind.reshape(-1, 1), place, index])
        rows[1:] -= rows[:-1].copy()
        filtered = np.hstack([np.full((self.size, 1), 2, np.uint8), rows])
        entries = b"<</Type/XRef/Size %d/W[1 %d 2]%b/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns %d>>>>" % (
            self.size,
            width,
            trailer,
            width + 3,
        )
        return entries, zlib.compress(filtered.tobytes())

    def _chain_free(self) -> None:
        """Let each free number refer to the next one, and the last one to 0 (§ 7.5.4)."""
        free = np.flatnonzero(self.kind == FREE)
        self.place[free] = np.roll(free, -1)
        self.index[0] = HEAD_OF_FREE
