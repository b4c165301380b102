"""Where the client looks for the API, and how it authenticates."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from octavo.client.endpoint import BearerToken, find_endpoint
from octavo.client.signing import SigV4
from octavo.errors import AddressMissing

GATEWAY = "https://abc123.execute-api.eu-west-1.amazonaws.com"


def stack_file(folder: Path, text: str) -> None:
    (folder / ".octavo").mkdir(parents=True)
    (folder / ".octavo" / "stack.json").write_text(text)


def test_the_argument_comes_before_the_environment_and_the_files(tmp_path: Path) -> None:
    stack_file(tmp_path, json.dumps({"api_url": "http://127.0.0.1:1"}))
    environ = {"OCTAVO_URL": "http://127.0.0.1:2"}
    assert find_endpoint("http://127.0.0.1:3/", environ=environ, folder=tmp_path).url == "http://127.0.0.1:3"
    assert find_endpoint(environ=environ, folder=tmp_path).url == "http://127.0.0.1:2"
    assert find_endpoint(environ={}, folder=tmp_path).url == "http://127.0.0.1:1"


def test_the_nearest_stack_file_above_is_found(tmp_path: Path) -> None:
    stack_file(tmp_path, json.dumps({"api_url": "http://127.0.0.1:1/_aws/execute-api/abc/$default/"}))
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    assert find_endpoint(environ={}, folder=deep).url == "http://127.0.0.1:1/_aws/execute-api/abc/$default"


def test_without_an_address_the_error_explains_how_to_give_one(tmp_path: Path) -> None:
    with pytest.raises(AddressMissing, match=r"make up.*--url.*OCTAVO_URL"):
        find_endpoint(environ={}, folder=tmp_path)


def test_a_deleted_current_folder_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(AddressMissing, match=r"current folder has been deleted.*--url"):
        find_endpoint(environ={})


@pytest.mark.parametrize("text", ["", "not json", "[]", "{}", "null", "[" * 100_000], ids=lambda text: text[:9])
def test_a_stack_file_without_an_address_is_named_in_the_error(tmp_path: Path, text: str) -> None:
    stack_file(tmp_path, text)
    with pytest.raises(AddressMissing, match=r"stack\.json' does not contain `api_url`"):
        find_endpoint(environ={}, folder=tmp_path)


@pytest.mark.parametrize(
    "address",
    ["reports", "ftp://host", "https://", "http://host:port", "https://host?x=1", "http://[::1"],
)
def test_a_text_that_is_not_an_address_is_refused(address: str) -> None:
    with pytest.raises(AddressMissing, match="is not the address of an API"):
        find_endpoint(address, environ={})


def test_requests_to_an_execute_api_host_are_signed_and_others_are_not() -> None:
    assert isinstance(find_endpoint(GATEWAY, environ={}).auth, SigV4)
    assert isinstance(find_endpoint(f"{GATEWAY}.cn", environ={}).auth, SigV4)
    for other in ("http://127.0.0.1:4566", "https://reports.example.com", f"{GATEWAY}.example.com"):
        assert find_endpoint(other, environ={}).auth is None


def test_requests_to_a_custom_domain_are_signed_if_a_region_is_given() -> None:
    assert isinstance(find_endpoint("https://reports.example.com", sign_for="eu-west-1", environ={}).auth, SigV4)
    environ = {"OCTAVO_SIGN": "eu-west-1", "OCTAVO_TOKEN": "t"}
    assert isinstance(find_endpoint("https://reports.example.com", environ=environ).auth, SigV4)


def test_a_token_is_sent_instead_of_a_signature() -> None:
    auth = find_endpoint(GATEWAY, environ={"OCTAVO_TOKEN": "t0ken"}).auth
    assert isinstance(auth, BearerToken)
    request = next(auth.auth_flow(httpx.Request("GET", GATEWAY)))
    assert request.headers["Authorization"] == "Bearer t0ken"


def test_a_token_never_goes_to_an_address_found_in_a_file(tmp_path: Path) -> None:
    stack_file(tmp_path, json.dumps({"api_url": "https://reports.example.com"}))
    assert find_endpoint(environ={"OCTAVO_TOKEN": "t"}, folder=tmp_path).auth is None


def test_a_token_is_sent_over_plain_http_only_to_this_machine() -> None:
    environ = {"OCTAVO_TOKEN": "t"}
    assert isinstance(find_endpoint("http://localhost:4566", environ=environ).auth, BearerToken)
    with pytest.raises(AddressMissing, match="plain HTTP"):
        find_endpoint("http://reports.example.com", environ=environ)
