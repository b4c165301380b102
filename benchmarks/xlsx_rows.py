"""XLSX: rows per second of the chunk step, rustpy-xlsxwriter, XlsxWriter and openpyxl, on one thread each.

Each tool reads the snapshot of the flights report (Parquet, 336,776 rows, 13 columns) from this machine's disk and
writes a workbook with the same cells, number formats, header and filter. calamine reads the workbooks back, and they
must contain the rows of the snapshot, or there are no figures.

- Octavo does what `functions/chunk` does, except for S3, for all rows of the report. Besides, it measures the columns
  for their widths, and looks for values that Excel cannot hold.
- The others write the first PART rows only, because all rows would take them minutes, and their speed is taken for that
  of the whole. They have everything they need already open. XlsxWriter and openpyxl write in their modes of constant
  memory.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from benchmarks.csv_rows import ONE_THREAD, duckdb_thread, in_turn, names, plan_flights, select
from benchmarks.figures import BenchmarkError, Figure, Tell, median_ratio
from benchmarks.workers import Usage, Workers, measured

if TYPE_CHECKING:
    from octavo.pipeline.make import Workspace

ROUNDS = 5
PART = 30_000
FETCHED_ROWS = 10_000
LARGE_CHUNK_ROWS = 125_000
OTHERS = {
    "rustpy": "rustpy-xlsxwriter, from dictionaries",
    "xlsxwriter": "XlsxWriter with constant_memory",
    "openpyxl": "openpyxl with write_only",
}
TIME_FORMAT, NUMBER_FORMAT = "yyyy-mm-dd hh:mm", "#,##0"
FORMATS = {
    "scheduled": TIME_FORMAT,
    **dict.fromkeys(("dep_delay", "arr_delay", "air_time", "distance"), NUMBER_FORMAT),
}


def run(tell: Tell) -> list[Figure]:
    seconds: dict[str, list[float]] = {"octavo": [], **{name: [] for name in OTHERS}}
    with TemporaryDirectory(prefix="octavo-bench-") as name, Workers("chunk", ONE_THREAD, bundled=False) as worker:
        folder = Path(name)
        tell("taking the snapshot of the flights report")
        flights = worker.call(plan_flights, folder, "xlsx")
        for number in range(-1, ROUNDS):  # the first round loads libraries and is not counted
            tell(f"round {number + 1} of {ROUNDS}")
            for tool in in_turn(list(seconds), number):
                spent = worker.call(seconds_per_row, tool, flights)
                if number >= 0:
                    seconds[tool].append(spent)
        tell("reading the workbooks")
        size_bytes = worker.call(compare, flights)
        tell(f"a chunk of {LARGE_CHUNK_ROWS:,} rows in a process of its own")
        with Workers("chunk", ONE_THREAD) as alone:
            usage = alone.call(large_chunk, flights)
    return [
        *(
            Figure(
                f"xlsx.rows_vs_{tool}", median_ratio(seconds[tool], seconds["octavo"]), "x", f"Octavo's speed ÷ {how}"
            )
            for tool, how in OTHERS.items()
        ),
        Figure("xlsx.chunk_peak_mb", usage.peak_mb, "MB", f"peak memory of a chunk of {LARGE_CHUNK_ROWS:,} rows"),
        *(
            Figure(f"xlsx.{tool}_rows_per_s", 1 / statistics.median(spent), "rows/s", "one thread")
            for tool, spent in seconds.items()
        ),
        Figure("xlsx.bytes_per_row", size_bytes / flights.manifest.rows, "", "of the workbook"),
    ]


def seconds_per_row(tool: str, flights: Workspace) -> float:
    """Let one tool write its rows; return the seconds for each."""
    begun = time.perf_counter()
    if tool == "octavo":
        for chunk in flights.manifest.chunks:
            flights.render(chunk)
        return (time.perf_counter() - begun) / flights.manifest.rows
    WRITERS[tool](flights, _path(flights, tool))
    return (time.perf_counter() - begun) / PART


def compare(flights: Workspace) -> int:
    """Check that all workbooks have the rows of the snapshot. Return the size of Octavo's. Raises BenchmarkError."""
    from python_calamine import CalamineWorkbook

    flights.assemble([flights.render(chunk) for chunk in flights.manifest.chunks])
    source = duckdb_thread().execute(select(flights)).fetchall()
    expected = [["" if value is None else value for value in row] for row in source]
    for path in (flights.document_path, *(_path(flights, tool) for tool in OTHERS)):
        read = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()[1:]
        rows = flights.manifest.rows if path == flights.document_path else PART
        if read[:rows] != expected[:rows]:
            raise BenchmarkError(f"{path.name} does not have the rows of the snapshot.")
    return flights.document_path.stat().st_size


def large_chunk(flights: Workspace) -> Usage:
    """Write one chunk of LARGE_CHUNK_ROWS; return what it took."""
    from octavo.lifecycle.manifest import Chunk

    chunk = Chunk(0, 0, LARGE_CHUNK_ROWS)
    alone = replace(flights, manifest=replace(flights.manifest, chunks=(chunk,)))
    return measured(lambda: alone.render(chunk))[1]


def _path(flights: Workspace, tool: str) -> Path:
    return flights.snapshot.with_name(f"{tool}.xlsx")


def _rows(flights: Workspace) -> Iterator[tuple[Any, ...]]:
    result = duckdb_thread().execute(f"{select(flights)} LIMIT {PART}")
    while rows := result.fetchmany(FETCHED_ROWS):
        yield from rows


def _rustpy(flights: Workspace, path: Path) -> None:
    from rustpy_xlsxwriter import Format, write_worksheet

    columns = names()
    write_worksheet(
        (dict(zip(columns, row, strict=True)) for row in _rows(flights)),
        str(path),
        "Flights",
        freeze_row=1,
        bold_headers=True,
        autofilter=True,
        datetime_format=TIME_FORMAT,
        column_formats={name: Format().set_num_format(code) for name, code in FORMATS.items() if code == NUMBER_FORMAT},
    )


def _xlsxwriter(flights: Workspace, path: Path) -> None:
    from xlsxwriter import Workbook

    book = Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("Flights")
    codes = {code: book.add_format({"num_format": code}) for code in set(FORMATS.values())}
    formats = [codes.get(FORMATS.get(name, "")) for name in names()]
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, PART, len(formats) - 1)
    sheet.write_row(0, 0, names(), book.add_format({"bold": True}))
    for number, row in enumerate(_rows(flights), start=1):
        for column, (value, format) in enumerate(zip(row, formats, strict=True)):
            sheet.write(number, column, value, format)
    book.close()


def _openpyxl(flights: Workspace, path: Path) -> None:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Flights")
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:M{PART + 1}"
    header = [WriteOnlyCell(sheet, name) for name in names()]
    for cell in header:
        cell.font = Font(bold=True)
    sheet.append(header)
    codes = [FORMATS.get(name) for name in names()]
    for row in _rows(flights):
        cells: list[Any] = list(row)
        for column, code in enumerate(codes):
            if code and cells[column] is not None:
                cells[column] = cell = WriteOnlyCell(sheet, cells[column])
                cell.number_format = code
        sheet.append(cells)
    book.save(path)


WRITERS: dict[str, Callable[[Workspace, Path], None]] = {
    "rustpy": _rustpy,
    "xlsxwriter": _xlsxwriter,
    "openpyxl": _openpyxl,
}
