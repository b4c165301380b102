"""PDF: merging 100,000 pages, compared with pypdf and qpdf. Each runs in its own process with its libraries loaded.

The pages are those of the flights report, on paper so small that each page has three rows. Octavo reads the records of
the segments, draws the cover, embeds the fonts, writes the tail and joins everything on the local disk. pypdf and qpdf
(with its library pikepdf) merge PDF files, one for each chunk, with a part of the pages. Their time is scaled by the
number of pages, which is an advantage for them.

pdfium must find all pages, and the rows on every SAMPLE-th page of Octavo's document. Otherwise there are no figures.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import BenchmarkError, Figure, Tell, median_ratio
from benchmarks.pdf_documents import (
    ONE_THREAD,
    Planned,
    check_document,
    count_times,
    join,
    plan,
    take,
    write_all,
)
from benchmarks.workers import Usage, Workers, measured

ROUNDS = 3
CHUNK_ROWS = 20_000
PARTS = 2  # chunks, each of them as a PDF file, that the other tools merge
LIBRARIES = {"octavo": "octavo.documents.pdf.assembly.document", "pypdf": "pypdf", "qpdf": "pikepdf"}


def run(tell: Tell) -> list[Figure]:
    usages: dict[str, list[Usage]] = {name: [] for name in MERGERS}
    seconds: dict[str, list[float]] = {name: [] for name in MERGERS}  # for each 100,000 pages
    loading: list[float] = []
    with TemporaryDirectory(prefix="octavo-bench-") as name:
        tell("rendering 100,000 pages")
        with Workers("chunk", ONE_THREAD) as worker:
            book, parts = worker.call(render, Path(name))
            pages = {"octavo": worker.call(check_document, book)}
        for number in range(ROUNDS):
            tell(f"round {number + 1} of {ROUNDS}")
            for merger in MERGERS:
                with Workers("merge", ONE_THREAD) as alone:
                    load_s, pages[merger], usage = alone.call(merge, merger, book, parts)
                usages[merger].append(usage)
                seconds[merger].append(usage.seconds / pages[merger] * 100_000)
                if merger == "octavo":
                    loading.append(load_s)
    peaks = {name: max(usage.peak_mb for usage in spent) for name, spent in usages.items()}
    part = f"of {pages['pypdf']:,} pages, scaled"
    return [
        Figure("pdf.merge_vs_pypdf", median_ratio(seconds["pypdf"], seconds["octavo"]), "x", "pypdf's time ÷ Octavo's"),
        Figure("pdf.merge_vs_qpdf", median_ratio(seconds["qpdf"], seconds["octavo"]), "x", "qpdf's time ÷ Octavo's"),
        Figure("pdf.merge_peak_mb", peaks["octavo"], "MB", f"of a process, {pages['octavo']:,} pages"),
        Figure("pdf.merge_pypdf_peak_mb", peaks["pypdf"], "MB", f"{pages['pypdf']:,} pages"),
        Figure("pdf.merge_qpdf_peak_mb", peaks["qpdf"], "MB", f"{pages['qpdf']:,} pages"),
        Figure("pdf.merge_seconds_100k", statistics.median(seconds["octavo"]), "s", "scaled to 100,000 pages"),
        Figure("pdf.merge_pypdf_seconds_100k", statistics.median(seconds["pypdf"]), "s", part),
        Figure("pdf.merge_qpdf_seconds_100k", statistics.median(seconds["qpdf"]), "s", part),
        Figure("pdf.merge_loading_seconds", statistics.median(loading), "s", "Octavo's libraries, in a new process"),
        Figure("pdf.merge_pages", pages["octavo"], "", "merged by Octavo"),
        Figure("pdf.merge_part_pages", pages["pypdf"], "", "merged by the others"),
    ]


def render(folder: Path) -> tuple[Planned, list[Path]]:
    """Write all segments, and the first ones also as separate documents; return the plan and the separate documents."""
    from octavo.lifecycle.manifest import Chunk

    book = plan("small", take("small", folder), CHUNK_ROWS)
    write_all(book)
    parts = []
    for chunk in book.manifest.chunks[:PARTS]:
        alone = replace(book.manifest, rows=chunk.rows, chunks=(Chunk(0, chunk.first_row, chunk.rows),))
        part = replace(book, folder=folder / f"part{chunk.number}", manifest=alone)
        part.folder.mkdir()
        write_all(part)
        check_document(part)
        parts.append(part.workspace().document_path)
    return book, parts


def merge(name: str, book: Planned, parts: list[Path]) -> tuple[float, int, Usage]:
    """Merge with one tool; return the seconds for loading its libraries, the number of pages, and the usage."""
    begun = time.perf_counter()
    import_module(LIBRARIES[name])
    load_s = time.perf_counter() - begun
    merged = book.folder / f"{name}.pdf"
    pages, usage = measured(lambda: MERGERS[name](book, parts, merged))
    if name != "octavo" and sum(count_times(merged, pages, [pages - 1])) < 1:
        raise BenchmarkError(f"The last page that {name} merged is empty.")
    return load_s, pages, usage


def _octavo(book: Planned, _parts: list[Path], _merged: Path) -> int:
    return join(book)


def _pypdf(_book: Planned, parts: list[Path], merged: Path) -> int:
    from pypdf import PdfWriter

    writer = PdfWriter()
    for part in parts:
        writer.append(part)
    writer.write(merged)
    return len(writer.pages)


def _qpdf(_book: Planned, parts: list[Path], merged: Path) -> int:
    import pikepdf

    with pikepdf.new() as pdf:
        for part in parts:
            with pikepdf.open(part) as source:
                pdf.pages.extend(source.pages)
        pdf.save(merged, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        return len(pdf.pages)


MERGERS: dict[str, Callable[[Planned, list[Path], Path], int]] = {"octavo": _octavo, "pypdf": _pypdf, "qpdf": _qpdf}
