"""What a deployment may choose, read from the CDK context (`cdk deploy -c name=value`) and checked at once.

docs/deploy.md explains each. A wrong value stops the synth with a sentence that says what to do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")


@dataclass(frozen=True)
class Options:
    """One deployment's choices."""

    stack: str = "Octavo"
    auth: str = "iam"
    data_root: Location | None = None
    api_url: str | None = None
    max_concurrency: int = 40
    retention_days: int = 7
    removal: str = "retain"

    @classmethod
    def from_context(cls, context: Callable[[str], Any], *, account: str | None) -> Options:
        """Read the options with `context`, a function from a name to its value or None.

        Raises OptionError for a wrong value, and for `auth=none` anywhere but on the local emulator.
        """
        data_root = context("data_root")
        options = cls(
            stack=_matching("stack", context("stack") or cls.stack, r"[A-Za-z][A-Za-z0-9-]{0,39}"),
            auth=_one_of("auth", context("auth") or cls.auth, ("iam", "none")),
            data_root=_location(data_root) if data_root else None,
            api_url=_api_url(context("api_url")),
            max_concurrency=_number("max_concurrency", context("max_concurrency"), cls.max_concurrency, most=10_000),
            retention_days=_number("retention_days", context("retention_days"), cls.retention_days, most=3_650),
            removal=_one_of("removal", context("removal") or cls.removal, ("retain", "destroy")),
        )
        if options.auth == "none" and account != LOCAL_ACCOUNT:
            raise OptionError(
                f"auth=none lets anyone read every report, so it exists for the local stack alone (account "
                f"{LOCAL_ACCOUNT}); this stack goes to {account or 'an account not yet known'}. "
                "Leave `auth` out: callers then sign their requests with IAM credentials."
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
