"""PDF: rows of Japanese a second, beside a reportlab LongTable, one thread each.

Octavo writes 125,000 remarks of 100 kanji, all different, in one chunk, as the chunk step does. Each is wrapped, by a
fallback font (Noto Sans JP) that the document embeds. LongTable draws the first PART of them, as Paragraphs that wrap
by its rule for CJK, in one of the fonts that reportlab knows by name and does not embed, in columns of about the same
widths, with the rows as texts, its libraries loaded, and a process of its own. All of that favours it, and so does
PART: a LongTable becomes slower as it becomes longer.

Every row on the pages that are read must be the row it must be: all of LongTable's, and on every SAMPLE-th of Octavo's.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import BenchmarkError, Figure, Tell, median_ratio
from benchmarks.pdf_documents import ONE_THREAD, SAMPLE, Planned, join, plan, take, write, write_all
from benchmarks.pdf_rows import rows_per_s
from benchmarks.report_types.remarks import CHARACTERS, remark
from benchmarks.workers import Usage, Workers, measured

ROUNDS = 3
PART = 2_000  # rows
FONT = "HeiseiKakuGo-W5"
FONT_PT, LEADING_PT, MARGIN_PT, NUMBER_PT = 7, 9, 36, 50
ROW = re.compile(rf"(\d+)(\D{{{CHARACTERS}}})")


def run(tell: Tell) -> list[Figure]:
    speeds: dict[str, list[float]] = {"octavo": [], "longtable": []}
    fonts = {"OCTAVO_FONTS": str(files("pylopdf_fonts_jp") / "NotoSansJP-Regular.otf")}
    with (
        TemporaryDirectory(prefix="octavo-bench-") as name,
        Workers("chunk", ONE_THREAD | fonts) as worker,
        Workers("chunk", ONE_THREAD) as other,
    ):
        folder = Path(name)
        tell("making the snapshot of the remarks, and the document to check")
        planned = worker.call(plan_remarks, folder)
        pages = worker.call(write_and_check, planned)
        for number in range(-1, ROUNDS):  # the first, which loads libraries, is not counted
            tell(f"round {number + 1} of {ROUNDS}")
            found = {"octavo": worker.call(rows_per_s, planned), "longtable": other.call(longtable_rows_per_s, folder)}
            if number >= 0:
                for each, speed in found.items():
                    speeds[each].append(speed)
        tell("a chunk in a process of its own")
        with Workers("chunk", ONE_THREAD | fonts) as alone:
            usage = alone.call(usage_of_chunk, planned)
    own, longtable = speeds["octavo"], speeds["longtable"]
    return [
        Figure("pdf.cjk_vs_longtable", median_ratio(own, longtable), "x", "Octavo's speed ÷ reportlab's LongTable"),
        Figure("pdf.cjk_rows_per_s", statistics.median(own), "rows/s", "one thread, one chunk"),
        Figure("pdf.cjk_longtable_rows_per_s", statistics.median(longtable), "rows/s", "one thread"),
        Figure("pdf.cjk_chunk_peak_mb", usage.peak_mb, "MB", "of a process, one chunk"),
        Figure("pdf.cjk_pages", pages, "", "the cover included"),
        Figure("pdf.cjk_rows", planned.manifest.rows, "rows", f"each with {CHARACTERS} kanji of its own"),
    ]


def plan_remarks(folder: Path) -> Planned:
    planned = plan("remarks", take("remarks", folder))
    if len(planned.manifest.chunks) != 1:
        raise BenchmarkError(f"The remarks should be one chunk, not {len(planned.manifest.chunks)}.")
    return planned


def write_and_check(planned: Planned) -> int:
    """Make the whole document once and check a sample of its pages; return how many it has."""
    write_all(planned)
    pages = join(planned)
    document = planned.workspace().document_path
    numbers = _numbers(document, [*range(1, pages, SAMPLE), pages - 1])
    if not numbers or max(numbers) != planned.manifest.rows - 1:
        raise BenchmarkError("The last page does not show the last remark.")
    return pages


def usage_of_chunk(planned: Planned) -> Usage:
    _, usage = measured(lambda: write(planned, planned.manifest.chunks[0]))
    return usage


def longtable_rows_per_s(folder: Path) -> float:
    """Draw PART rows by LongTable; return the rows a second. Its pages must show every row."""
    import reportlab.platypus  # noqa: F401  (loading it is not what is measured)

    rows, path = [(str(number), remark(number)) for number in range(PART)], folder / "longtable.pdf"
    begun = time.perf_counter()
    _draw_longtable(rows, path)
    seconds = time.perf_counter() - begun
    if _numbers(path) != list(range(PART)):
        raise BenchmarkError("LongTable does not show all remarks.")
    return PART / seconds


def _draw_longtable(rows: Iterable[Sequence[str]], path: Path) -> None:
    from reportlab.lib.colors import Color
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, TableStyle

    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    style = ParagraphStyle("remark", fontName=FONT, fontSize=FONT_PT, leading=LEADING_PT, wordWrap="CJK")
    table = LongTable(
        [["Number", "Remark"], *([number, Paragraph(text, style)] for number, text in rows)],
        colWidths=[NUMBER_PT, A4[0] - 2 * MARGIN_PT - NUMBER_PT],
        repeatRows=1,
    )
    shade = Color(246 / 255, 246 / 255, 246 / 255)
    table.setStyle(
        TableStyle(
            [
                ("FONTSIZE", (0, 0), (-1, -1), FONT_PT),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("ROWBACKGROUNDS", (0, 1), (-1, -1), [Color(1, 1, 1), shade]),
            ]
        )
    )
    edge = MARGIN_PT - 6  # within it reportlab's frame has a padding of 6
    SimpleDocTemplate(
        str(path), pagesize=A4, leftMargin=edge, rightMargin=edge, topMargin=edge, bottomMargin=edge
    ).build([table])


def _numbers(path: Path, pages: Sequence[int] | None = None) -> list[int]:
    """Return the numbers of the rows on these pages or all, as pdfium reads them. Each must have its remark."""
    import pypdfium2

    numbers = []
    with pypdfium2.PdfDocument(path) as pdf:
        for page in range(len(pdf)) if pages is None else pages:
            text = "".join(pdf[page].get_textpage().get_text_bounded().split())
            rows = [(int(number), shown) for number, shown in ROW.findall(text)]
            if any(shown != remark(number) for number, shown in rows):
                raise BenchmarkError(f"Page {page + 1} of {path.name} shows a remark that is not its number's.")
            numbers += [number for number, _ in rows]
    return numbers
