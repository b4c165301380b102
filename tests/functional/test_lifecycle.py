"""The way of a report through the real functions: what a client sees, and what stands in the table and the bucket."""

import re
import zlib
from datetime import UTC, datetime, timedelta

import pytest
import requests

from octavo import errors
from octavo.lifecycle.report import ID_PATTERN

BEN = "arn:aws:iam::123456789012:user/Ben"


def test_a_submit_answers_with_an_id_at_once_and_starts_one_execution_that_a_person_understands(octavo):
    answer = octavo.submit(parameters={"letter": "a"})
    report = answer.body
    assert answer.status == 202
    assert re.fullmatch(ID_PATTERN, report["id"])
    assert answer.headers["Location"] == f"https://reports.example/reports/{report['id']}" == report["links"]["self"]
    assert answer.headers["Retry-After"].isdecimal()
    assert (report["status"], report["stage"], report["deduplicated"]) == ("RUNNING", "PLAN", False)
    assert report["parameters"] == {"letter": "a", "below": 1_000_000}
    assert report["format"] == "csv"
    assert octavo.status(report["id"]).body == report
    assert [each["name"] for each in octavo.executions()] == [f"letters-csv-{report['id']}"]


def test_the_document_holds_every_row_in_order(octavo):
    report = octavo.submit().body
    done = octavo.run(report["id"])
    assert (done["status"], done["stage"], done["error"]) == ("SUCCESS", None, None)
    document = done["document"]
    data = requests.get(document["url"], timeout=10)
    lines = data.text.splitlines()
    assert lines == ["letter,number", *(f"{chr(97 + n % 26)},{n}" for n in range(1000))]
    assert document["rows"] == 1000
    assert document["size_bytes"] == len(data.content)
    assert document["crc32"] == f"{zlib.crc32(data.content):08x}"
    assert data.headers["Content-Type"] == document["media_type"] == "text/csv; charset=utf-8"
    assert document["filename"] in data.headers["Content-Disposition"]


def test_the_query_gets_the_parameters_that_were_validated_when_the_report_was_submitted(octavo):
    report = octavo.submit(type="halved_letters", parameters={"below": 10}).body
    assert report["parameters"] == {"letter": None, "below": 5}
    assert octavo.run(report["id"])["document"]["rows"] == 5


def test_progress_is_shown_as_stage_rows_and_chunks(octavo):
    report_id = octavo.submit().body["id"]
    nothing = {"rows_total": None, "rows_done": 0, "chunks_total": None, "chunks_done": 0}
    assert octavo.status(report_id).body["progress"] == nothing
    chunks = octavo.plan(report_id)
    octavo.chunk(report_id, chunks[0])
    seen = octavo.status(report_id).body
    assert seen["stage"] == "CHUNKS"
    assert seen["progress"] == {"rows_total": 1000, "rows_done": 250, "chunks_total": 4, "chunks_done": 1}


def test_a_chunk_that_runs_again_is_counted_once_and_changes_nothing(octavo):
    report_id = octavo.submit().body["id"]
    chunks = octavo.plan(report_id)
    for chunk in [chunks[0], chunks[0], chunks[1]]:
        octavo.chunk(report_id, chunk)
    assert octavo.status(report_id).body["progress"]["rows_done"] == 500


def test_a_plan_that_runs_again_keeps_the_first_snapshot(octavo):
    report_id = octavo.submit().body["id"]
    first = octavo.plan(report_id)
    octavo.put("data/letters.csv", "letter,number\nz,1\n")
    assert octavo.plan(report_id) == first
    for chunk in first:
        octavo.chunk(report_id, chunk)
    octavo.merge(report_id)
    assert octavo.status(report_id).body["document"]["rows"] == 1000


def test_a_merge_that_runs_again_leaves_the_document(octavo):
    report_id = octavo.submit().body["id"]
    done = octavo.run(report_id)
    octavo.merge(report_id)
    assert octavo.status(report_id).body["document"]["crc32"] == done["document"]["crc32"]
    assert octavo.call("GET", f"/reports/{report_id}/document").status == 303


