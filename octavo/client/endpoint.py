"""Find the address of the API, and how to authenticate.

    address          argument `url`  →  OCTAVO_URL  →  the nearest .octavo/stack.json, written by `make up`
    authentication   argument `sign_for`  →  OCTAVO_SIGN  →  OCTAVO_TOKEN  →  region in an execute-api host  →  none

A token is sent only to an address that the user gave: never to one found in a file, nor over plain HTTP to another
machine.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import httpx

from octavo.errors import AddressMissing

STACK_FILE = Path(".octavo", "stack.json")
EXECUTE_API_HOST = re.compile(r"[^.]+\.execute-api\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Endpoint:
    """The address of the API, without a slash at its end, and how to authenticate; None for not at all."""

    url: str
    auth: httpx.Auth | None


class BearerToken(httpx.Auth):
    """Send a JWT with every request, for an API that is configured with an issuer."""

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


def find_endpoint(
    url: str | None = None,
    *,
    sign_for: str | None = None,
    environ: Mapping[str, str] = os.environ,
    folder: Path | None = None,
) -> Endpoint:
    """Find the API by `url`, the environment, or a file in `folder` (by default the current one) or above it.

    `sign_for` is an AWS region; a custom domain needs it. Raises AddressMissing, which says how to give an address.
    """
    given = url or environ.get("OCTAVO_URL", "").strip()
    address = given or _address_in_stack_file(folder)
    parts = _checked(address)
    token = environ.get("OCTAVO_TOKEN", "").strip() if given else ""
    return Endpoint(address.rstrip("/"), _auth(parts, sign_for or environ.get("OCTAVO_SIGN", "").strip(), token))


def _auth(parts: SplitResult, region: str, token: str) -> httpx.Auth | None:
    if region:
        return _signature(region)
    if token:
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise AddressMissing(
                f"OCTAVO_TOKEN is not sent over plain HTTP. Use https://{parts.netloc}, or unset OCTAVO_TOKEN."
            )
        return BearerToken(token)
    host = EXECUTE_API_HOST.fullmatch(parts.hostname or "")
    return _signature(host["region"]) if host else None


def _signature(region: str) -> httpx.Auth:
    from octavo.client.signing import SigV4

    return SigV4(region)


def _checked(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        httpx.URL(address)
    except (ValueError, httpx.InvalidURL):
        valid = False
    if not valid or parts.query or parts.fragment:
        raise AddressMissing(f"{address!r} is not the address of an API, which looks like https://reports.example.com.")
    return parts


def _address_in_stack_file(folder: Path | None) -> str:
    try:
        nearest = folder or Path.cwd()
    except FileNotFoundError:
        raise AddressMissing("The current folder has been deleted. Change to another one, or use --url.") from None
    for place in (nearest, *nearest.parents):
        path = place / STACK_FILE
        if path.is_file():
            return _read_stack_file(path)
    raise AddressMissing(
        "The address of the API is not known. Run `make up` for a local API, or use --url https://… (or set OCTAVO_URL)"
        " for another one."
    )


def _read_stack_file(path: Path) -> str:
    try:
        address = json.loads(path.read_text(encoding="utf-8"))["api_url"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise AddressMissing(
            f"'{path}' does not contain `api_url`. Run `make up` again, or use --url https://…."
        ) from error
    return str(address)
