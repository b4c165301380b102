"""Thrift's compact protocol, in which the metadata of a Parquet file is written. Pure.

https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md describes it. A struct is read without
knowing its definition: every field has a number and a type. Whatever is not changed is therefore written again as it
was, also fields that this code does not know.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any


class Kind(IntEnum):
    """The types of the compact protocol. A field of the type BOOL is written as TRUE or as FALSE."""

    TRUE = 1
    FALSE = 2
    BYTE = 3
    I16 = 4
    I32 = 5
    I64 = 6
    DOUBLE = 7
    BINARY = 8
    LIST = 9
    SET = 10
    MAP = 11
    STRUCT = 12


STOP = 0
LONGEST_VARINT_BYTES = 10  # 64 bits
DEEPEST = 64
SHORT_SIZE = 15  # a list with fewer elements has its size in its first byte


class ThriftError(ValueError):
    """The bytes are not a struct in the compact protocol."""


@dataclass
class Field:
    """The type of a field and its value: a bool, an int, a float, bytes, a Sequence, a Mapping or a Struct."""

    kind: Kind
    value: Any


@dataclass
class Sequence:
    """A list or a set: the type of its elements, and the elements."""

    kind: Kind
    values: list[Any]


@dataclass
class Mapping:
    """A map: the types of its keys and values, and its pairs."""

    key_kind: Kind
    value_kind: Kind
    pairs: list[tuple[Any, Any]]


Struct = dict[int, Field]
"""The fields of a struct by their numbers."""


def decode(data: bytes) -> Struct:
    """Read a struct, which must take all of `data`. Raises ThriftError."""
    reader = _Reader(data)
    try:
        found = reader.struct(DEEPEST)
    except (IndexError, struct.error, ValueError) as error:
        raise ThriftError(f"The bytes are not a struct in Thrift's compact protocol: {error}.") from error
    if reader.position != len(data):
        raise ThriftError(f"{len(data) - reader.position} bytes follow the struct.")
    return found


def encode(value: Struct) -> bytes:
    """Write a struct."""
    written = bytearray()
    _write_struct(written, value)
    return bytes(written)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def byte(self) -> int:
        self.position += 1
        return self.data[self.position - 1]

    def bytes(self, size: int) -> bytes:
        found = self.data[self.position : self.position + size]
        if len(found) != size:
            raise IndexError("the data ends too early")
        self.position += size
        return found

    def varint(self) -> int:
        """Read an unsigned number of up to 64 bits: seven bits in each byte, the lowest first."""
        number = 0
        for place in range(LONGEST_VARINT_BYTES):
            byte = self.byte()
            number |= (byte & 0x7F) << (7 * place)
            if byte < 0x80:
                return number
        raise ValueError("a number has more than 64 bits")

    def zigzag(self) -> int:
        number = self.varint()
        return (number >> 1) ^ -(number & 1)

    def struct(self, depth: int) -> Struct:
        if depth == 0:
            raise ValueError("the struct is nested too deeply")
        fields: Struct = {}
        number = 0
        while (header := self.byte()) != STOP:
            number = number + (header >> 4) if header >> 4 else self.zigzag()
            kind = Kind(header & 0x0F)
            value = kind is Kind.TRUE if kind in (Kind.TRUE, Kind.FALSE) else self.value(kind, depth)
            fields[number] = Field(kind, value)
        return fields

    def value(self, kind: Kind, depth: int) -> Any:
        match kind:
            case Kind.TRUE | Kind.FALSE:  # as an element: one byte
                return self.byte() == Kind.TRUE
            case Kind.BYTE:
                return struct.unpack("b", self.bytes(1))[0]
            case Kind.I16 | Kind.I32 | Kind.I64:
                return self.zigzag()
            case Kind.DOUBLE:
                return struct.unpack("<d", self.bytes(8))[0]
            case Kind.BINARY:
                return self.bytes(self.varint())
            case Kind.LIST | Kind.SET:
                header = self.byte()
                size, element = header >> 4, Kind(header & 0x0F)
                size = self.varint() if size == SHORT_SIZE else size
                return Sequence(element, [self.value(element, depth - 1) for _ in range(size)])
            case Kind.MAP:
                return self.map(depth)
            case Kind.STRUCT:
                return self.struct(depth - 1)

    def map(self, depth: int) -> Mapping:
        size = self.varint()
        if size == 0:
            return Mapping(Kind.BINARY, Kind.BINARY, [])
        kinds = self.byte()
        key, value = Kind(kinds >> 4), Kind(kinds & 0x0F)
        return Mapping(key, value, [(self.value(key, depth - 1), self.value(value, depth - 1)) for _ in range(size)])


def _varint(written: bytearray, number: int) -> None:
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)


def _zigzag(written: bytearray, number: int) -> None:
    _varint(written, number << 1 if number >= 0 else (-number << 1) - 1)


def _write_struct(written: bytearray, value: Struct) -> None:
    last = 0
    for number, field in sorted(value.items()):
        kind = field.kind
        if kind in (Kind.TRUE, Kind.FALSE):
            kind = Kind.TRUE if field.value else Kind.FALSE
        if 0 < number - last <= SHORT_SIZE:
            written.append((number - last) << 4 | kind)
        else:
            written.append(kind)
            _zigzag(written, number)
        last = number
        if kind not in (Kind.TRUE, Kind.FALSE):
            WRITE[kind](written, field.value)
    written.append(STOP)


def _write_binary(written: bytearray, value: bytes) -> None:
    _varint(written, len(value))
    written += value


def _write_sequence(written: bytearray, value: Sequence) -> None:
    size = len(value.values)
    written.append(min(size, SHORT_SIZE) << 4 | value.kind)
    if size >= SHORT_SIZE:
        _varint(written, size)
    write = WRITE[value.kind]
    for each in value.values:
        write(written, each)


def _write_map(written: bytearray, value: Mapping) -> None:
    _varint(written, len(value.pairs))
    if not value.pairs:
        return
    written.append(value.key_kind << 4 | value.value_kind)
    for key, each in value.pairs:
        WRITE[value.key_kind](written, key)
        WRITE[value.value_kind](written, each)


WRITE: dict[Kind, Callable[[bytearray, Any], None]] = {
    Kind.TRUE: lambda written, value: written.append(Kind.TRUE if value else Kind.FALSE),
    Kind.FALSE: lambda written, value: written.append(Kind.TRUE if value else Kind.FALSE),
    Kind.BYTE: lambda written, value: written.extend(struct.pack("b", value)),
    Kind.I16: _zigzag,
    Kind.I32: _zigzag,
    Kind.I64: _zigzag,
    Kind.DOUBLE: lambda written, value: written.extend(struct.pack("<d", value)),
    Kind.BINARY: _write_binary,
    Kind.LIST: _write_sequence,
    Kind.SET: _write_sequence,
    Kind.MAP: _write_map,
    Kind.STRUCT: _write_struct,
}
"""How a value of each type is written where it is not a field, such as an element of a list."""
