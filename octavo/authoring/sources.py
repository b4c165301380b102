"""The kinds of sources that report types can have. `octavo.data.sources` makes DuckDB read them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
S3_ADDRESS = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(?P<key>.*[^/])", re.DOTALL)


@dataclass(frozen=True)
class Source:
    """Something that a query can read as a table. Each kind of source is a subclass."""

    def fault(self) -> str | None:
        """Return a message about what is wrong with the source, or None."""
        return None

    @property
    def shown(self) -> str:
        """How messages refer to the source. It must contain nothing secret."""
        raise NotImplementedError


@dataclass(frozen=True)
class File(Source):
    """A file, or a pattern that matches several files with the same columns (`2013/*.parquet`).

    `path` is relative to the deployment's data root, or is an `s3://` address. The deployment allows the plan function
    to read such an address.
    """

    path: str

    def fault(self) -> str | None:
        if not isinstance(self.path, str) or not self.path:
            return "the path is empty"
        if self.path.startswith("s3://"):
            return None if S3_ADDRESS.fullmatch(self.path) else f"{self.path!r} names a bucket but no key"
        if self.path.startswith("/") or ".." in self.path.split("/") or "://" in self.path:
            return f"{self.path!r} must be relative to the data root, without '..', or an s3:// address"
        return None

    @property
    def shown(self) -> str:
        return self.path

    def located(self, data_root: str) -> str:
        """Return the path or address, with the data root in front if it is relative."""
        return self.path if self.path.startswith("s3://") else f"{data_root}/{self.path}"


@dataclass(frozen=True)
class Parquet(File):
    """Apache Parquet."""


@dataclass(frozen=True)
class Csv(File):
    """CSV with a header. DuckDB detects the types, except those that `types` gives (`{"zip": "varchar"}`)."""

    types: Mapping[str, str] = field(default_factory=dict)

    def fault(self) -> str | None:
        if not isinstance(self.types, Mapping) or not all(
            isinstance(t, str) for pair in self.types.items() for t in pair
        ):
            return "types must be a dictionary of column names and DuckDB's types, such as {'zip': 'varchar'}"
        return super().fault()


@dataclass(frozen=True)
class Json(File):
    """A JSON array of objects, or one object on each line."""
