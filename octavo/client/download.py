"""Download a document by its presigned link: streamed, resumed, checked, and only then given its name.

    link ─► bytes (after a break by Range and If-Range) ─► size and CRC-32 ─► the file's name

The file grows under a temporary name in the folder where it will stay, so its own name never shows half a document.
"""

from __future__ import annotations

import os
import re
import secrets
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import httpx

from octavo.client.retries import TRIES, Sleep, pause_s
from octavo.errors import ApiUnreachable, DestinationUnwritable, DocumentGone, DownloadDamaged
from octavo.http.models import DocumentView

OnTransfer = Callable[[int, int], None]

BUSY = frozenset({429, 500, 502, 503, 504})  # S3 asks clients to try again after a 500 too
NAMES_TO_TRY = 1000


def destination(path: Path, filename: str) -> Path:
    """Return the file that `path` means: `path` itself or, if it is a folder, an unused name in it like `filename`.

    Raises DestinationUnwritable if no file can be created there.
    """
    try:
        target = next((name for name in _names(path, filename) if not name.exists()), path) if path.is_dir() else path
        possible = target.parent.is_dir() and os.access(target.parent, os.W_OK)
    except OSError as error:  # a name that is too long, for example
        raise DestinationUnwritable(f"'{path}' cannot be a file: {error.strerror}.") from error
    if not possible:
        raise DestinationUnwritable(f"'{target.parent}' is not a folder, or files cannot be created in it.")
    return target


def save(path: Path, filename: str, write: Callable[[BinaryIO], None]) -> Path:
    """Let `write` fill a temporary file, then give it the name that `path` means; return that.

    A file at `path` is replaced. In the folder `path` no file is: each of several downloads at the same time gets
    another name. A device such as /dev/null is written to directly, and a symbolic link keeps pointing to its file.
    Raises DestinationUnwritable.
    """
    try:
        if path.is_dir():
            with _written(path, write) as temporary:
                return _take_unused_name(temporary, path, filename)
        target = Path(os.path.realpath(path))
        if target.exists() and not target.is_file():
            with target.open("wb", buffering=0) as sink:
                write(sink)
        else:
            with _written(target.parent, write) as temporary:
                temporary.replace(target)
    except OSError as error:
        raise DestinationUnwritable(f"'{path}' cannot be written: {error.strerror or error}.") from error
    return path


def fetch(
    http: httpx.Client,
    document: DocumentView,
    sink: BinaryIO,
    *,
    rewindable: bool,
    renew: Callable[[], DocumentView],
    on_progress: OnTransfer | None,
    sleep: Sleep,
) -> None:
    """Write the document to `sink` and check it. `http` must not sign requests: the link is signed already.

    After a broken connection the download continues where it stopped, until TRIES tries in a row have received nothing.
    A refused link is renewed, once for the same position. If the store cannot continue there, a `rewindable` sink,
    which contains nothing but the document, is written again from its start.
    Raises DownloadDamaged, DocumentGone or ApiUnreachable.
    """
    transfer = _Transfer(document, sink, rewindable, on_progress)
    fruitless, renewed_at = 0, -1
    while not transfer.complete:
        furthest = transfer.furthest
        try:
            transfer.resume(http)
        except _LinkRefused as error:
            if renewed_at == furthest:
                raise ApiUnreachable(
                    "The store of documents also refuses a new link (403). Try again later."
                ) from error
            renewed_at = furthest
            transfer.document = renew()
        except _Broken as error:
            fruitless = 0 if transfer.furthest > furthest else fruitless + 1
            if fruitless == TRIES:
                raise ApiUnreachable(
                    f"The document cannot be downloaded from its store: {error}. Try again later."
                ) from error
            sleep(pause_s(fruitless))
    transfer.check()


class _LinkRefused(Exception):
    """The store answered 403: the presigned link has expired, or was never valid."""


class _Broken(Exception):
    """The document is incomplete, and the next try may receive more."""


