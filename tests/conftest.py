from pathlib import PurePosixPath

import pytest
from hypothesis import settings

settings.register_profile("octavo", deadline=None, print_blob=True)
settings.load_profile("octavo")


def pytest_runtest_setup():
    """Let tests connect only to this machine."""
    from pytest_socket import socket_allow_hosts

    socket_allow_hosts(["127.0.0.1", "localhost", "::1"], allow_unix_socket=True)


# These files share one local stack, the session fixture `local` of tests/e2e/conftest.py.
ON_THE_SHARED_STACK = {
    "test_doctor.py",
    "test_failures.py",
    "test_pipeline.py",
    "test_readme.py",
    "test_submits.py",
}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Run the tests of a file in one worker, as `--dist loadfile` does, and so all files that share a stack.

    Each worker makes the fixtures of modules and sessions for itself, and a stack is the most expensive of them.
    """
    from xdist.scheduler import LoadFileScheduling

    class LoadStackScheduling(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            return "the shared stack" if PurePosixPath(file).name in ON_THE_SHARED_STACK else file

    return LoadStackScheduling(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def anyone():
    return "arn:aws:iam::123456789012:role/Anyone"
