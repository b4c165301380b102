"""The options of a deployment, read from the CDK context (`cdk deploy -c name=value`) and checked immediately.

docs/deploy.md explains each option. A wrong value stops the synthesis with a message that says what to do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from infra import option_values
from infra.limits import (
    LARGEST_MEMORY_MB,
    LARGEST_STORAGE_MB,
    SIZES,
    SMALLEST_MEMORY_MB,
    SMALLEST_STORAGE_MB,
    FunctionSize,
)
from infra.option_values import OptionError

if TYPE_CHECKING:
    from infra.report_types import S3Path

__all__ = ["DATA_PREFIX", "LOCAL_ACCOUNT", "Location", "OptionError", "Options", "TokenIssuer"]

LOCAL_ACCOUNT = "000000000000"
"""The account of the local emulator. No real account has this number."""

DATA_PREFIX = "data"
"""The default data root: this folder of the stack's own bucket. Nothing in it ever expires."""


@dataclass(frozen=True)
class Location:
    """A folder in S3: the bucket, and the prefix without a slash at either end ("" for the whole bucket)."""

    bucket: str
    prefix: str

    @property
    def keys(self) -> str:
        """The pattern of the keys in the folder."""
        return f"{self.prefix}/*" if self.prefix else "*"

    def holds(self, path: S3Path) -> bool:
        """Return whether the path is in this folder."""
        return path.bucket == self.bucket and path.key.startswith(f"{self.prefix}/".lstrip("/"))

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")


@dataclass(frozen=True)
class TokenIssuer:
    """The issuer of accepted tokens: `url` equals their `iss`, and `audience` contains their `aud` or `client_id`."""

    url: str
    audience: tuple[str, ...]


@dataclass(frozen=True)
class Options:
    """The options of one deployment."""

    stack: str = "Octavo"
    auth: str = "iam"
    issuer: TokenIssuer | None = None
    data_root: Location | None = None
    api_url: str | None = None
    capacity: int = 200
    max_running: int = 50
    retention_days: int = 7
    removal: str = "retain"
    plan_memory_mb: int = SIZES["plan"].memory_mb
    plan_storage_mb: int = SIZES["plan"].storage_mb
    chunk_memory_mb: int = SIZES["chunk"].memory_mb
    chunk_storage_mb: int = SIZES["chunk"].storage_mb
    alarm_topic: str | None = None
    kms_key: str | None = None
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    permissions_boundary: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    log_retention_days: int = 30

    @classmethod
    def from_context(cls, context: Callable[[str], Any], *, account: str | None) -> Options:
        """Read the options with `context`, a function that returns the value of a name, or None.

        Raises OptionError for a wrong value, and for `auth=none` in any account except the local emulator's.
        """
        data_root = context("data_root")
        subnets, security_groups = option_values.network(context("subnets"), context("security_groups"))
        auth = _one_of("auth", context("auth") or cls.auth, ("iam", "jwt", "none"))
        options = cls(
            stack=_matching("stack", context("stack") or cls.stack, r"[A-Za-z][A-Za-z0-9-]{0,39}"),
            auth=auth,
            issuer=_token_issuer(auth, context("issuer"), context("audience"), account),
            data_root=_location(data_root) if data_root else None,
            api_url=_api_url(context("api_url")),
            capacity=_number("capacity", context("capacity"), cls.capacity, most=10_000),
            max_running=_number("max_running", context("max_running"), cls.max_running, most=10_000),
            retention_days=_number("retention_days", context("retention_days"), cls.retention_days, most=3_650),
            removal=_one_of("removal", context("removal") or cls.removal, ("retain", "destroy")),
            **{name: _size(name, context(name)) for name in SIZE_OPTIONS},
            alarm_topic=option_values.alarm_topic(context("alarm_topic")),
            kms_key=option_values.kms_key(context("kms_key")),
            subnets=subnets,
            security_groups=security_groups,
            permissions_boundary=option_values.permissions_boundary(context("permissions_boundary")),
            tags=option_values.tags(context("tags")),
            log_retention_days=option_values.log_retention_days(context("log_retention_days"), cls.log_retention_days),
        )
        if options.auth == "none" and account != LOCAL_ACCOUNT:
            raise OptionError(
                "With auth=none anyone can read every report, so it is allowed only for the local stack (account "
                f"{LOCAL_ACCOUNT}). This stack would be deployed to {account or 'an account that is not yet known'}. "
                "Leave `auth` out, so that callers sign their requests with IAM credentials, or set auth=jwt."
            )
        return options

    def size(self, function: str) -> FunctionSize:
        """Return the size of a function: of `plan` and `chunk` as the options say, of any other its fixed one."""
        fixed = SIZES[function]
        if f"{function}_memory_mb" not in SIZE_OPTIONS:
            return fixed
        memory_mb, storage_mb = (getattr(self, f"{function}_{resource}_mb") for resource in ("memory", "storage"))
        return replace(fixed, memory_mb=memory_mb, storage_mb=storage_mb)


