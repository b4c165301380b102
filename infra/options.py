"""What a deployment may choose, read from the CDK context (`cdk deploy -c name=value`) and checked at once.

docs/deploy.md explains each. A wrong value stops the synth with a sentence that says what to do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infra.report_types import S3Path

LOCAL_ACCOUNT = "000000000000"
"""The account of the local emulator; no real account has this number."""

DATA_PREFIX = "data"
"""The default data root is this folder of the stack's own bucket; nothing in it ever expires."""


class OptionError(ValueError):
    """A context value is wrong; the message says which, and what to do."""


@dataclass(frozen=True)
class Location:
    """A folder in S3: the bucket, and the prefix without slashes at its ends ("" for the whole bucket)."""

    bucket: str
    prefix: str

    @property
    def keys(self) -> str:
        """The pattern of the keys under it."""
        return f"{self.prefix}/*" if self.prefix else "*"

    def holds(self, path: S3Path) -> bool:
        """Is the path in this folder?"""
        return path.bucket == self.bucket and path.key.startswith(f"{self.prefix}/".lstrip("/"))

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")


@dataclass(frozen=True)
class TokenIssuer:
    """Whose tokens are taken: `url` is their `iss` to the letter; their `aud` or `client_id` is in `audience`."""

    url: str
    audience: tuple[str, ...]


@dataclass(frozen=True)
class Options:
    """One deployment's choices."""

    stack: str = "Octavo"
    auth: str = "iam"
    issuer: TokenIssuer | None = None
    data_root: Location | None = None
    api_url: str | None = None
    max_concurrency: int = 40
    max_running: int = 50
    retention_days: int = 7
    removal: str = "retain"

    @classmethod
    def from_context(cls, context: Callable[[str], Any], *, account: str | None) -> Options:
        """Read the options with `context`, a function from a name to its value or None.

        Raises OptionError for a wrong value, and for `auth=none` anywhere but on the local emulator.
        """
        data_root = context("data_root")
        auth = _one_of("auth", context("auth") or cls.auth, ("iam", "jwt", "none"))
        options = cls(
            stack=_matching("stack", context("stack") or cls.stack, r"[A-Za-z][A-Za-z0-9-]{0,39}"),
            auth=auth,
            issuer=_token_issuer(auth, context("issuer"), context("audience"), account),
            data_root=_location(data_root) if data_root else None,
            api_url=_api_url(context("api_url")),
            max_concurrency=_number("max_concurrency", context("max_concurrency"), cls.max_concurrency, most=10_000),
            max_running=_number("max_running", context("max_running"), cls.max_running, most=10_000),
            retention_days=_number("retention_days", context("retention_days"), cls.retention_days, most=3_650),
            removal=_one_of("removal", context("removal") or cls.removal, ("retain", "destroy")),
        )
        if options.auth == "none" and account != LOCAL_ACCOUNT:
            raise OptionError(
                f"auth=none lets anyone read every report, so it exists for the local stack alone (account "
                f"{LOCAL_ACCOUNT}); this stack goes to {account or 'an account not yet known'}. "
                "Leave `auth` out: callers then sign their requests with IAM credentials; or set auth=jwt."
            )
        return options


def _matching(name: str, value: str, pattern: str) -> str:
    if not re.fullmatch(pattern, value):
        raise OptionError(f"The context {name} must match {pattern}, not {value!r}.")
    return value


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise OptionError(f"The context {name} must be {' or '.join(allowed)}, not {value!r}.")
    return value


def _token_issuer(auth: str, url: str | None, audience: str | None, account: str | None) -> TokenIssuer | None:
    """Return whose tokens auth=jwt takes; None for the others, to which the two contexts would mean nothing."""
    if auth != "jwt":
        if url or audience:
            raise OptionError(
                f"The contexts issuer and audience are for tokens, but auth is {auth}. Add auth=jwt, or leave them out."
            )
        return None
    if not url or not audience:
        raise OptionError(
            "auth=jwt must know whose tokens to take. Set issuer to their `iss`, an https:// address, and audience to "
            "their `aud` (or `client_id`); several audiences with commas."
        )
    return TokenIssuer(_issuer_url(url, plain_http=account == LOCAL_ACCOUNT), _audience(audience))


def _issuer_url(value: str, *, plain_http: bool) -> str:
    """OpenID Connect Discovery 1.0 §2: an issuer has no query and no fragment; its document is found from it."""
    scheme = "https?" if plain_http else "https"
    if not re.fullmatch(rf"{scheme}://[A-Za-z0-9.-]+(:\d+)?(/(?!\.well-known/)[^\s?#/]*)*", value):
        raise OptionError(
            "The context issuer must be an https:// address to the letter as the tokens' `iss` has it, without query, "
            f"fragment and /.well-known/…, not {value!r}. (http:// is for the local stack alone.)"
        )
    return value


def _audience(value: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in str(value).split(","))
    if not all(re.fullmatch(r"[^\s'\"\[\]]+", name) for name in names):
        raise OptionError(f"The context audience must be one audience, or several with commas, not {value!r}.")
    return names


def _number(name: str, value: Any, default: int, *, most: int) -> int:
    text = str(default if value is None else value)
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise OptionError(f"The context {name} must be a whole number from 1 to {most}, not {text!r}.")
    return int(text)


def _location(value: str) -> Location:
    match = re.fullmatch(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([^*?]*?))?/?", value)
    if not match:
        raise OptionError(f"The context data_root must be s3://bucket/prefix, not {value!r}.")
    return Location(bucket=match[1], prefix=(match[2] or "").strip("/"))


def _api_url(value: str | None) -> str | None:
    if value and not re.match(r"https?://[^/]", value):
        raise OptionError(f"The context api_url must start with https:// (or http:// locally), not {value!r}.")
    return value.rstrip("/") if value else None
