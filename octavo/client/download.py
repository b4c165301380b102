"""From a presigned link to a whole file: streamed, resumed, checked, and only then put in place.

    link ─► bytes, by Range after a break (If-Range: the same ETag, or from the start) ─► size, CRC-32 ─► rename

The file grows under a temporary name in the folder it is meant for, so its own name never shows half a document.
"""

from __future__ import annotations

import os
import re
import secrets
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import httpx

from octavo.client.retries import TRIES, Sleep, pause_s
from octavo.errors import ApiUnreachable, DestinationUnwritable, DocumentGone, DownloadDamaged
from octavo.http.models import DocumentView

Transferred = Callable[[int, int], None]

BUSY = frozenset({429, 500, 502, 503, 504})  # S3 asks for another try after a 500 too
NAME_IN_USE_TRIES = 1000


def destination(path: Path, filename: str) -> Path:
    """Say which file `path` means: itself or, if it is a folder, a free name in it made from the document's own.

    Raises DestinationUnwritable when no file can be made there.
    """
    try:
        target = _free_name(path / _bare(filename)) if path.is_dir() else path
        possible = target.parent.is_dir() and os.access(target.parent, os.W_OK)
    except OSError as error:  # a name too long, for one
        raise DestinationUnwritable(f"{path} cannot be a file: {error.strerror}.") from error
    if not possible:
        raise DestinationUnwritable(f"{target.parent} is not a folder to write in.")
    return target


def save(target: Path, write: Callable[[BinaryIO], None]) -> None:
    """Let `write` fill a temporary file beside `target`, then put it in its place; remove it if that fails.

    What is no plain file, as /dev/null, is written to and never replaced. A symbolic link stays one.
    Raises DestinationUnwritable.
    """
    target = Path(os.path.realpath(target))
    try:
        if target.exists() and not target.is_file():
            with target.open("wb", buffering=0) as sink:
                write(sink)
            return
        temporary = target.with_name(f".octavo-{secrets.token_hex(6)}.part")
        try:
            with temporary.open("xb") as sink:
                write(sink)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise DestinationUnwritable(f"{target} cannot be written: {error.strerror or error}.") from error


def fetch(
    http: httpx.Client,
    document: DocumentView,
    sink: BinaryIO,
    *,
    rewindable: bool,
    renew: Callable[[], DocumentView],
    on_progress: Transferred | None,
    sleep: Sleep,
) -> None:
    """Write the document to `sink` and check it. `http` must not sign: the link carries its own right to read.

    A broken connection is taken up again where it broke, until TRIES in a row have brought nothing. A refused link
    is renewed, once for the same place. Only a `rewindable` sink, which holds nothing but the document, is begun again
    when the store cannot go on where it stopped. Raises DownloadDamaged, DocumentGone, or ApiUnreachable.
    """
    transfer = _Transfer(document, sink, rewindable, on_progress)
    fruitless, renewed_at = 0, -1
    while not transfer.complete:
        furthest = transfer.furthest
        try:
            transfer.go_on(http)
        except _LinkRefused as error:
            if renewed_at == furthest:
                raise ApiUnreachable("The document's store refuses a fresh link too (403).") from error
            renewed_at = furthest
            transfer.document = renew()
        except _Broken as error:
            fruitless = 0 if transfer.furthest > furthest else fruitless + 1
            if fruitless == TRIES:
                raise ApiUnreachable(f"The document's store does not give it: {error}.") from error
            sleep(pause_s(fruitless))
    transfer.check()


class _LinkRefused(Exception):
    """403: a presigned link that has expired, or was never good."""


class _Broken(Exception):
    """What arrived is not all, and more may come with the next try."""


