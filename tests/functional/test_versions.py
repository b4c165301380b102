"""One document is made by one version of the code, whatever is deployed while its report runs."""

import importlib
import json
from contextlib import contextmanager

import pytest

from octavo.errors import VersionChanged
from octavo.settings import settings


@contextmanager
def other_code(monkeypatch):
    """Deploy another bundle of code."""
    with monkeypatch.context() as patch:
        patch.setitem(vars(settings), "bundle_digest", "other")
        yield


@contextmanager
def swapped_columns(monkeypatch):
    """Deploy the report type `letters` with its columns in another order."""
    catalogue = importlib.import_module("octavo.authoring.catalogue")
    letters = catalogue.report_types()["letters"]
    body = {name: value for name, value in vars(letters).items() if not name.startswith("__")}
    body |= {"columns": letters.columns[::-1], "__module__": letters.__module__, "__qualname__": "Letters"}
    changed = type("Letters", letters.__bases__, body)
    with monkeypatch.context() as patch:
        patch.setattr(catalogue, "report_types", lambda: {"letters": changed})
        yield


@pytest.mark.parametrize("deployed", [other_code, swapped_columns], ids=["code", "report type"])
class TestADeploymentBetween:
    def refuses(self, octavo, report_id, failed_state, step):
        """Let a step of the new code run, and record its failure as the workflow does."""
        with pytest.raises(VersionChanged) as refused:
            step()
        error = {"Error": "VersionChanged", "Cause": json.dumps({"errorMessage": str(refused.value)})}
        octavo.fail({"report_id": report_id, "failed_state": failed_state, "error": error})
        error = octavo.status(report_id).body["error"]
        assert (error["code"], error["retryable"]) == ("VERSION_CHANGED", True)
        assert not octavo.keys("documents/")

    def test_plan_and_chunk_renders_nothing(self, octavo, monkeypatch, deployed):
        report_id = octavo.submit().body["id"]
        first, *_ = octavo.plan(report_id)
        with deployed(monkeypatch):
            self.refuses(octavo, report_id, "Render chunk", lambda: octavo.chunk(report_id, first))
        assert not [key for key in octavo.keys("work/") if "segments" in key]

    def test_two_chunks_renders_no_other(self, octavo, monkeypatch, deployed):
        report_id = octavo.submit().body["id"]
        first, second, *_ = octavo.plan(report_id)
        octavo.chunk(report_id, first)
        with deployed(monkeypatch):
            self.refuses(octavo, report_id, "Render chunk", lambda: octavo.chunk(report_id, second))

    def test_chunks_and_merge_joins_nothing(self, octavo, monkeypatch, deployed):
        report_id = octavo.submit().body["id"]
        for chunk in octavo.plan(report_id):
            octavo.chunk(report_id, chunk)
        with deployed(monkeypatch):
            self.refuses(octavo, report_id, "Merge", lambda: octavo.merge(report_id))

    def test_two_plans_keeps_the_first(self, octavo, monkeypatch, deployed):
        report_id = octavo.submit().body["id"]
        octavo.plan(report_id)
        with deployed(monkeypatch):
            self.refuses(octavo, report_id, "Plan", lambda: octavo.plan(report_id))


def test_parameters_that_another_definition_has_validated_are_not_planned(octavo, monkeypatch):
    report_id = octavo.submit().body["id"]
    with swapped_columns(monkeypatch), pytest.raises(VersionChanged):
        octavo.plan(report_id)
    with other_code(monkeypatch):  # the type is the same
        assert octavo.plan(report_id)


def test_a_report_that_is_submitted_again_is_made_by_the_new_code(octavo, monkeypatch):
    octavo.submit()
    with swapped_columns(monkeypatch):
        report = octavo.run(octavo.submit().body["id"])
    assert report["status"] == "SUCCESS"
    (key,) = octavo.keys("documents/")
    assert octavo.s3.get_object(Bucket=octavo.bucket, Key=key)["Body"].read().startswith(b"number,letter")
