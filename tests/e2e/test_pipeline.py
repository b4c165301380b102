"""The deployed template makes reports, from the submit call to the downloaded file."""

import csv
import json
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor

import duckdb
import httpx
import pymupdf
import pytest
from python_calamine import CalamineWorkbook

from reports.flights import Flights
from tests.e2e.conftest import ROOT


def expected_flights():
    """Return the rows of the same query in DuckDB, as text."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for name in Flights.sources:
        connection.execute(f"CREATE VIEW {name} AS FROM '{ROOT}/examples/nycflights13/{name}.parquet'")
    columns = ", ".join(column.name for column in Flights.columns)
    query = f"SELECT {columns} FROM ({Flights.query}) ORDER BY {', '.join(Flights.order_by)}"
    rows = connection.execute(query, dict(Flights.Parameters())).fetchall()
    return [["" if v is None else v.isoformat() if hasattr(v, "isoformat") else str(v) for v in row] for row in rows]


@pytest.fixture(scope="module")
def finished(local):
    """A small report that has succeeded."""
    return local.ended("flights", parameters={"carrier": "OO"})


def test_the_flights_report_is_equal_to_what_duckdb_gives_row_by_row(local, tmp_path):
    path = tmp_path / "flights.csv"
    done = local.octavo("submit", "flights", "--format", "csv", "-o", path)
    assert done.returncode == 0, done.stderr
    with path.open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == [column.name for column in Flights.columns]
    assert len(rows) == 336_776
    assert rows == expected_flights()


def test_the_flights_report_as_pdf_has_its_pages_and_rows(local, tmp_path):
    path = tmp_path / "flights.pdf"
    done = local.octavo("--json", "submit", "flights", "--format", "pdf", "-p", "carrier=UA", "-o", path)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)["document"]
    with pymupdf.open(path) as pdf:
        assert pdf.page_count == document["pages"]
        assert pdf.metadata["title"] == "Departures from New York"
        rows = sum(page.get_text().count("United Air Lines Inc.") for page in pdf.pages(1))
    assert rows == document["rows"] == 58_665


def test_the_flights_report_as_a_workbook_has_its_rows_and_their_total(local, tmp_path):
    path = tmp_path / "flights.xlsx"
    done = local.octavo("submit", "flights", "-f", "xlsx", "-O", "compression=small", "-p", "carrier=UA", "-o", path)
    assert done.returncode == 0, done.stderr
    workbook = CalamineWorkbook.from_path(str(path))
    assert workbook.sheet_names == ["Departures from New York", "About"]
    header, *rows, total = workbook.get_sheet_by_index(0).to_python()
    assert header == [column.title for column in Flights.columns]
    assert len(rows) == 58_665
    assert total[-1] == sum(row[-1] for row in rows)


def test_a_report_type_that_draws_its_own_pages_is_one_document(local, tmp_path):
    path = tmp_path / "statements.pdf"
    done = local.octavo("--json", "submit", "airport_statements", "-o", path)
    assert done.returncode == 0, done.stderr
    with pymupdf.open(path) as pdf:
        pages = json.loads(done.stdout)["document"]["pages"]
        assert pdf.page_count == pages
        statements = [page.get_text() for page in pdf if "Late on average" in page.get_text()]
        assert len(statements) == 105
        assert "Albuquerque International Sunport" in statements[0]
        assert f"Page {pages - 104} of {pages}" in statements[0]


def test_an_identical_request_immediately_returns_the_same_id(local, finished):
    again = local.submit("flights", parameters={"carrier": "OO"})
    assert (again.status_code, again.json()["id"]) == (200, finished["id"])
    assert again.json()["deduplicated"] is True
    assert again.json()["document"]["rows"] == 32


def test_twelve_identical_submits_at_the_same_moment_make_one_execution(local):
    """The emulator starts a process for each of them; tests/functional submits fifty, which share one process."""
    gate = threading.Barrier(12)

    def submit(_):
        gate.wait()
        return httpx.post(
            f"{local.url}/reports", json={"type": "flights", "parameters": {"carrier": "AS"}}, timeout=120
        )

    before = len(local.executions())
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(submit, range(12)))
    assert {answer.status_code for answer in answers} <= {200, 202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert [answer.json()["deduplicated"] for answer in answers].count(False) == 1
    assert len(local.executions()) == before + 1


def test_the_document_has_the_size_rows_and_checksum_that_the_report_shows(local, finished):
    document = finished["document"]
    answer = local.http.get(f"reports/{finished['id']}/document")
    assert answer.status_code == 303
    data = httpx.get(answer.headers["Location"])
    assert len(data.content) == document["size_bytes"]
    assert f"{zlib.crc32(data.content):08x}" == document["crc32"]
    assert data.text.count("\n") - 1 == document["rows"] == 32
    assert data.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert document["filename"] in data.headers["Content-Disposition"]


def test_the_execution_and_its_states_have_readable_names(local, finished):
    (execution,) = [each for each in local.executions() if each["name"].endswith(finished["id"])]
    assert execution["name"] == f"flights-csv-{finished['id']}"
    assert execution["status"] == "SUCCEEDED"
    states = local.client("stepfunctions")
    history = states.get_execution_history(executionArn=execution["executionArn"], maxResults=1000)["events"]
    names = [each["stateEnteredEventDetails"]["name"] for each in history if "stateEnteredEventDetails" in each]
    assert names == ["Plan", "Is there capacity?", "Render chunks", "Merge", "Report ready"]


def test_the_links_of_a_report_lead_back_to_the_api(finished):
    assert httpx.get(finished["links"]["self"]).json()["id"] == finished["id"]
    assert httpx.get(finished["links"]["document"]).status_code == 303


def test_the_report_types_are_listed(local):
    types = {each["name"]: each for each in local.http.get("report-types").json()["report_types"]}
    assert types["flights"] == local.http.get("report-types/flights").json()
    assert json.dumps(types["flights"]["parameters"])
