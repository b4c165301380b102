"""The segment of a chunk: its rows as a piece of the deflate stream of a sheet."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from isal import isal_zlib

from octavo.authoring.report_type import ReportType
from octavo.documents.compression import Compression, compressor
from octavo.documents.xlsx.deflate import RAW
from octavo.documents.xlsx.measure import measure
from octavo.documents.xlsx.record import SegmentRecord
from octavo.documents.xlsx.rows import row_xml
from octavo.documents.xlsx.types import types_of
from octavo.lifecycle.manifest import Chunk, Manifest

if TYPE_CHECKING:
    from octavo.data.snapshot import Rows


def write_rows(
    rows: Rows, chunk: Chunk, manifest: Manifest, report_type: type[ReportType], path: Path, compression: Compression
) -> tuple[int, SegmentRecord]:
    """Write the rows of a chunk to `path`. Return their number, and the record of the segment."""
    columns = report_type.columns
    measured = measure(rows, columns, list(types_of(columns, manifest.layout["types"])))
    crc32 = size_bytes = count = 0
    deflate = compressor(compression, RAW)
    with path.open("wb") as file:
        for block in row_xml(rows, measured.cells, chunk):
            count += block.rows
            crc32 = isal_zlib.crc32(block.xml, crc32)
            size_bytes += len(block.xml)
            file.write(deflate.compress(block.xml))
        if count:
            file.write(deflate.flush(zlib.Z_FULL_FLUSH))
    return count, SegmentRecord(crc32, size_bytes, measured.records)
