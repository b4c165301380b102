"""A document is saved complete or not at all: broken connections, expired links, wrong bytes, and its place."""

from __future__ import annotations

import errno
import io
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from octavo.client.download import destination
from octavo.errors import (
    ApiUnreachable,
    DestinationUnwritable,
    DocumentGone,
    DocumentNotReady,
    DownloadDamaged,
    ReportUnsuccessful,
)

ID = "0192f0c1-0000-7000-8000-000000000001"
CONTENT = random.Random(1).randbytes(3_000_000)
LINK = "/store/flights.csv?X-Amz-Credential=K%2F20260101&X-Amz-Security-Token=a%2Bb%3D%3D&X-Amz-Signature=0"


@pytest.fixture
def stored(api):
    """Put CONTENT into the store, with the options `how`, as the document of a successful report."""

    def store(content=CONTENT, changes=None, **how):
        api.answers(f"GET /reports/{ID}", api.finished(CONTENT, api.keeps(LINK, content, **how), **(changes or {})))

    return store


@pytest.fixture
def asked_of_store(api):
    return lambda: api.calls("GET /store/flights.csv")


def test_a_document_is_saved_under_the_given_name(client, stored, tmp_path):
    stored()
    seen = []
    path = client.download(ID, tmp_path / "mine.csv", on_progress=lambda done, total: seen.append((done, total)))
    assert path == tmp_path / "mine.csv"
    assert path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [entry.name for entry in tmp_path.iterdir()] == ["mine.csv"]


def test_a_document_saved_under_its_own_name_overwrites_no_file(client, stored, tmp_path):
    stored()
    (tmp_path / "flights.csv").write_text("edited by hand")
    assert client.download(ID) == Path("flights-1.csv")
    assert client.download(ID, tmp_path) == tmp_path / "flights-2.csv"
    assert (tmp_path / "flights.csv").read_text() == "edited by hand"


def download_at_the_same_moment(client, count, folder):
    """Let several downloads into one folder all be complete before the first of them is given its name."""
    complete = threading.Barrier(count, timeout=10)

    def download(_):
        return client.download(ID, folder, on_progress=lambda done, total: complete.wait() if done == total else None)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(download, range(count)))


def test_five_downloads_at_the_same_moment_leave_five_files(client, stored, tmp_path):
    stored()
    (tmp_path / "flights.csv").write_text("edited by hand")
    paths = download_at_the_same_moment(client, 5, tmp_path)
    assert {path.name for path in paths} == {f"flights-{number}.csv" for number in range(1, 6)}
    assert all(path.read_bytes() == CONTENT for path in paths)
    assert (tmp_path / "flights.csv").read_text() == "edited by hand"
    assert len(list(tmp_path.iterdir())) == 6


def test_a_folder_without_hard_links_loses_no_file_either(client, stored, tmp_path, monkeypatch):
    def refuse(source, target, **options):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    stored()
    paths = download_at_the_same_moment(client, 5, tmp_path)
    assert len(set(paths)) == len(list(tmp_path.iterdir())) == 5
    assert all(path.read_bytes() == CONTENT for path in paths)


def test_the_store_gets_the_unchanged_link_and_no_authentication(api, stored, monkeypatch, asked_of_store, slept):
    monkeypatch.setenv("OCTAVO_TOKEN", "t0ken")
    stored()
    from octavo.client import Client

    with Client(api.url) as client:
        client.download(ID)
    (asked,) = asked_of_store()
    assert asked.path == LINK
    assert not {"authorization", "x-amz-date", "x-amz-security-token", "cookie"} & asked.headers.keys()
    assert api.calls(f"GET /reports/{ID}")[0].headers["authorization"] == "Bearer t0ken"


def test_a_document_stored_compressed_is_saved_as_stored(api, client, asked_of_store):
    link = api.url + "/store/flights.csv"
    api.answers(f"GET /reports/{ID}", api.finished(CONTENT, link))
    api.answers("GET /store/flights.csv", api.answer(200, CONTENT, Content_Encoding="gzip"))
    assert client.download(ID).read_bytes() == CONTENT
    assert asked_of_store()[0].headers["accept-encoding"] == "identity"


