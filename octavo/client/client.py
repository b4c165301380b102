"""The Python client: submit a report, follow it, download its document; list, cancel and delete reports.

    with Client("https://reports.example.com") as client:
        report = client.submit("flights", {"carrier": "UA"}, format="pdf")
        report = client.wait(report.id)
        path = client.download(report.id, "flights.pdf")

It signs requests when the address asks for it (`endpoint`), asks again where that is safe (`retries`), and checks every
document against its size and CRC-32 (`download`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self
from urllib.parse import quote, urlencode
from uuid import uuid4

import httpx
from pydantic import ValidationError

from octavo.client.answers import read_answer, read_no_content
from octavo.client.download import Transferred, destination, fetch, save
from octavo.client.endpoint import find_endpoint
from octavo.client.retries import Sleep, pause_s, retry_after_s, send_with_retries
from octavo.errors import (
    ApiRefused,
    ApiUnreachable,
    DocumentGone,
    DocumentNotReady,
    InvalidRequest,
    Problem,
    ReportNotFound,
    ReportUnsuccessful,
    WaitTimedOut,
)
from octavo.http.models import DocumentView, ReportRequest, ReportsView, ReportTypesView, ReportTypeView, ReportView
from octavo.lifecycle.report import Status

OnReport = Callable[[ReportView], None]

LARGEST_PAGE = 100  # of the list of reports


class Client:
    """One API. Close it, or use it in a `with` statement.

    `url` and `auth` are found as `endpoint` says when left out; `sign_for` is the AWS region to sign requests for,
    where the address does not say it. `sleep` and `clock` are for tests. Every method raises ApiUnreachable
    without an answer, ApiRefused or ApiFailed for a problem, and CredentialsMissing when it cannot sign.
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
        # Not the client's own `auth`: documents are fetched elsewhere, and are not to see who is asking.
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
        """Show one report type, with its parameters' JSON Schema."""
        return read_answer(self._call("GET", "report-types", name), ReportTypeView)

    def submit(
        self,
        name: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        format: str | None = None,
        max_age_s: int | None = None,
        force: bool = False,
        idempotency_key: str | None = None,
    ) -> ReportView:
        """Ask for a report; return it as it stands, RUNNING or, when an earlier one is used again, SUCCESS.

        `max_age_s` is how old that earlier one may be; `force` starts a new run whatever exists. The same
        `idempotency_key` always gives the same report; a forced request without one gets one of its own here, so that
        sending it again after a lost answer makes no second report. Raises InvalidRequest for what cannot be sent at
        all.
        """
        body = _request(
            {"type": name, "parameters": parameters, "format": format, "max_age": max_age_s, "force": force or None}
        )
        if idempotency_key is None and force:
            idempotency_key = str(uuid4())
        headers = {} if idempotency_key is None else {"Idempotency-Key": _key(idempotency_key)}
        return read_answer(self._call("POST", "reports", body=body, headers=headers), ReportView)

    def reports(self, status: str | None = None, type: str | None = None) -> Iterator[ReportView]:
        """List the caller's reports, newest first: all, or those with this status, of this type.

        Each page is asked for when it is reached; the first is small, for those who want no more.
        """
        wanted = {name: value for name, value in {"status": status, "type": type}.items() if value}
        page = read_answer(self._call("GET", "reports", query=wanted), ReportsView)
        yield from page.reports
        while page.next_cursor is not None:
            query = wanted | {"limit": str(LARGEST_PAGE), "cursor": page.next_cursor}
            page = read_answer(self._call("GET", "reports", query=query), ReportsView)
            yield from page.reports

    def get(self, report_id: str) -> ReportView:
        """Show a report as it stands."""
        return read_answer(self._call("GET", "reports", report_id), ReportView)

    def wait(
        self, report_id: str, *, timeout_s: float | None = None, on_progress: OnReport | None = None
    ) -> ReportView:
        """Look at a report until it has ended; return it, SUCCESS or FAIL.

        `on_progress` gets it at the first look and whenever it has changed: the API is told what was seen last, and
        answers 304 to that. The pauses grow, and are never shorter than the API's Retry-After.
        Raises WaitTimedOut after `timeout_s`; the report goes on.
        """
        give_up_at = None if timeout_s is None else self._clock() + timeout_s
        look, etag, asked_s = 0, "", None
        while True:
            answer = self._call("GET", "reports", report_id, headers={"If-None-Match": etag} if etag else {})
            if not etag or answer.status_code != httpx.codes.NOT_MODIFIED:
                report = read_answer(answer, ReportView)
                if on_progress:
                    on_progress(report)
                if report.status is not Status.RUNNING:
                    return report
                etag, asked_s = answer.headers.get("ETag", ""), retry_after_s(answer)
            pause = pause_s(look, at_least_s=asked_s)
            if give_up_at is not None:
                left = give_up_at - self._clock()
                if left <= 0:
                    raise WaitTimedOut(f"The report {report_id} is still running after {timeout_s:g} s.")
                pause = min(pause, left)
            self._sleep(pause)
            look += 1

    def cancel(self, report_id: str) -> ReportView:
        """End a running report as FAIL with the code CANCELLED; return it. One that has ended stays as it is."""
        return read_answer(self._call("POST", "reports", report_id, "cancel"), ReportView)

    def delete(self, report_id: str) -> None:
        """Delete a report and its document. A running one is refused with STILL_RUNNING: cancel it first."""
        answer = self._call("DELETE", "reports", report_id)
        try:
            read_no_content(answer)
        except ApiRefused as refused:
            # A try whose answer was lost may have deleted it.
            if refused.code != ReportNotFound.code or answer.extensions["tries"] == 1:
                raise

    def download(
        self, report_id: str, path: Path | str | None = None, *, on_progress: Transferred | None = None
    ) -> Path:
        """Save a report's document and return where: at `path`, or under its own filename in the folder `path`.

        Without a `path` that is the current folder. A file at `path` is replaced, once the new one is whole; a
        document under its own name takes a free one (`flights-1.csv`). `on_progress` gets the bytes so far and in all.
        Raises ReportUnsuccessful, DocumentNotReady or DocumentGone when there is no document, DownloadDamaged when
        its size or CRC-32 is wrong, DestinationUnwritable.
        """
        document = self._document(report_id)
        target = destination(Path(path or "."), document.filename)
        save(target, lambda sink: self._fetch(report_id, document, sink, on_progress, rewindable=sink.seekable()))
        return target

    def download_to(self, report_id: str, sink: BinaryIO, *, on_progress: Transferred | None = None) -> None:
        """Write a report's document to an open binary file, as `download` does to a path.

        The sink has the bytes before they are checked: after DownloadDamaged, throw away what it got.
        """
        self._fetch(report_id, self._document(report_id), sink, on_progress, rewindable=False)

    def _fetch(
        self,
        report_id: str,
        document: DocumentView,
        sink: BinaryIO,
        on_progress: Transferred | None,
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
            raise DocumentNotReady(f"The report {report_id} is still running: there is no document yet.")
        if report.document is None:
            raise DocumentGone(f"The document of the report {report_id} is gone. Submit it again.")
        return report.document

    def _call(
        self,
        method: str,
        *steps: str,
        query: Mapping[str, str] | None = None,
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        url = "/".join([self.url, *map(_segment, steps)])
        if query:
            url += f"?{urlencode(query, quote_via=quote)}"  # as strictly as a signature wants it
        stated = {"Accept": "application/json", **(headers or {})}
        if body is not None:
            stated["Content-Type"] = "application/json"
        try:
            return send_with_retries(
                lambda: self._http.request(method, url, content=body, headers=stated, auth=self._auth),
                sleep=self._sleep,
            )
        except httpx.RequestError as error:
            raise ApiUnreachable(
                f"{self.url} does not answer: {str(error) or type(error).__name__}."
                " Is it running (`make up` for a local one), and is the address right?"
            ) from error


def _segment(step: str) -> str:
    if step in {"", ".", ".."}:
        raise InvalidRequest(f"{step!r} is neither a report's ID nor a report type's name.")
    return quote(step, safe="")


def _key(value: str) -> str:
    """Refuse what no header can carry; all else about keys is for the API to say."""
    if not (value and value.isascii() and value.isprintable()):
        raise InvalidRequest(f"{value!r} is no Idempotency-Key: write it in visible ASCII characters, as a UUID is.")
    return value


def _request(given: Mapping[str, Any]) -> str:
    try:
        request = ReportRequest.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        problems = tuple(Problem.at(fault["loc"], fault["msg"]) for fault in error.errors())
        words = "; ".join(f"{problem.pointer.removeprefix('/')}: {problem.detail}" for problem in problems)
        raise InvalidRequest(f"The request cannot be sent: {words}.", problems) from error
    return request.model_dump_json(exclude_unset=True)
