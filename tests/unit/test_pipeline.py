"""The pipeline makes a report from local files, without AWS."""

import csv
import sys
import zlib
from datetime import UTC, datetime, timedelta
from types import MappingProxyType, ModuleType

import duckdb
import pytest

from octavo import formats
from octavo.authoring.columns import Column
from octavo.authoring.parameters import decoded
from octavo.authoring.report_type import ReportType
from octavo.authoring.sources import Parquet
from octavo.documents import Bound, Plan, Written
from octavo.errors import MergeFailed
from octavo.formats import FormatEntry
from octavo.lifecycle.report import Report
from octavo.pipeline.assemble import assemble
from octavo.pipeline.make import make_document, workspace
from octavo.pipeline.plan import plan

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROWS = 1000


class Numbers(ReportType):
    """Numbers, the largest first."""

    title = "Numbers"
    sources = {"numbers": Parquet("numbers.parquet")}
    query = "select n, n * n as square from numbers"
    order_by = ("n desc",)
    columns = (Column("n"), Column("square", total="sum"))


def report(format="csv"):
    return Report(
        id="01890000-0000-7000-8000-000000000001",
        owner="anna",
        type="numbers",
        parameters={},
        bound={},
        format=format,
        fingerprint="sha256:" + "ab" * 32,
        created_at=NOW,
        deadline=NOW + timedelta(hours=1),
        expires_at=NOW + timedelta(days=1),
    )


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    duckdb.sql(f"COPY (SELECT range AS n FROM range({ROWS})) TO '{folder}/numbers.parquet'")
    return str(folder)


def planned(data, tmp_path, chunk_rows, format="csv"):
    numbers = type("Numbers", (Numbers,), {"chunk_rows": chunk_rows, "formats": (format,)})
    folder = tmp_path / f"in-{chunk_rows}"
    folder.mkdir()
    asked = report(format)
    return workspace(asked, numbers, plan(numbers, format, decoded(asked.bound), data, folder), folder)


def test_a_whole_document_is_made_in_a_folder(data, tmp_path):
    path = make_document(report(), Numbers, data, tmp_path)
    assert path == tmp_path / "document.csv"
    header, *rows = csv.reader(path.read_text().splitlines())
    assert header == ["n", "square"]
    assert [tuple(map(int, row)) for row in rows] == [(n, n * n) for n in reversed(range(ROWS))]


def test_the_document_is_the_same_for_every_chunk_size(data, tmp_path):
    made = [planned(data, tmp_path, chunk_rows) for chunk_rows in (ROWS, 300, 7)]
    assemblies = [each.assemble([each.render(chunk) for chunk in each.manifest.chunks]) for each in made]
    documents = [each.document_path.read_bytes() for each in made]
    assert [len(each.manifest.chunks) for each in made] == [1, 4, 143]
    assert len(set(documents)) == 1
    for assembly in assemblies:
        assert assembly.crc32 == zlib.crc32(documents[0])
        assert (assembly.size_bytes, assembly.rows) == (len(documents[0]), ROWS)


def test_a_document_without_one_of_its_segments_is_refused(data, tmp_path):
    made = planned(data, tmp_path, 300)
    segments = [made.render(chunk) for chunk in made.manifest.chunks[1:]]
    with pytest.raises(MergeFailed, match="The chunks contain 750 of 1,000 rows"):
        assemble(made.report, made.report_type, made.manifest, segments)


@pytest.fixture
def sheets(monkeypatch):
    """A format with two sheets, and with bytes before, between and after the segments."""
    sheets = ModuleType("sheets")
    monkeypatch.setitem(sys.modules, "sheets", sheets)
    entry = FormatEntry("sheets", "text/plain", "txt", chunk_rows=300)
    monkeypatch.setattr(formats, "FORMATS", MappingProxyType({"sheets": entry}))
    for module in (
        "octavo.documents.format",
        "octavo.pipeline.plan",
        "octavo.pipeline.make",
        "octavo.authoring.faults",
    ):
        monkeypatch.setattr(f"{module}.FORMATS", formats.FORMATS)

    def write_segment(rows, chunk, manifest, report_type, path):
        found = rows.connection.execute(rows.select).fetchall()
        path.write_text("".join(f"{n}," for n, _ in found))
        return Written(len(found))

    def bind(report, report_type, manifest, segments):
        firsts = [chunk.first_row for chunk in manifest.chunks]
        pieces = []
        for first, segment in zip(firsts, segments, strict=True):
            pieces += [b"\n--\n", segment] if first == 990 else [segment]
        return Bound([b"<<", *pieces, b">>"])

    sheets.plan = lambda rows, totals, report_type, options, chunk_rows: Plan({}, chunk_rows, sections=(990, 10))
    sheets.write_segment, sheets.bind = write_segment, bind


def test_a_format_may_put_bytes_between_segments_and_end_chunks_with_sections(sheets, data, tmp_path):
    made = planned(data, tmp_path, None, "sheets")
    assert [chunk.rows for chunk in made.manifest.chunks] == [248, 248, 247, 247, 10]
    assembly = made.assemble([made.render(chunk) for chunk in made.manifest.chunks])
    text = made.document_path.read_text()
    first, second = text.removeprefix("<<").removesuffix(">>").split("\n--\n")
    assert first.split(",")[:-1] == [str(n) for n in range(ROWS - 1, 9, -1)]
    assert second.split(",")[:-1] == [str(n) for n in range(9, -1, -1)]
    assert assembly.crc32 == zlib.crc32(text.encode())
