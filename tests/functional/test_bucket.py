"""What the bucket asks of S3: joining a document by uploaded and copied parts, and giving up in time."""

import importlib
from collections import Counter

import pytest

from infra.limits import SIZES
from octavo.storage.bucket import Bucket
from octavo.storage.parts import MIN_PART_BYTES, Literal, Stored
from octavo.storage.patience import ANSWERING, WORKING
from tests.functional.conftest import BUCKET


@pytest.fixture
def bucket(octavo):
    return Bucket.named(BUCKET)


def sent_by(bucket):
    """Return the list of the requests that the bucket sends from now on, each as operation and headers."""
    requests = []

    def note(request, event_name, **kwargs):
        requests.append(
            (event_name.rpartition(".")[2], {name.lower(): value for name, value in request.headers.items()})
        )

    bucket._client.meta.events.register("before-send.s3", note)
    return requests


def test_uploaded_and_copied_parts_are_joined_without_a_checksum_of_any_part(octavo, bucket):
    segment = bytes(range(256)) * (MIN_PART_BYTES // 256 * 2)
    octavo.put("work/x/segments/00000", segment)
    requests = sent_by(bucket)
    pieces = [Literal(b"head"), Stored("work/x/segments/00000", 0, len(segment)), Literal(b"tail")]
    bucket.compose("documents/x/a.csv", pieces, media_type="text/csv", filename="a.csv")
    assert Counter(operation for operation, _ in requests) == {
        "CreateMultipartUpload": 1,
        "GetObject": 1,  # the first bytes of the segment, which fill the part of the head
        "UploadPart": 2,
        "UploadPartCopy": 1,
        "CompleteMultipartUpload": 1,
    }
    for operation, headers in requests:
        if operation != "GetObject":
            assert not [name for name in headers if "checksum" in name or name == "x-amz-trailer"], operation
        if operation == "UploadPart":
            assert len(headers["x-amz-content-sha256"]) == 64
    joined = octavo.s3.get_object(Bucket=BUCKET, Key="documents/x/a.csv")["Body"].read()
    assert joined == b"head" + segment + b"tail"


def test_one_call_that_hangs_ends_within_the_time_of_its_function():
    """boto3 pauses up to 1 s before the second attempt and up to 2 s before the third (standard mode)."""

    def longest(patience):
        pauses = sum(2**number for number in range(patience.attempts - 1))
        return patience.attempts * (patience.connect_s + patience.read_s) + pauses

    assert ANSWERING.read_s == 5
    assert longest(ANSWERING) < min(SIZES[name].timeout_s for name in ("submit", "status", "manage", "admit", "fail"))
    assert longest(WORKING) < min(SIZES[name].timeout_s for name in ("plan", "chunk", "merge"))


@pytest.mark.parametrize("function", ["submit", "status", "manage", "admit", "fail", "plan", "chunk", "merge"])
def test_every_client_of_a_function_has_the_timeouts_that_fit_the_function(octavo, function):
    handler = importlib.import_module(f"functions.{function}.handler")
    owners = [handler.reports._table.client]
    owners += [getattr(handler, name)._client for name in ("bucket", "workflow") if hasattr(handler, name)]
    patience = WORKING if function in ("plan", "chunk", "merge") else ANSWERING
    for client in owners:
        config = client.meta.config
        assert (config.connect_timeout, config.read_timeout) == (patience.connect_s, patience.read_s)
        assert config.retries == {"mode": "standard", "total_max_attempts": patience.attempts}
