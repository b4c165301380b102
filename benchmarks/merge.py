"""Merge: Octavo's `compose`, compared with downloading every segment and uploading it again.

All ways make the same document from the same segments (the segments of the flights report, ten times over) on the
emulator's S3. The emulator and each way run in their own processes, connected through loopback:

- octavo: `Bucket.compose`. S3 copies the segments. Only the first bytes, behind the head, pass through the function.
- reupload: `get_object` for one segment after another, streamed into a multipart upload. Most people write this.
- parallel: the same with 16 threads and one part for each segment. This is the best way without a copy in S3.

The CRC-32 of the documents must be the same.
"""

from __future__ import annotations

import statistics
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import cache
from itertools import cycle, islice
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
MANY_SEGMENTS = 100
PART_BYTES = 8 * 1024**2
BLOCK_BYTES = 1024**2

Joint = tuple[bytes, list[tuple[str, int]]]  # the head, and the key and size of each segment


def run(tell: Tell) -> list[Figure]:
    usages: dict[str, list[Usage]] = {name: [] for name in JOINERS}
    with emulated_aws() as aws, ExitStack() as stack:
        tell("writing the segments")
        with Workers("chunk", aws.environment) as worker:
            joint = worker.call(put_segments, aws.folder)
        workers = {name: stack.enter_context(Workers("merge", aws.environment)) for name in JOINERS}
        for number in range(-1, ROUNDS):  # the first round loads libraries and opens connections; it is not counted
            tell(f"round {number + 1} of {ROUNDS}")
            for name, worker in workers.items():
                usage = worker.call(join, name, joint)
                if number >= 0:
                    usages[name].append(usage)
        checks = {zlib.crc32(aws.s3.get_object(Bucket=BUCKET, Key=name)["Body"].read()) for name in JOINERS}
        if len(checks) > 1:
            raise BenchmarkError("The documents that were joined in different ways are not the same.")
    seconds = {name: [usage.seconds for usage in spent] for name, spent in usages.items()}
    cpu = {name: [usage.cpu_seconds for usage in spent] for name, spent in usages.items()}
    head, segments = joint
    return [
        Figure(
            "merge.vs_reupload",
            median_ratio(seconds["reupload"], seconds["octavo"]),
            "x",
            "time to download and upload again ÷ time of Octavo's merge",
        ),
        Figure(
            "merge.vs_parallel_reupload",
            median_ratio(seconds["parallel"], seconds["octavo"]),
            "x",
            "the same with 16 threads ÷ time of Octavo's merge",
        ),
        Figure(
            "merge.cpu_vs_reupload",
            median_ratio(cpu["reupload"], cpu["octavo"]),
            "x",
            "the same for the function's own processor time, without S3's",
        ),
        *(
            Figure(f"merge.{name}_seconds", statistics.median(spent), "s", "time of the merge")
            for name, spent in seconds.items()
        ),
        *(
            Figure(f"merge.{name}_peak_mb", max(usage.peak_mb for usage in spent), "MB", "peak memory of the process")
            for name, spent in usages.items()
        ),
        Figure(
            "merge.bytes_read_share",
            bytes_read_share(joint),
            "",
            f"share of the document that the merge of {MANY_SEGMENTS} such segments reads, by its plan of parts",
        ),
        Figure("merge.segments", len(segments), "", "segments joined"),
        Figure(
            "merge.document_mb", (len(head) + sum(size for _, size in segments)) / 1e6, "MB", "size of the document"
        ),
    ]


def bytes_read_share(joint: Joint) -> float:
    """Return which share of a document of MANY_SEGMENTS segments passes through the merge that joins them."""
    from octavo.storage.parts import Literal, Stored, Upload, plan_parts

    head, found = joint
    segments = [Stored(key, 0, size) for key, size in islice(cycle(found), MANY_SEGMENTS)]
    parts = plan_parts([Literal(head), *segments])
    read = sum(
        piece.size for part in parts if isinstance(part, Upload) for piece in part.pieces if isinstance(piece, Stored)
    )
    return read / (len(head) + sum(segment.size for segment in segments))


def put_segments(folder: Path) -> Joint:
    """Render the chunks of the flights report and put each segment `REPEATS` times; return what is to be joined."""
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
    """Join the document `name` with the way of the same name."""
    return measured(lambda: JOINERS[name](name, joint))[1]


def _compose(key: str, joint: Joint) -> None:
    from octavo.storage.parts import Literal, Piece, Stored

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
