"""PDF: the chunk step's rows a second beside reportlab, fpdf2 and typst, one thread each; and the whole pipeline.

Octavo does what `functions/chunk` does, less S3: for each of the flights report's chunks it opens a database, finds the
rows in the snapshot (Parquet) and writes their pages. All 13 columns, a header on each page, shaded rows.

The others draw the same columns of the first rows only, since all would take them minutes; their time is scaled by
rows, which favours them: none of them gets faster per row as documents grow. They get the rows as texts, ready to draw.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from benchmarks.csv_rows import ONE_THREAD
from benchmarks.figures import BenchmarkError, Figure, Tell, median_ratio
from benchmarks.workers import Usage, Workers, measured

if TYPE_CHECKING:
    from octavo.documents import Written
    from octavo.manifest import Chunk, Manifest
    from octavo.report_type import ReportType

ROUNDS = 5
PIPELINE_ROUNDS = 3
LARGE_CHUNK_ROWS = 100_000
PARTS = {"longtable": 3_000, "canvas": 6_000, "fpdf2": 3_000, "typst": 4_000}
HOW = {
    "longtable": "reportlab's Platypus LongTable, fixed heights",
    "canvas": "a reportlab canvas by hand",
    "fpdf2": "fpdf2, a cell at a time",
    "typst": "a typst table from CSV, in process",
}
WIDTHS = (22, 8, 34, 12, 14, 10, 10, 12, 12, 12, 12, 12, 14)  # of the others' columns, shares of the page


@dataclass(frozen=True)
class Planned:
    """A snapshot on this machine's disk, and the plan of its PDF."""

    path: Path
    manifest: Manifest
    wrapped: bool = False


def run(tell: Tell) -> list[Figure]:
    speeds: dict[str, list[float]] = {"octavo": [], "wrapped": [], "deflate": [], **{name: [] for name in PARTS}}
    with TemporaryDirectory(prefix="octavo-bench-") as name, Workers("chunk", ONE_THREAD) as worker:
        folder = Path(name)
        tell("making the flights snapshot")
        fixed, wrapped = worker.call(make_plans, folder)
        if not fixed.manifest.layout["table"]["fixed"] or wrapped.manifest.layout["table"]["fixed"]:
            raise BenchmarkError("The flights report should fit its lines, and its narrow twin should not.")
        for number in range(-1, ROUNDS):  # the first, which loads libraries, is not counted
            tell(f"round {number + 1} of {ROUNDS}")
            found = {
                "octavo": worker.call(rows_per_s, fixed),
                "wrapped": worker.call(rows_per_s, wrapped),
                "deflate": worker.call(deflate_share, fixed),
                **{other: worker.call(others_rows_per_s, other, fixed.path, folder) for other in PARTS},
            }
            if number >= 0:
                for each, value in found.items():
                    speeds[each].append(value)
        tell("a chunk of 100,000 rows in a process of its own")
        with Workers("chunk", ONE_THREAD) as alone:
            size_bytes, usage = alone.call(large_chunk, fixed)
        tell("the whole pipeline on a local stack")
        pipeline = _pipeline(folder)
    rows = fixed.manifest.rows
    longtable = [rows / speed for speed in speeds["longtable"]]
    return [
        *(
            Figure(
                f"pdf.rows_vs_{other}", median_ratio(speeds["octavo"], speeds[other]), "x", f"Octavo's speed ÷ {how}"
            )
            for other, how in HOW.items()
        ),
        Figure("pdf.wrap_cost", median_ratio(speeds["octavo"], speeds["wrapped"]), "x", "time with wrapping ÷ without"),
        Figure("pdf.share_of_deflate", statistics.median(speeds["deflate"]), "", "of the time, for compressing alone"),
        Figure("pdf.chunk_peak_mb", usage.peak_mb, "MB", "a chunk of 100,000 rows"),
        Figure(
            "pdf.pipeline_vs_longtable", statistics.median(longtable) / pipeline, "x", "LongTable, scaled ÷ pipeline"
        ),
        Figure("pdf.pipeline_seconds", pipeline, "s", "flights, submit to SUCCESS"),
        Figure("pdf.rows_per_s", statistics.median(speeds["octavo"]), "rows/s", "one thread"),
        Figure("pdf.wrapped_rows_per_s", statistics.median(speeds["wrapped"]), "rows/s", "up to three lines"),
        Figure("pdf.bytes_per_row", size_bytes / LARGE_CHUNK_ROWS, "", "of a segment"),
        *(Figure(f"pdf.{other}_rows_per_s", statistics.median(speeds[other]), "rows/s", "one thread") for other in HOW),
        Figure("pdf.rows", rows, "rows", "flights, 13 columns"),
    ]


