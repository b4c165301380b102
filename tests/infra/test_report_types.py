"""What the deployment asks of the report types."""

import shutil
from pathlib import Path

import pytest

from infra.report_types import ReportTypes, ReportTypesError, S3Path

ROOT = Path(__file__).parents[2]
LAKE = """
from octavo import Column, Csv, Parquet, ReportType


class Lake(ReportType):
    title = "Lake"
    sources = {"fish": Parquet("s3://lake/fish/*.parquet"), "birds": Csv("s3://pond/birds.csv"), "own": Csv("own.csv")}
    query = "select fish from fish"
    order_by = ("fish",)
    columns = (Column("fish"),)
"""


@pytest.fixture
def code(tmp_path):
    """A folder of code with one report type."""
    (tmp_path / "octavo").symlink_to(ROOT / "octavo")
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "__init__.py").write_text("")
    (tmp_path / "reports" / "lake.py").write_text(LAKE)
    return tmp_path


def test_the_places_in_s3_that_report_types_read_are_told_apart_from_those_below_the_data_root(code):
    assert ReportTypes.ask(code).reads == (S3Path("lake", "fish/*.parquet"), S3Path("pond", "birds.csv"))


def test_the_example_reads_nothing_but_the_data_root():
    assert ReportTypes.ask(ROOT) == ReportTypes()


def test_a_report_type_that_cannot_be_loaded_is_refused_with_what_is_wrong(code):
    (code / "reports" / "lake.py").write_text(LAKE.replace('title = "Lake"', "title = None"))
    with pytest.raises(ReportTypesError, match=r"reports/lake\.py, class Lake: title must be a text") as error:
        ReportTypes.ask(code)
    assert str(error.value).startswith("reports/lake.py, class Lake: ")
    assert "Traceback" not in str(error.value)


def test_report_types_are_tried_on_the_data_where_there_is_any(code, tmp_path):
    shutil.copytree(ROOT / "reports", code / "reports", dirs_exist_ok=True)
    (code / "reports" / "lake.py").unlink()
    assert ReportTypes.ask(code, data=ROOT / "examples" / "nycflights13").missing == ()
    (code / "empty").mkdir()
    assert any("flights.parquet" in missing for missing in ReportTypes.ask(code, data=code / "empty").missing)


@pytest.mark.parametrize(
    ("key", "keys", "listed"),
    [
        ("shops.csv", "shops.csv", None),
        ("sales/*.csv", "sales/*.csv", "sales/*"),
        ("sales/20[12]?/**/a.csv", "sales/20**/*/a.csv", "sales/20*"),
        ("sales/{2025,2026}.csv", "sales/*.csv", "sales/*"),
        ("${a}/*.csv", "${$}*/*.csv", "${$}*"),
    ],
)
def test_a_pattern_is_written_as_iam_knows_it(key, keys, listed):
    path = S3Path("lake", key)
    assert (path.keys, path.listed) == (keys, listed)
