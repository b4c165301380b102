"""The syntax of PDF (ISO 32000-1, "PDF 32000-1" below, § 7): values, objects, object streams, the cross-reference.

    %PDF-1.7                          a header, with a comment of bytes over 127: "this file is binary"
    1 0 obj                           ─┐
    <</Filter/FlateDecode/Length 6>>   │  an indirect object: a number that others refer to as `1 0 R`, and a value,
    stream                             │  here a stream: a dictionary and bytes
    ……                                 │
    endstream                          │
    endobj                            ─┘
    2 0 obj <</Type/ObjStm …>> …      an object stream: many small objects, deflated together (§ 7.5.7)
    3 0 obj <</Type/XRef …>> …        the cross-reference stream: where the objects are (§ 7.5.8)
    startxref 4711 %%EOF              where the cross-reference begins: a reader starts here, at the end of the file

Everything here is a function of its arguments and returns bytes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import accumulate

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"

REGULAR = frozenset(b"!\"$&'*+,-.:;=?@\\^_`|~" + bytes(range(48, 58)) + bytes(range(65, 91)) + bytes(range(97, 123)))


def name(text: str) -> bytes:
    """Write a name (§ 7.3.5), such as `/F1`. Bytes that are not regular characters become `#` and two hex digits."""
    return b"/" + b"".join(bytes([b]) if b in REGULAR else b"#%02X" % b for b in text.encode())


def number(value: float) -> bytes:
    """Write a number with four decimal places at most (§ 7.3.3). PDF has no exponents."""
    digits = f"{value:.4f}".rstrip("0").rstrip(".")
    return b"0" if digits == "-0" else digits.encode()


def literal(data: bytes) -> bytes:
    """Write a byte string in parentheses (§ 7.3.4.2). Readers would turn a carriage return into LF: it is escaped."""
    escaped = data.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)").replace(b"\r", b"\\r")
    return b"(" + escaped + b")"


def text(value: str) -> bytes:
    """Write a text string (§ 7.9.2.2): printable ASCII as it is, other text in UTF-16BE after a byte-order mark."""
    if value.isascii() and value.isprintable():
        return literal(value.encode())
    return b"<FEFF" + value.encode("utf-16-be", "replace").hex().upper().encode() + b">"


def date(moment: datetime) -> bytes:
    """Write a date (§ 7.9.4), such as `(D:20131231235959+01'00')`. Raises ValueError if it has no time zone."""
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError(f"{moment!r} has no time zone")
    stamp = f"D:{moment:%Y%m%d%H%M%S}"
    if not offset:
        return literal(f"{stamp}Z".encode())
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    return literal(f"{stamp}{'-' if offset < timedelta(0) else '+'}{hours:02}'{minutes:02}'".encode())


def reference(number: int) -> bytes:
    """Write a reference to an indirect object (§ 7.3.10)."""
    return b"%d 0 R" % number


def array(values: Iterable[bytes]) -> bytes:
    """Write an array (§ 7.3.6)."""
    return b"[" + b" ".join(values) + b"]"


def dictionary(entries: Mapping[str, bytes]) -> bytes:
    """Write a dictionary (§ 7.3.7)."""
    return b"<<" + b"".join(name(key) + b" " + value for key, value in entries.items()) + b">>"


def indirect(number: int, body: bytes, stream: bytes | None = None) -> bytes:
    """Write an indirect object (§ 7.3.10). `body` is its value, or a stream's dictionary without /Length."""
    if stream is None:
        return b"%d 0 obj\n%b\nendobj\n" % (number, body)
    return b"%d 0 obj\n%b/Length %d>>\nstream\n%b\nendstream\nendobj\n" % (number, body[:-2], len(stream), stream)


def object_stream(numbers: Sequence[int], bodies: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Pack objects that are not streams into an object stream (§ 7.5.7); return its dictionary and its bytes.

    The bytes begin with the number and the offset of each object. /First is where the objects begin.
    """
    offsets = accumulate((len(body) + 1 for body in bodies[:-1]), initial=0)
    index = b" ".join(b"%d %d" % pair for pair in zip(numbers, offsets, strict=True)) + b"\n"
    entries = b"<</Type/ObjStm/N %d/First %d/Filter/FlateDecode>>" % (len(bodies), len(index))
    return entries, zlib.compress(index + b"\n".join(bodies))