# The options that are sizes of a function, with the least and the most that Lambda allows.
SIZE_OPTIONS = {
    f"{function}_{resource}_mb": limits
    for function in ("plan", "chunk")
    for resource, limits in {
        "memory": (SMALLEST_MEMORY_MB, LARGEST_MEMORY_MB),
        "storage": (SMALLEST_STORAGE_MB, LARGEST_STORAGE_MB),
    }.items()
}


def _size(name: str, value: Any) -> int:
    least, most = SIZE_OPTIONS[name]
    return _number(name, value, getattr(Options, name), least=least, most=most)


def _matching(name: str, value: str, pattern: str) -> str:
    if not re.fullmatch(pattern, value):
        raise OptionError(f"The option {name} must match {pattern}. It is {value!r}.")
    return value


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise OptionError(f"The option {name} must be {' or '.join(allowed)}. It is {value!r}.")
    return value


def _token_issuer(auth: str, url: str | None, audience: str | None, account: str | None) -> TokenIssuer | None:
    """Return the issuer for auth=jwt, and None for any other auth, which has no use for the two options."""
    if auth != "jwt":
        if url or audience:
            raise OptionError(
                f"The options issuer and audience are for tokens, but auth is {auth}. Add auth=jwt, or leave them out."
            )
        return None
    if not url or not audience:
        raise OptionError(
            "auth=jwt needs to know which tokens to accept. Set issuer to their `iss`, an https:// address. Set "
            "audience to their `aud` (or `client_id`), and separate several audiences with commas."
        )
    return TokenIssuer(_issuer_url(url, plain_http=account == LOCAL_ACCOUNT), _audience(audience))


def _issuer_url(value: str, *, plain_http: bool) -> str:
    """Check an issuer. It has no query and no fragment (OpenID Connect Discovery 1.0 §2)."""
    scheme = "https?" if plain_http else "https"
    if not re.fullmatch(rf"{scheme}://[A-Za-z0-9.-]+(:\d+)?(/(?!\.well-known/)[^\s?#/]*)*", value):
        raise OptionError(
            "The option issuer must be an https:// address that equals the tokens' `iss`, without query, fragment and "
            f"/.well-known/…. It is {value!r}. (http:// is allowed only for the local stack.)"
        )
    return value


def _audience(value: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in str(value).split(","))
    if not all(re.fullmatch(r"[^\s'\"\[\]]+", name) for name in names):
        raise OptionError(f"The option audience must be one audience, or several separated by commas. It is {value!r}.")
    return names


def _number(name: str, value: Any, default: int, *, least: int = 1, most: int) -> int:
    text = str(default if value is None else value)
    if not text.isdecimal() or not least <= int(text) <= most:
        raise OptionError(f"The option {name} must be a whole number from {least} to {most}. It is {text!r}.")
    return int(text)


def _location(value: str) -> Location:
    match = re.fullmatch(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([^*?]*?))?/?", value)
    if not match:
        raise OptionError(f"The option data_root must be s3://bucket/prefix. It is {value!r}.")
    return Location(bucket=match[1], prefix=(match[2] or "").strip("/"))


def _api_url(value: str | None) -> str | None:
    if value and not re.match(r"https?://[^/]", value):
        raise OptionError(f"The option api_url must start with https:// (or with http:// locally). It is {value!r}.")
    return value.rstrip("/") if value else None
