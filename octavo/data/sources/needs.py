"""What a connection must be given before it is locked, so that sources can be read through it. Plain data.

`octavo.data.database` gives it to a connection, and `infra` gives the same to the plan function's role.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

S3 = "s3://"


@dataclass(frozen=True)
class Needs:
    """The paths that may be read, and the DuckDB extensions and secrets that reading them takes.

    A path is a folder if it ends in `/`; otherwise a file or a pattern of files. It is local or an `s3://` address: the
    only places on the network that are reached. `extensions` are names of extensions that are shipped with the
    functions. `secrets` are the kinds of secrets to create, from the function's own credentials.
    """

    paths: frozenset[str] = frozenset()
    extensions: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()

    def __or__(self, other: Needs) -> Needs:
        """Return what both need."""
        return Needs(self.paths | other.paths, self.extensions | other.extensions, self.secrets | other.secrets)

    @classmethod
    def of_path(cls, path: str) -> Needs:
        """Return what reading a path takes."""
        if path.startswith(S3):
            return cls(frozenset({path}), frozenset({"httpfs"}), frozenset({"s3"}))
        return cls(frozenset({path}))

    @property
    def folders(self) -> list[str]:
        """The folders that the paths lie in: up to the last one before a name or a pattern. Each ends in `/`."""
        return sorted({_folder(path) for path in self.paths})


def _folder(path: str) -> str:
    before_pattern = path if path.endswith("/") else re.split(r"[*?\[{]", path, maxsplit=1)[0]
    return before_pattern.rpartition("/")[0] + "/"
