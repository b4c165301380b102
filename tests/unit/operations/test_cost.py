"""The estimate of costs: its arithmetic, the command, and the tables in docs/cost.md."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from octavo.authoring import catalogue
from octavo.cli.app import app
from octavo.operations.cost import usage
from octavo.operations.cost.estimate import estimate
from octavo.operations.cost.prices import Price
from octavo.operations.cost.usage import TableCalls, read_units, upload_requests, usage_of, write_units

PAGE = (Path(__file__).parents[3] / "docs/cost.md").read_text()
TABLES = re.findall(r"```console\n\$ octavo (cost[^\n]*)\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def octavo(monkeypatch):
    monkeypatch.setattr(catalogue, "PACKAGE", "reports")
    monkeypatch.setenv("AWS_PROFILE", "no_such_profile")  # nothing may look for credentials
    monkeypatch.delenv("OCTAVO_URL", raising=False)
    return lambda command: CliRunner().invoke(app, command.split(), prog_name="octavo")


def without_spaces_at_line_ends(text):
    return [line.rstrip() for line in text.rstrip().splitlines()]


def test_there_are_tables_in_the_document():
    assert len(TABLES) == 4


@pytest.mark.parametrize(("command", "printed"), TABLES, ids=[command for command, _ in TABLES])
def test_the_tables_in_the_document_are_those_that_the_command_prints(octavo, command, printed):
    done = octavo(command)
    assert (done.exit_code, done.stderr) == (0, "")
    assert without_spaces_at_line_ends(done.stdout) == without_spaces_at_line_ends(printed)


def test_the_sum_is_that_of_the_lines_and_json_has_the_same_figures(octavo):
    document = json.loads(octavo("cost flights --rows 1000000 --format pdf --per-day 100 --json").stdout)
    assert document["usd"] == pytest.approx(sum(line["usd"] for line in document["lines"]))
    assert document["usd_by_time"]["day"] == pytest.approx(100 * document["usd"])
    assert document["usd_by_time"]["month"] == pytest.approx(3000 * document["usd"])
    assert (document["type"], document["format"], document["rows"], document["chunks"]) == ("flights", "pdf", 10**6, 8)


def test_each_line_is_its_amount_at_its_price():
    used = usage_of(1_000_000, "csv", 125_000)
    lines = {line.price: line for line in estimate(used).lines}
    assert lines[Price.TRANSITIONS].usd == pytest.approx(22 * 0.025 / 1000)
    assert lines[Price.WRITES].usd == pytest.approx(used.writes * 0.625 / 1e6)
    assert lines[Price.S3_STORAGE].usd == pytest.approx(used.storage_gb_months * 0.023)


def test_a_report_without_rows_has_one_chunk():
    used = usage_of(0, "csv", 125_000)
    assert (used.chunks, used.transitions) == (1, 8)


def test_more_rows_cost_more():
    costs = [estimate(usage_of(rows, "pdf", 125_000)).usd for rows in (0, 10**5, 10**6, 10**7)]
    assert costs == sorted(costs)
    assert len(set(costs)) == 4


def test_seconds_that_are_twice_as_long_cost_more_by_the_price_of_the_seconds():
    found = estimate(usage_of(1_000_000, "csv", 125_000))
    seconds = found.usage.compute_gb_s + found.usage.start_gb_s
    assert found.usd_at_half_speed - found.usd == pytest.approx(seconds * 0.0000133334)


@pytest.mark.parametrize(("mib", "requests"), [(0, 1), (7, 1), (8, 3), (9, 4), (16, 4), (17, 5)])
def test_larger_files_are_uploaded_in_parts_of_8_mib(mib, requests):
    assert upload_requests(mib * 1024**2) == requests


def test_units_of_the_table_count_transactions_twice_and_indexes_as_well():
    assert write_units(TableCalls(updates=1)) == 2 + 2
    assert write_units(TableCalls(queries=1, transacted=2)) == 2 * (2 + 1) + 2 + 1
    assert write_units(TableCalls(updates=2, ends=1)) == 2 * (2 + 2) + 1
    assert read_units(TableCalls(gets=2, queries=1)) == 2.5


def test_what_the_stack_itself_has_is_a_line_of_its_own(octavo, monkeypatch):
    monkeypatch.setattr(usage, "ALARMS", 5)
    monkeypatch.setattr(usage, "DASHBOARDS", 1)
    monkeypatch.setattr(usage, "METRICS", 0)
    assert json.loads(octavo("cost flights --json").stdout)["usd_of_the_stack_in_a_month"] == pytest.approx(3.5)
    assert "The stack's alarms and metrics, a month" in octavo("cost flights").stdout


def test_the_bytes_of_a_row_can_be_given(octavo):
    small, large = (
        json.loads(octavo(f"cost flights --rows 1000000 --row-bytes {size} --json").stdout) for size in (10, 1000)
    )
    assert large["document_bytes"] > 90 * small["document_bytes"]
    assert large["usd"] > small["usd"]


def test_the_prices_are_shown_with_the_pages_that_publish_them(octavo):
    done = octavo("cost --prices --json")
    prices = json.loads(done.stdout)["prices"]
    assert len(prices) == len(Price)
    assert all(price["source"].startswith("https://aws.amazon.com/") for price in prices)


@pytest.mark.parametrize(
    ("command", "exit_code", "told"),
    [
        ("cost", 2, "Name a report type, or use --prices."),
        ("cost nope", 2, "There is no report type 'nope'. There are: airport_statements, flights."),
        ("cost flights --format docx", 2, "'flights' offers csv, pdf"),
        ("cost flights --rows 30000000", 2, "'flights' allows at most 20,000,000 rows."),
        ("cost flights --rows -1", 2, "--rows"),
    ],
)
def test_a_mistake_is_told_without_a_traceback(octavo, command, exit_code, told):
    done = octavo(command)
    assert done.exit_code == exit_code
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_format_that_was_not_measured_is_refused_with_those_that_were(octavo, monkeypatch):
    from octavo.operations.cost import measured

    monkeypatch.setattr(measured, "FORMATS", {"pdf": measured.FORMATS["pdf"]})
    done = octavo("cost flights --format csv")
    assert done.exit_code == 2
    assert "have not been measured yet. Measured are: pdf." in " ".join(done.stderr.split())


def test_outside_of_a_project_the_command_says_where_to_run_it(octavo, monkeypatch):
    monkeypatch.setattr(catalogue, "PACKAGE", "no_such_reports")
    done = octavo("cost flights")
    assert done.exit_code == 2
    assert "Run the command in the folder of the project" in " ".join(done.stderr.split())


def test_a_type_that_draws_its_own_pages_is_told_to_take_longer(octavo):
    assert "draws its own pages" in octavo("cost airport_statements --rows 100").stderr
