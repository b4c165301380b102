"""Merge: Octavo's compose beside downloading every segment and uploading it again.

All make the same document of the same segments (the flights report's four, ten times over: 40 of about 7 MB) on the
emulator's S3, a process of its own on loopback, each from a process of its own:

- Octavo: `Bucket.compose`; S3 copies the segments, the first bytes alone pass through the function, for the head.
- reupload: `get_object` one after another, streamed into the parts of a multipart upload; what most people write.
- parallel: the same with 16 threads, a segment a part: the best that can be had without copying in S3.

The documents' CRC-32 must be the same.
"""

from __future__ import annotations

import statistics
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import csv_rows
from benchmarks.emulated import BUCKET, emulated_aws
from benchmarks.figures import BenchmarkError, Figure, Tell, median_ratio
from benchmarks.workers import Usage, Workers, measured, own_bucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef
ROUNDS = 5
REPEATS = 10
PART_BYTES = 8 * 1024**2
BLOCK_BYTES = 1024**2

Joint = tuple[bytes, list[tuple[str, int]]]  # the head, and each segment's key and size


def run(tell: Tell) -> list[Figure]:
    usages: dict[str, list[Usage]] = {name: [] for name in JOINERS}
    with emulated_aws() as aws, ExitStack() as stack:
        tell("making the segments")
        with Workers("chunk", aws.environment) as worker:
            joint = worker.call(put_segments, aws.folder)
        workers = {name: stack.enter_context(Workers("merge", aws.environment)) for name in JOINERS}
        for number in range(-1, ROUNDS):  # the first, which loads libraries and opens connections, is not counted
            tell(f"round {number + 1} of {ROUNDS}")
            for name, worker in workers.items():
                usage = worker.call(join, name, joint)
                if number >= 0:
                    usages[name].append(usage)
        checks = {zlib.crc32(aws.s3.get_object(Bucket=BUCKET, Key=name)["Body"].read()) for name in JOINERS}
        if len(checks) > 1:
            raise BenchmarkError("The documents joined in different ways are not the same.")
    seconds = {name: [usage.seconds for usage in spent] for name, spent in usages.items()}
    cpu = {name: [usage.cpu_seconds for usage in spent] for name, spent in usages.items()}
    head, segments = joint
    return [
        Figure(
            "merge.vs_reupload",
            median_ratio(seconds["reupload"], seconds["octavo"]),
            "x",
            "time of downloading and uploading again ÷ Octavo's merge",
        ),
        Figure(
            "merge.vs_parallel_reupload",
            median_ratio(seconds["parallel"], seconds["octavo"]),
            "x",
            "the same with 16 threads ÷ Octavo's merge",
        ),
        Figure(
            "merge.cpu_vs_reupload",
            median_ratio(cpu["reupload"], cpu["octavo"]),
            "x",
            "processor time of the function alone, S3's left out",
        ),
        *(Figure(f"merge.{name}_seconds", statistics.median(spent), "s", "") for name, spent in seconds.items()),
        *(
            Figure(f"merge.{name}_peak_mb", max(usage.peak_mb for usage in spent), "MB", "most memory it had")
            for name, spent in usages.items()
        ),
        Figure("merge.segments", len(segments), "", "segments joined"),
        Figure("merge.document_mb", (len(head) + sum(size for _, size in segments)) / 1e6, "MB", "the document"),
    ]


def put_segments(folder: Path) -> Joint:
    """Render the flights report's chunks and put each segment `REPEATS` times; return what is to be joined."""
    from octavo.settings import settings

    client = _client()
    head, *files = csv_rows.write_chunks(csv_rows.plan_flights(folder), folder / "written.csv")
    segments = []
    for repeat in range(REPEATS):
        for file in files:
            key = f"segments/{repeat}-{file.name}"
            client.put_object(Bucket=settings.bucket, Key=key, Body=file.read_bytes())
            segments.append((key, file.stat().st_size))
    return head.read_bytes(), segments


def join(name: str, joint: Joint) -> Usage:
    """Make the document `name` in the way `name`."""
    return measured(lambda: JOINERS[name](name, joint))[1]


def _compose(key: str, joint: Joint) -> None:
    from octavo.storage.bucket import Literal, Piece, Stored

    head, segments = joint
    pieces: list[Piece] = [Literal(head), *(Stored(segment, 0, size) for segment, size in segments)]
    own_bucket().compose(key, pieces, media_type="text/csv", filename="flights.csv")


def _reupload(key: str, joint: Joint) -> None:
    client = _client()
    head, segments = joint
    upload_id = client.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
    parts: list[CompletedPartTypeDef] = []
    buffer = bytearray(head)

    def send() -> None:
        number = len(parts) + 1
        sent = client.upload_part(
            Bucket=BUCKET, Key=key, UploadId=upload_id, PartNumber=number, Body=bytes(buffer[:PART_BYTES])
        )
        del buffer[:PART_BYTES]
        parts.append({"PartNumber": number, "ETag": sent["ETag"]})

    for segment, _ in segments:
        for block in client.get_object(Bucket=BUCKET, Key=segment)["Body"].iter_chunks(BLOCK_BYTES):
            buffer += block
            if len(buffer) >= PART_BYTES:
                send()
    if buffer:
        send()
    client.complete_multipart_upload(Bucket=BUCKET, Key=key, UploadId=upload_id, MultipartUpload={"Parts": parts})


def _reupload_in_parallel(key: str, joint: Joint) -> None:
    from octavo.storage.bucket import PARALLEL

    client = _client()
    head, segments = joint
    upload_id = client.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]

    def send(number: int) -> CompletedPartTypeDef:
        body = client.get_object(Bucket=BUCKET, Key=segments[number - 1][0])["Body"].read()
        if number == 1:
            body = head + body
        sent = client.upload_part(Bucket=BUCKET, Key=key, UploadId=upload_id, PartNumber=number, Body=body)
        return {"PartNumber": number, "ETag": sent["ETag"]}

    with ThreadPoolExecutor(PARALLEL) as pool:
        parts = list(pool.map(send, range(1, len(segments) + 1)))
    client.complete_multipart_upload(Bucket=BUCKET, Key=key, UploadId=upload_id, MultipartUpload={"Parts": parts})


JOINERS: dict[str, Callable[[str, Joint], None]] = {
    "octavo": _compose,
    "reupload": _reupload,
    "parallel": _reupload_in_parallel,
}


@cache
def _client() -> S3Client:
    """Return a client with as many connections as Octavo's."""
    import boto3
    from botocore.config import Config

    from octavo.storage.bucket import PARALLEL

    return boto3.client("s3", config=Config(max_pool_connections=PARALLEL, s3={"addressing_style": "path"}))
