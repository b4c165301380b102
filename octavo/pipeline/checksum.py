"""CRC-32 checksums (ISO/IEC 3309, as in ZIP and gzip) of files, and of documents without reading their bytes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from isal import isal_zlib

BLOCK_BYTES = 1024**2


def joined_crc32(parts: Iterable[tuple[int, int]]) -> int:
    """Combine the parts, in order, into the CRC-32 of the whole. A part is its CRC-32 and its size in bytes."""
    combined = 0
    for crc32, size_bytes in parts:
        combined = isal_zlib.crc32_combine(combined, crc32, size_bytes)
    return combined


def file_crc32(path: Path) -> int:
    """Return the CRC-32 of a file."""
    crc32 = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            crc32 = isal_zlib.crc32(block, crc32)
    return crc32