class _Transfer:
    """The bytes that have arrived, and what they add up to."""

    def __init__(
        self, document: DocumentView, sink: BinaryIO, rewindable: bool, on_progress: Transferred | None
    ) -> None:
        self.document = document
        self.furthest = 0
        self.complete = False
        self._size = self._crc = 0
        self._etag: str | None = None
        self._sink = sink
        self._rewindable = rewindable
        self._on_progress = on_progress

    def go_on(self, http: httpx.Client) -> None:
        """Ask for what is missing, and write it."""
        try:
            with http.stream("GET", self.document.url, headers=self._headers(), auth=None) as response:
                self._accept(response)
                for block in response.iter_raw():  # of no set size: httpx drops a block begun when it breaks
                    self._take(block)
        except httpx.InvalidURL as error:
            raise ApiUnreachable("The report's link to its document is no address.") from error
        except httpx.RequestError as error:
            raise _Broken(str(error) or type(error).__name__) from error
        self.complete = self._size == self.document.size_bytes
        if not self.complete:
            raise _Broken(f"it ended after {self._size:,} of {self.document.size_bytes:,} bytes")

    def check(self) -> None:
        crc32 = f"{self._crc:08x}"
        if crc32 != self.document.crc32.lower():
            raise self._damaged(f"its CRC-32 is {crc32}, not {self.document.crc32}")

    def _headers(self) -> dict[str, str]:
        headers = {"Accept-Encoding": "identity"}  # the bytes as stored: a gzip document is not unpacked on the way
        if self._size:
            headers["Range"] = f"bytes={self._size}-"
            if self._etag:
                headers["If-Range"] = self._etag
        return headers

    def _accept(self, response: httpx.Response) -> None:
        """Make ready for the bytes of this answer, or raise what it stands for."""
        match response.status_code:
            case httpx.codes.PARTIAL_CONTENT:
                begins = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
                if begins is None or int(begins[1]) != self._size:
                    raise self._damaged("the store answered with another part than was asked for")
            case httpx.codes.OK:
                self._start_again()
            case httpx.codes.FORBIDDEN:
                raise _LinkRefused
            case httpx.codes.NOT_FOUND | httpx.codes.GONE:
                raise DocumentGone("The document is no longer in the store. Submit the report again.")
            case httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                raise self._damaged(f"the store has no more than {self._size:,} bytes of it")
            case status if status in BUSY:
                raise _Broken(f"it answered {status}")
            case status:
                raise ApiUnreachable(f"The document's store answered {status}, which is no document.")
        self._etag = _strong(response.headers.get("ETag"))

    def _start_again(self) -> None:
        """Throw away what is here: the document has changed, or the store knows no ranges."""
        if self._size == 0:
            return
        if not self._rewindable:
            raise self._damaged("the connection broke, and the store would only begin again")
        self._sink.seek(0)
        self._size = self._crc = 0

    def _take(self, block: bytes) -> None:
        self._size += len(block)
        if self._size > self.document.size_bytes:
            raise self._damaged(f"it has more than its {self.document.size_bytes:,} bytes")
        self._sink.write(block)
        self._crc = zlib.crc32(block, self._crc)
        self.furthest = max(self.furthest, self._size)
        if self._on_progress:
            self._on_progress(self._size, self.document.size_bytes)

    def _damaged(self, fault: str) -> DownloadDamaged:
        return DownloadDamaged(f"The document did not arrive whole: {fault}. Download it again.")


def _strong(etag: str | None) -> str | None:
    """If-Range takes strong validators alone (RFC 9110 §13.1.5)."""
    return etag if etag and not etag.startswith("W/") else None


def _bare(filename: str) -> str:
    """Keep a name from leaving its folder: no path, no control characters, never hidden or empty."""
    name = re.split(r"[/\\]", filename)[-1]
    name = "".join(character for character in name if character.isprintable()).strip().lstrip(".")
    return name or "document"


def _free_name(path: Path) -> Path:
    if not path.exists():
        return path
    stem, dot, suffixes = path.name.partition(".")
    for number in range(1, NAME_IN_USE_TRIES):
        other = path.with_name(f"{stem}-{number}{dot}{suffixes}")
        if not other.exists():
            return other
    raise DestinationUnwritable(f"{path} and {NAME_IN_USE_TRIES - 1} names like it are taken: say -o FILE.")