def make_plans(folder: Path) -> tuple[Planned, Planned]:
    """Take the flights snapshot and plan its PDF twice: as it is, and in columns so narrow that cells wrap."""
    from infra.local import EXAMPLE_DATA
    from octavo.database import connect
    from octavo.documents import format_named
    from octavo.manifest import Manifest, cut
    from octavo.snapshot import read_rows, take_snapshot

    flights = _type(wrapped=False)
    taken = take_snapshot(flights, flights.Parameters(), str(EXAMPLE_DATA), folder)
    plans = []
    for wrapped in (False, True):
        report_type = _type(wrapped=wrapped)
        with closing(connect(folder, [str(folder)])) as connection:
            rows = read_rows(connection, report_type, str(taken.path))
            plan = format_named("pdf").plan(rows, taken.totals, report_type)
        chunks = cut(taken.rows, plan.chunk_rows, plan.unit)
        manifest = Manifest(taken.path.name, taken.rows, taken.totals, chunks, plan.layout)
        plans.append(Planned(taken.path, Manifest.from_json(manifest.to_json()), wrapped))
    return plans[0], plans[1]


@cache
def _type(*, wrapped: bool) -> type[ReportType]:
    from dataclasses import replace

    from reports.flights import Flights

    narrow = {"airline": 5.0}  # two or three lines in most rows
    columns = tuple(replace(column, width=narrow.get(column.name)) for column in Flights.columns)
    return type("NarrowFlights", (Flights,), {"columns": columns}) if wrapped else Flights


def write(planned: Planned, chunk: Chunk) -> Written:
    """Do the chunk step, less S3."""
    from octavo.database import connect
    from octavo.documents import format_named
    from octavo.snapshot import read_rows

    folder, report_type = planned.path.parent, _type(wrapped=planned.wrapped)
    with closing(connect(folder, [str(folder)])) as connection:
        rows = read_rows(connection, report_type, str(planned.path), chunk)
        path = folder / f"segment{chunk.number}"
        return format_named("pdf").write_segment(rows, chunk, planned.manifest, report_type, path)


def rows_per_s(planned: Planned) -> float:
    """Write all chunks; return the rows a second."""
    begun = time.perf_counter()
    written = [write(planned, chunk).rows for chunk in planned.manifest.chunks]
    seconds = time.perf_counter() - begun
    if sum(written) != planned.manifest.rows:
        raise BenchmarkError(f"{sum(written):,} rows of {planned.manifest.rows:,} were written.")
    return planned.manifest.rows / seconds


def deflate_share(planned: Planned) -> float:
    """Return the share of a chunk's time that compressing its pages takes, by compressing them once more."""
    import re
    import zlib

    from isal import isal_zlib

    from octavo.documents.pdf.content import DEFLATE_LEVEL

    chunk = planned.manifest.chunks[0]
    begun = time.perf_counter()
    write(planned, chunk)
    whole = time.perf_counter() - begun
    segment = (planned.path.parent / "segment0").read_bytes()
    found = re.finditer(rb"/Length (\d+)>>\nstream\n", segment)
    pages = [zlib.decompress(segment[match.end() : match.end() + int(match[1])]) for match in found]
    begun = time.perf_counter()
    for page in pages:
        isal_zlib.compress(page, DEFLATE_LEVEL)
    return (time.perf_counter() - begun) / whole


def large_chunk(planned: Planned) -> tuple[int, Usage]:
    """Write one chunk of LARGE_CHUNK_ROWS; return its size, and what it took."""
    from dataclasses import replace

    from octavo.manifest import Chunk

    chunk = Chunk(0, 0, LARGE_CHUNK_ROWS)
    alone = replace(planned, manifest=replace(planned.manifest, chunks=(chunk,)))
    _, usage = measured(lambda: write(alone, chunk))
    return (planned.path.parent / "segment0").stat().st_size, usage


def others_rows_per_s(name: str, snapshot: Path, folder: Path) -> float:
    """Let one of the others draw its part; return the rows a second. Its pages must hold every row."""
    import pypdfium2

    rows = _texts(snapshot, PARTS[name])
    path = folder / f"{name}.pdf"
    begun = time.perf_counter()
    DRAWERS[name](rows, path)
    seconds = time.perf_counter() - begun
    with pypdfium2.PdfDocument(path) as pdf:
        words = sum(page.get_textpage().get_text_bounded().count(":") for page in pdf)
    if words < len(rows):  # each row has one time
        raise BenchmarkError(f"{name} drew {words:,} rows of {len(rows):,}.")
    return len(rows) / seconds


