"""The bucket of snapshots, segments and documents: the only S3 code.

    data/                             the sources, unless the data root is elsewhere
    snapshots/<id>/<random>.parquet   written once by the plan
    work/<id>/manifest.json           the plan; put only if absent, so the first plan is final
    work/<id>/chunks.json             its chunks, as the workflow's map reads them
    work/<id>/segments/00000          a segment's bytes
    work/<id>/segments/00000.json     its size, rows and CRC-32, written after the bytes
    documents/<id>/<filename>         the finished file

`compose` joins a document from pieces without reading them, by a multipart upload: see `octavo.storage.parts`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import boto3
from botocore.exceptions import ClientError

from octavo.lifecycle.manifest import Chunk, Manifest, Segment
from octavo.lifecycle.report import Document
from octavo.settings import settings
from octavo.storage.parts import MAX_PARTS, Literal, Part, Piece, Upload, plan_parts
from octavo.storage.patience import ANSWERING, Patience

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

PARALLEL = 16


class Bucket:
    """One bucket and the keys in it."""

    def __init__(self, client: S3Client, name: str) -> None:
        self._client = client
        self.name = name

    @classmethod
    def named(cls, name: str, patience: Patience = ANSWERING) -> Bucket:
        """Open the bucket with the function's own credentials.

        Links are signed with version 4 (others are refused in newer regions) and, by virtual addressing, for the
        bucket's own region: botocore presigns for the global endpoint otherwise.

        No request has a checksum of its own (`when_required`): see `compose`. Each body is covered by the SHA-256 that
        the signature contains, and S3 refuses a body that differs:
        https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
        """
        config = patience.config(
            signature_version="s3v4",
            s3={"addressing_style": "path" if settings.s3_endpoint else "virtual"},
            max_pool_connections=PARALLEL,
            request_checksum_calculation="when_required",
        )
        return cls(boto3.client("s3", config=config), name)

    def url(self, key: str) -> str:
        """Return the object's `s3://` address, as DuckDB reads it."""
        return f"s3://{self.name}/{key}"

    def keep_snapshot(self, report_id: str, path: Path) -> str:
        """Upload a snapshot under a new key; return the key."""
        key = f"snapshots/{report_id}/{uuid4().hex}.parquet"
        self._client.upload_file(str(path), self.name, key)
        return key

    def keep_manifest(self, report_id: str, manifest: Manifest) -> Manifest:
        """Put the manifest if there is none; return the one that is stored, so that a repeated plan changes nothing.

        Raises VersionChanged if another version of the code has stored it.
        """
        key = _manifest_key(report_id)
        try:
            self._client.put_object(Bucket=self.name, Key=key, Body=manifest.to_json(), IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"PreconditionFailed", "ConditionalRequestConflict"}:
                raise
            manifest = self.manifest(report_id, manifest.version)
        chunks = json.dumps([asdict(chunk) for chunk in manifest.chunks]).encode()
        self._client.put_object(Bucket=self.name, Key=chunks_key(report_id), Body=chunks)
        return manifest

    def manifest(self, report_id: str, version: str) -> Manifest:
        """Read the manifest. Raises VersionChanged if another version of the code has stored it."""
        return Manifest.from_json(self._read(_manifest_key(report_id)), version)

    def keep_segment(self, report_id: str, segment: Segment, path: Path) -> None:
        """Upload the bytes of a segment, then its record. The same chunk always has the same keys."""
        key = segment_key(report_id, segment.number)
        self._client.upload_file(str(path), self.name, key)
        self._client.put_object(Bucket=self.name, Key=f"{key}.json", Body=segment.to_json())

    def segments(self, report_id: str, chunks: Sequence[Chunk]) -> list[Segment]:
        """Read the records of the chunks' segments, in the chunks' order."""

        def read(chunk: Chunk) -> Segment:
            return Segment.from_json(self._read(f"{segment_key(report_id, chunk.number)}.json"))

        with ThreadPoolExecutor(PARALLEL) as pool:
            return list(pool.map(read, chunks))

    def compose(self, key: str, pieces: Sequence[Piece], *, media_type: str, filename: str) -> None:
        """Join the pieces, in order, to the object `key`; S3 copies stored pieces, in parallel.

        A document under 5 MiB is a single put. On any error the upload is aborted and no object appears. Raises
        ValueError if S3's 10,000 parts do not suffice.

        The upload names no checksum algorithm. If it did, its completion would have to name the checksum of each part;
        and if it did not but the uploaded parts had CRC-32 checksums, as botocore adds by default, S3 would get parts
        with that checksum beside copied parts without it. In this way all parts are alike: S3 computes its default
        checksum (CRC-64/NVME, of the whole object) by itself. Clients check the document by the CRC-32 in its record.
        https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
        """
        parts = list(plan_parts(pieces))
        if len(parts) > MAX_PARTS:
            raise ValueError(f"{len(parts):,} parts; S3 joins at most {MAX_PARTS:,}")
        disposition = f'attachment; filename="{filename}"'
        match parts:
            case [] | [Upload()]:
                body = b"".join(self._bytes(part) for part in parts if isinstance(part, Upload))
                self._client.put_object(
                    Bucket=self.name, Key=key, Body=body, ContentType=media_type, ContentDisposition=disposition
                )
            case _:
                upload = self._client.create_multipart_upload(
                    Bucket=self.name, Key=key, ContentType=media_type, ContentDisposition=disposition
                )
                self._join(key, upload["UploadId"], parts)

    def _join(self, key: str, upload_id: str, parts: Sequence[Part]) -> None:
        """Send or copy the parts in parallel and complete the upload; abort it on any error."""

        def send(number: int, part: Part) -> CompletedPartTypeDef:
            return {"PartNumber": number, "ETag": self._send(key, upload_id, number, part)}

        try:
            with ThreadPoolExecutor(PARALLEL) as pool:
                sent = list(pool.map(send, range(1, len(parts) + 1), parts))
            self._client.complete_multipart_upload(
                Bucket=self.name, Key=key, UploadId=upload_id, MultipartUpload={"Parts": sent}
            )
        except BaseException:
            with suppress(ClientError):  # the bucket's lifecycle rule removes what cannot be aborted now
                self._client.abort_multipart_upload(Bucket=self.name, Key=key, UploadId=upload_id)
            raise

    def _send(self, key: str, upload_id: str, number: int, part: Part) -> str:
        """Send a part, or have S3 copy it; return its ETag."""
        if isinstance(part, Upload):
            sent = self._client.upload_part(
                Bucket=self.name, Key=key, UploadId=upload_id, PartNumber=number, Body=self._bytes(part)
            )
            return sent["ETag"]
        copied = self._client.upload_part_copy(
            Bucket=self.name,
            Key=key,
            UploadId=upload_id,
            PartNumber=number,
            CopySource={"Bucket": self.name, "Key": part.key},
            CopySourceRange=f"bytes={part.start}-{part.stop - 1}",
        )
        return copied["CopyPartResult"]["ETag"]

    def _bytes(self, upload: Upload) -> bytes:
        return b"".join(
            piece.data if isinstance(piece, Literal) else self._read(piece.key, piece.start, piece.stop)
            for piece in upload.pieces
        )

    def _read(self, key: str, start: int = 0, stop: int | None = None) -> bytes:
        span = f"bytes={start}-{'' if stop is None else stop - 1}"
        return self._client.get_object(Bucket=self.name, Key=key, Range=span)["Body"].read()

    def has(self, document: Document) -> bool:
        """Say whether the document exists. S3 answers 403 for a missing one if the role may not list the bucket."""
        try:
            self._client.head_object(Bucket=self.name, Key=document.key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in {403, 404}:
                return False
            raise
        return True

    def delete(self, key: str) -> None:
        self._client.delete_object(Bucket=self.name, Key=key)

    def link(self, document: Document, lifetime_s: int) -> tuple[str, datetime]:
        """Presign a link to the document, without a call to S3; return it and when it expires."""
        ends = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=lifetime_s)
        url = self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self.name, "Key": document.key}, ExpiresIn=lifetime_s
        )
        return url, ends


def document_key(report_id: str, filename: str) -> str:
    return f"documents/{report_id}/{filename}"


def document_filename(report_type: str, fingerprint: str, extension: str) -> str:
    """Name a document for whoever saves it: the type, eight digits that differ by parameters, the extension."""
    return f"{re.sub(r'[^a-z0-9_]', '-', report_type)}-{fingerprint.rpartition(':')[2][:8]}.{extension}"


def chunks_key(report_id: str) -> str:
    return f"work/{report_id}/chunks.json"


def segment_key(report_id: str, number: int) -> str:
    return f"work/{report_id}/segments/{number:05}"


def _manifest_key(report_id: str) -> str:
    return f"work/{report_id}/manifest.json"