def test_a_broken_download_continues_where_it_stopped(client, stored, asked_of_store):
    stored(breaks=[1_000_000, 500_000, 0, 1])
    assert client.download(ID).read_bytes() == CONTENT
    ranges = [asked.headers.get("range") for asked in asked_of_store()]
    assert ranges == [None, *(f"bytes={begin}-" for begin in (1_000_000, 1_500_000, 1_500_000, 1_500_001))]
    assert {asked.headers.get("if-range") for asked in asked_of_store()[1:]} == {'"v1"'}


def test_a_download_continues_as_long_as_each_try_receives_something(client, stored, asked_of_store):
    stored(breaks=[100_000] * 20)
    assert client.download(ID).read_bytes() == CONTENT
    assert len(asked_of_store()) == 21


def test_a_download_is_given_up_after_four_tries_that_received_nothing(client, stored, asked_of_store, tmp_path):
    stored(breaks=[1000, *[0] * 9])
    with pytest.raises(ApiUnreachable, match="cannot be downloaded from its store"):
        client.download(ID)
    assert len(asked_of_store()) == 5
    assert list(tmp_path.iterdir()) == []


def test_a_busy_store_is_tried_again(api, client):
    api.answers(f"GET /reports/{ID}", api.finished(CONTENT, api.url + "/store/flights.csv"))
    api.answers("GET /store/flights.csv", api.answer(503), api.answer(500), api.answer(200, CONTENT))
    assert client.download(ID).read_bytes() == CONTENT


def test_a_download_from_a_store_without_ranges_starts_again(client, stored):
    stored(breaks=[1_000_000], ranges=False)
    assert client.download(ID).read_bytes() == CONTENT


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_only_a_strong_etag_is_sent_in_if_range(client, stored, asked_of_store, etag):
    stored(breaks=[1_000_000], etag=etag)
    assert client.download(ID).read_bytes() == CONTENT
    assert ["if-range" in asked.headers for asked in asked_of_store()] == [False, False]


def test_parts_of_two_versions_of_a_document_are_not_combined(api, client, stored, asked_of_store):
    stored(content=b"x" * len(CONTENT), breaks=[1_000_000])
    kept = api.kept["/store/flights.csv"]
    seen = []

    def swap(done, total):
        if not seen:
            kept.content, kept.etag = CONTENT, '"v2"'
        seen.append(done)

    assert client.download(ID, on_progress=swap).read_bytes() == CONTENT


def test_another_range_than_the_requested_one_is_refused(api, client):
    api.answers(f"GET /reports/{ID}", api.finished(CONTENT, api.url + "/store/flights.csv"))
    api.answers("GET /store/flights.csv", api.answer(206, CONTENT, Content_Range=f"bytes 5-{len(CONTENT)}/9"))
    with pytest.raises(DownloadDamaged, match="another part"):
        client.download(ID)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"y" + CONTENT[1:], "its CRC-32 is"),
        (CONTENT + b"more", "more than its 3,000,000 bytes"),
        (CONTENT[:-1], "only 2,999,999 bytes"),
    ],
    ids=["other bytes", "too many", "too few"],
)
def test_a_damaged_document_is_discarded(client, stored, tmp_path, content, fault):
    stored(content=content)
    (tmp_path / "old.csv").write_text("still here")
    with pytest.raises(DownloadDamaged, match=fault) as caught:
        client.download(ID, tmp_path / "old.csv")
    assert caught.value.exit_code == 5
    assert {entry.name: entry.read_text() for entry in tmp_path.iterdir()} == {"old.csv": "still here"}


def test_an_empty_document_is_saved(api, client):
    api.answers(f"GET /reports/{ID}", api.finished(b"", api.keeps("/store/empty.csv", b"")))
    assert client.download(ID).read_bytes() == b""


def test_an_expired_link_is_renewed_once(api, client, stored, asked_of_store):
    stored(breaks=[1_000_000])
    fresh = api.finished(CONTENT, api.url + "/store/flights.csv?fresh")
    stale = api.finished(CONTENT, api.url + "/expired")
    api.answers("GET /expired", api.answer(403, b"<Error><Code>AccessDenied</Code></Error>"))
    api.answers(f"GET /reports/{ID}", stale, fresh)
    assert client.download(ID).read_bytes() == CONTENT
    assert len(api.calls("GET /expired")) == 1


def test_a_download_ends_when_a_new_link_is_refused_too(api, client):
    api.answers(f"GET /reports/{ID}", api.finished(CONTENT, api.url + "/expired"))
    api.answers("GET /expired", api.answer(403))
    with pytest.raises(ApiUnreachable, match="refuses a new link"):
        client.download(ID)
    assert len(api.calls("GET /expired")) == 2


