"""Join a report's segments into its document, once they are proven to hold every planned row."""

from isal import isal_zlib

from octavo.bucket import Bucket, Literal, Piece, Stored, document_filename, document_key, joined_crc32, segment_key
from octavo.documents import format_named
from octavo.errors import MergeFailed
from octavo.report import Document, Report
from octavo.report_type import ReportType


def join(report: Report, report_type: type[ReportType], bucket: Bucket) -> Document:
    """Compose head + segments + tail from their records alone. Raises MergeFailed when rows are missing."""
    manifest = bucket.manifest(report.id)
    segments = bucket.segments(report.id, manifest.chunks)
    rows = sum(segment.rows for segment in segments)
    if rows != manifest.rows:
        raise MergeFailed(f"The chunks hold {rows:,} rows of {manifest.rows:,}. Submit the request again.")

    format = format_named(report.format)
    bound = format.bind(report, report_type, manifest, segments)
    stored = [Stored(segment_key(report.id, s.number), 0, s.size_bytes) for s in segments]
    pieces: list[Piece] = [Literal(bound.head), *stored, Literal(bound.tail)]
    filename = document_filename(report.type, report.fingerprint, report.format)
    key = document_key(report.id, filename)
    bucket.compose(key, pieces, media_type=format.MEDIA_TYPE, filename=filename)
    crc32 = joined_crc32(
        [
            (isal_zlib.crc32(bound.head), len(bound.head)),
            *((segment.crc32, segment.size_bytes) for segment in segments),
            (isal_zlib.crc32(bound.tail), len(bound.tail)),
        ]
    )
    size = sum(piece.size for piece in pieces)
    return Document(key, filename, format.MEDIA_TYPE, size, rows, f"{crc32:08x}", bound.pages)
