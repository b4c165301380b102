"""PDF: merging 100,000 pages beside pypdf and qpdf.

The pages are real: the flights report on pages so small that few rows fit. Octavo reads the segments' records, draws
the cover, embeds the fonts, writes the tail and joins all on this machine's disk. The others merge PDF files, one a
chunk, with a part of the pages; their time is scaled by pages.
"""

from __future__ import annotations

import json
import statistics
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.csv_rows import ONE_THREAD
from benchmarks.figures import BenchmarkError, Figure, Tell
from benchmarks.workers import Usage, Workers, measured

if TYPE_CHECKING:
    from octavo.bucket import Segment
    from octavo.manifest import Manifest
    from octavo.report import Report
    from octavo.report_type import ReportType

ROUNDS = 3
CHUNK_ROWS = 20_000
OTHERS_CHUNKS = 4  # merged by the others


@dataclass(frozen=True)
class Book:
    """A report in segments, waiting for its merge, in a folder: segment<n> and its record segment<n>.json."""

    folder: Path
    manifest: Manifest


def run(tell: Tell) -> list[Figure]:
    with TemporaryDirectory(prefix="octavo-bench-") as name, Workers("chunk", ONE_THREAD) as worker:
        folder = Path(name)
        tell("rendering 100,000 pages")
        book = worker.call(render, folder)
        times = []
        for number in range(ROUNDS):
            tell(f"merging, round {number + 1} of {ROUNDS}")
            with Workers("merge", ONE_THREAD) as merger:
                pages, usage = merger.call(merge, book)
            times.append(usage)
        with Workers("merge", ONE_THREAD) as other:
            tell("pypdf merges a part")
            part, pypdf_usage = other.call(merge_with_pypdf, book)
        with Workers("merge", ONE_THREAD) as other:
            tell("qpdf merges a part")
            qpdf_part, qpdf_usage = other.call(merge_with_qpdf, book)
    seconds = statistics.median(usage.seconds for usage in times)
    return [
        Figure(
            "pdf.merge_vs_pypdf", pypdf_usage.seconds * pages / part / seconds, "x", "pypdf, scaled ÷ Octavo's merge"
        ),
        Figure("pdf.merge_vs_qpdf", qpdf_usage.seconds * pages / qpdf_part / seconds, "x", "qpdf, scaled ÷ Octavo's"),
        Figure("pdf.merge_peak_mb", max(usage.peak_mb for usage in times), "MB", f"of a process, {pages:,} pages"),
        Figure("pdf.merge_pypdf_peak_mb", pypdf_usage.peak_mb, "MB", f"of pypdf's, {part:,} pages"),
        Figure("pdf.merge_seconds_100k", seconds * 100_000 / pages, "s", "scaled to 100,000 pages"),
        Figure("pdf.merge_pages", pages, "", "merged by Octavo"),
        Figure("pdf.merge_part_pages", part, "", "merged by the others"),
    ]


@cache
def _small_flights() -> type[ReportType]:
    from octavo.presentation import Page
    from reports.flights import Flights

    return type("SmallFlights", (Flights,), {"page": Page(size=(210, 54), margin_mm=8), "chart": None})


def render(folder: Path) -> Book:
    """Take the snapshot and write all segments; the first chunks once more as documents of their own."""
    from infra.local import EXAMPLE_DATA
    from octavo.database import connect
    from octavo.documents import format_named
    from octavo.manifest import Chunk, Manifest, cut
    from octavo.snapshot import read_rows, take_snapshot

    report_type, pdf = _small_flights(), format_named("pdf")
    taken = take_snapshot(report_type, report_type.Parameters(), str(EXAMPLE_DATA), folder)
    with closing(connect(folder, [str(folder)])) as connection:
        plan = pdf.plan(read_rows(connection, report_type, str(taken.path)), taken.totals, report_type)
    chunks = cut(taken.rows, CHUNK_ROWS, plan.unit)
    manifest = Manifest("snapshot", taken.rows, taken.totals, chunks, plan.layout)
    book = Book(folder, Manifest.from_json(manifest.to_json()))
    for chunk in chunks:
        _write(book, chunk, taken.path)
    for chunk in chunks[:OTHERS_CHUNKS]:
        alone = Chunk(0, chunk.first_row, chunk.rows)
        part = Book(folder / f"part{chunk.number}", replace(book.manifest, chunks=(alone,)))
        part.folder.mkdir()
        _write(part, alone, taken.path)
        merge(part)
    return book


