"""Each check of the doctor finds what is wrong, and says what to do."""

import base64
import dataclasses
import json

import httpx
import pytest

from octavo.client.endpoint import BearerToken
from octavo.errors import ApiFailed, ApiRefused, ApiUnreachable, DownloadDamaged
from octavo.http.models import FailureView
from octavo.operations.doctor.account import Concurrency
from octavo.operations.doctor.checks import CHECKS, clean_up, examine, run
from octavo.operations.doctor.finding import CheckSkipped, Outcome
from tests.unit.operations.conftest import csv_of

BROKEN = FailureView(code="RENDER_FAILED", message="'Render chunk' failed.", retryable=True)


def findings(healthy, deployment=None):
    return {found.check: found for found in examine(deployment or healthy.deployment, lambda name: None)}


def test_everything_holds_in_a_healthy_deployment(healthy):
    found = findings(healthy)
    assert [each.check for each in found.values() if each.outcome is not Outcome.HOLDS] == []
    assert list(found) == ["Identity", *(check.name for check in CHECKS)]
    accepted = "The API accepts arn:aws:iam::123456789012:user/Ops and offers 2 report types."
    assert found["Identity"].detail == accepted
    assert "S3 joined the document from 3 parts" in found["Link"].detail
    assert "1 without data yet" in found["Alarms"].detail


def test_the_doctor_deletes_all_its_reports_and_no_others(healthy):
    other = healthy.client.submit("octavo_self_test", {"rows": 1, "run": "ab"}, format="csv")
    findings(healthy)
    assert len(healthy.client.kept) == 5
    assert clean_up(healthy.trials).detail == "All 4 reports of the doctor are deleted."
    assert list(healthy.client.kept) == [other.id]


def test_a_report_whose_answer_was_lost_is_deleted_too(healthy):
    lost = healthy.client.submit("octavo_self_test", {"rows": 5_000, "run": healthy.trials.run}, format="csv")
    assert clean_up(healthy.trials).outcome is Outcome.HOLDS
    assert lost.id not in healthy.client.kept


def test_reports_that_cannot_be_deleted_are_named_with_the_command_that_deletes_them(healthy):
    findings(healthy)

    def refuse(report_id):
        raise ApiFailed(500, "INTERNAL", "Try again.")

    healthy.client.delete = refuse
    found = clean_up(healthy.trials)
    assert found.outcome is Outcome.FAILS
    assert "4 reports could not be deleted: id-1, id-2, id-3, id-4" in found.detail
    assert "octavo delete --yes id-1 id-2 id-3 id-4" in found.mend


def test_reports_that_may_be_left_because_the_list_cannot_be_read_are_told(healthy):
    findings(healthy)

    def refuse(type):
        raise ApiFailed(500, "INTERNAL", "Try again.")

    healthy.client.reports = refuse
    found = clean_up(healthy.trials)
    assert found.outcome is Outcome.FAILS
    assert (
        found.detail == "The list of reports cannot be read, so a report whose answer was lost may be left: Try again."
    )
    assert "octavo list --type octavo_self_test" in found.mend
    assert not healthy.client.kept  # those that are known are deleted


def no_type(healthy):
    def refuse(name, parameters, *, format):
        raise ApiRefused(404, "UNKNOWN_REPORT_TYPE", "There is none.")

    healthy.client.submit = refuse


def too_many(healthy):
    def refuse(name, parameters, *, format):
        raise ApiRefused(429, "TOO_MANY_RUNNING", "You have 50 reports running.")

    healthy.client.submit = refuse


def answered_by_an_earlier_report(healthy):
    submit = healthy.client.submit
    healthy.client.submit = lambda *args, **kwargs: submit(*args, **kwargs).model_copy(update={"deduplicated": True})


def not_shared(healthy):
    healthy.client.shares = False


def cancel_does_nothing(healthy):
    healthy.client.cancel = healthy.client.get


def aborts_are_lost(healthy):
    healthy.account.delivers = False


def chunks_fail(healthy):
    healthy.client.failing = {"csv": BROKEN, "pdf": BROKEN}


def another_cell(healthy):
    healthy.client.content["csv"] = lambda report: csv_of(report).replace(b"No. 77", b"No. 78")


def a_row_too_few(healthy):
    healthy.client.content["csv"] = lambda report: csv_of(report).rpartition(b"99,")[0]


def another_header(healthy):
    healthy.client.content["csv"] = lambda report: csv_of(report).replace(b"number", b"Number", 1)


