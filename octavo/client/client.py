"""The Python client: submit a report, follow it, download its document; list, cancel and delete reports.

    with Client("https://reports.example.com") as client:
        report = client.submit("flights", {"carrier": "UA"}, format="pdf")
        report = client.wait(report.id)
        path = client.download(report.id, "flights.pdf")

It signs requests if the API needs that (`endpoint`), repeats requests that failed for a moment (`retries`), and checks
every document against its size and CRC-32 (`download`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self
from urllib.parse import quote, urlencode
from uuid import uuid4

import httpx

from octavo.client.answers import read_answer, read_no_content
from octavo.client.download import OnTransfer, destination, fetch, save
from octavo.client.endpoint import find_endpoint
from octavo.client.request_body import request_body
from octavo.client.retries import TRIES, TRIES_OF_A_POLL, Sleep, pause_s, retry_after_s, send_with_retries
from octavo.errors import (
    ApiRefused,
    ApiUnreachable,
    DocumentGone,
    DocumentNotReady,
    InvalidRequest,
    ReportNotFound,
    ReportUnsuccessful,
    WaitTimedOut,
)
from octavo.http.models import DocumentView, ReportsView, ReportTypesView, ReportTypeView, ReportView
from octavo.lifecycle.report import Status

OnReport = Callable[[ReportView], None]

LARGEST_PAGE = 100  # of the list of reports
SHORTEST_TIMEOUT_S = 1.0  # of a request, however little time is left


class Client:
    """A connection to one API. Close it, or use it in a `with` statement.

    Without `url` and `auth`, `octavo.client.endpoint` finds them. `sign_for` is the AWS region to sign requests for, if
    the address does not contain it. `sleep` and `clock` are for tests. Every method raises ApiUnreachable if there is
    no answer, ApiRefused or ApiFailed if the answer is a problem document, and CredentialsMissing if it cannot sign.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        sign_for: str | None = None,
        auth: httpx.Auth | None = None,
        timeout_s: float = 30.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Sleep = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        endpoint = find_endpoint(url, sign_for=sign_for)
        self.url = endpoint.url
        self._auth = auth or endpoint.auth
        self._sleep = sleep
        self._clock = clock
        self._timeout_s = timeout_s
        # `auth` is not given to httpx here: documents are downloaded from another server, which must not receive it.
        self._http = httpx.Client(
            timeout=timeout_s, transport=transport, headers={"User-Agent": f"octavo/{version('octavo')}"}
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def types(self) -> list[ReportTypeView]:
        """List the report types."""
        return read_answer(self._call("GET", "report-types"), ReportTypesView).report_types

    def type(self, name: str) -> ReportTypeView:
        """Return one report type, with the JSON Schema of its parameters."""
        return read_answer(self._call("GET", "report-types", name), ReportTypeView)

    def submit(
        self,
        name: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        format: str | None = None,
        format_options: Mapping[str, Any] | None = None,
        max_age_s: int | None = None,
        force: bool = False,
        idempotency_key: str | None = None,
    ) -> ReportView:
        """Submit a report and return it: RUNNING or, if an earlier report is reused, possibly SUCCESS.

        A report older than `max_age_s` is not reused; with `force`, none is. The same `idempotency_key` always returns
        the same report. A forced request without a key gets a new one here, so that repeating it after a lost answer
        starts no second report. Raises InvalidRequest for a value that cannot be sent.
        """
        body = request_body(
            {
                "type": name,
                "parameters": parameters,
                "format": format,
                "format_options": format_options or None,
                "max_age": max_age_s,
                "force": force or None,
            }
        )
        if idempotency_key is None and force:
            idempotency_key = str(uuid4())
        headers = {} if idempotency_key is None else {"Idempotency-Key": _key(idempotency_key)}
        return read_answer(self._call("POST", "reports", body=body, headers=headers), ReportView)

    def reports(self, status: str | None = None, type: str | None = None) -> Iterator[ReportView]:
        """List the caller's reports, newest first, optionally only those with this status or of this type.

        Each page is requested when the iteration reaches it. The first page is small, for callers who stop early.
        """
        filters = {name: value for name, value in {"status": status, "type": type}.items() if value}
        page = read_answer(self._call("GET", "reports", query=filters), ReportsView)
        yield from page.reports
        while page.next_cursor is not None:
            query = filters | {"limit": str(LARGEST_PAGE), "cursor": page.next_cursor}
            page = read_answer(self._call("GET", "reports", query=query), ReportsView)
            yield from page.reports

    def get(self, report_id: str) -> ReportView:
        """Return the current state of a report."""
        return read_answer(self._call("GET", "reports", report_id), ReportView)

    def wait(
        self, report_id: str, *, timeout_s: float | None = None, on_progress: OnReport | None = None
    ) -> ReportView:
        """Poll a report until it has ended; return it, SUCCESS or FAIL.

        `on_progress` is called with the first answer and whenever the report has changed. Each request names the last
        state seen (If-None-Match), and the API answers 304 if it is still current. The pauses grow, and are never
        shorter than the API's Retry-After. A poll that meets a busy API is repeated for half a minute, but not beyond
        `timeout_s`. Raises WaitTimedOut after `timeout_s`; the report keeps running.
        """
        give_up_at = math.inf if timeout_s is None else self._clock() + timeout_s

        def left_s() -> float:
            return give_up_at - self._clock()

        polls, etag, asked_s = 0, "", None
        while True:
            headers = {"If-None-Match": etag} if etag else {}
            answer = self._call("GET", "reports", report_id, headers=headers, tries=TRIES_OF_A_POLL, left_s=left_s)
            if not etag or answer.status_code != httpx.codes.NOT_MODIFIED:
                report = read_answer(answer, ReportView)
                if on_progress:
                    on_progress(report)
                if report.status is not Status.RUNNING:
                    return report
                etag, asked_s = answer.headers.get("ETag", ""), retry_after_s(answer)
            left = left_s()
            if left <= 0:
                raise WaitTimedOut(f"The report '{report_id}' is still running after {timeout_s:g} s.")
            self._sleep(min(pause_s(polls, at_least_s=asked_s), left))
            polls += 1

    def cancel(self, report_id: str) -> ReportView:
        """Cancel a running report: it becomes FAIL with the code CANCELLED. An ended report is returned unchanged."""
        return read_answer(self._call("POST", "reports", report_id, "cancel"), ReportView)

    def delete(self, report_id: str) -> None:
        """Delete a report and its document. The API refuses a running one with STILL_RUNNING: cancel it first."""
        answer = self._call("DELETE", "reports", report_id)
        try:
            read_no_content(answer)
        except ApiRefused as refused:
            # An earlier try, whose answer was lost, may have deleted it.
            if refused.code != ReportNotFound.code or answer.extensions["tries"] == 1:
                raise

    def download(
        self, report_id: str, path: Path | str | None = None, *, on_progress: OnTransfer | None = None
    ) -> Path:
        """Save a report's document and return its path: `path`, or the document's own name in the folder `path`.

        The default is the current folder. A file at `path` is replaced once the new one is complete. In a folder no
        file is replaced: if the document's name is in use, it becomes `flights-1.csv`. `on_progress` is called with the
        number of bytes received and the total. Raises ReportUnsuccessful, DocumentNotReady or DocumentGone if there is
        no document, DownloadDamaged if its size or CRC-32 is wrong, and DestinationUnwritable.
        """
        document = self._document(report_id)
        place = Path(path or ".")
        destination(place, document.filename)  # refused before anything is downloaded
        return save(
            place,
            document.filename,
            lambda sink: self._fetch(report_id, document, sink, on_progress, rewindable=sink.seekable()),
        )

    def download_to(self, report_id: str, sink: BinaryIO, *, on_progress: OnTransfer | None = None) -> None:
        """Write a report's document to an open binary file.

        The bytes are written before they are checked: discard them after DownloadDamaged. Raises the errors of
        `download`, and those of `sink`.
        """
        self._fetch(report_id, self._document(report_id), sink, on_progress, rewindable=False)

    def _fetch(
        self,
        report_id: str,
        document: DocumentView,
        sink: BinaryIO,
        on_progress: OnTransfer | None,
        *,
        rewindable: bool,
    ) -> None:
        fetch(
            self._http,
            document,
            sink,
            rewindable=rewindable,
            renew=lambda: self._document(report_id),
            on_progress=on_progress,
            sleep=self._sleep,
        )

    def _document(self, report_id: str) -> DocumentView:
        report = self.get(report_id)
        if report.error:
            raise ReportUnsuccessful(report.error.code, report.error.message)
        if report.status is Status.RUNNING:
            raise DocumentNotReady(
                f"The report '{report_id}' is still running, so it has no document yet. Wait until it has ended."
            )
        if report.document is None:
            raise DocumentGone(f"The document of the report '{report_id}' has been deleted. Submit the report again.")
        return report.document

    def _call(
        self,
        method: str,
        *path: str,
        query: Mapping[str, str] | None = None,
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
        tries: int = TRIES,
        left_s: Callable[[], float] = lambda: math.inf,
    ) -> httpx.Response:
        """Send a request, at most `tries` times, and wait for an answer no longer than the time that is left."""
        url = "/".join([self.url, *map(_segment, path)])
        if query:
            url += f"?{urlencode(query, quote_via=quote)}"  # signatures require this strict form
        all_headers = {"Accept": "application/json", **(headers or {})}
        if body is not None:
            all_headers["Content-Type"] = "application/json"

        def send() -> httpx.Response:
            timeout_s = min(self._timeout_s, max(left_s(), SHORTEST_TIMEOUT_S))
            return self._http.request(
                method, url, content=body, headers=all_headers, auth=self._auth, timeout=timeout_s
            )

        try:
            return send_with_retries(send, sleep=self._sleep, tries=tries, left_s=left_s)
        except httpx.RequestError as error:
            raise ApiUnreachable(
                f"{self.url} does not answer: {str(error) or type(error).__name__}."
                " Check the address, and whether the API is running (`make up` starts a local one)."
            ) from error


def _segment(step: str) -> str:
    if step in {"", ".", ".."}:
        raise InvalidRequest(f"'{step}' is neither the ID of a report nor the name of a report type.")
    return quote(step, safe="")


def _key(value: str) -> str:
    """Refuse a key that an HTTP header cannot carry. The API checks everything else about keys."""
    if not (value and value.isascii() and value.isprintable()):
        raise InvalidRequest(
            f"{value!r} is not an Idempotency-Key. Use printable ASCII characters, for example a UUID."
        )
    return value
