"""The calls around a report: list, cancel, delete, conditional and waiting requests, keys, the cap, HEAD."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import pytest
import requests

from octavo.storage.reports import Reports
from octavo.storage.transactions import Table
from tests.functional.conftest import ANNA, BEN, TABLE
from tests.functional.test_requests import problem


def ids(answer):
    return [report["id"] for report in answer.body["reports"]]


def many(octavo, count, caller=ANNA, **request):
    """Submit reports that differ, one after the other; return their IDs, the newest first."""
    made = [octavo.submit(caller=caller, parameters={"below": n + 1}, **request).body["id"] for n in range(count)]
    return made[::-1]


def failing(octavo, report_id, caller=ANNA):
    octavo.fail({"report_id": report_id, "failed_state": "Plan", "error": {"Error": "States.Timeout", "Cause": ""}})
    return octavo.status(report_id, caller)


class TestList:
    def test_it_has_the_callers_own_reports_the_newest_first(self, octavo):
        hers, his = many(octavo, 3), many(octavo, 2, caller=BEN)
        answer = octavo.call("GET", "/reports")
        assert (answer.status, ids(answer), answer.body["next_cursor"]) == (200, hers, None)
        assert ids(octavo.call("GET", "/reports", caller=BEN)) == his

    def test_the_list_of_a_caller_without_reports_is_empty(self, octavo):
        assert octavo.call("GET", "/reports").body == {"reports": [], "next_cursor": None}

    def test_each_report_is_on_one_page_and_the_pages_are_in_order(self, octavo):
        made, seen, cursor = many(octavo, 7), [], ""
        for size in (3, 3, 1):
            page = octavo.call("GET", f"/reports?limit=3{cursor}")
            assert len(page.body["reports"]) == size
            seen += ids(page)
            cursor = f"&cursor={page.body['next_cursor']}"
        assert page.body["next_cursor"] is None
        assert seen == made

    def test_a_page_is_smaller_than_the_largest_answer_of_lambda(self, octavo):
        """The largest parameters: 64 KiB of quotes, each with two bytes in a request and four in an answer."""
        largest = [
            octavo.submit("listed_letters", parameters={"letters": ['"' * 8_100] * 4 + [str(number)]}).body["id"]
            for number in range(50)
        ]
        seen, sizes, query = [], [], "limit=100"
        while query:
            answer = octavo.answer("GET", f"/reports?{query}")
            sizes.append(len(json.dumps(answer).encode()))
            page = json.loads(answer["body"])
            seen += [report["id"] for report in page["reports"]]
            query = page["next_cursor"] and f"limit=100&cursor={page['next_cursor']}"
        assert seen == largest[::-1]
        assert max(sizes) < 6_000_000
        assert len(sizes) == 2

    def test_a_report_is_shown_however_large_it_is(self, octavo, monkeypatch):
        monkeypatch.setattr("octavo.http.list_page.LARGEST_PAGE_BYTES", 10)
        made = many(octavo, 3)
        page = octavo.call("GET", "/reports")
        assert ids(page) == made[:1]
        assert ids(octavo.call("GET", f"/reports?cursor={page.body['next_cursor']}")) == made[1:2]

    def test_a_full_last_page_has_no_next_cursor(self, octavo):
        many(octavo, 3)
        assert octavo.call("GET", "/reports?limit=3").body["next_cursor"] is None

    def test_it_can_be_filtered_by_status_and_type(self, octavo):
        running, failed, done = many(octavo, 3)
        octavo.run(done)
        failing(octavo, failed)
        csv = octavo.submit("failing").body["id"]
        assert ids(octavo.call("GET", "/reports?status=SUCCESS")) == [done]
        assert ids(octavo.call("GET", "/reports?status=FAIL")) == [failed]
        assert ids(octavo.call("GET", "/reports?status=RUNNING&type=letters")) == [running]
        assert ids(octavo.call("GET", "/reports?type=failing")) == [csv]
        assert octavo.call("GET", "/reports?status=SUCCESS").body["reports"][0]["document"]["url"]

    def test_a_filter_that_excludes_many_reports_still_finds_the_last_one(self, octavo, monkeypatch):
        monkeypatch.setattr("octavo.storage.listing.QUERY_LIMIT", 2)
        monkeypatch.setattr("octavo.storage.listing.QUERIES_PER_PAGE", 2)
        *_, first = many(octavo, 9)
        octavo.run(first)
        seen, cursor = [], ""
        for _ in range(9):
            page = octavo.call("GET", f"/reports?status=SUCCESS{cursor}")
            seen += ids(page)
            if page.body["next_cursor"] is None:
                break
            cursor = f"&cursor={page.body['next_cursor']}"
        assert seen == [first]

    def test_a_report_past_its_deadline_is_listed_as_failed(self, octavo, monkeypatch):
        report_id = octavo.submit().body["id"]
        later = Table.named(TABLE).now() + timedelta(days=1)
        monkeypatch.setattr("functions.status.handler.table.now", lambda: later)
        assert ids(octavo.call("GET", "/reports?status=RUNNING")) == []
        (listed,) = octavo.call("GET", "/reports?status=FAIL").body["reports"]
        assert (listed["id"], listed["status"], listed["error"]["code"]) == (report_id, "FAIL", "TIMED_OUT")

    @pytest.mark.parametrize(
        ("query", "pointer"),
        [
            ("limit=0", "/limit"),
            ("limit=101", "/limit"),
            ("limit=ten", "/limit"),
            ("limit=1.0", "/limit"),
            ("limit=", "/limit"),
            ("status=DONE", "/status"),
            ("staus=FAIL", "/staus"),
            ("type=", "/type"),
            ("limit=1&limit=2", "/limit"),
            ("cursor=", "/cursor"),
            ("cursor=abc", "/cursor"),
            ("cursor=W10", "/cursor"),
            ("cursor=WyJhIiwiYiJd", "/cursor"),
            ("cursor=eyJhIjoxfQ", "/cursor"),
        ],
    )
    def test_a_wrong_query_is_refused_by_the_name_of_the_parameter(self, octavo, query, pointer):
        told = problem(octavo.call("GET", f"/reports?{query}"), 422, "INVALID_REQUEST")
        assert told["errors"][0]["pointer"] == pointer

    def test_anothers_cursor_leads_to_ones_own_reports(self, octavo):
        hers = many(octavo, 3)
        his = many(octavo, 3, caller=BEN)
        hers_next = octavo.call("GET", "/reports?limit=1").body["next_cursor"]
        stolen = octavo.call("GET", f"/reports?cursor={hers_next}", caller=BEN)
        assert set(ids(stolen)) <= set(his)
        assert not set(ids(stolen)) & set(hers)


class TestCancel:
    def test_a_running_report_fails_and_its_execution_stops(self, octavo):
        report_id = octavo.submit().body["id"]
        answer = octavo.cancel(report_id)
        assert (answer.status, answer.body["status"], answer.body["error"]["code"]) == (202, "FAIL", "CANCELLED")
        assert answer.body["error"]["retryable"] is True
        (execution,) = octavo.executions()
        assert execution["status"] == "ABORTED"

    def test_a_report_that_has_ended_is_not_changed(self, octavo):
        report_id = octavo.submit().body["id"]
        octavo.run(report_id)
        answer = octavo.cancel(report_id)
        assert (answer.status, answer.body["status"]) == (200, "SUCCESS")
        assert octavo.cancel(report_id).status == 200

    def test_a_second_cancel_changes_nothing(self, octavo):
        report_id = octavo.submit().body["id"]
        first, second = octavo.cancel(report_id), octavo.cancel(report_id)
        assert (first.status, second.status) == (202, 200)
        assert second.body["finished_at"] == first.body["finished_at"]

    def test_a_cancelled_report_does_not_answer_the_next_request(self, octavo):
        report_id = octavo.submit().body["id"]
        octavo.cancel(report_id)
        assert octavo.submit().body["id"] != report_id

    def test_steps_of_a_cancelled_report_stop_with_an_error(self, octavo):
        report_id = octavo.submit().body["id"]
        (chunk, *_) = octavo.plan(report_id)
        octavo.cancel(report_id)
        with pytest.raises(Exception, match="REPORT_ENDED"):
            octavo.chunk(report_id, chunk)
        assert octavo.status(report_id).body["error"]["code"] == "CANCELLED"

    def test_a_report_is_cancelled_even_if_its_execution_cannot_be_stopped(self, octavo, monkeypatch):
        report_id = octavo.submit().body["id"]
        monkeypatch.setattr("functions.manage.handler.workflow.stop", lambda report: False)
        assert octavo.cancel(report_id).status == 202

    def test_a_report_without_an_execution_is_cancelled(self, octavo):
        report_id = octavo.submit().body["id"]
        octavo.states.delete_state_machine(
            stateMachineArn="arn:aws:states:eu-west-1:123456789012:stateMachine:octavo-reports"
        )
        assert octavo.cancel(report_id).status == 202


class TestDelete:
    def test_the_record_the_document_and_the_links_are_gone(self, octavo):
        report_id = octavo.submit().body["id"]
        link = octavo.run(report_id)["document"]["url"]
        assert requests.get(link, timeout=10).status_code == 200
        answer = octavo.delete(report_id)
        assert (answer.status, answer.body) == (204, {})
        assert requests.get(link, timeout=10).status_code in {403, 404}
        assert octavo.keys("documents/") == []
        problem(octavo.status(report_id), 404, "REPORT_NOT_FOUND")
        problem(octavo.delete(report_id), 404, "REPORT_NOT_FOUND")
        assert ids(octavo.call("GET", "/reports")) == []

    def test_the_next_identical_request_gets_a_new_report(self, octavo):
        report_id = octavo.submit().body["id"]
        octavo.run(report_id)
        octavo.delete(report_id)
        again = octavo.submit()
        assert again.status == 202
        assert again.body["id"] != report_id

    def test_a_running_report_is_not_deleted(self, octavo):
        report_id = octavo.submit().body["id"]
        problem(octavo.delete(report_id), 409, "STILL_RUNNING")
        octavo.cancel(report_id)
        assert octavo.delete(report_id).status == 204

    def test_the_record_of_a_running_report_cannot_be_deleted(self, octavo):
        report_id = octavo.submit().body["id"]
        with pytest.raises(Exception, match="STILL_RUNNING"):
            Reports(Table.named(TABLE)).delete(report_id)
        assert octavo.status(report_id).body["status"] == "RUNNING"


class TestDeletedMeanwhile:
    """Whoever still works for a report that was cancelled and deleted leaves nothing behind."""

    def test_the_merge_of_a_deleted_report_removes_the_document(self, octavo, monkeypatch):
        from functions.merge import handler as merge

        report_id = octavo.submit().body["id"]
        for chunk in octavo.plan(report_id):
            octavo.chunk(report_id, chunk)
        joining = merge.join

        def join_meanwhile(*args):
            document = joining(*args)
            octavo.cancel(report_id)
            octavo.delete(report_id)
            return document

        monkeypatch.setattr(merge, "join", join_meanwhile)
        with pytest.raises(Exception, match="REPORT_ENDED"):
            octavo.merge(report_id)
        assert octavo.keys("documents/") == []
        problem(octavo.status(report_id), 404, "REPORT_NOT_FOUND")

    def test_the_failure_of_a_deleted_report_is_recorded_nowhere(self, octavo):
        report_id = octavo.submit().body["id"]
        octavo.cancel(report_id)
        octavo.delete(report_id)
        event = {"detail": {"name": f"letters-csv-{report_id}", "status": "ABORTED"}}
        assert octavo.fail(event) == {"status": None, "code": None}
        problem(octavo.status(report_id), 404, "REPORT_NOT_FOUND")


class TestConditional:
    def test_an_unchanged_report_is_304_without_a_body(self, octavo):
        report_id = octavo.submit().body["id"]
        tag = octavo.status(report_id).headers["ETag"]
        answer = octavo.call("GET", f"/reports/{report_id}", headers={"if-none-match": f'"other", {tag}'})
        assert (answer.status, answer.body, answer.headers["ETag"]) == (304, {}, tag)
        assert int(answer.headers["Retry-After"]) > 0
        assert octavo.call("GET", f"/reports/{report_id}", headers={"if-none-match": "*"}).status == 304
        assert octavo.call("GET", f"/reports/{report_id}", headers={"if-none-match": '"x"'}).status == 200

    def test_progress_and_the_end_of_a_report_change_its_etag(self, octavo):
        report_id = octavo.submit().body["id"]
        tags = [octavo.status(report_id).headers["ETag"]]
        for chunk in octavo.plan(report_id):
            tags.append(octavo.status(report_id).headers["ETag"])
            octavo.chunk(report_id, chunk)
        octavo.merge(report_id)
        tags.append(octavo.status(report_id).headers["ETag"])
        assert len(set(tags)) == len(tags)

    def test_the_etag_of_a_finished_report_changes_before_its_link_expires(self, octavo, monkeypatch):
        from datetime import UTC, datetime

        from octavo.http.web import entity_tag

        report_id = octavo.submit().body["id"]
        octavo.run(report_id)
        report = Reports(Table.named(TABLE)).find(report_id)
        start = datetime(2026, 1, 1, tzinfo=UTC)
        tags = [entity_tag(report, start + timedelta(seconds=s), 900) for s in range(0, 900, 300)]
        assert len(set(tags)) == 3
        assert entity_tag(report, start + timedelta(seconds=299), 900) == tags[0]


class TestPrefer:
    def test_the_answer_waits_until_the_report_has_ended(self, octavo):
        def run():
            while not octavo.executions():
                time.sleep(0.05)
            (report,) = octavo.call("GET", "/reports").body["reports"]
            octavo.run(report["id"])

        thread = threading.Thread(target=run)
        thread.start()
        answer = octavo.submit(headers={"prefer": "respond-async, wait=10"})
        thread.join()
        assert (answer.status, answer.body["status"]) == (200, "SUCCESS")
        assert answer.headers["Preference-Applied"] == "wait=10"

    def test_the_answer_waits_no_longer_than_requested(self, octavo):
        begun = time.monotonic()
        answer = octavo.submit(headers={"prefer": "wait=1"})
        assert 0.9 <= time.monotonic() - begun < 5
        assert (answer.status, answer.body["status"]) == (202, "RUNNING")

    def test_the_answer_comes_26_seconds_after_api_gateway_received_the_request_however_long_the_start_took(
        self, octavo, monkeypatch
    ):
        """A cold start or a slow write has taken 20 of the 30 seconds that API Gateway waits."""
        from functions.submit import wait

        slept = []
        clock = SimpleNamespace(monotonic=lambda: sum(slept), sleep=slept.append)
        monkeypatch.setattr(wait, "time", clock)
        answer = octavo.submit(headers={"prefer": "wait=20"}, received=time.time() - 20)
        assert (answer.status, answer.body["status"]) == (202, "RUNNING")
        assert answer.headers["Preference-Applied"] == "wait=20"
        assert 5 < sum(slept) < 6

    def test_a_request_whose_time_is_up_is_answered_at_once(self, octavo, monkeypatch):
        monkeypatch.setattr("functions.submit.wait.time.sleep", lambda seconds: pytest.fail("it waited"))
        assert octavo.submit(headers={"prefer": "wait=20"}, received=time.time() - 27).status == 202

    @pytest.mark.parametrize("prefer", ["wait=abc", "wait", "wait=-1", "", "return=minimal", "waiting=5"])
    def test_a_preference_that_is_not_a_wait_is_ignored(self, octavo, prefer):
        assert "Preference-Applied" not in octavo.submit(headers={"prefer": prefer}).headers

    def test_the_longest_wait_is_twenty_seconds(self):
        from functions.submit.wait import preferred_wait_s

        assert preferred_wait_s("wait=3600") == 20
        assert preferred_wait_s('Wait = "7"; x=y') == 7
        assert preferred_wait_s("wait=0") == 0


class TestIdempotencyKey:
    KEY = {"idempotency-key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}

    def test_the_same_key_and_body_give_the_same_report_even_with_force(self, octavo):
        first = octavo.submit(force=True, headers=self.KEY)
        again = octavo.submit(force=True, headers=self.KEY)
        assert again.body["id"] == first.body["id"]
        assert (first.body["deduplicated"], again.body["deduplicated"]) == (False, True)
        failing(octavo, first.body["id"])
        ended = octavo.submit(force=True, headers=self.KEY)
        assert (ended.status, ended.body["id"], ended.body["status"]) == (200, first.body["id"], "FAIL")
        assert len(octavo.executions()) == 1

    def test_a_body_may_have_a_whole_number_beyond_those_that_json_carries_exactly(self, octavo):
        parameters = {"below": 2**60 + 1}
        first = octavo.submit("exact_letters", parameters=parameters, headers=self.KEY)
        assert (first.status, first.body["parameters"]["below"]) == (202, str(2**60 + 1))
        assert octavo.submit("exact_letters", parameters=parameters, headers=self.KEY).body["id"] == first.body["id"]
        assert octavo.submit("exact_letters", parameters={"below": 2**60}, headers=self.KEY).status == 422

    def test_bodies_that_differ_only_in_spelling_are_the_same_request(self, octavo):
        bodies = (
            '{"type": "letters", "force": true, "parameters": {"below": 5, "letter": "a"}}',
            '{"parameters": {"letter": "a", "below": 5e0}, "force": true, "type": "letters"}',
        )
        made = {octavo.call("POST", "/reports", body, headers=self.KEY).body["id"] for body in bodies}
        assert len(made) == 1

    def test_the_same_key_with_another_body_is_refused(self, octavo):
        octavo.submit(headers=self.KEY)
        problem(octavo.submit(parameters={"below": 5}, headers=self.KEY), 422, "IDEMPOTENCY_KEY_REUSED")

    def test_another_callers_key_is_another_key(self, octavo):
        hers = octavo.submit(headers=self.KEY).body["id"]
        his = octavo.submit(caller=BEN, headers=self.KEY, parameters={"below": 5})
        assert his.status == 202
        assert his.body["id"] != hers

    def test_a_key_names_the_report_that_its_request_joined(self, octavo):
        joined = octavo.submit().body["id"]
        assert octavo.submit(headers=self.KEY).body["id"] == joined
        octavo.run(joined)
        assert octavo.submit(max_age=0).body["id"] != joined
        assert octavo.submit(headers=self.KEY).body["id"] == joined

    def test_a_deleted_report_frees_its_key(self, octavo):
        report_id = octavo.submit(headers=self.KEY).body["id"]
        octavo.run(report_id)
        octavo.delete(report_id)
        assert octavo.submit(headers=self.KEY).body["id"] != report_id

    def test_a_report_that_never_started_frees_its_key(self, octavo, monkeypatch):
        from octavo.errors import StartFailed

        def refuse(report):
            raise StartFailed("Not now.")

        with monkeypatch.context() as patched:
            patched.setattr("functions.submit.handler.workflow.start", refuse)
            problem(octavo.submit(headers=self.KEY), 503, "START_FAILED")
        assert octavo.submit(headers=self.KEY).status == 202

    def test_a_key_can_be_used_again_after_a_day(self, octavo, monkeypatch):
        report_id = octavo.submit(force=True, headers=self.KEY).body["id"]
        later = Table.named(TABLE).now() + timedelta(hours=24, minutes=1)
        monkeypatch.setattr("functions.submit.handler.table.now", lambda: later)
        assert octavo.submit(force=True, headers=self.KEY).body["id"] != report_id

    def test_twenty_requests_with_one_key_at_the_same_moment_get_one_report(self, octavo):
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: octavo.submit(force=True, headers=self.KEY), range(20)))
        assert {answer.status for answer in answers} == {202}
        assert len({answer.body["id"] for answer in answers}) == 1
        assert len(octavo.executions()) == 1

    @pytest.mark.parametrize("key", ["", " ", "a\tb", "ü", "x" * 256, " x"])
    def test_a_key_that_is_not_visible_ascii_is_refused(self, octavo, key):
        problem(octavo.submit(headers={"idempotency-key": key}), 422, "INVALID_REQUEST")
        assert octavo.executions() == []


class TestCap:
    @pytest.fixture(autouse=True)
    def cap(self, octavo, monkeypatch):
        from octavo.settings import settings

        monkeypatch.setitem(settings.__dict__, "max_running", 3)

    def test_one_report_too_many_is_429(self, octavo):
        running = many(octavo, 3)
        answer = octavo.submit(parameters={"below": 99})
        problem(answer, 429, "TOO_MANY_RUNNING")
        assert int(answer.headers["Retry-After"]) > 0
        assert octavo.submit(parameters={"below": 1}).status == 202  # joins one
        assert octavo.submit(parameters={"below": 99}, caller=BEN).status == 202
        octavo.cancel(running[0])
        assert octavo.submit(parameters={"below": 99}).status == 202

    def test_reports_that_ended_do_not_count(self, octavo):
        for report_id in many(octavo, 3):
            octavo.run(report_id)
        assert octavo.submit(parameters={"below": 99}).status == 202

    def test_shared_reports_count_for_the_caller_who_requested_them(self, octavo):
        for below in range(3):
            octavo.submit("shared_letters", parameters={"below": below + 1})
        problem(octavo.submit("shared_letters", parameters={"below": 99}), 429, "TOO_MANY_RUNNING")
        assert octavo.submit("shared_letters", parameters={"below": 99}, caller=BEN).status == 202

    def test_a_report_past_its_deadline_does_not_count(self, octavo, monkeypatch):
        many(octavo, 3)
        later = Table.named(TABLE).now() + timedelta(days=1)
        monkeypatch.setattr("functions.submit.handler.table.now", lambda: later)
        assert octavo.submit(parameters={"below": 99}).status == 202


class TestHead:
    @pytest.mark.parametrize("path", ["/reports", "/report-types", "/report-types/letters", "/openapi.json", "/docs"])
    def test_head_is_answered_as_get_without_a_body(self, octavo, path):
        head, get = (
            octavo.call("HEAD", path),
            octavo.call("GET", path, isBase64Encoded=False) if path != "/docs" else None,
        )
        assert head.status == 200
        assert head.body == {}
        if get:
            assert head.headers == get.headers

    def test_head_works_for_a_report_and_its_document(self, octavo):
        report_id = octavo.submit().body["id"]
        assert octavo.call("HEAD", f"/reports/{report_id}").status == 200
        assert octavo.call("HEAD", f"/reports/{report_id}/document").status == 409
        octavo.run(report_id)
        head = octavo.call("HEAD", f"/reports/{report_id}/document")
        assert (head.status, head.body) == (303, {})
        assert head.headers["Location"]
        assert octavo.call("HEAD", f"/reports/{report_id}", caller=BEN).status == 404


def test_every_answer_forbids_browsers_to_guess_its_type(octavo):
    for answer in (octavo.call("GET", "/reports"), octavo.submit(format="docx"), octavo.call("GET", "/nowhere")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert octavo.submit().headers["Cache-Control"] == "no-store"


class TestOwners:
    """Two owners, every call, every state: nothing crosses."""

    STATES = ("RUNNING", "SUCCESS", "FAIL")

    def in_state(self, octavo, state):
        report_id = octavo.submit(parameters={"below": 7}).body["id"]
        if state == "SUCCESS":
            octavo.run(report_id)
        if state == "FAIL":
            failing(octavo, report_id)
        return report_id

    @pytest.mark.parametrize("state", STATES)
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/reports/{id}"),
            ("HEAD", "/reports/{id}"),
            ("GET", "/reports/{id}/document"),
            ("HEAD", "/reports/{id}/document"),
            ("POST", "/reports/{id}/cancel"),
            ("DELETE", "/reports/{id}"),
        ],
    )
    def test_anothers_report_is_as_unknown_as_none(self, octavo, state, method, path):
        report_id = self.in_state(octavo, state)
        before = octavo.status(report_id).body
        unknown = "01920000-0000-7000-8000-000000000000"
        hidden = octavo.call(method, path.format(id=report_id), caller=BEN)
        none = octavo.call(method, path.format(id=unknown), caller=BEN)
        assert hidden.status == none.status == 404
        assert json.dumps(hidden.body).replace(report_id, unknown) == json.dumps(none.body)
        assert hidden.headers == none.headers
        after = octavo.status(report_id).body
        for seen in (before, after):
            (seen["document"] or {}).pop("url", None), (seen["document"] or {}).pop("url_expires_at", None)
        assert after == before

    @pytest.mark.parametrize("state", STATES)
    def test_list_and_deduplication_are_separate_for_each_owner(self, octavo, state):
        report_id = self.in_state(octavo, state)
        assert ids(octavo.call("GET", "/reports", caller=BEN)) == []
        assert octavo.submit(parameters={"below": 7}, caller=BEN).body["id"] != report_id

    def test_nobody_can_cancel_or_delete_a_shared_report(self, octavo):
        report_id = octavo.submit("shared_letters").body["id"]
        problem(octavo.cancel(report_id, caller=BEN), 403, "SHARED_REPORT")
        octavo.run(report_id)
        problem(octavo.delete(report_id), 403, "SHARED_REPORT")
        assert ids(octavo.call("GET", "/reports")) == []
