import pytest
from hypothesis import settings

settings.register_profile("octavo", deadline=None, print_blob=True)
settings.load_profile("octavo")


def pytest_runtest_setup():
    """Let tests connect only to this machine."""
    from pytest_socket import socket_allow_hosts

    socket_allow_hosts(["127.0.0.1", "localhost", "::1"], allow_unix_socket=True)


@pytest.fixture(scope="session")
def anyone():
    return "arn:aws:iam::123456789012:role/Anyone"
