"""A burst of submits on the shared stack. The large burst, by two hundred owners, is in test_bursts.py."""

from tests.e2e.submits import submit_all

DISTINCT, EQUAL = 4, 60


def one_day(number):
    day = f"2013-02-{number + 1:02}"
    return {"type": "flights", "parameters": {"carrier": "HA", "start": day, "end": day}, "format": "csv"}


def test_hundreds_of_submits_at_once_make_one_report_of_each_request(local):
    before = len(local.executions())
    requests = [("anyone", number) for number in range(DISTINCT) for _ in range(EQUAL)]
    submits = submit_all(local.url, requests, request_of=one_day, at_once=4)
    assert submits.faults == []
    assert len(submits.report_ids) == DISTINCT
    for ids in submits.ids.values():
        assert len(ids) == EQUAL
        assert len(set(ids)) == 1
    assert set(submits.new.values()) == {1}
    assert len(local.executions()) == before + DISTINCT
    for number in range(DISTINCT):
        for _ in range(6):
            report = local.http.post("reports", json=one_day(number), headers={"Prefer": "wait=20"}).json()
            if report["status"] != "RUNNING":
                break
        assert (report["status"], report["deduplicated"]) == ("SUCCESS", True)
