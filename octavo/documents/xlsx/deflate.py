"""Deflate streams (RFC 1951) that are made in pieces: each is compressed by itself, and together they are one stream.

    head   ▒▒▒▒▒▒ 00 00 FF FF │ segment  ▒▒▒▒▒▒▒▒▒ 00 00 FF FF │ … │ tail  ▒▒▒▒▒ (final block)

A full flush ends a piece at the end of a byte, with an empty block that is not the last one of the stream. No piece
refers to bytes of another, because it was compressed without having seen them.
"""

from __future__ import annotations

import zlib
from typing import Literal, Protocol

from isal import isal_zlib

Compression = Literal["fast", "small"]

RAW = -zlib.MAX_WBITS  # no header and no trailer around the data
FASTEST, SMALLEST = 2, 6  # of isal, whose 3 takes three times as long; and of zlib, whose 9 saves less than 1 %


class Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self, mode: int = ..., /) -> bytes: ...


def compressor(compression: Compression) -> Compressor:
    """Return what compresses a piece. End it by `flush(zlib.Z_FULL_FLUSH)`, or by `flush()` if it is the last piece."""
    if compression == "small":
        return zlib.compressobj(SMALLEST, wbits=RAW)
    fast: Compressor = isal_zlib.compressobj(FASTEST, wbits=RAW)
    return fast


def piece(data: bytes) -> bytes:
    """Compress a piece that is not the last one."""
    piece = zlib.compressobj(SMALLEST, wbits=RAW)
    return piece.compress(data) + piece.flush(zlib.Z_FULL_FLUSH)


def last_piece(data: bytes) -> bytes:
    """Compress the last piece of a stream. It may be the only one."""
    piece = zlib.compressobj(SMALLEST, wbits=RAW)
    return piece.compress(data) + piece.flush()
