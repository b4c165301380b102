"""The pauses between two tries."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from octavo.client.retries import pause_s, retry_after_s


@given(st.integers(0, 10_000), st.none() | st.floats(0, 3600))
def test_a_pause_is_never_shorter_than_asked_for_and_at_most_a_fifth_longer_than_the_longest(attempt, asked_s):
    pause = pause_s(attempt, at_least_s=asked_s)
    assert max(asked_s or 0, 0.5) <= pause <= 1.2 * max(asked_s or 0, 5.0)


@given(st.integers(0, 100))
def test_pauses_grow(attempt):
    assert pause_s(attempt + 1) * 1.2 >= pause_s(attempt) / 1.2


def test_two_clients_do_not_retry_at_the_same_moment():
    assert len({pause_s(3) for _ in range(20)}) > 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("2", 2),
        (" 0 ", 0),
        ("", None),
        ("-1", None),
        ("soon", None),
        ("²", None),
        ("Thu, 01 Jan 2026 00:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_seconds(header, seconds):
    assert retry_after_s(httpx.Response(503, headers=[(b"Retry-After", header.encode())])) == seconds