@cache
def _texts(snapshot: Path, count: int) -> list[list[str]]:
    import duckdb

    columns = _type(wrapped=False).columns
    names = ", ".join(column.name for column in columns)
    found = duckdb.execute(f"SELECT {names} FROM '{snapshot}' LIMIT {count}").fetchall()
    return [[_text(value, column.format) for value, column in zip(row, columns, strict=True)] for row in found]


def _text(value: Any, format: str | None) -> str:
    if value is None:
        return ""
    if not format:
        return str(value)
    return format.format(value) if "{" in format else str(value.strftime(format))


def _titles() -> list[str]:
    return [column.title for column in _type(wrapped=False).columns]


def _longtable(rows: Sequence[Sequence[str]], path: Path) -> None:
    from reportlab.lib.colors import Color
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.platypus import LongTable, SimpleDocTemplate, TableStyle

    height = 13.2
    table = LongTable([_titles(), *map(list, rows)], rowHeights=[height] * (len(rows) + 1), repeatRows=1)
    style = [
        ("FONTSIZE", (0, 0), (-1, -1), 7),
        ("ALIGN", (7, 0), (-1, -1), "RIGHT"),
        ("ROWBACKGROUNDS", (0, 1), (-1, -1), [Color(1, 1, 1), Color(0.96, 0.97, 0.98)]),
    ]
    table.setStyle(TableStyle(style))
    SimpleDocTemplate(str(path), pagesize=landscape(A4), pageCompression=1).build([table])


def _canvas(rows: Sequence[Sequence[str]], path: Path) -> None:
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.pdfgen.canvas import Canvas

    width, height = landscape(A4)
    canvas = Canvas(str(path), pagesize=(width, height), pageCompression=1)
    unit = (width - 72) / sum(WIDTHS)
    edges = [36 + unit * sum(WIDTHS[:index]) for index in range(len(WIDTHS) + 1)]
    per_page = int((height - 100) / 13.2)
    for first in range(0, len(rows), per_page):
        for line, row in enumerate([_titles(), *rows[first : first + per_page]]):
            y = height - 50 - 13.2 * line
            if line % 2:
                canvas.setFillGray(0.965)
                canvas.rect(36, y - 4, width - 72, 13.2, stroke=0, fill=1)
            canvas.setFillGray(0.13)
            canvas.setFont("Helvetica", 7)
            for column, text in enumerate(row):
                if column < 7:
                    canvas.drawString(edges[column], y, text)
                else:
                    canvas.drawRightString(edges[column + 1] - 3, y, text)
        canvas.showPage()
    canvas.save()


def _fpdf2(rows: Sequence[Sequence[str]], path: Path) -> None:
    from fpdf import FPDF

    pdf = FPDF(orientation="landscape", format="A4")
    pdf.set_font("Helvetica", size=7)
    pdf.set_fill_color(246, 247, 249)
    unit = (297 - 20) / sum(WIDTHS)
    pdf.add_page()
    for line, row in enumerate([_titles(), *rows]):
        for column, text in enumerate(row):
            pdf.cell(unit * WIDTHS[column], 4.6, text, align="L" if column < 7 else "R", fill=bool(line % 2))
        pdf.ln()
    pdf.output(str(path))


def _typst(rows: Sequence[Sequence[str]], path: Path) -> None:
    import typst

    data = path.with_suffix(".json")
    data.write_text(json.dumps(rows))
    titles = ", ".join(f"[{title}]" for title in _titles())
    source = path.with_suffix(".typ")
    source.write_text(
        '#set page("a4", flipped: true, margin: 12mm)\n#set text(7pt)\n'
        f'#let rows = json("{data.name}")\n'
        f"#table(columns: {len(WIDTHS)}, stroke: none, fill: (_, y) => if calc.odd(y) {{ luma(246) }},"
        " align: (x, _) => if x < 7 { left } else { right },"
        f" table.header({titles}), ..rows.flatten())\n"
    )
    typst.compile(str(source), output=str(path))


DRAWERS: dict[str, Callable[[Sequence[Sequence[str]], Path], None]] = {
    "longtable": _longtable,
    "canvas": _canvas,
    "fpdf2": _fpdf2,
    "typst": _typst,
}


def _pipeline(folder: Path) -> float:
    """Return the median seconds from submit to SUCCESS of flights as PDF, on a warm local stack of its own."""
    from infra.local import Stack
    from octavo.client import Client
    from octavo.report import Status

    times = []
    with Stack(folder / "stack") as deployment, Client(deployment.api_url) as client:
        for number in range(-1, PIPELINE_ROUNDS):
            begun = time.time()
            report = client.wait(client.submit("flights", format="pdf", force=True).id)
            if report.status is not Status.SUCCESS or report.finished_at is None:
                raise BenchmarkError(f"The flights report ended as {report.status}.")
            if number >= 0:
                times.append(report.finished_at.timestamp() - begun)
    return statistics.median(times)
