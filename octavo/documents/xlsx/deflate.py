"""Deflate streams (RFC 1951) that are made in pieces: each is compressed by itself, and together they are one stream.

    head   ▒▒▒▒▒▒ 00 00 FF FF │ segment  ▒▒▒▒▒▒▒▒▒ 00 00 FF FF │ … │ tail  ▒▒▒▒▒ (final block)

A full flush ends a piece at the end of a byte, with an empty block that is not the last one of the stream. No piece
refers to bytes of another, because it was compressed without having seen them.
"""

from __future__ import annotations

import zlib

from octavo.documents.compression import compressor

RAW = -zlib.MAX_WBITS  # no header and no trailer around the data


def piece(data: bytes) -> bytes:
    """Compress a piece that is not the last one."""
    deflate = compressor("small", RAW)
    return deflate.compress(data) + deflate.flush(zlib.Z_FULL_FLUSH)


def last_piece(data: bytes) -> bytes:
    """Compress the last piece of a stream. It may be the only one."""
    deflate = compressor("small", RAW)
    return deflate.compress(data) + deflate.flush()
