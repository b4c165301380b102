"""The `octavo` command: `types`, `submit`, `status`, `download`.

Results go to stdout: an ID, a path, a table or, with --json, one JSON document. All else goes to stderr. Exit codes
are the error classes' own (`octavo.errors`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from octavo.errors import (
    ApiUnreachable,
    Interrupted,
    WaitTimedOut,
)

if TYPE_CHECKING:
    pass

STDOUT = Path("-")
GOES_ON = (ApiUnreachable, Interrupted, WaitTimedOut)  # the client stopped looking; the report did not stop
