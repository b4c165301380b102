"""The metadata at the end of a Parquet file, and how the metadata of several files becomes that of one. Pure.

    "PAR1"  row group  row group  …  FileMetaData  its length (4 bytes, little-endian)  "PAR1"

https://github.com/apache/parquet-format describes the file, and its parquet.thrift the structs. Row groups are
independent of each other. All places in a file are in its metadata, counted from the beginning of the file, so row
groups can be copied as bytes if these numbers are changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from octavo.documents.parquet.thrift import Field, Kind, Sequence, Struct, decode, encode
from octavo.errors import MergeFailed

MAGIC = b"PAR1"
LENGTH_BYTES = 4
LARGEST_ORDINAL = 2**15 - 1  # RowGroup.ordinal is an i16


class FileMetaData:
    """The numbers of the fields of FileMetaData."""

    SCHEMA, NUM_ROWS, ROW_GROUPS, KEY_VALUE_METADATA = 2, 3, 4, 5


class RowGroup:
    COLUMNS, FILE_OFFSET, ORDINAL = 1, 5, 7


class ColumnChunk:
    FILE_OFFSET, META_DATA, OFFSET_INDEX_OFFSET, COLUMN_INDEX_OFFSET = 2, 3, 4, 6


class ColumnMetaData:
    DATA_PAGE_OFFSET, INDEX_PAGE_OFFSET, DICTIONARY_PAGE_OFFSET, BLOOM_FILTER_OFFSET = 9, 10, 11, 14


@dataclass(frozen=True)
class Part:
    """A Parquet file without its metadata: its size in bytes, and the metadata."""

    size_bytes: int
    metadata: bytes


def cut_footer(path: Path) -> bytes:
    """Cut the metadata and what follows it off a Parquet file; return the metadata."""
    with path.open("r+b") as file:
        trailer = LENGTH_BYTES + len(MAGIC)
        end = path.stat().st_size - trailer
        file.seek(end)
        begin = end - int.from_bytes(file.read(LENGTH_BYTES), "little")
        file.seek(begin)
        metadata = file.read(end - begin)
        file.truncate(begin)
    return metadata


def joined_footer(parts: Iterable[Part], notes: Mapping[str, str]) -> bytes:
    """Return the end of a file that consists of the parts: the metadata, its length and the magic number.

    The row groups of a part move by the sizes of the parts before it. `notes` are the file's key-value metadata. Raises
    MergeFailed if the parts do not have the same schema.
    """
    place, rows = 0, 0
    groups: list[Struct] = []
    first: Struct | None = None
    for part in parts:
        metadata = decode(part.metadata)
        first = first or metadata
        if metadata[FileMetaData.SCHEMA] != first[FileMetaData.SCHEMA]:
            raise MergeFailed("The chunks do not have the same columns. Submit the request again.")
        for group in metadata[FileMetaData.ROW_GROUPS].value.values:
            _move(group, place, len(groups))
            groups.append(group)
        rows += metadata[FileMetaData.NUM_ROWS].value
        place += part.size_bytes
    if first is None:
        raise MergeFailed("There are no chunks. Submit the request again.")
    whole = first | {
        FileMetaData.NUM_ROWS: Field(Kind.I64, rows),
        FileMetaData.ROW_GROUPS: Field(Kind.LIST, Sequence(Kind.STRUCT, groups)),
        FileMetaData.KEY_VALUE_METADATA: Field(Kind.LIST, Sequence(Kind.STRUCT, list(_key_values(notes)))),
    }
    written = encode(whole)
    return written + len(written).to_bytes(LENGTH_BYTES, "little") + MAGIC


def _move(group: Struct, by: int, ordinal: int) -> None:
    """Move a row group by a number of bytes, and number it, unless the number is too large: it is optional."""
    _add(group, by, RowGroup.FILE_OFFSET)
    if ordinal <= LARGEST_ORDINAL:
        group[RowGroup.ORDINAL] = Field(Kind.I16, ordinal)
    else:
        group.pop(RowGroup.ORDINAL, None)
    for chunk in group[RowGroup.COLUMNS].value.values:
        _add(chunk, by, ColumnChunk.FILE_OFFSET, ColumnChunk.OFFSET_INDEX_OFFSET, ColumnChunk.COLUMN_INDEX_OFFSET)
        _add(
            chunk[ColumnChunk.META_DATA].value,
            by,
            ColumnMetaData.DATA_PAGE_OFFSET,
            ColumnMetaData.INDEX_PAGE_OFFSET,
            ColumnMetaData.DICTIONARY_PAGE_OFFSET,
            ColumnMetaData.BLOOM_FILTER_OFFSET,
        )


def _add(value: Struct, by: int, *numbers: int) -> None:
    """Add to the offsets that the struct has. 0 is no place in the file, because the file begins with its magic."""
    for number in numbers:
        if number in value and value[number].value:
            value[number] = Field(Kind.I64, value[number].value + by)


def _key_values(notes: Mapping[str, str]) -> Iterable[Struct]:
    for key, value in notes.items():
        yield {1: Field(Kind.BINARY, key.encode()), 2: Field(Kind.BINARY, value.encode())}
