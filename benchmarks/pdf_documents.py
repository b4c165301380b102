"""PDF documents as the workflow makes them, less S3: snapshot, segments and the joined document are files."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import csv_rows
from benchmarks.figures import BenchmarkError

if TYPE_CHECKING:
    from octavo.bucket import Segment
    from octavo.documents import Written
    from octavo.manifest import Chunk, Manifest
    from octavo.report import Report
    from octavo.report_type import ReportType
    from octavo.snapshot import Snapshot

ONE_THREAD = csv_rows.ONE_THREAD | {"RAYON_NUM_THREADS": "1"}
SAMPLE = 40
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")  # each row of flights has one, and so has Octavo's footer


@dataclass(frozen=True)
class Planned:
    """A report that is planned; its segments and their records go to `folder`. `kind` is one of `report_type`."""

    kind: str
    snapshot: Path
    folder: Path
    manifest: Manifest

    def segment(self, chunk: Chunk) -> Path:
        return self.folder / f"segment{chunk.number}"


@cache
def report_type(kind: str) -> type[ReportType]:
    """Return flights as it is, so `narrow` that most rows have two or three lines, or on 100,000 `small` pages."""
    from dataclasses import replace

    from pydantic import create_model

    from octavo.presentation import Page
    from reports.flights import Flights

    narrow = {"airline": 5.0}
    columns = tuple(replace(column, width=narrow.get(column.name)) for column in Flights.columns)
    most = create_model("Parameters", __base__=Flights.Parameters, end=(date, date(2013, 11, 20)))  # 299,905 rows
    three_rows = Page(size=(210, 50), margin_mm=9)
    changes: dict[str, dict[str, Any]] = {
        "flights": {},
        "narrow": {"columns": columns},
        "small": {"page": three_rows, "Parameters": most, "chart": None},
    }
    return type(kind.capitalize(), (Flights,), changes[kind])


def take(kind: str, folder: Path) -> Snapshot:
    """Take the report's snapshot into `folder`."""
    from infra.local import EXAMPLE_DATA
    from octavo.parameters import bound_values
    from octavo.snapshot import take_snapshot

    flights = report_type(kind)
    return take_snapshot(flights, bound_values(flights.Parameters()), str(EXAMPLE_DATA), folder)


def plan(kind: str, taken: Snapshot, chunk_rows: int | None = None) -> Planned:
    """Do the plan step behind the snapshot, with the planned size of chunks or another."""
    from octavo.database import connect
    from octavo.documents import format_named
    from octavo.manifest import Manifest, cut
    from octavo.snapshot import read_rows

    folder = taken.path.parent / kind
    folder.mkdir()
    with closing(connect(folder, [str(taken.path.parent)])) as connection:
        rows = read_rows(connection, report_type(kind), str(taken.path))
        decided = format_named("pdf").plan(rows, taken.totals, report_type(kind))
    chunks = cut(taken.rows, chunk_rows or decided.chunk_rows, decided.unit)
    manifest = Manifest(taken.path.name, taken.rows, taken.totals, chunks, decided.layout)
    return Planned(kind, taken.path, folder, Manifest.from_json(manifest.to_json()))


def write(planned: Planned, chunk: Chunk) -> Written:
    """Do the chunk step."""
    from octavo.database import connect
    from octavo.documents import format_named
    from octavo.snapshot import read_rows

    flights = report_type(planned.kind)
    with closing(connect(planned.folder, [str(planned.snapshot.parent)])) as connection:
        rows = read_rows(connection, flights, str(planned.snapshot), chunk)
        return format_named("pdf").write_segment(rows, chunk, planned.manifest, flights, planned.segment(chunk))


def write_all(planned: Planned) -> None:
    """Write all segments and, beside each, its record."""
    for chunk in planned.manifest.chunks:
        written, path = write(planned, chunk), planned.segment(chunk)
        record = {"number": chunk.number, "rows": written.rows, "size_bytes": path.stat().st_size, "crc32": 0}
        path.with_suffix(".json").write_text(json.dumps(record | {"details": dict(written.details)}))


def join(planned: Planned) -> int:
    """Do the merge step: read the records, write head and tail, join all in one file; return its pages."""
    from octavo.documents import format_named

    bound = format_named("pdf").bind(
        _report(planned.kind), report_type(planned.kind), planned.manifest, _records(planned)
    )
    with document(planned).open("wb") as file:
        file.write(bound.head)
        for chunk in planned.manifest.chunks:
            file.write(planned.segment(chunk).read_bytes())
        file.write(bound.tail)
    return bound.pages or 0


def document(planned: Planned) -> Path:
    return planned.folder / "document.pdf"


def check_document(planned: Planned) -> int:
    """Join the segments and hold every SAMPLE-th page, the first and the last against the records; return the pages."""
    rows = [count for segment in _records(planned) for count in segment.details["rows"]]
    pages = join(planned)
    cover = pages - len(rows)
    if sum(rows) != planned.manifest.rows or cover < 1:
        raise BenchmarkError(f"{pages:,} pages hold {sum(rows):,} rows of {planned.manifest.rows:,}.")
    numbers = [*range(cover, pages, SAMPLE), pages - 1]
    expected = [rows[number - cover] + 1 for number in numbers]
    if count_times(document(planned), pages, numbers) != expected:
        raise BenchmarkError(f"Pages of {planned.kind} do not hold the rows that their record says.")
    return pages


def count_times(path: Path, pages: int | None = None, numbers: Sequence[int] | None = None) -> list[int]:
    """Return how many times of day pages hold, all or those numbered (from 0), as pdfium reads them."""
    import pypdfium2

    with pypdfium2.PdfDocument(path) as pdf:
        if pages is not None and len(pdf) != pages:
            raise BenchmarkError(f"{path.name} has {len(pdf):,} pages, not {pages:,}.")
        wanted = range(len(pdf)) if numbers is None else numbers
        return [len(TIME.findall(pdf[number].get_textpage().get_text_bounded())) for number in wanted]


def _records(planned: Planned) -> list[Segment]:
    from octavo.bucket import Segment

    paths = [planned.segment(chunk).with_suffix(".json") for chunk in planned.manifest.chunks]
    return [Segment(**json.loads(path.read_text())) for path in paths]


def _report(kind: str) -> Report:
    from octavo.parameters import bound_values, encode, json_form
    from octavo.report import Report

    now, day = datetime(2026, 1, 1, tzinfo=UTC), timedelta(days=1)
    asked = report_type(kind).Parameters()
    bound = {name: encode(value) for name, value in bound_values(asked).items()}
    name = "01890000-0000-7000-8000-000000000001"
    return Report(name, "anna", kind, json_form(asked), bound, "pdf", "sha256:" + "ab" * 32, now, now + day, now + day)
