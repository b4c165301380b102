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
    head, tail = format.head(report_type), format.tail(report_type)
    stored = [Stored(segment_key(report.id, s.number), 0, s.size_bytes) for s in segments]
    pieces: list[Piece] = [Literal(head), *stored, Literal(tail)]
    filename = document_filename(report.type, report.fingerprint, report.format)
    key = document_key(report.id, filename)
    bucket.compose(key, pieces, media_type=format.MEDIA_TYPE, filename=filename)
    checks = [(isal_zlib.crc32(head), len(head)), *((s.crc32, s.size_bytes) for s in segments)]
    crc32 = joined_crc32([*checks, (isal_zlib.crc32(tail), len(tail))])
    return Document(key, filename, format.MEDIA_TYPE, sum(piece.size for piece in pieces), rows, f"{crc32:08x}")
