"""Finds out what the report types need of the deployment: the `s3://` addresses that they read.

This runs in a process of its own, with the code that will be deployed.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from octavo.authoring.sources import S3_ADDRESS

ASK = """
import json, logging, sys
logging.disable()  # the message on stderr is enough
from octavo.authoring.catalogue import report_types, require_all
from octavo.errors import OctavoError
try:
    missing = []
    if len(sys.argv) > 1:
        from octavo.data.check import check_all
        missing = check_all(sys.argv[1])
    from octavo.data.sources import needs
    require_all()
    print(json.dumps({"paths": sorted(needs(report_types().values(), "").paths), "missing": missing}))
except OctavoError as error:
    sys.exit(error.message)
"""
WILDCARD = re.compile(r"[*?]+|\[[^\]]*\]|\{[^}]*\}")
ANY_REGION = "us-east-1"  # S3 redirects from here to the region of a bucket


class ReportTypesError(RuntimeError):
    """A report type cannot work; the message says which one, and how to fix it."""


@dataclass(frozen=True)
class S3Path:
    """A file in S3, or a pattern of files, that a report type reads."""

    bucket: str
    key: str

    @property
    def keys(self) -> str:
        """The keys as a pattern for IAM, with `*` for each wildcard."""
        return "*".join(map(_escaped, WILDCARD.split(self.key)))

    @property
    def listed(self) -> str | None:
        """The keys to list, as a pattern for IAM; None for a single file, which is read without listing."""
        before, *wildcards = WILDCARD.split(self.key, maxsplit=1)
        return f"{_escaped(before)}*" if wildcards else None


def _escaped(text: str) -> str:
    """Escape `$`, which begins a variable in IAM."""
    return text.replace("$", "${$}")


@dataclass(frozen=True)
class ReportTypes:
    """What the report types need: the places in S3 that they read outside the data root, and missing sources."""

    reads: tuple[S3Path, ...] = ()
    missing: tuple[str, ...] = ()

    @classmethod
    def ask(cls, code: Path, *, data: Path | None = None) -> ReportTypes:
        """Load the report types in the folder `code`; with `data`, also check each of them on that data root.

        Raises ReportTypesError.
        """
        asked = subprocess.run(  # noqa: S603 -- our own code
            [sys.executable, "-c", ASK, *([str(data)] if data else [])],
            env={"AWS_REGION": ANY_REGION, **os.environ, "PYTHONPATH": str(code), "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=code,
            capture_output=True,
            text=True,
        )
        if asked.returncode:
            raise ReportTypesError(asked.stderr.strip())
        said = json.loads(asked.stdout)
        found = (S3_ADDRESS.fullmatch(path) for path in said["paths"])
        return cls(tuple(S3Path(path["bucket"], path["key"]) for path in found if path), tuple(said["missing"]))