def test_two_merges_at_once_leave_one_document(octavo, monkeypatch):
    report_id = octavo.submit().body["id"]
    chunks = octavo.plan(report_id)
    for chunk in chunks:
        octavo.chunk(report_id, chunk)
    from functions.merge import handler as merge

    joining = merge.join

    def join_while_another_merges(*args):
        with monkeypatch.context() as twin:
            twin.setattr(merge, "join", joining)
            octavo.merge(report_id)
        return joining(*args)

    monkeypatch.setattr(merge, "join", join_while_another_merges)
    octavo.merge(report_id)
    assert octavo.call("GET", f"/reports/{report_id}/document").status == 303


def test_a_report_without_rows_is_a_document_with_its_header(octavo):
    report_id = octavo.submit(parameters={"below": 0}).body["id"]
    document = octavo.run(report_id)["document"]
    assert requests.get(document["url"], timeout=10).text == "letter,number\n"
    assert document["rows"] == 0


def test_a_merge_without_all_rows_fails(octavo):
    report_id = octavo.submit().body["id"]
    chunks = octavo.plan(report_id)
    for chunk in chunks:
        octavo.chunk(report_id, chunk)
    record = f"work/{report_id}/segments/00002.json"
    octavo.put(record, '{"number": 2, "rows": 249, "size_bytes": 10, "crc32": 1, "details": {}}')
    with pytest.raises(errors.MergeFailed, match="999 of 1,000 rows"):
        octavo.merge(report_id)
    assert not octavo.keys("documents/")


def test_a_chunk_with_other_rows_than_planned_fails(octavo):
    report_id = octavo.submit().body["id"]
    chunks = octavo.plan(report_id)
    with pytest.raises(errors.RenderFailed, match="Chunk 3 contains 250 of 251 rows"):
        octavo.chunk(report_id, chunks[3] | {"rows": 251})
    assert not octavo.keys(f"work/{report_id}/segments/")


@pytest.mark.parametrize(("type", "error"), [("failing", errors.QueryFailed), ("missing", errors.SourceUnavailable)])
def test_a_plan_that_cannot_succeed_leaves_nothing_behind(octavo, type, error):
    report_id = octavo.submit(type, parameters={"letter": "x"}).body["id"]
    with pytest.raises(error):
        octavo.plan(report_id)
    assert not octavo.keys("snapshots/") + octavo.keys("work/")


def test_too_many_rows_are_refused_at_the_plan(octavo):
    octavo.put("data/letters.csv", "letter,number\n" + "a,1\n" * 5001)
    report_id = octavo.submit().body["id"]
    with pytest.raises(errors.TooLarge, match="5,000 rows"):
        octavo.plan(report_id)


def caught(report_id, state, error, **more):
    return {"report_id": report_id, "failed_state": state, "error": {"Error": error, "Cause": ""}, **more}


def test_a_failure_ends_the_report_with_code_and_message(octavo):
    report_id = octavo.submit().body["id"]
    octavo.fail(caught(report_id, "Render chunk", "States.Timeout", chunk={"number": 7}))
    report = octavo.status(report_id).body
    assert (report["status"], report["stage"], report["document"]) == ("FAIL", None, None)
    assert report["finished_at"]
    assert report["error"]["code"] == "TIMED_OUT"
    assert report["error"]["chunk"] == 7
    refused = octavo.call("GET", f"/reports/{report_id}/document")
    assert (refused.status, refused.body["code"]) == (409, "REPORT_FAILED")
    assert "TIMED_OUT" in refused.body["detail"]


def test_the_first_end_is_final(octavo):
    report_id = octavo.submit().body["id"]
    octavo.fail(caught(report_id, "Plan", "States.Timeout"))
    assert octavo.fail(caught(report_id, "Merge", "ValueError"))["code"] == "TIMED_OUT"
    with pytest.raises(errors.ReportEnded):
        octavo.plan(report_id)


def test_a_failure_never_undoes_a_success(octavo):
    report_id = octavo.submit().body["id"]
    octavo.run(report_id)
    assert octavo.fail(caught(report_id, "Merge", "States.Timeout"))["status"] == "SUCCESS"
    assert octavo.status(report_id).body["status"] == "SUCCESS"


