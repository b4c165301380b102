"""PDF documents as the workflow makes them, less S3: snapshot, segments and the joined document are files."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import csv_rows
from benchmarks.figures import BenchmarkError

if TYPE_CHECKING:
    from octavo.authoring.report_type import ReportType
    from octavo.data.snapshot import Snapshot
    from octavo.documents.pdf.plan import PdfPlan
    from octavo.lifecycle.manifest import Chunk, Manifest, Segment
    from octavo.lifecycle.report import Report
    from octavo.pipeline.make import Workspace

ONE_THREAD = csv_rows.ONE_THREAD | {"RAYON_NUM_THREADS": "1"}
SAMPLE = 40
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")  # each row of flights has one, and so has Octavo's footer
STREAM = re.compile(rb"/Length (\d+)>>\nstream\n")
GENERATED_ROWS = {"codes": 300_000, "remarks": 125_000}


@dataclass(frozen=True)
class Planned:
    """A report that is planned; its segments and their records go to `folder`. `kind` is one of `report_type`."""

    kind: str
    snapshot: Path
    folder: Path
    manifest: Manifest

    def workspace(self) -> Workspace:
        from octavo.pipeline.make import Workspace

        return Workspace(_report(self.kind), report_type(self.kind), self.snapshot, self.manifest, self.folder)

    @property
    def plan(self) -> PdfPlan:
        from octavo.documents.pdf.plan import PdfPlan

        return PdfPlan.from_json(self.manifest.layout)

    def without_dictionary_columns(self) -> Planned:
        """Return the same plan with no dictionary columns."""
        layout = replace(self.plan, dictionary_columns=()).to_json()
        return replace(self, manifest=replace(self.manifest, layout=layout))

    def segment(self, chunk: Chunk) -> Path:
        return self.workspace().segment_path(chunk.number)

    def record(self, chunk: Chunk) -> Path:
        return self.segment(chunk).with_suffix(".json")


@cache
def report_type(kind: str) -> type[ReportType]:
    """Return flights as it is, so `narrow` that most rows have two or three lines, or on 100,000 `small` pages.

    `codes` is the columns of the generated trips that have few distinct values. Each row of `remarks` wraps to a few
    lines of Japanese.
    """
    if kind == "remarks":
        from benchmarks.report_types.remarks import Remarks  # loads DuckDB, which a merge is measured without

        return Remarks
    if kind == "codes":
        from benchmarks.report_types.trips import Trips

        few = ("company", "pickup", "dropoff", "passengers", "fare", "tip")
        return type("Codes", (Trips,), {"columns": tuple(column for column in Trips.columns if column.name in few)})
    from pydantic import create_model

    from octavo.authoring.presentation import Page
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
    """Take the report's snapshot into `folder`. The sources of `codes` and `remarks` are generated there first."""
    from infra.local import EXAMPLE_DATA
    from octavo.authoring.parameters import bound_values
    from octavo.data.snapshot import take_snapshot

    data = EXAMPLE_DATA
    if kind in GENERATED_ROWS:
        from benchmarks.report_types import remarks, trips

        data = folder / "sources"
        data.mkdir(parents=True)
        if kind == "codes":
            trips.generate(GENERATED_ROWS[kind], data / "trips.parquet")
        else:
            remarks.generate(GENERATED_ROWS[kind], data)
    chosen = report_type(kind)
    return take_snapshot(chosen, bound_values(chosen.Parameters()), str(data), folder)


def plan(kind: str, taken: Snapshot, chunk_rows: int | None = None) -> Planned:
    """Plan a document of the snapshot, with the planned size of chunks or another."""
    from octavo.pipeline.plan import plan_document

    planned = plan_document(report_type(kind), "pdf", taken)
    if chunk_rows:
        planned = replace(planned, plan=replace(planned.plan, chunk_rows=chunk_rows))
    folder = taken.path.parent / kind
    folder.mkdir()
    return Planned(kind, taken.path, folder, planned.manifest(taken.path.name))


def write(planned: Planned, chunk: Chunk) -> Segment:
    """Do the chunk step."""
    return planned.workspace().render(chunk)


def write_all(planned: Planned) -> None:
    """Write all segments and, beside each, its record."""
    for chunk in planned.manifest.chunks:
        planned.record(chunk).write_bytes(write(planned, chunk).to_json())


def join(planned: Planned) -> int:
    """Do the merge step: read the records, write head and tail, join all in one file; return its pages."""
    return planned.workspace().assemble(_records(planned)).pages or 0


def page_contents(planned: Planned, chunk: Chunk) -> Iterator[bytes]:
    """Yield the content streams of a segment of table pages, in the order of its pages."""
    segment = planned.segment(chunk).read_bytes()
    yield from (zlib.decompress(segment[at.end() : at.end() + int(at[1])]) for at in STREAM.finditer(segment))


def check_document(planned: Planned) -> int:
    """Join the segments and check the document; return the number of its pages.

    All rows must be in the pages' content streams. Every SAMPLE-th page, the first and the last must show the rows of
    its stream.
    """
    contents = (content for chunk in planned.manifest.chunks for content in page_contents(planned, chunk))
    rows = [len(TIME.findall(content.decode("ascii"))) for content in contents]
    pages = join(planned)
    cover = pages - len(rows)
    if sum(rows) != planned.manifest.rows or cover < 1:
        raise BenchmarkError(f"{pages:,} pages hold {sum(rows):,} rows of {planned.manifest.rows:,}.")
    numbers = [*range(cover, pages, SAMPLE), pages - 1]
    expected = [rows[number - cover] + 1 for number in numbers]
    if count_times(planned.workspace().document_path, pages, numbers) != expected:
        raise BenchmarkError(f"Pages of {planned.kind} do not show the rows of their content streams.")
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
    from octavo.lifecycle.manifest import Segment

    return [Segment.from_json(planned.record(chunk).read_bytes()) for chunk in planned.manifest.chunks]


def _report(kind: str) -> Report:
    from octavo.authoring.parameters import bound_values, encode, json_form
    from octavo.lifecycle.report import Report

    now, day = datetime(2026, 1, 1, tzinfo=UTC), timedelta(days=1)
    asked = report_type(kind).Parameters()
    bound = {name: encode(value) for name, value in bound_values(asked).items()}
    name = "01890000-0000-7000-8000-000000000001"
    return Report(name, "anna", kind, json_form(asked), bound, "pdf", "sha256:" + "ab" * 32, now, now + day, now + day)