class _Transfer:
    """A download in progress: how many bytes have been received, and their CRC-32."""

    def __init__(
        self, document: DocumentView, sink: BinaryIO, rewindable: bool, on_progress: OnTransfer | None
    ) -> None:
        self.document = document
        self.furthest = 0
        self.complete = False
        self._size = self._crc = 0
        self._etag: str | None = None
        self._sink = sink
        self._rewindable = rewindable
        self._on_progress = on_progress

    def resume(self, http: httpx.Client) -> None:
        """Request the missing bytes, and write them."""
        try:
            with http.stream("GET", self.document.url, headers=self._headers(), auth=None) as response:
                self._accept(response)
                for block in (
                    response.iter_raw()
                ):  # without a block size, because httpx discards an incomplete block when the connection breaks
                    self._take(block)
        except httpx.InvalidURL as error:
            raise ApiUnreachable("The link to the document is not a valid address. Submit the report again.") from error
        except httpx.RequestError as error:
            raise _Broken(str(error) or type(error).__name__) from error
        self.complete = self._size == self.document.size_bytes
        if not self.complete:
            raise _Broken(f"the connection ended after {self._size:,} of {self.document.size_bytes:,} bytes")

    def check(self) -> None:
        crc32 = f"{self._crc:08x}"
        if crc32 != self.document.crc32.lower():
            raise self._damaged(f"its CRC-32 is {crc32}, not {self.document.crc32}")

    def _headers(self) -> dict[str, str]:
        headers = {"Accept-Encoding": "identity"}  # the bytes as stored: a gzip document must not be decompressed
        if self._size:
            headers["Range"] = f"bytes={self._size}-"
            if self._etag:
                headers["If-Range"] = self._etag
        return headers

    def _accept(self, response: httpx.Response) -> None:
        """Prepare for the bytes of this answer, or raise the error that it means."""
        match response.status_code:
            case httpx.codes.PARTIAL_CONTENT:
                begins = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
                if begins is None or int(begins[1]) != self._size:
                    raise self._damaged("the store sent another part than requested")
            case httpx.codes.OK:
                self._start_again()
            case httpx.codes.FORBIDDEN:
                raise _LinkRefused
            case httpx.codes.NOT_FOUND | httpx.codes.GONE:
                raise DocumentGone("The document is no longer in its store. Submit the report again.")
            case httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                raise self._damaged(f"the store has only {self._size:,} bytes of it")
            case status if status in BUSY:
                raise _Broken(f"the store answered {status}")
            case status:
                raise ApiUnreachable(
                    f"The store of documents answered {status} instead of the document. Try again later."
                )
        self._etag = _strong(response.headers.get("ETag"))

    def _start_again(self) -> None:
        """Discard what was received, because the document has changed or the store supports no ranges."""
        if self._size == 0:
            return
        if not self._rewindable:
            raise self._damaged("the connection broke, and the store can only start again from the beginning")
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
        return DownloadDamaged(f"The downloaded document is damaged: {fault}. Download it again.")


def _strong(etag: str | None) -> str | None:
    """Return the ETag if it is strong: If-Range accepts no other (RFC 9110 §13.1.5)."""
    return etag if etag and not etag.startswith("W/") else None


@contextmanager
def _written(folder: Path, write: Callable[[BinaryIO], None]) -> Iterator[Path]:
    """Provide a temporary file in `folder`, filled by `write`; remove it afterwards if it still has this name."""
    temporary = folder / f".octavo-{secrets.token_hex(6)}.part"
    try:
        with temporary.open("xb") as sink:
            write(sink)
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _take_unused_name(temporary: Path, folder: Path, filename: str) -> Path:
    """Give the file the first name that is not in use, and return it. No other process can take the same name."""
    for name in _names(folder, filename):
        try:
            name.hardlink_to(temporary)
        except FileExistsError:
            continue
        except OSError:  # a file system without hard links: take the name by an empty file, then replace that
            try:
                name.touch(exist_ok=False)
            except FileExistsError:
                continue
            temporary.replace(name)
        return name
    raise DestinationUnwritable(
        f"'{folder / filename}' and {NAMES_TO_TRY - 1} names like it are in use. Choose one with -o FILE."
    )


def _names(folder: Path, filename: str) -> Iterator[Path]:
    """Yield the names to try in a folder: flights.csv, flights-1.csv, flights-2.csv, …"""
    bare = _bare(filename)
    stem, dot, suffixes = bare.partition(".")
    yield folder / bare
    for number in range(1, NAMES_TO_TRY):
        yield folder / f"{stem}-{number}{dot}{suffixes}"


def _bare(filename: str) -> str:
    """Keep a name inside its folder: without a path or control characters, and neither hidden nor empty."""
    name = re.split(r"[/\\]", filename)[-1]
    name = "".join(character for character in name if character.isprintable()).strip().lstrip(".")
    return name or "document"