@pytest.mark.parametrize("status", [404, 410])
def test_a_document_that_is_no_longer_stored_is_reported_as_gone(api, client, status):
    api.answers(f"GET /reports/{ID}", api.finished(CONTENT, api.url + "/gone"))
    api.answers("GET /gone", api.answer(status))
    with pytest.raises(DocumentGone, match="Submit the report again"):
        client.download(ID)


def test_a_redirect_of_the_store_is_not_followed(api, client):
    api.answers(f"GET /reports/{ID}", api.finished(CONTENT, api.url + "/moved"))
    api.answers("GET /moved", api.answer(307, Location="http://127.0.0.1:1/"))
    with pytest.raises(ApiUnreachable, match="307"):
        client.download(ID)


@pytest.mark.parametrize("link", ["no address", "file:///etc/passwd", "http://[::1"])
def test_a_link_that_is_not_a_web_address_is_not_opened(api, client, link, tmp_path):
    api.answers(f"GET /reports/{ID}", api.finished(CONTENT, link))
    with pytest.raises(ApiUnreachable):
        client.download(ID)
    assert list(tmp_path.iterdir()) == []


def test_a_download_without_a_document_explains_why_there_is_none(api, client):
    failure = {"code": "TOO_LARGE", "message": "More than 10 rows.", "retryable": False}
    api.answers(f"GET /reports/{ID}", api.report(), api.report("FAIL", error=failure), api.report("SUCCESS"))
    with pytest.raises(DocumentNotReady):
        client.download(ID)
    with pytest.raises(ReportUnsuccessful, match="More than 10 rows") as caught:
        client.download(ID)
    assert (caught.value.code, caught.value.exit_code) == ("TOO_LARGE", 1)
    with pytest.raises(DocumentGone):
        client.download(ID)


def test_an_interrupted_download_leaves_nothing_behind(client, stored, tmp_path):
    stored()

    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        client.download(ID, on_progress=interrupt)
    assert list(tmp_path.iterdir()) == []


def test_a_download_to_a_stream_continues_after_a_break_but_never_starts_again(client, stored):
    stored(breaks=[1_000_000])
    sink = io.BytesIO(b"")
    client.download_to(ID, sink)
    assert sink.getvalue() == CONTENT
    stored(breaks=[1_000_000], ranges=False)
    with pytest.raises(DownloadDamaged, match="start again from the beginning"):
        client.download_to(ID, io.BytesIO())


def test_a_device_is_written_to_and_not_replaced(client, stored, tmp_path):
    stored()
    assert client.download(ID, "/dev/null") == Path("/dev/null")
    assert Path("/dev/null").is_char_device()


def test_a_symbolic_link_stays_and_its_file_is_replaced(client, stored, tmp_path):
    stored()
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "latest.csv").symlink_to("real.csv")
    client.download(ID, tmp_path / "latest.csv")
    assert (tmp_path / "latest.csv").is_symlink()
    assert (tmp_path / "real.csv").read_bytes() == CONTENT


def test_a_full_disk_is_reported_and_leaves_nothing_behind(client, stored):
    stored()
    with pytest.raises(DestinationUnwritable, match="No space left"):
        client.download(ID, "/dev/full")


@pytest.mark.parametrize(
    "path", ["missing/flights.csv", "flights.csv/x", "x" * 300], ids=["no folder", "a file", "too long"]
)
def test_a_path_where_no_file_can_be_created_is_refused(tmp_path, path):
    (tmp_path / "flights.csv").touch()
    with pytest.raises(DestinationUnwritable):
        destination(tmp_path / path, "flights.csv")


@pytest.mark.parametrize(
    ("filename", "saved"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\evil.csv", "evil.csv"),
        ("..", "document"),
        (".bashrc", "bashrc"),
        ("", "document"),
        ("a\x1b[2Jb\n.csv", "a[2Jb.csv"),
        ("Flüge 2013.csv.gz", "Flüge 2013.csv.gz"),
    ],
)
def test_a_documents_own_name_cannot_leave_the_folder(tmp_path, filename, saved):
    assert destination(tmp_path, filename) == tmp_path / saved


def test_a_numbered_name_keeps_every_suffix(tmp_path):
    (tmp_path / "flights.csv.gz").touch()
    assert destination(tmp_path, "flights.csv.gz").name == "flights-1.csv.gz"
