"""The report type of the doctor: its documents are those that the doctor expects, and large enough for S3 to join."""

import csv

import pytest

from octavo.authoring import self_test
from octavo.authoring.self_test import SelfTest, expected_rows
from octavo.data.check import check
from octavo.errors import InvalidRequest
from octavo.lifecycle.submission import checked_parameters
from octavo.pipeline.plan import plan
from octavo.pipeline.render import render
from octavo.storage.parts import MIN_PART_BYTES

RUN = "0123456789abcdef"


@pytest.fixture(scope="module")
def nothing(tmp_path_factory):
    return str(tmp_path_factory.mktemp("data"))


def segment(folder, nothing, format, rows):
    planned = plan(SelfTest, format, {"rows": rows, "run": RUN}, nothing, folder)
    (chunk,) = planned.manifest("").chunks
    path = folder / "segment"
    return render(SelfTest, format, planned.manifest(""), chunk, str(planned.snapshot.path), path), path


def test_the_query_is_one_that_the_check_of_report_types_accepts(nothing):
    assert check(SelfTest, nothing) is None


def test_each_row_of_the_csv_is_the_one_that_the_doctor_expects(tmp_path, nothing):
    _, path = segment(tmp_path, nothing, "csv", 12_000)
    with path.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == list(expected_rows(12_000, RUN))


@pytest.mark.parametrize(("format", "rows", "chunks"), [("csv", self_test.CSV_ROWS, 2), ("pdf", self_test.PDF_ROWS, 1)])
def test_a_segment_has_an_uploaded_part_and_one_that_s3_copies(tmp_path, nothing, format, rows, chunks):
    tenth, _ = segment(tmp_path, nothing, format, rows // chunks // 10)  # all rows have almost the same size
    assert tenth.size_bytes * 10 > 2 * MIN_PART_BYTES


@pytest.mark.parametrize("parameters", [{"rows": self_test.MOST_ROWS + 1}, {"rows": 0}, {"run": "x' or 1"}])
def test_the_rows_of_the_self_test_are_bounded(parameters):
    assert checked_parameters(SelfTest, {"rows": self_test.MOST_ROWS})
    with pytest.raises(InvalidRequest):
        checked_parameters(SelfTest, parameters)