def _write(book: Book, chunk: object, snapshot: Path) -> None:
    from octavo.database import connect
    from octavo.documents import format_named
    from octavo.manifest import Chunk
    from octavo.snapshot import read_rows

    if not isinstance(chunk, Chunk):
        raise TypeError(chunk)
    report_type = _small_flights()
    path = book.folder / f"segment{chunk.number}"
    with closing(connect(book.folder, [str(snapshot.parent)])) as connection:
        rows = read_rows(connection, report_type, str(snapshot), chunk)
        written = format_named("pdf").write_segment(rows, chunk, book.manifest, report_type, path)
    record = {"number": chunk.number, "rows": written.rows, "size_bytes": path.stat().st_size, "crc32": 0}
    path.with_suffix(".json").write_text(json.dumps(record | {"details": dict(written.details)}))


def merge(book: Book) -> tuple[int, Usage]:
    """Do the merge step, less S3: read the records, bind, join; return the pages, and what it took."""
    from octavo.documents import format_named

    def work() -> int:
        segments = [_segment(book.folder / f"segment{chunk.number}.json") for chunk in book.manifest.chunks]
        bound = format_named("pdf").bind(_report(), _small_flights(), book.manifest, segments)
        with (book.folder / "document.pdf").open("wb") as file:
            file.write(bound.head)
            for chunk in book.manifest.chunks:
                file.write((book.folder / f"segment{chunk.number}").read_bytes())
            file.write(bound.tail)
        return bound.pages or 0

    pages, usage = measured(work)
    _check(book.folder / "document.pdf", pages)
    return pages, usage


def merge_with_pypdf(book: Book) -> tuple[int, Usage]:
    from pypdf import PdfWriter

    def work() -> int:
        writer = PdfWriter()
        for part in _parts(book):
            writer.append(part)
        writer.write(book.folder / "pypdf.pdf")
        return len(writer.pages)

    pages, usage = measured(work)
    _check(book.folder / "pypdf.pdf", pages)
    return pages, usage


def merge_with_qpdf(book: Book) -> tuple[int, Usage]:
    import pikepdf

    def work() -> int:
        with pikepdf.new() as merged:
            for part in _parts(book):
                with pikepdf.open(part) as pdf:
                    merged.pages.extend(pdf.pages)
            merged.save(book.folder / "qpdf.pdf", object_stream_mode=pikepdf.ObjectStreamMode.generate)
            return len(merged.pages)

    pages, usage = measured(work)
    _check(book.folder / "qpdf.pdf", pages)
    return pages, usage


def _parts(book: Book) -> list[Path]:
    return [book.folder / f"part{number}" / "document.pdf" for number in range(OTHERS_CHUNKS)]


def _check(path: Path, pages: int) -> None:
    import pypdfium2

    with pypdfium2.PdfDocument(path) as pdf:
        if len(pdf) != pages or not pdf[pages - 1].get_textpage().get_text_bounded():
            raise BenchmarkError(f"{path.name} has {len(pdf):,} pages, not {pages:,}.")


def _segment(path: Path) -> Segment:
    from octavo.bucket import Segment

    return Segment(**json.loads(path.read_text()))


def _report() -> Report:
    from octavo.report import Report

    report_type, now = _small_flights(), datetime(2026, 1, 1, tzinfo=UTC)
    day = timedelta(days=1)
    parameters = json.loads(report_type.Parameters().model_dump_json())
    name = "01890000-0000-7000-8000-000000000001"
    return Report(name, "anna", report_type.name, parameters, "pdf", "sha256:" + "ab" * 32, now, now + day, now + day)
