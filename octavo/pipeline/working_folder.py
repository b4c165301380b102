"""The folder in which a step of the workflow works, and from which everything is removed when the step ends.

A step that is killed leaves its folder behind, gigabytes perhaps, and Lambda may give the same disk to the next step.
An execution environment of Lambda runs one step at a time, so whatever a step finds there is left over, and it removes
that first. On a developer's machine other steps work beside it in the same place, so there nothing is removed.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from octavo.settings import settings

PREFIX = "octavo-"


@contextmanager
def working_folder() -> Iterator[Path]:
    """Make an empty folder, and remove it with all that is in it at the end."""
    if settings.is_on_lambda:
        for left_over in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
            shutil.rmtree(left_over, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
        yield Path(name)
