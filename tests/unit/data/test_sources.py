"""What each kind of source needs from a connection, and what a query can read through a restricted connection."""

import re
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from octavo import Column, Csv, Json, Parquet, ReportType
from octavo.authoring.sources import Source
from octavo.data import extensions
from octavo.data.database import connect
from octavo.data.sources import KINDS, Needs, files, needs
from octavo.settings import Settings

PAGE = (Path(__file__).parents[3] / "docs/sources.md").read_text()


def reading(*sources):
    body = {
        "title": "Sales",
        "sources": {f"s{number}": source for number, source in enumerate(sources)},
        "query": "select 1 as a",
        "order_by": ("a",),
        "columns": (Column("a"),),
    }
    return type("Sales", (ReportType,), body)


S3 = {"extensions": frozenset({"httpfs"}), "secrets": frozenset({"s3"})}


@pytest.mark.parametrize("kind", [Parquet, Csv, Json])
@pytest.mark.parametrize(
    ("path", "data_root", "needed", "folders"),
    [
        ("a.parquet", "/data", Needs(frozenset({"/data/a.parquet", "/data/"})), ["/data/"]),
        ("b/*.csv", "/data", Needs(frozenset({"/data/b/*.csv", "/data/"})), ["/data/", "/data/b/"]),
        ("a.csv", "s3://root/x", Needs(frozenset({"s3://root/x/a.csv", "s3://root/x/"}), **S3), ["s3://root/x/"]),
        (
            "s3://lake/sales/20[12]?/*.csv",
            "/data",
            Needs(frozenset({"s3://lake/sales/20[12]?/*.csv", "/data/"}), **S3),
            ["/data/", "s3://lake/sales/"],
        ),
    ],
)
def test_a_file_needs_its_path_the_data_root_and_the_extensions_that_read_them(kind, path, data_root, needed, folders):
    found = needs([reading(kind(path))], data_root)
    assert found == needed
    assert found.folders == folders


def test_the_needs_of_several_report_types_are_combined():
    found = needs([reading(Csv("s3://lake/a.csv"), Csv("b.csv")), reading(Json("s3://pond/c/*.json"))], "/data")
    assert found.paths == {"s3://lake/a.csv", "/data/b.csv", "/data/", "s3://pond/c/*.json"}


def test_every_kind_of_source_has_a_reader():
    assert set(KINDS) == {kind for kind in (Parquet, Csv, Json) if issubclass(kind, Source)}
    assert all(callable(getattr(kind, name)) for kind in KINDS.values() for name in ("needs", "query"))


def test_the_page_about_sources_lists_every_kind_with_its_reader():
    rows = re.findall(r"^\| `(\w+)` \| .* \| `(\w+)` \|$", PAGE, re.MULTILINE)
    assert rows == [(kind.__name__, reader) for kind, reader in files.READERS.items()]


@pytest.fixture
def credentials(monkeypatch):
    """Credentials in the environment, where Lambda puts those of the function's role."""
    values = {
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "the-secret-key",
        "AWS_SESSION_TOKEN": "the-session-token",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(extensions, "settings", Settings({"AWS_REGION": "eu-central-1"}))
    return values


def test_a_query_can_print_no_credentials_of_the_function(credentials, tmp_path):
    with closing(connect(tmp_path, Needs.of_path("s3://lake/sales/*.parquet"))) as connection:
        seen = connection.execute("SELECT * FROM duckdb_settings()").fetchall()
        seen += connection.execute("SELECT * FROM duckdb_secrets()").fetchall()
        seen += connection.execute("SELECT current_setting('s3_secret_access_key')").fetchall()
        with pytest.raises(duckdb.Error):
            connection.execute("SELECT * FROM duckdb_secrets(redact = false)")
    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        assert credentials[name] not in str(seen)


def test_s3_is_read_with_the_functions_own_credentials(credentials, tmp_path):
    with closing(connect(tmp_path, Needs.of_path("s3://lake/sales/*.parquet"))) as connection:
        ((secret,),) = connection.execute("SELECT secret_string FROM duckdb_secrets() WHERE type = 's3'").fetchall()
    assert "key_id=AKIDEXAMPLE" in secret
    assert "region=eu-central-1" in secret


def test_a_query_finds_no_table_among_the_variables_of_the_program(tmp_path):
    seen = duckdb.sql("SELECT 'not for the query' AS text")
    with closing(connect(tmp_path)) as connection, pytest.raises(duckdb.CatalogException):
        connection.execute("SELECT * FROM seen")
    assert seen.fetchall() == [("not for the query",)]
