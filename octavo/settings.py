"""What the deployment tells the functions: environment variables, read once, here alone.

Each function has only the variables its work needs, so a setting is looked up when first used; handlers use theirs
while the module loads, and what is missing is named at the cold start.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from octavo.errors import SettingError

AUTH_MODES = ("iam", "jwt", "none")


class Settings:
    """The deployment's settings; each property raises SettingError when its variable is missing or wrong."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def _required(self, name: str) -> str:
        value = self._environ.get(name, "").strip()
        if not value:
            raise SettingError(f"The environment variable {name} is not set; the stack in infra/ sets it.")
        return value

    def _number(self, name: str, default: int) -> int:
        value = self._environ.get(name, str(default))
        if not value.isdecimal() or int(value) == 0:
            raise SettingError(f"The environment variable {name} must be a whole number above 0, not {value!r}.")
        return int(value)

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
        """Where relative sources are looked up: `s3://bucket/prefix` or a folder. Without a slash at its end."""
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
        """Who says who is asking: `iam` (the AWS_IAM authorizer), `jwt` (a token's issuer), or `none` (locally)."""
        mode = self._required("OCTAVO_AUTH")
        if mode not in AUTH_MODES:
            raise SettingError(f"OCTAVO_AUTH must be one of {', '.join(AUTH_MODES)}, not {mode!r}.")
        return mode

    @cached_property
    def deadline_s(self) -> int:
        """How long a report may be RUNNING: the workflow's timeout and a margin."""
        return self._number("OCTAVO_DEADLINE_S", 3900)

    @cached_property
    def max_running(self) -> int:
        """How many reports one caller may have running at a time."""
        return self._number("OCTAVO_MAX_RUNNING", 50)

    @cached_property
    def retention_s(self) -> int:
        """How long documents and records are kept; the bucket's lifecycle rule has the same days."""
        return self._number("OCTAVO_RETENTION_S", 7 * 24 * 3600)

    @cached_property
    def link_lifetime_s(self) -> int:
        """How long a presigned link lives."""
        return self._number("OCTAVO_LINK_LIFETIME_S", 900)

    @cached_property
    def s3_endpoint(self) -> str | None:
        """Another S3 than AWS's, as the SDKs name it; DuckDB must be told, boto3 finds it by itself."""
        return self._environ.get("AWS_ENDPOINT_URL_S3") or self._environ.get("AWS_ENDPOINT_URL") or None

    @cached_property
    def fonts(self) -> tuple[Path, ...]:
        """Further font files for characters that the built-in fonts lack, in the order they are asked."""
        paths = tuple(Path(name) for name in self._environ.get("OCTAVO_FONTS", "").split(os.pathsep) if name)
        if missing := [path for path in paths if not Path(str(path).partition("#")[0]).is_file()]:
            raise SettingError(f"OCTAVO_FONTS names {str(missing[0])!r}, where no file is.")
        return paths

    @cached_property
    def region(self) -> str:
        return self._required("AWS_REGION")

    @cached_property
    def memory_mb(self) -> int:
        """What Lambda gives the function; DuckDB takes its limit from it."""
        return self._number("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", 2048)


settings = Settings(os.environ)
