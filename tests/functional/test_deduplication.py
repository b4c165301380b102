"""Requests with the same parameters share one run."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.functional.conftest import ANNA, BEN


def test_an_identical_request_joins_the_running_report(octavo):
    first, second = octavo.submit(), octavo.submit()
    assert second.status == 202
    assert second.body["id"] == first.body["id"]
    assert (first.body["deduplicated"], second.body["deduplicated"]) == (False, True)
    assert len(octavo.executions()) == 1


def test_a_request_with_its_defaults_written_out_is_the_same_request(octavo):
    assert octavo.submit().body["id"] == octavo.submit(parameters={"below": 1_000_000}, format="csv").body["id"]


def test_a_finished_report_is_reused(octavo):
    report_id = octavo.submit().body["id"]
    octavo.run(report_id)
    again = octavo.submit()
    assert (again.status, again.body["id"], again.body["deduplicated"]) == (200, report_id, True)
    assert again.body["document"]["url"]
    assert "Retry-After" not in again.headers


def test_a_finished_report_older_than_max_age_is_made_again(octavo):
    report_id = octavo.submit().body["id"]
    octavo.run(report_id)
    assert octavo.submit(max_age=0).body["id"] != report_id


def test_force_starts_a_new_run_although_a_report_exists(octavo):
    first = octavo.submit().body["id"]
    forced = octavo.submit(force=True).body
    assert forced["id"] != first
    assert forced["deduplicated"] is False
    assert octavo.submit().body["id"] == forced["id"]


def test_a_failed_report_is_made_again(octavo):
    report_id = octavo.submit().body["id"]
    octavo.fail({"report_id": report_id, "failed_state": "Plan", "error": {"Error": "States.Timeout", "Cause": ""}})
    again = octavo.submit()
    assert (again.status, again.body["deduplicated"]) == (202, False)
    assert again.body["id"] != report_id


@pytest.mark.parametrize("other", [{"parameters": {"letter": "a"}}, {"parameters": {"below": 999_999}}])
def test_other_parameters_are_another_report(octavo, other):
    assert octavo.submit(**other).body["id"] != octavo.submit().body["id"]


def test_owners_do_not_share_a_run(octavo):
    assert octavo.submit(caller=ANNA).body["id"] != octavo.submit(caller=BEN).body["id"]


def test_owners_share_a_run_of_a_shared_type(octavo):
    first = octavo.submit("shared_letters", caller=ANNA).body
    second = octavo.submit("shared_letters", caller=BEN).body
    assert second["id"] == first["id"]
    assert octavo.status(first["id"], caller=BEN).status == 200


def test_fifty_identical_requests_at_the_same_moment_get_one_report(octavo):
    gate = threading.Barrier(50)

    def submit(_):
        gate.wait()
        return octavo.submit(parameters={"below": 5})

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(submit, range(50)))
    assert {answer.status for answer in answers} == {202}
    assert len({answer.body["id"] for answer in answers}) == 1
    assert [answer.body["deduplicated"] for answer in answers].count(False) == 1
    assert len(octavo.executions()) == 1


def test_many_identical_requests_after_a_failure_get_one_report(octavo):
    failed = octavo.submit().body["id"]
    octavo.fail({"report_id": failed, "failed_state": "Plan", "error": {"Error": "States.Timeout", "Cause": ""}})
    gate = threading.Barrier(20)

    def submit(_):
        gate.wait()
        return octavo.submit().body

    with ThreadPoolExecutor(20) as pool:
        reports = list(pool.map(submit, range(20)))
    assert len({report["id"] for report in reports} - {failed}) == 1
    assert [report["deduplicated"] for report in reports].count(False) == 1


def test_a_claim_that_disappears_after_it_was_in_the_way_is_put_anew(octavo, monkeypatch):
    from functions.submit.handler import table
    from octavo.storage.transactions import ConditionFailed

    tries = []
    write = table.write_once

    def goes(*parts):
        tries.append(parts)
        if len(tries) == 1:
            raise ConditionFailed({})
        write(*parts)

    monkeypatch.setattr(table, "write_once", goes)
    assert octavo.submit().status == 202
    assert len(tries) == 2


def test_the_next_submit_starts_the_workflow_of_one_that_died_before_its_start(octavo, monkeypatch):
    from functions.submit import handler as submit

    with monkeypatch.context() as broken:
        broken.setattr(submit, "start", lambda *args, **kwargs: None)
        report_id = octavo.submit().body["id"]
    assert not octavo.executions()
    assert octavo.submit().body["id"] == report_id
    assert [each["name"] for each in octavo.executions()] == [f"letters-csv-{report_id}"]


def test_a_workflow_that_cannot_be_started_fails_the_report_and_frees_the_fingerprint(octavo):
    arn = octavo.environment["OCTAVO_STATE_MACHINE_ARN"]
    octavo.states.delete_state_machine(stateMachineArn=arn)
    answer = octavo.submit()
    assert (answer.status, answer.body["code"]) == (503, "START_FAILED")
    assert answer.headers["Retry-After"].isdecimal()
    items = octavo.dynamodb.scan(TableName=octavo.table)["Items"]
    (report,) = [item for item in items if item["sk"] == {"S": "report"}]
    assert report["status"] == {"S": "FAIL"}
    assert report["failure"]["M"]["code"] == {"S": "START_FAILED"}
