"""A killed step's folder is removed by the next step on Lambda, and nothing is removed anywhere else."""

import tempfile

import pytest

from octavo.pipeline import working_folder as module
from octavo.pipeline.working_folder import working_folder
from octavo.settings import Settings

ON_LAMBDA = {"AWS_EXECUTION_ENV": "AWS_Lambda_python3.13"}


@pytest.fixture
def disk(tmp_path, monkeypatch):
    """A temporary folder with what a killed step left there, and what is somebody else's."""
    for name in ("octavo-killed", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "snapshot.parquet").write_bytes(b"rows")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_a_step_on_lambda_first_removes_what_a_killed_step_left(disk, monkeypatch):
    monkeypatch.setattr(module, "settings", Settings(ON_LAMBDA))
    with working_folder() as folder:
        assert names(disk) == {folder.name, "other"}
        assert names(folder) == set()
        (folder / "segment").write_bytes(b"rows")
    assert names(disk) == {"other"}


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"AWS_LAMBDA_FUNCTION_NAME": "Octavo-plan", "AWS_ENDPOINT_URL": "http://127.0.0.1:4566"},
        ON_LAMBDA | {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"},
    ],
    ids=["a program", "the emulator", "an emulator that says it is Lambda"],
)
def test_a_step_elsewhere_removes_nothing_but_its_own_folder(disk, monkeypatch, environment):
    monkeypatch.setattr(module, "settings", Settings(environment))
    with working_folder() as folder:
        assert names(disk) == {folder.name, "octavo-killed", "other"}
    assert names(disk) == {"octavo-killed", "other"}
    assert (disk / "octavo-killed" / "snapshot.parquet").exists()
