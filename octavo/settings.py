"""What the deployment tells the functions, in environment variables and one file. Nothing else reads them.

Each function has only the variables that its work needs, so a setting is read when it is first used: at the cold start,
by the module of its handler, or there by `check`. `infra/stack.py` sets every required setting; a missing one is an
error that names it, never a default.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from octavo.errors import SettingError

AUTH_MODES = ("iam", "jwt", "none")
MEMORY_MB_OUTSIDE_LAMBDA = 2048
# `infra/bundle.py` writes it beside the packages of the bundle.
BUNDLE_DIGEST = Path(__file__).resolve().parent.parent / "bundle-digest"


class Settings:
    """The deployment's settings; each property raises SettingError when its variable is missing or wrong."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def check(self, *names: str) -> None:
        """Read these settings now, at the cold start, so that a wrong one is found before the first request."""
        for name in names:
            getattr(self, name)

    def _required(self, name: str) -> str:
        value = self._environ.get(name, "").strip()
        if not value:
            raise SettingError(f"The environment variable {name} is not set; the stack in infra/ sets it.")
        return value

    def _number(self, name: str) -> int:
        value = self._environ[name] if name in self._environ else self._required(name)
        if not value.isdecimal() or int(value) == 0:
            raise SettingError(f"The environment variable {name} must be a whole number above 0, not {value!r}.")
        return int(value)

    @cached_property
    def stack(self) -> str:
        """The stack's name, by which the metrics of several deployments in one account are told apart."""
        return self._environ.get("POWERTOOLS_SERVICE_NAME") or "Octavo"

    @cached_property
    def table(self) -> str:
        """The DynamoDB table's name."""
        return self._required("OCTAVO_TABLE")

    @cached_property
    def bucket(self) -> str:
        """The bucket of snapshots, segments and documents."""
        return self._required("OCTAVO_BUCKET")

    @cached_property
    def state_machine_arn(self) -> str:
        return self._required("OCTAVO_STATE_MACHINE_ARN")

    @cached_property
    def data_root(self) -> str:
        """Where relative sources are: `s3://bucket/prefix` or a folder. Without a slash at its end."""
        return self._required("OCTAVO_DATA_ROOT").rstrip("/")

    @cached_property
    def api_url(self) -> str:
        """The API's public address, the start of every link. Without a slash at its end."""
        url = self._required("OCTAVO_API_URL").rstrip("/")
        if urlsplit(url).scheme not in {"https", "http"}:
            raise SettingError(f"OCTAVO_API_URL must be an http(s) address, not {url!r}.")
        return url

    @cached_property
    def auth(self) -> str:
        """What proves who the caller is: `iam` (the AWS_IAM authorizer), `jwt` (a token), or `none` (locally)."""
        mode = self._required("OCTAVO_AUTH")
        if mode not in AUTH_MODES:
            raise SettingError(f"OCTAVO_AUTH must be one of {', '.join(AUTH_MODES)}, not {mode!r}.")
        return mode

    @cached_property
    def deadline_s(self) -> int:
        """How long a report may be RUNNING: the workflow's timeout and a margin."""
        return self._number("OCTAVO_DEADLINE_S")

    @cached_property
    def max_running(self) -> int:
        """How many reports one caller may have running at a time."""
        return self._number("OCTAVO_MAX_RUNNING")

    @cached_property
    def capacity(self) -> int:
        """How many chunks of all reports together may be rendered at the same time."""
        return self._number("OCTAVO_CAPACITY")

    @cached_property
    def retention_s(self) -> int:
        """How long documents and records are kept; the bucket's lifecycle rule has the same days."""
        return self._number("OCTAVO_RETENTION_S")

    @cached_property
    def link_lifetime_s(self) -> int:
        """How long a presigned link works."""
        return self._number("OCTAVO_LINK_LIFETIME_S")

    @cached_property
    def bundle_digest(self) -> str:
        """The digest of the deployed code; empty where the code is not a bundle, as in tests. See `infra/bundle.py`."""
        return BUNDLE_DIGEST.read_text() if BUNDLE_DIGEST.exists() else ""

    @cached_property
    def s3_endpoint(self) -> str | None:
        """The address of an S3 other than AWS's. boto3 reads the same variables; DuckDB must be given it."""
        return self._environ.get("AWS_ENDPOINT_URL_S3") or self._environ.get("AWS_ENDPOINT_URL") or None

    @cached_property
    def ca_bundle(self) -> Path | None:
        """The file of certificate authorities to trust instead of the usual ones. boto3 reads the same variable."""
        path = self._environ.get("AWS_CA_BUNDLE")
        if path and not Path(path).is_file():
            raise SettingError(f"AWS_CA_BUNDLE names {path!r}, which is not a file.")
        return Path(path) if path else None

    @cached_property
    def fonts(self) -> tuple[Path, ...]:
        """Further font files, for characters that the built-in fonts lack; the first that has a character is used."""
        paths = tuple(Path(name) for name in self._environ.get("OCTAVO_FONTS", "").split(os.pathsep) if name)
        if missing := [path for path in paths if not Path(str(path).partition("#")[0]).is_file()]:
            raise SettingError(f"OCTAVO_FONTS names {str(missing[0])!r}, which is not a file.")
        return paths

    @cached_property
    def region(self) -> str:
        return self._required("AWS_REGION")

    @cached_property
    def memory_mb(self) -> int:
        """The function's memory, which DuckDB's limit is computed from. Lambda sets it; elsewhere nobody does."""
        name = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"
        return self._number(name) if name in self._environ else MEMORY_MB_OUTSIDE_LAMBDA


settings = Settings(os.environ)