def damaged(healthy):
    def download(report_id, folder):
        raise DownloadDamaged("The downloaded document is damaged: its CRC-32 is wrong. Download it again.")

    healthy.client.download = download


def half_a_pdf(healthy):
    healthy.client.content["pdf"] = lambda report: b"%PDF-1.7\n..."


def anybody_may_call(healthy):
    healthy.store.api_status = 200


def links_are_refused(healthy):
    healthy.store.link_status = 403


def altered_links_work(healthy):
    healthy.store.altered_status = 206


def links_without_an_end(healthy):
    healthy.client.url_of_documents = "https://store.example/documents/{id}"


def links_for_a_week(healthy):
    url = healthy.client.url_of_documents
    healthy.client.url_of_documents = url.replace("Expires=900", "Expires=604800")


def a_new_account(healthy):
    healthy.account.limits = Concurrency(limit=10, unreserved=10, reserved=None, capacity=None)


def too_large_a_capacity(healthy):
    healthy.account.limits = Concurrency(limit=10, unreserved=10, reserved=None, capacity=9)


def nothing_left_for_the_api(healthy):
    healthy.account.limits = Concurrency(limit=1_000, unreserved=10, reserved=990, capacity=990)


def throttled(healthy):
    healthy.account.throttled = {"chunk": 12, "submit": 3}


def an_alarm(healthy):
    healthy.account.alarm_states["Octavo-5xx"] = "ALARM"


def messages_wait(healthy):
    healthy.account.messages = 2


def no_network(healthy):
    def fail(request):
        raise httpx.ConnectError("connection refused")

    healthy.deployment.http._transport = httpx.MockTransport(fail)


@pytest.mark.parametrize(
    ("breaks", "check", "told", "mend"),
    [
        (no_type, "Submit", "does not have the report type 'octavo_self_test'", "Run `make deploy` again."),
        (too_many, "Submit", "TOO_MANY_RUNNING: You have 50 reports running.", "Read the logs"),
        (answered_by_an_earlier_report, "Submit", "answered with an earlier report", "report this as a bug"),
        (not_shared, "Deduplication", "answered with another report (id-3 instead of id-1)", "run `make deploy` again"),
        (cancel_does_nothing, "Cancel", "was cancelled, but it is RUNNING", "/aws/lambda/Octavo-manage"),
        (aborts_are_lost, "Abort", "still RUNNING 5 s after its execution was stopped", "Octavo-undelivered"),
        (chunks_fail, "CSV document", "RENDER_FAILED: 'Render chunk' failed.", "octavo-self-test-csv-id-1"),
        (chunks_fail, "PDF document", "RENDER_FAILED: 'Render chunk' failed.", "octavo-self-test-pdf-id-2"),
        (another_cell, "CSV document", "row 77 is not what was requested", "run `make deploy` again"),
        (a_row_too_few, "CSV document", "row 99 is not what was requested", "run `make deploy` again"),
        (another_header, "CSV document", "its header is not what was requested", "run `make deploy` again"),
        (damaged, "CSV document", "its CRC-32 is wrong", "run the doctor again"),
        (half_a_pdf, "PDF document", "is not a PDF with all rows and pages", "run `make deploy` again"),
        (anybody_may_call, "Authentication", "anybody may read reports", "auth=iam or auth=jwt"),
        (no_network, "Authentication", "There was no answer: connection refused.", "Check the network"),
        (links_are_refused, "Link", "answered with 403", "role of Octavo-status"),
        (altered_links_work, "Link", "answered with 206 instead of 403", "bucket is not public"),
        (links_without_an_end, "Link", "no signature of version 4", "Run `make deploy` again"),
        (links_for_a_week, "Link", "works for 604,800 s", "LINK_LIFETIME_S"),
        (a_new_account, "Capacity", "allows 10 concurrent functions, and chunks may use all of them", "Service Quotas"),
        (too_large_a_capacity, "Capacity", "chunks may use 9 of them", "-c capacity=8"),
        (nothing_left_for_the_api, "Capacity", "only 10 are left for all others", "lower capacity"),
        (throttled, "Throttles", "chunk 12 times, submit 3 times", "Service Quotas"),
        (an_alarm, "Alarms", "1 of 2 alarms are in the state ALARM: Octavo-5xx", "CloudWatch console"),
        (messages_wait, "Undelivered", "has 2 messages", "/aws/lambda/Octavo-fail"),
    ],
)
def test_what_is_wrong_is_found_with_its_mend(healthy, breaks, check, told, mend):
    breaks(healthy)
    found = findings(healthy)[check]
    assert found.outcome is Outcome.FAILS
    assert told in found.detail
    assert mend in found.mend


