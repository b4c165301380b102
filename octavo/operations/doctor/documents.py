"""The checks of documents: that they have what was requested, and that only their links open them, for a while."""

from __future__ import annotations

import csv
import re
import tempfile
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
from rich.filesize import decimal

from octavo.authoring.self_test import SelfTest, expected_rows
from octavo.http.models import DocumentView, ReportView
from octavo.operations.doctor.deployment import Deployment
from octavo.operations.doctor.finding import CheckFailed
from octavo.operations.doctor.runs import CSV, PDF, succeeded

LONGEST_LIFETIME_S = 3600
LARGEST_SKEW = timedelta(minutes=5)
PARTS = re.compile(r'"[0-9a-f]{32}-(\d+)"')


def csv_document(deployment: Deployment) -> str:
    """The CSV is downloaded, its size and CRC-32 are right, and each of its cells is the expected one."""
    report, document = succeeded(deployment, CSV)
    with tempfile.TemporaryDirectory() as folder:
        path = deployment.client.download(report.id, Path(folder))
        _verify_cells(path, report)
    return f"{_described(report, document)} Each cell is right."


def pdf_document(deployment: Deployment) -> str:
    """The PDF is downloaded, its size and CRC-32 are right, and it begins and ends as a PDF does."""
    report, document = succeeded(deployment, PDF)
    with tempfile.TemporaryDirectory() as folder:
        content = deployment.client.download(report.id, Path(folder)).read_bytes()
    is_whole = content.startswith(b"%PDF-") and content.rstrip().endswith(b"%%EOF")
    if not is_whole or not document.pages or document.rows != report.parameters["rows"]:
        raise CheckFailed(
            f"The document of {report.id} is not a PDF with all rows and pages.",
            "Check that all functions have the same code: run `make deploy` again.",
        )
    return f"{_described(report, document)} It has {document.pages:,} pages."


def link(deployment: Deployment) -> str:
    """The link opens the document, ends after minutes by S3's own clock, and cannot be prolonged."""
    _, document = succeeded(deployment, CSV)
    lifetime_s = _lifetime_s(document)
    answer = deployment.http.get(document.url, headers={"Range": "bytes=0-0"})
    if not answer.is_success:
        raise CheckFailed(
            f"The link of a new document is answered with {answer.status_code}.",
            f"Check that the role of {deployment.stack_name}-status may read documents/* in the bucket: S3 opens a link"
            " with the rights of the role that signed it.",
        )
    altered = re.sub(r"(X-Amz-Expires=)\d+", rf"\g<1>{7 * 86_400}", document.url)
    refused = deployment.http.get(altered, headers={"Range": "bytes=0-0"}).status_code
    if refused != httpx.codes.FORBIDDEN:
        raise CheckFailed(
            f"A link whose lifetime was changed is answered with {refused} instead of 403.",
            "The store of documents does not check signatures. Make sure that the bucket is not public.",
        )
    joined = PARTS.fullmatch(answer.headers.get("ETag", ""))
    parts = f" S3 joined the document from {joined[1]} parts." if joined else ""
    return f"It works for {lifetime_s // 60} min, and an altered link is refused (403).{parts}"


def _lifetime_s(document: DocumentView) -> int:
    """Read the lifetime that a presigned link states, and compare it with what the API says of it.

    (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html)
    """
    query = parse_qs(urlsplit(document.url).query)
    try:
        signed_at = datetime.strptime(query["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        lifetime_s = int(query["X-Amz-Expires"][0])
    except (KeyError, ValueError) as error:
        raise CheckFailed(
            "The link to the document has no signature of version 4, so its end is not known.",
            "Run `make deploy` again: Octavo signs links with version 4.",
        ) from error
    ends = signed_at + timedelta(seconds=lifetime_s)
    if not 0 < lifetime_s <= LONGEST_LIFETIME_S or abs(ends - document.url_expires_at) > LARGEST_SKEW:
        raise CheckFailed(
            f"The link works for {lifetime_s:,} s until {ends:%H:%M:%S} UTC; the API says"
            f" {document.url_expires_at:%H:%M:%S} UTC.",
            "Check LINK_LIFETIME_S in infra/limits.py, then run `make deploy` again.",
        )
    return lifetime_s


def _verify_cells(path: Path, report: ReportView) -> None:
    header = [column.name for column in SelfTest.columns]
    expected = expected_rows(report.parameters["rows"], report.parameters["run"])
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        if next(lines, []) != header:
            raise _wrong(report, "its header")
        for number, (found, wanted) in enumerate(zip_longest(lines, expected)):
            if found != wanted:
                raise _wrong(report, f"row {number:,}")


def _wrong(report: ReportView, what: str) -> CheckFailed:
    return CheckFailed(
        f"The CSV of {report.id} has the expected size and checksum, but {what} is not what was requested.",
        "Check that all functions have the same code: run `make deploy` again. Otherwise report it as a bug.",
    )


def _described(report: ReportView, document: DocumentView) -> str:
    seconds = ((report.finished_at or report.created_at) - report.created_at).total_seconds()
    return f"{document.rows:,} rows, {decimal(document.size_bytes)}, in {seconds:.1f} s; size and checksum are right."
