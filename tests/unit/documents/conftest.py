"""Whole documents of made-up rows, made in a folder as the deployed functions make them in a bucket."""

import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from octavo.authoring.columns import Column
from octavo.authoring.parameters import encode
from octavo.authoring.report_type import ReportType
from octavo.authoring.sources import Parquet
from octavo.lifecycle.report import Report
from octavo.pipeline.make import Workspace, workspace
from octavo.pipeline.plan import plan

NOW = datetime(2026, 1, 1, tzinfo=UTC)
EXAMPLE_DATA = Path(__file__).parents[3] / "examples/nycflights13"


def report_type(query="select * from t", **attributes):
    """Return a report type over the source `t`, in the order of its column `n`."""
    return type(
        "Rows",
        (ReportType,),
        {
            "__doc__": "Rows of a table.",
            "title": "Rows",
            "sources": {"t": Parquet("t.parquet")},
            "query": query,
            "order_by": ("n",),
            "columns": (Column("n"),),
            **attributes,
        },
    )


class Made:
    """A document and what it was made from."""

    def __init__(self, space: Workspace) -> None:
        self.space = space
        self.segments = [space.render(chunk) for chunk in space.manifest.chunks]
        assembly = space.assemble(self.segments)
        self.path = space.document_path
        content = self.path.read_bytes()
        assert (assembly.crc32, assembly.size_bytes) == (zlib.crc32(content), len(content))


def stored(select, tmp_path):
    """Store the rows of a query as the source `t` in a new folder, and return the folder."""
    folder = tmp_path / f"{len(list(tmp_path.iterdir()))}"
    folder.mkdir()
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"COPY ({select}) TO '{folder}/t.parquet'")
    return folder


@pytest.fixture
def make(tmp_path):
    """Return a function that makes the document of a query, with its rows in chunks of at most `chunk_rows`."""

    def made(select, format, chunk_rows=None, **options):
        folder = stored(select, tmp_path)
        names = [name for name, *_ in duckdb.sql(f"DESCRIBE FROM '{folder}/t.parquet'").fetchall()]
        columns = tuple(Column(name) for name in names)
        return of_type(report_type(columns=columns, chunk_rows=chunk_rows), folder, folder, format, {}, options)

    return made


def of_type(report_type, data, folder, format, parameters, options=None):
    report = Report(
        id="01890000-0000-7000-8000-000000000001",
        owner="anna",
        type=report_type.name,
        parameters={},
        bound={name: encode(value) for name, value in parameters.items()},
        format=format,
        fingerprint="sha256:" + "ab" * 32,
        created_at=NOW,
        deadline=NOW + timedelta(hours=1),
        expires_at=NOW + timedelta(days=1),
    )
    planned = plan(report_type, format, parameters, str(data), folder, options)
    return Made(workspace(report, report_type, planned, folder))
