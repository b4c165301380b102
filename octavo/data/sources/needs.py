"""What a connection needs before it is locked, so that it can read sources. Plain data.

`octavo.data.database` gives it to a connection, and `infra` allows the plan function the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

S3 = "s3://"


@dataclass(frozen=True)
class Needs:
    """The paths to read, and the DuckDB extensions and secrets that are necessary for it.

    A path that ends in `/` is a folder; any other is a file or a pattern of files. Paths are local or `s3://`
    addresses, which are the only addresses on the network that DuckDB can access. `extensions` are the names of
    extensions that are deployed with the functions. `secrets` are the kinds of secrets to create from the function's
    own credentials.
    """

    paths: frozenset[str] = frozenset()
    extensions: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()

    def __or__(self, other: Needs) -> Needs:
        """Combine two needs."""
        return Needs(self.paths | other.paths, self.extensions | other.extensions, self.secrets | other.secrets)

    @classmethod
    def of_path(cls, path: str) -> Needs:
        """Return what a connection needs to read a path."""
        if path.startswith(S3):
            return cls(frozenset({path}), frozenset({"httpfs"}), frozenset({"s3"}))
        return cls(frozenset({path}))

    @property
    def folders(self) -> list[str]:
        """The folders that contain the paths; for a pattern, the folder before its first wildcard. Each ends in `/`."""
        return sorted({_folder(path) for path in self.paths})


def _folder(path: str) -> str:
    before_pattern = path if path.endswith("/") else re.split(r"[*?\[{]", path, maxsplit=1)[0]
    return before_pattern.rpartition("/")[0] + "/"
