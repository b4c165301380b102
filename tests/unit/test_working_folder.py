"""A step first removes the folders that killed steps have left, and never the folder of a step that is working."""

import fcntl
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from octavo.pipeline import working_folder as module
from octavo.pipeline.working_folder import working_folder

STEP = """
import sys, tempfile
tempfile.tempdir = sys.argv[1]
from octavo.pipeline.working_folder import working_folder
with working_folder() as folder:
    (folder / "snapshot.parquet").write_bytes(b"rows")
    print(folder.name, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def disk(tmp_path, monkeypatch):
    """A temporary folder that also contains what belongs to others."""
    for name in ("octavo-bench-1", "other"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def steps(disk):
    return {path.name for path in disk.iterdir()} - {"octavo-bench-1", "other"}


@pytest.fixture
def other_step(disk):
    """A step of another process, which works until it is killed."""
    with subprocess.Popen([sys.executable, "-c", STEP, str(disk)], stdin=-1, stdout=-1, text=True) as process:
        process.name = process.stdout.readline().strip()
        yield process
        process.kill()


def test_a_step_has_an_empty_folder_and_removes_it_with_all_that_is_in_it(disk):
    with working_folder() as folder:
        assert list(folder.iterdir()) == []
        (folder / "spill").mkdir()
        (folder / "spill" / "block").write_bytes(b"rows")
        assert steps(disk) == {folder.name}
    assert steps(disk) == set()
    assert (disk / "octavo-bench-1").exists()
    assert (disk / "other").exists()


def test_a_step_that_fails_removes_its_folder_too(disk):
    with pytest.raises(FileExistsError), working_folder() as folder:
        folder.mkdir()
    assert steps(disk) == set()


def test_a_step_first_removes_what_a_killed_step_has_left(disk, other_step):
    other_step.send_signal(signal.SIGKILL)
    other_step.wait()
    assert steps(disk) == {other_step.name}
    with working_folder() as folder:
        assert steps(disk) == {folder.name}


def test_a_step_does_not_remove_the_folder_of_a_step_that_is_working(disk, other_step):
    with working_folder() as folder:
        assert steps(disk) == {folder.name, other_step.name}
        with working_folder() as third:  # in the same process too
            assert steps(disk) == {folder.name, other_step.name, third.name}
    assert (disk / other_step.name / "snapshot.parquet").read_bytes() == b"rows"


def test_a_step_makes_another_folder_if_its_folder_was_taken_for_a_left_over_one(disk, monkeypatch):
    made, real = [], tempfile.mkdtemp

    def mkdtemp(prefix):
        made.append(Path(real(prefix=prefix)))
        if len(made) == 1:  # another step is removing it
            monkeypatch.setattr(module, "other", os.open(made[0], os.O_RDONLY), raising=False)
            fcntl.flock(module.other, fcntl.LOCK_EX)
        if len(made) == 2:  # another step has removed it
            made[1].rmdir()
        return str(made[-1])

    monkeypatch.setattr(tempfile, "mkdtemp", mkdtemp)
    with working_folder() as folder:
        assert folder == made[2]
    os.close(module.other)


def test_a_step_whose_folder_is_removed_between_opening_and_locking_it_makes_another_one(disk, monkeypatch):
    real, removed = fcntl.flock, []

    def flock(descriptor, operation):
        if not removed:
            (name,) = steps(disk)
            (disk / name).rmdir()
            removed.append(name)
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", flock)
    with working_folder() as folder:
        assert folder.is_dir()
        assert folder.name not in removed


def test_a_link_that_is_called_like_a_folder_is_not_followed(disk):
    (disk / "octavo-step-link").symlink_to(disk / "other")
    (disk / "other" / "file").write_bytes(b"rows")
    with working_folder():
        pass
    assert (disk / "other" / "file").exists()
