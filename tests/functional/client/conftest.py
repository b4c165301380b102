"""A fake Octavo API on loopback with prepared answers, and a store of documents whose connections can break."""

from __future__ import annotations

import json
import re
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from octavo.client import Client

ID = "0192f0c1-0000-7000-8000-000000000001"
NOW = "2026-01-01T12:00:00Z"


@dataclass
class Answer:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(self.body).encode()


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Kept:
    """A document in the store. `breaks` are the numbers of bytes after which each connection in turn is closed."""

    content: bytes
    etag: str | None = '"v1"'
    breaks: list[int] = field(default_factory=list)
    ranges: bool = True


class FakeApi:
    """Answers each call with the next of its prepared answers, and then always with the last one."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.kept: dict[str, Kept] = {}
        self.answered: dict[tuple[str, str], list[Answer | Callable[[], Answer]]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.api = self
        self._server.daemon_threads = True
        self._server.handle_error = lambda request, address: None  # some tests stop reading on purpose
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.005})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answers(self, call: str, *answers: Answer | Callable[[], Answer] | dict[str, Any]) -> None:
        """Prepare the answers to a call, in their order. A dict is the body of a 200."""
        method, path = call.split()
        self.answered[method, path] = [Answer(200, each) if isinstance(each, dict) else each for each in answers]

    @staticmethod
    def answer(status: int, body: Any = None, **headers: str) -> Answer:
        return Answer(status, body, {name.replace("_", "-"): value for name, value in headers.items()})

    @staticmethod
    def cut() -> Answer:
        """Close the connection without an answer."""
        return Answer(0)

    @staticmethod
    def problem(status: int, code: str, detail: str, retry_after: int | None = None, **more: Any) -> Answer:
        body = {"type": "about:blank", "title": "No", "status": status, "detail": detail, "code": code} | more
        headers = {"Content-Type": "application/problem+json"}
        return Answer(status, body, headers | ({"Retry-After": str(retry_after)} if retry_after else {}))

    def keeps(self, path: str, content: bytes, **how: Any) -> str:
        self.kept[path.partition("?")[0]] = Kept(content, **how)
        return self.url + path

    def calls(self, call: str) -> list[Asked]:
        method, path = call.split()
        return [asked for asked in self.asked if (asked.method, asked.path.partition("?")[0]) == (method, path)]

    def report(
        self, status: str = "RUNNING", stage: str | None = None, done: int = 0, **changes: Any
    ) -> dict[str, Any]:
        ended = status != "RUNNING"
        planned = ended or stage in {"CHUNKS", "MERGE"}
        return {
            "id": ID,
            "type": "flights",
            "parameters": {"carrier": "UA"},
            "format": "csv",
            "status": status,
            "stage": stage,
            "progress": {
                "rows_total": 1000 if planned else None,
                "rows_done": 1000 if ended else done,
                "chunks_total": 4 if planned else None,
                "chunks_done": 4 if ended else done // 250,
            },
            "deduplicated": False,
            "fingerprint": "sha256:0",
            "created_at": NOW,
            "finished_at": "2026-01-01T12:00:05Z" if ended else None,
            "deadline": "2026-01-01T13:05:00Z",
            "expires_at": "2026-01-08T12:00:00Z",
            "document": None,
            "error": None,
            "links": {"self": f"{self.url}/reports/{ID}", "document": f"{self.url}/reports/{ID}/document"},
            "a_field_of_the_future": {"is": "ignored"},
        } | changes

    def finished(self, content: bytes, url: str, **changes: Any) -> dict[str, Any]:
        document = {
            "url": url,
            "url_expires_at": "2026-01-01T12:15:00Z",
            "filename": "flights.csv",
            "media_type": "text/csv",
            "size_bytes": len(content),
            "rows": 1000,
            "crc32": f"{zlib.crc32(content):08x}",
        }
        return self.report("SUCCESS", document=document | changes)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = Asked(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
        api = self.server.api
        api.asked.append(asked)
        bare = self.path.partition("?")[0]
        if (self.command, bare) in api.answered:
            self._answer(api.answered[self.command, bare])
        elif bare in api.kept:
            self._store(api.kept[bare])
        else:
            self._send(404, {"Content-Type": "text/html"}, b"<h1>Not here</h1>")

    do_POST = do_DELETE = do_GET  # noqa: N815 - http.server's names

    def _answer(self, answers: list[Answer | Callable[[], Answer]]) -> None:
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if callable(answer):
            answer = answer()
        if answer.status == 0:  # cut the connection
            self.close_connection = True
            return
        self._send(answer.status, {"Content-Type": "application/json"} | answer.headers, answer.content)

    def _store(self, kept: Kept) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        same = self.headers.get("If-Range", kept.etag) == kept.etag
        headers = {"ETag": kept.etag} if kept.etag else {}
        if not (asked and kept.ranges and same):
            self._send(200, headers, kept.content, kept.breaks)
        elif (begin := int(asked[1])) >= len(kept.content):
            self._send(416, headers, b"")
        else:
            headers["Content-Range"] = f"bytes {begin}-{len(kept.content) - 1}/{len(kept.content)}"
            self._send(206, headers, kept.content[begin:], kept.breaks)

    def _send(self, status: int, headers: dict[str, str], body: bytes, breaks: list[int] | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        cut = breaks.pop(0) if breaks else None
        self.wfile.write(body[:cut])
        self.close_connection = cut is not None

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def api() -> Iterator[FakeApi]:
    fake = FakeApi()
    yield fake
    fake.close()


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Make the pauses of every client instant; return the list that they are added to."""
    pauses: list[float] = []
    monkeypatch.setitem(Client.__init__.__kwdefaults__, "sleep", pauses.append)
    return pauses


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """A folder and an environment without an address and without authentication."""
    for name in ("OCTAVO_URL", "OCTAVO_SIGN", "OCTAVO_TOKEN", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def client(api: FakeApi, slept: list[float]) -> Iterator[Client]:
    with Client(api.url) as octavo:
        yield octavo