@pytest.mark.parametrize(
    ("status", "code"), [("TIMED_OUT", "TIMED_OUT"), ("ABORTED", "CANCELLED"), ("FAILED", "INTERNAL")]
)
def test_an_execution_ended_from_outside_fails_its_report(octavo, status, code):
    """The event as https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html shows it."""
    report_id = octavo.submit().body["id"]
    event = {
        "version": "0",
        "id": "315c1398-40ff-a850-213b-158f73e60175",
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "account": "123456789012",
        "time": "2026-02-26T19:42:21Z",
        "region": "eu-west-1",
        "resources": [f"arn:aws:states:eu-west-1:123456789012:execution:octavo-reports:letters-csv-{report_id}"],
        "detail": {
            "executionArn": f"arn:aws:states:eu-west-1:123456789012:execution:octavo-reports:letters-csv-{report_id}",
            "stateMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:octavo-reports",
            "name": f"letters-csv-{report_id}",
            "status": status,
            "startDate": 1551225146847,
            "stopDate": 1551225151881,
            "input": None,
            "output": None,
        },
    }
    octavo.fail(event)
    assert octavo.status(report_id).body["error"]["code"] == code


def set_attribute(octavo, report_id, name, value):
    octavo.dynamodb.update_item(
        TableName=octavo.table,
        Key={"pk": {"S": f"report#{report_id}"}, "sk": {"S": "report"}},
        UpdateExpression="SET #name = :value",
        ExpressionAttributeNames={"#name": name},
        ExpressionAttributeValues={":value": value},
    )


def stored(octavo, report_id):
    key = {"pk": {"S": f"report#{report_id}"}, "sk": {"S": "report"}}
    return octavo.dynamodb.get_item(TableName=octavo.table, Key=key)["Item"]


def test_whoever_reads_a_report_past_its_deadline_ends_it(octavo):
    report_id = octavo.submit().body["id"]
    set_attribute(octavo, report_id, "deadline", {"S": "2026-01-01T00:00:00.000Z"})
    answer = octavo.status(report_id)
    assert (answer.status, answer.body["status"], answer.body["error"]["code"]) == (200, "FAIL", "TIMED_OUT")
    assert stored(octavo, report_id)["status"] == {"S": "FAIL"}


def test_a_submit_is_not_held_by_a_report_past_its_deadline(octavo):
    first = octavo.submit().body["id"]
    set_attribute(octavo, first, "deadline", {"S": "2026-01-01T00:00:00.000Z"})
    again = octavo.submit().body
    assert again["id"] != first
    assert again["deduplicated"] is False


def test_an_expired_record_is_not_found_though_the_table_still_has_it(octavo):
    report_id = octavo.submit().body["id"]
    set_attribute(octavo, report_id, "expires_at", {"N": str(int((datetime.now(UTC) - timedelta(1)).timestamp()))})
    assert octavo.status(report_id).status == 404
    assert octavo.submit().body["id"] != report_id


def test_a_document_that_is_gone_is_410_and_the_next_submit_makes_another(octavo):
    report_id = octavo.submit().body["id"]
    octavo.run(report_id)
    octavo.s3.delete_object(Bucket=octavo.bucket, Key=octavo.keys("documents/")[0])
    assert octavo.call("GET", f"/reports/{report_id}/document").status == 410
    assert octavo.submit().body["deduplicated"] is False


def test_a_document_of_a_cancelled_report_is_removed_by_its_merge(octavo, monkeypatch):
    report_id = octavo.submit().body["id"]
    chunks = octavo.plan(report_id)
    for chunk in chunks:
        octavo.chunk(report_id, chunk)
    from functions.merge import handler as merge

    joining = merge.join

    def join_and_be_cancelled(*args):
        document = joining(*args)
        octavo.fail(caught(report_id, "Merge", "States.Timeout"))
        return document

    monkeypatch.setattr(merge, "join", join_and_be_cancelled)
    with pytest.raises(errors.ReportEnded):
        octavo.merge(report_id)
    assert not octavo.keys("documents/")


def test_the_document_is_answered_with_a_link_that_works(octavo):
    report_id = octavo.submit().body["id"]
    early = octavo.call("GET", f"/reports/{report_id}/document")
    assert (early.status, early.body["code"]) == (409, "NOT_READY")
    assert early.headers["Retry-After"].isdecimal()
    octavo.run(report_id)
    answer = octavo.call("GET", f"/reports/{report_id}/document")
    assert answer.status == 303
    assert "X-Amz-Signature" in answer.headers["Location"]
    assert requests.get(answer.headers["Location"], timeout=10).text.startswith("letter,number\n")