def test_a_report_that_does_not_end_in_time_is_told_with_its_stage(healthy):
    healthy.deployment.trials.submit("CSV", rows=5_000, format="csv")
    (check,) = [check for check in CHECKS if check.name == "CSV document"]
    found = run(check, healthy.deployment)
    assert found.outcome is Outcome.FAILS
    assert "still running after 5 s, in the stage CHUNKS" in found.detail
    assert "octavo-self-test-csv-id-1" in found.mend


def test_a_report_that_is_too_quick_to_be_cancelled_is_not_checked(healthy):
    get = healthy.client.get

    def quick(report_id):
        report = get(report_id)
        return report.model_copy(update={"status": "SUCCESS"}) if report.status == "RUNNING" else report

    healthy.client.get = quick
    found = findings(healthy)["Cancel"]
    assert (found.outcome, found.mend) == (Outcome.SKIPPED, "Run the doctor again.")


def test_a_report_that_is_too_quick_to_be_aborted_is_not_checked(healthy):
    def too_late(name):
        report_id = name.removeprefix("octavo-self-test-csv-")
        healthy.client.kept[report_id] = healthy.client.kept[report_id].model_copy(update={"status": "SUCCESS"})

    healthy.account.stop_execution = too_late
    found = findings(healthy)["Abort"]
    assert (found.outcome, found.mend) == (Outcome.SKIPPED, "Run the doctor again.")


def test_without_rights_in_the_account_the_other_checks_still_run(healthy):
    reason = CheckSkipped("AWS refused DescribeStacks (AccessDenied).", "Use the policy in docs/deploy.md.")
    found = findings(healthy, dataclasses.replace(healthy.deployment, account=reason))
    skipped = [each for each in found.values() if each.outcome is Outcome.SKIPPED]
    assert {each.check for each in skipped} == {"Abort", "Capacity", "Throttles", "Alarms", "Undelivered"}
    assert {(each.detail, each.mend) for each in skipped} == {(reason.detail, reason.mend)}
    assert not [each for each in found.values() if each.outcome is Outcome.FAILS]


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (Concurrency(10, 10, None, 8), "of which chunks use up to 8"),
        (Concurrency(1_000, 1_000, None, None), "none are reserved for chunks"),
        (Concurrency(1_000, 600, 200, 200), "200 for chunks, as many for plans, and 600 for all others"),
    ],
    ids=["a new account", "an account without reservations", "an account with a reservation"],
)
def test_a_capacity_that_leaves_room_for_the_api_holds(healthy, limits, told):
    healthy.account.limits = limits
    found = findings(healthy)["Capacity"]
    assert found.outcome is Outcome.HOLDS
    assert told in found.detail


def test_a_stack_without_alarms_is_told(healthy):
    healthy.account.alarm_states = {}
    found = findings(healthy)["Alarms"]
    assert found.outcome is Outcome.SKIPPED
    assert "No alarm has a name that begins with 'Octavo-'" in found.detail


def test_an_api_without_authentication_is_not_checked_for_it(healthy):
    found = findings(healthy, dataclasses.replace(healthy.deployment, auth=None))
    assert found["Authentication"].outcome is Outcome.SKIPPED
    assert found["Identity"].detail == "The API accepts everybody and offers 2 report types."


def test_the_owner_of_a_token_is_told_by_its_subject_and_issuer(healthy):
    claims = base64.urlsafe_b64encode(json.dumps({"iss": "https://login.example", "sub": "anna"}).encode()).decode()
    deployment = dataclasses.replace(healthy.deployment, auth=BearerToken(f"e30.{claims.rstrip('=')}.sig"))
    assert "the subject 'anna' of the issuer https://login.example" in findings(healthy, deployment)["Identity"].detail


def test_a_token_that_cannot_be_read_is_left_to_the_api(healthy):
    deployment = dataclasses.replace(healthy.deployment, auth=BearerToken("opaque"))
    assert "the subject '?'" in findings(healthy, deployment)["Identity"].detail


def test_nothing_else_is_checked_when_the_api_does_not_answer(healthy):
    def unreachable():
        raise ApiUnreachable("There is no answer.")

    healthy.client.types = unreachable
    with pytest.raises(ApiUnreachable):
        findings(healthy)
    assert not healthy.trials.begun
