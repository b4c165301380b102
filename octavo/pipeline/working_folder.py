"""The folder in which a step of the workflow works, and from which everything is removed when the step ends.

A step that is killed leaves its folder behind, gigabytes perhaps, and Lambda may give the same disk to the next step.
On a developer's machine and in the local stack, other steps work in the same place at the same time. Each step
therefore holds a lock on its folder (flock), which the operating system releases when the process ends, however it
ends. A folder without a lock is left over, and the next step removes it first.

    make the folder ─► lock it ─► still there? ─► work ─► remove it
                          │            │
                          └────────────┴─ no: another step has just taken it for a left-over; make another one
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "octavo-step-"  # no other folder may begin like this, because it has no lock


@contextmanager
def working_folder() -> Iterator[Path]:
    """Make an empty folder, and remove it with all that is in it at the end; first remove what killed steps left."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        _remove_if_left_over(folder)
    folder, lock = _locked_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _locked_folder() -> tuple[Path, int]:
    """Make a folder, and return it with the descriptor that holds its lock."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        lock = _lock(folder)
        if lock is not None:
            return folder, lock


def _lock(folder: Path) -> int | None:
    """Lock an existing folder and return the descriptor; None if another step has locked or removed it."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:  # it has been removed, or it belongs to another user
        return None
    with suppress(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_nlink:  # otherwise it was removed before it was locked
            return descriptor
    os.close(descriptor)
    return None


def _remove_if_left_over(folder: Path) -> None:
    lock = _lock(folder)
    if lock is not None:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)
