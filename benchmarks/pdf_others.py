"""The pages of flights as people draw them with reportlab, fpdf2 and typst: header on each, every other row shaded."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.figures import BenchmarkError
from benchmarks.pdf_documents import count_times, report_type

PART = 16_000  # rows
HOW = {
    "longtable": "reportlab's Platypus LongTable, fixed heights",
    "canvas": "a reportlab canvas by hand",
    "fpdf2": "fpdf2, a cell at a time",
    "typst": "a typst table from JSON",
}
LIBRARIES = {"longtable": "reportlab.platypus", "canvas": "reportlab.pdfgen.canvas", "fpdf2": "fpdf", "typst": "typst"}
SHARES = (22, 8, 34, 12, 14, 10, 10, 12, 12, 12, 12, 12, 14)  # of the page's width, a column
TEXTS = 7  # columns aligned left; the others are numbers
ROW_PT, FONT_PT, MARGIN_PT = 13.2, 7, 36
SHADE = 246  # of 255

Rows = Sequence[Sequence[str]]


def rows_per_s(name: str, snapshot: Path, folder: Path) -> float:
    """Let one of them draw its part; return the rows a second. Its pages must hold every row."""
    rows, path = _texts(snapshot, PART), folder / f"{name}.pdf"
    import_module(LIBRARIES[name])
    begun = time.perf_counter()
    DRAWERS[name](rows, path)
    seconds = time.perf_counter() - begun
    if (drawn := sum(count_times(path))) != len(rows):
        raise BenchmarkError(f"{name} drew {drawn:,} rows of {len(rows):,}.")
    return len(rows) / seconds


@cache
def _texts(snapshot: Path, count: int) -> list[list[str]]:
    import duckdb

    columns = report_type("flights").columns
    names = ", ".join(column.name for column in columns)
    found = duckdb.execute(f"SELECT {names} FROM '{snapshot}' ORDER BY _row LIMIT {count}").fetchall()
    return [[_text(value, column.format) for value, column in zip(row, columns, strict=True)] for row in found]


def _text(value: Any, format: str | None) -> str:
    if value is None:
        return ""
    if not format:
        return str(value)
    return format.format(value) if "{" in format else str(value.strftime(format))


def _titles() -> list[str]:
    return [column.title for column in report_type("flights").columns]


def _longtable(rows: Rows, path: Path) -> None:
    from reportlab.lib.colors import Color
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.platypus import LongTable, SimpleDocTemplate, TableStyle

    size = landscape(A4)
    table = LongTable(
        [_titles(), *map(list, rows)],
        colWidths=_widths(size[0] - 2 * MARGIN_PT),
        rowHeights=[ROW_PT] * (len(rows) + 1),
        repeatRows=1,
    )
    shade = Color(SHADE / 255, SHADE / 255, SHADE / 255)
    style = [
        ("FONTSIZE", (0, 0), (-1, -1), FONT_PT),
        ("ALIGN", (TEXTS, 0), (-1, -1), "RIGHT"),
        ("ROWBACKGROUNDS", (0, 1), (-1, -1), [Color(1, 1, 1), shade]),
    ]
    table.setStyle(TableStyle(style))
    edge = MARGIN_PT - 6  # within it reportlab's frame has a padding of 6
    SimpleDocTemplate(
        str(path), pagesize=size, leftMargin=edge, rightMargin=edge, topMargin=edge, bottomMargin=edge
    ).build([table])


def _canvas(rows: Rows, path: Path) -> None:
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.pdfgen.canvas import Canvas

    width, height = landscape(A4)
    canvas = Canvas(str(path), pagesize=(width, height), pageCompression=1)
    widths = _widths(width - 2 * MARGIN_PT)
    lefts = [MARGIN_PT + sum(widths[:column]) for column in range(len(widths))]
    per_page = int((height - 2 * MARGIN_PT) / ROW_PT) - 1
    for first in range(0, len(rows), per_page):
        for line, row in enumerate([_titles(), *rows[first : first + per_page]], 1):
            y = height - MARGIN_PT - ROW_PT * line
            if line % 2:
                canvas.setFillGray(SHADE / 255)
                canvas.rect(MARGIN_PT, y - 4, width - 2 * MARGIN_PT, ROW_PT, stroke=0, fill=1)
            canvas.setFillGray(0.13)
            canvas.setFont("Helvetica", FONT_PT)
            for column, text in enumerate(row):
                if column < TEXTS:
                    canvas.drawString(lefts[column], y, text)
                else:
                    canvas.drawRightString(lefts[column] + widths[column] - 3, y, text)
        canvas.showPage()
    canvas.save()


def _fpdf2(rows: Rows, path: Path) -> None:
    from fpdf import FPDF

    pdf = FPDF(orientation="landscape", format="A4", unit="pt")
    pdf.set_margin(MARGIN_PT)
    pdf.set_font("Helvetica", size=FONT_PT)
    pdf.set_fill_color(SHADE)
    widths, titles = _widths(pdf.epw), _titles()

    def draw(texts: Sequence[str], *, fill: bool) -> None:
        for column, text in enumerate(texts):
            pdf.cell(widths[column], ROW_PT, text, align="L" if column < TEXTS else "R", fill=fill)
        pdf.ln()

    for line, row in enumerate(rows):
        if not line or pdf.will_page_break(ROW_PT):
            pdf.add_page()
            draw(titles, fill=False)
        draw(row, fill=bool(line % 2))
    pdf.output(str(path))


def _typst(rows: Rows, path: Path) -> None:
    import typst

    data, source = path.with_suffix(".json"), path.with_suffix(".typ")
    data.write_text(json.dumps(rows))
    titles = ", ".join(f"[{title}]" for title in _titles())
    widths = ", ".join(f"{share}fr" for share in SHARES)
    source.write_text(
        f'#set page("a4", flipped: true, margin: {MARGIN_PT}pt)\n#set text({FONT_PT}pt)\n'
        f'#let rows = json("{data.name}")\n'
        f"#table(columns: ({widths}), rows: {ROW_PT}pt, inset: 3pt, stroke: none,"
        f" fill: (_, y) => if calc.even(y) {{ luma({SHADE}) }},"
        f" align: (x, _) => if x < {TEXTS} {{ left }} else {{ right }},"
        f" table.header({titles}), ..rows.flatten())\n"
    )
    typst.compile(str(source), output=str(path), pdf_tags=False)


def _widths(whole: float) -> list[float]:
    return [whole * share / sum(SHARES) for share in SHARES]


DRAWERS: dict[str, Callable[[Rows, Path], None]] = {
    "longtable": _longtable,
    "canvas": _canvas,
    "fpdf2": _fpdf2,
    "typst": _typst,
}
