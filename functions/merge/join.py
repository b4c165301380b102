"""Join a report's segments into its document in the bucket."""

from octavo.authoring.report_type import ReportType
from octavo.formats import FORMATS
from octavo.lifecycle.manifest import Segment
from octavo.lifecycle.report import Document, Report
from octavo.lifecycle.version import version
from octavo.pipeline.assemble import assemble
from octavo.settings import settings
from octavo.storage.bucket import Bucket, document_filename, document_key, segment_key
from octavo.storage.parts import Literal, Stored


def join(report: Report, report_type: type[ReportType], bucket: Bucket) -> Document:
    """Compose the document from its pieces; S3 copies the segments.

    Raises MergeFailed when rows are missing, and VersionChanged when other code has planned the report.
    """
    manifest = bucket.manifest(report.id, version(settings.bundle_digest, report_type.definition))
    assembly = assemble(report, report_type, manifest, bucket.segments(report.id, manifest.chunks))
    pieces = [
        Stored(segment_key(report.id, piece.number), 0, piece.size_bytes)
        if isinstance(piece, Segment)
        else Literal(piece)
        for piece in assembly.pieces
    ]
    media_type = FORMATS[report.format].media_type
    filename = document_filename(report.type, report.fingerprint, FORMATS[report.format].extension)
    key = document_key(report.id, filename)
    bucket.compose(key, pieces, media_type=media_type, filename=filename)
    return Document(
        key, filename, media_type, assembly.size_bytes, assembly.rows, f"{assembly.crc32:08x}", assembly.pages
    )
