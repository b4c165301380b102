"""Which versions of the functions are deleted after a deployment."""

import json
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from infra.limits import WORKFLOW_TIMEOUT_S
from infra.versions import KEEP, Version, main, out_of_use

NOW = datetime(2026, 11, 24, tzinfo=UTC)
HOURS = st.floats(0, 24 * 30)


def published(*hours_ago):
    return [Version(number, NOW - timedelta(hours=hours)) for number, hours in enumerate(hours_ago, 1)]


def test_a_version_is_kept_as_long_as_a_report_that_it_began_may_run():
    """It was published long ago, but replaced only now."""
    assert out_of_use(published(1000, 1), invoked=2, now=NOW) == []
    assert timedelta(seconds=WORKFLOW_TIMEOUT_S) < KEEP


def test_a_version_is_deleted_when_its_successor_is_old_enough():
    hours = KEEP / timedelta(hours=1)
    assert out_of_use(published(1000, 900, hours + 1, hours - 1), invoked=4, now=NOW) == [1, 2]


def test_the_order_in_which_versions_are_listed_does_not_matter():
    assert out_of_use(published(1000, 900, 1)[::-1], invoked=3, now=NOW) == [1]


def test_a_version_that_the_workflow_invokes_is_kept_even_if_there_is_a_newer_one():
    assert out_of_use(published(1000, 900, 800), invoked=1, now=NOW) == [2]


def test_a_function_without_versions_has_none_to_delete():
    assert out_of_use([], invoked=1, now=NOW) == []


@given(st.lists(HOURS, min_size=1, max_size=20), st.integers(0, 19))
def test_a_report_that_runs_always_finds_its_version(hours, began):
    """A version that was the newest at any time within the workflow's timeout is kept."""
    versions = published(*sorted(hours, reverse=True))
    deleted = out_of_use(versions, invoked=len(versions), now=NOW)
    earliest = NOW - timedelta(seconds=WORKFLOW_TIMEOUT_S)
    newest_then = [version.number for version in versions if version.published <= earliest][-1:]
    since = [version.number for version in versions if version.published > earliest]
    assert not set(deleted) & {*newest_then, *since}


def test_nothing_is_deleted_if_nothing_was_deployed(tmp_path):
    main(tmp_path / "outputs.json")
    (tmp_path / "outputs.json").write_text(json.dumps({}))
    main(tmp_path / "outputs.json")
