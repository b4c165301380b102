import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octavo.lifecycle.report import Report, Stage, Status, fingerprint, new_id

NOW = datetime(2026, 1, 1, tzinfo=UTC)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
parameter_sets = st.dictionaries(st.text(), json_values, max_size=4)


def report(**changes: object) -> Report:
    values = {
        "id": "01890000-0000-7000-8000-000000000001",
        "owner": "arn:aws:iam::1:role/Anna",
        "type": "flights",
        "parameters": {},
        "bound": {},
        "format": "csv",
        "fingerprint": "sha256:00",
        "created_at": NOW,
        "deadline": NOW + timedelta(hours=1),
        "expires_at": NOW + timedelta(days=7),
    }
    return Report(**(values | changes))


def hashed(**changes: object) -> str:
    values = {
        "owner": "anna",
        "report_type": "flights",
        "definition": "d",
        "parameters": {"a": 1},
        "format": "csv",
        "format_options": {},
    }
    return fingerprint(**(values | changes))


@given(parameter_sets)
def test_the_order_of_parameters_does_not_matter(parameters):
    backwards = dict(reversed(parameters.items()))
    assert hashed(parameters=parameters) == hashed(parameters=backwards)


@given(parameter_sets, parameter_sets)
def test_different_parameters_have_different_fingerprints(one, other):
    alike = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (hashed(parameters=one) == hashed(parameters=other)) is alike


@pytest.mark.parametrize(
    "change",
    [
        {"owner": "ben"},
        {"owner": None},
        {"report_type": "x"},
        {"definition": "e"},
        {"format": "pdf"},
        {"format_options": {"bom": True}},
    ],
)
def test_whatever_determines_the_document_is_in_the_fingerprint(change):
    assert hashed(**change) != hashed()


def test_ids_sort_by_time_and_differ():
    ids = [new_id() for _ in range(1000)]
    assert ids == sorted(set(ids))


def test_an_execution_is_named_by_type_format_and_id():
    assert report().execution_name == "flights-csv-01890000-0000-7000-8000-000000000001"


def test_an_execution_name_fits_step_functions_even_if_the_type_has_a_long_name():
    name = report(type="a_" * 32).execution_name
    assert len(name) <= 80
    assert name.endswith(report().id)


def test_a_running_report_answers_until_its_deadline():
    running = report()
    assert running.answers(NOW + timedelta(minutes=59), timedelta(0))
    assert not running.answers(NOW + timedelta(minutes=60), timedelta(days=1))


def test_a_finished_report_answers_until_it_is_older_than_max_age():
    done = report(status=Status.SUCCESS, stage=None, finished_at=NOW)
    assert done.answers(NOW + timedelta(seconds=900), timedelta(seconds=900))
    assert not done.answers(NOW + timedelta(seconds=901), timedelta(seconds=900))


def test_a_failed_report_never_answers():
    assert not report(status=Status.FAIL, stage=Stage.PLAN, finished_at=NOW).answers(NOW, timedelta(days=1))
