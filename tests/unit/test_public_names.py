"""The public names of the package `octavo`. Each is loaded only when it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import octavo
import octavo.client
from octavo.authoring import columns, presentation, report_type, sources

HEAVY = {"pydantic", "boto3", "botocore", "duckdb", "reportlab", "httpx", "rich", "octavo.client"}


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_client_is_found_at_the_packages_root():
    assert octavo.Client is octavo.client.Client
    with pytest.raises(AttributeError, match="no attribute 'Cleint'"):
        octavo.Cleint  # noqa: B018 - the look-up is what is tested


@pytest.mark.parametrize(
    ("module", "names"),
    [
        (report_type, ["ReportType"]),
        (columns, ["Column"]),
        (sources, ["Csv", "Json", "Parquet"]),
        (presentation, ["Chart", "Page"]),
    ],
    ids=lambda each: getattr(each, "__name__", None),
)
def test_what_a_report_type_is_written_with_is_found_at_the_packages_root(module, names):
    assert [getattr(octavo, name) for name in names] == [getattr(module, name) for name in names]


def test_every_public_name_is_there_and_listed():
    assert set(octavo.__all__) <= set(dir(octavo))
    assert all(isinstance(getattr(octavo, name), type) for name in octavo.__all__)


def test_the_package_alone_loads_nothing_heavy():
    assert not loaded_by("import octavo") & HEAVY


def test_the_names_for_report_types_load_no_client_and_no_database():
    assert not loaded_by("from octavo import Chart, Column, Csv, Page, ReportType") & (HEAVY - {"pydantic"})


def test_the_functions_models_load_no_client():
    assert not loaded_by("import octavo, octavo.http.models") & {"httpx", "octavo.client"}
