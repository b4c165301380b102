"""The catalogue of report types: what is wrong with one of them is told, and is no harm to the others."""

import logging
import sys

import pytest

from octavo.authoring import catalogue
from octavo.errors import ReportTypeError, UnknownReportType

GOOD = """
from octavo import Column, Csv, ReportType

class {name}(ReportType):
    title = "Sales"
    sources = {{"sales": Csv("sales.csv")}}
    query = "select day from sales"
    order_by = ("day",)
    columns = (Column("day"),)
"""
NO_TITLE = GOOD.replace('title = "Sales"', "title = None")


@pytest.fixture
def reports(tmp_path, monkeypatch):
    """Return a function that makes a package of report types from the texts of its modules."""

    def made(**modules):
        folder = tmp_path / "made_reports"
        folder.mkdir()
        (folder / "__init__.py").write_text("")
        for name, text in modules.items():
            (folder / f"{name}.py").write_text(text)

    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(catalogue, "PACKAGE", "made_reports")
    yield made
    catalogue._catalogue.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "made_reports"]:
        del sys.modules[name]


def test_report_types_are_found_by_name_in_the_order_of_their_names(reports):
    reports(z=GOOD.format(name="Apples"), a=GOOD.format(name="Pears"))
    assert list(catalogue.report_types()) == ["apples", "pears"]
    assert catalogue.report_type_named("pears").__name__ == "Pears"
    catalogue.require_all()


def test_an_unknown_report_type_is_told_with_those_there_are(reports):
    reports(a=GOOD.format(name="Apples"))
    with pytest.raises(UnknownReportType, match=r"There is no report type 'plums'\. There are: apples\."):
        catalogue.report_type_named("plums")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (NO_TITLE.format(name="Bad"), "made_reports/bad.py, class Bad: title must be a text that is not empty"),
        ("import no_such_module", r"made_reports/bad.py can't be loaded: ModuleNotFoundError: .*no_such_module"),
        ("1 / 0", "made_reports/bad.py can't be loaded: ZeroDivisionError"),
        ("class", "made_reports/bad.py can't be loaded: SyntaxError"),
    ],
)
def test_a_report_type_that_cannot_be_loaded_is_told_and_the_others_can_still_be_asked_for(reports, caplog, text, told):
    reports(good=GOOD.format(name="Apples"), bad=text)
    with caplog.at_level(logging.ERROR):
        assert list(catalogue.report_types()) == ["apples"]
    assert "made_reports.bad" in caplog.text
    with pytest.raises(ReportTypeError, match=told):
        catalogue.require_all()


def test_two_report_types_of_one_name_are_told_and_the_first_can_be_asked_for(reports):
    reports(a=GOOD.format(name="Apples"), b=GOOD.format(name="Apples"))
    assert catalogue.report_type_named("apples").__module__ == "made_reports.a"
    with pytest.raises(ReportTypeError, match=r"'apples' is in both made_reports\.a and made_reports\.b"):
        catalogue.require_all()


def test_the_self_test_of_the_doctor_is_found_by_its_name_and_in_no_list(reports):
    reports(a=GOOD.format(name="Apples"))
    assert catalogue.report_type_named("octavo_self_test").title == "Self-test of the deployment"
    assert list(catalogue.report_types()) == ["apples"]


def test_the_name_of_the_self_test_is_reserved(reports):
    reports(good=GOOD.format(name="Apples"), bad=GOOD.format(name="OctavoSelfTest"))
    assert list(catalogue.report_types()) == ["apples"]
    with pytest.raises(
        ReportTypeError, match=r"bad\.py, class OctavoSelfTest: the name 'octavo_self_test' is reserved"
    ):
        catalogue.require_all()
