"""Large reports share the capacity: 10 chunks at a time, 8 of them for reports with more than one chunk."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from octavo.errors import Busy
from tests.functional.conftest import TABLE

KEY = {"pk": {"S": "capacity"}, "sk": {"S": "shares"}}


def submitted(octavo, **request):
    return octavo.submit(force=True, **request).body["id"]


def planned(octavo, report_id):
    return octavo.handlers["plan"]({"report_id": report_id}, None)["share"]


def held(octavo):
    item = octavo.dynamodb.get_item(TableName=TABLE, Key=KEY, ConsistentRead=True).get("Item")
    return {name: int(entry["M"]["share"]["N"]) for name, entry in item["shares"]["M"].items()} if item else {}


def filled(octavo):
    """Plan reports of four chunks until one must wait; return the IDs of those that hold a share, and of that one."""
    holding = []
    while True:
        report_id = submitted(octavo)
        if not planned(octavo, report_id):
            return holding, report_id
        holding.append(report_id)


def test_large_reports_divide_the_capacity_until_one_must_wait(octavo):
    holding, waiting = filled(octavo)
    assert list(held(octavo).values()) == [4, 2, 2]
    assert set(held(octavo)) == set(holding)
    assert octavo.admit(waiting) == 0


def test_a_small_report_does_not_wait_and_holds_nothing(octavo):
    holding, _ = filled(octavo)
    small = submitted(octavo, parameters={"below": 5})
    assert planned(octavo, small) == 1
    assert octavo.status(octavo.run(small)["id"]).body["status"] == "SUCCESS"
    assert set(held(octavo)) == set(holding)


def test_a_plan_that_runs_twice_takes_one_share(octavo):
    report_id = submitted(octavo)
    assert planned(octavo, report_id) == planned(octavo, report_id) == octavo.admit(report_id) == 4
    assert held(octavo) == {report_id: 4}


@pytest.mark.parametrize("end", ["merge", "fail", "cancel", "deadline"])
def test_a_report_gives_its_share_back_whatever_ends_it(octavo, monkeypatch, end):
    (first, *_), waiting = filled(octavo)
    if end == "merge":
        octavo.run(first)
    elif end == "fail":
        error = {"Error": "Lambda.Unknown", "Cause": ""}
        octavo.fail({"report_id": first, "failed_state": "Merge", "error": error})
    elif end == "cancel":
        octavo.cancel(first)
    else:
        key = {"pk": {"S": f"report#{first}"}, "sk": {"S": "report"}}
        octavo.dynamodb.update_item(
            TableName=TABLE,
            Key=key,
            UpdateExpression="SET deadline = :then",
            ExpressionAttributeValues={":then": {"S": "2026-01-01T00:00:00.000Z"}},
        )
        octavo.status(first)
    assert first not in held(octavo)
    assert octavo.admit(waiting) > 0


def test_the_share_of_a_report_that_died_without_giving_it_back_is_found(octavo):
    holding, waiting = filled(octavo)
    keys = [{"pk": {"S": f"report#{report_id}"}, "sk": {"S": "report"}} for report_id in holding]
    for key in keys:  # they end without `Reports.end`, or are deleted
        octavo.dynamodb.delete_item(TableName=TABLE, Key=key)
    assert octavo.admit(waiting) == 0
    assert len(held(octavo)) == len(holding) - 1
    assert octavo.admit(waiting) > 0


def test_a_share_does_not_outlive_the_deadline_of_its_report(octavo):
    holding, waiting = filled(octavo)
    item = octavo.dynamodb.get_item(TableName=TABLE, Key=KEY)["Item"]
    for report_id in holding:
        item["shares"]["M"][report_id]["M"]["until"] = {"N": "1"}
    octavo.dynamodb.put_item(TableName=TABLE, Item=item)
    assert octavo.admit(waiting) > 0
    assert held(octavo) == {waiting: 4}


def test_a_report_that_waits_to_the_end_of_its_time_is_busy(octavo):
    _, waiting = filled(octavo)
    soon = (datetime.now(UTC) + timedelta(minutes=9)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    octavo.dynamodb.update_item(
        TableName=TABLE,
        Key={"pk": {"S": f"report#{waiting}"}, "sk": {"S": "report"}},
        UpdateExpression="SET deadline = :soon",
        ExpressionAttributeValues={":soon": {"S": soon}},
    )
    with pytest.raises(Busy, match="no capacity") as busy:
        octavo.admit(waiting)
    cause = json.dumps({"errorMessage": str(busy.value)})
    octavo.fail({"report_id": waiting, "failed_state": "Admit", "error": {"Error": "Busy", "Cause": cause}})
    error = octavo.status(waiting).body["error"]
    assert (error["code"], error["retryable"]) == ("BUSY", True)
