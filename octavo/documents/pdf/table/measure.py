"""Measure what width each column needs in the whole snapshot: numbers by SQL, other values one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from nanoarrow import ArrayStream

from octavo.authoring.columns import ROW, Column
from octavo.data.column_types import ColumnType
from octavo.data.sql import identifier
from octavo.documents.formatting import TOTALS_LABEL, CellFormat, choose_format, format_total
from octavo.documents.pdf.fonts import Fonts, breaks
from octavo.documents.pdf.table.cells import NEGATIVE, figure
from octavo.documents.pdf.table.layout import WIDEST_TEXT, Need
from octavo.errors import ReportTypeError

if TYPE_CHECKING:
    from octavo.data.snapshot import Rows, Value

DISTINCT_LIMIT = 50_000
SAMPLE = 2_000
USUAL = 0.9
LONG = WIDEST_TEXT // 200  # characters: a longer text is wider than any column
SLICE = 50_000  # texts that are measured at once
WIDE = 20  # so many texts of those that may be the widest are measured exactly


def measure(rows: Rows, totals: Mapping[str, Value], columns: Sequence[Column], fonts: Fonts) -> list[Need]:
    """Return what the columns need for all rows. `widest` is exact wherever the layout depends on it."""
    needs = [_need(rows, totals, column, choose_format(column, rows.types[column.name]), fonts) for column in columns]
    if totals and columns[0].name not in totals:  # its cell in the last row is the label of the totals
        label = fonts.width(TOTALS_LABEL, bold=True)
        first = needs[0]
        needs[0] = replace(
            first, widest=max(first.widest, label), usual=max(first.usual, label), word=max(first.word, label)
        )
    return needs


def _need(rows: Rows, totals: Mapping[str, Value], column: Column, cell_format: CellFormat, fonts: Fonts) -> Need:
    exact = False
    if cell_format.shape == "number":
        widest = usual = word = _number_width(rows, column, cell_format, fonts)
    elif cell_format.shape == "time":
        widths = [fonts.width(pattern) for pattern in _time_patterns(rows, cell_format)]
        widest = usual = word = max(widths, default=0)
        exact = len(widths) == 1
    else:
        widest, usual, word = _text_widths(rows, column, cell_format, fonts)
    total = fonts.width(format_total(column, totals.get(column.name)) or "", bold=True)
    widest, usual = max(widest, total), max(usual, total if cell_format.numeric else 0)
    return Need(
        widest=widest,
        usual=usual,
        word=widest if cell_format.numeric or ColumnType.parse(rows.types[column.name]).is_date_or_time else word,
        title=max(fonts.width(part, bold=True) for part in column.title.split() or [""]),
        full_title=fonts.width(column.title, bold=True),
        numeric=cell_format.numeric,
        exact=exact and not total,
        ellipsis=column.overflow == "ellipsis" and not cell_format.numeric,
        given=int(column.width * 1000) if column.width else None,
    )


def _time_patterns(rows: Rows, cell_format: CellFormat) -> list[str]:
    """Return the column's times with all digits written as 0: however many times there are, these are few."""
    patterns = f"SELECT DISTINCT translate({cell_format.sql}, '123456789', '000000000') FROM {rows.source}"
    return [pattern for (pattern,) in rows.connection.execute(patterns).fetchall() if pattern is not None]


def _number_width(rows: Rows, column: Column, cell_format: CellFormat, fonts: Fonts) -> int:
    """All digits have one width, so the widest number is the longest one with a sign or the longest one without."""
    name = identifier(column.name)
    numbers = f"SELECT {name} < 0 AS below, {cell_format.sql} AS t FROM {rows.source} WHERE {name} IS NOT NULL"
    longest = rows.connection.execute(f"SELECT below, max(length(t)) FROM ({numbers}) GROUP BY below").fetchall()
    widths = [
        fonts.width(figure(length - below, cell_format)) + (fonts.width(NEGATIVE) if below else 0)
        for below, length in longest
    ]
    return max(widths, default=0)


def _text_widths(rows: Rows, column: Column, cell_format: CellFormat, fonts: Fonts) -> tuple[int, int, int]:
    """Return the widest text, the usual width and the longest word: of all distinct values, or of some of many."""
    texts = list(_texts(rows, column, cell_format, fonts))
    if not texts:
        return 0, 0, 0
    measured = sorted((fonts.width(text), count) for text, count in texts)
    widest = WIDEST_TEXT + 1 if any("\n" in text or "\r" in text for text, _ in texts) else measured[-1][0]
    return max(widest, measured[-1][0]), _quantile(measured), max(_longest_word(text, fonts) for text, _ in texts)


def _texts(rows: Rows, column: Column, cell_format: CellFormat, fonts: Fonts) -> Iterator[tuple[str, int]]:
    """Yield texts, and how often each occurs. Of more than DISTINCT_LIMIT values, yield a sample and the widest."""
    values = f"SELECT {cell_format.sql} AS t FROM {rows.source} WHERE {identifier(column.name)} IS NOT NULL"
    counted = f"SELECT t, count(*) FROM ({values}) GROUP BY t LIMIT {DISTINCT_LIMIT + 1}"
    some = rows.connection.execute(counted).fetchall()
    if len(some) > DISTINCT_LIMIT:
        queries = _chosen(rows, values, cell_format)
        some = [(value, 1) for query in queries for (value,) in rows.connection.execute(query).fetchall()]
        if not cell_format.python:
            some += [(text, 0) for text in _wide(rows, values, fonts)]
    for value, count in some:
        yield (_by_python(column, cell_format.python, value) if cell_format.python else value), count


def _by_python(column: Column, python: Callable[[Any], str], value: Any) -> str:
    try:
        return python(value)
    except (AttributeError, TypeError, ValueError) as error:
        raise ReportTypeError(
            f"Column {column.name!r}: its format {column.format!r} can't print its values, which are of type"
            f" {type(value).__name__}. Give it a format for them, or none."
        ) from error


def _chosen(rows: Rows, values: str, cell_format: CellFormat) -> Iterator[str]:
    """Yield queries that choose some of many values t: always the same, so that equal rows get equal layouts."""
    yield f"{values} AND hash({ROW}) % (SELECT count(*) // {SAMPLE} + 1 FROM {rows.source}) = 0"
    yield f"SELECT t FROM ({values}) ORDER BY length(t::varchar) DESC, t LIMIT {WIDE}"
    if not cell_format.python:
        yield f"SELECT t FROM ({values}) WHERE contains(t, '\n') OR contains(t, '\r') ORDER BY t LIMIT 1"
    elif cell_format.numeric:
        for end in ("ASC", "DESC"):  # infinity and NaN come after the largest number
            yield f"SELECT DISTINCT t FROM ({values}) ORDER BY t {end} LIMIT 4"


def _wide(rows: Rows, values: str, fonts: Fonts) -> Iterator[str]:
    """Yield the widest of many texts by the sum of the widths of their bytes. Characters beyond ASCII count as wide."""
    import numpy as np

    advances = fonts.advances().astype(np.int64)
    advances[advances < 0] = 1000
    advances[0x80:0xC0] = 0  # the second to fourth byte of a character
    short = f"SELECT t FROM ({values}) WHERE length(t) BETWEEN 1 AND {LONG}"
    for batch in ArrayStream(rows.connection.sql(short)).iter_chunks():
        _, offsets, data = (np.frombuffer(buffer, np.uint8) for buffer in batch.child(0).buffers)
        edges = offsets.view(np.int32)
        for first in range(0, len(batch), SLICE):
            here = edges[first : min(first + SLICE, len(batch)) + 1]
            sums = np.concatenate(([0], np.cumsum(advances[data[here[0] : here[-1]]])))
            widths = np.diff(sums[here - here[0]])
            for row in np.argsort(-widths, kind="stable")[:WIDE]:
                yield data[here[row] : here[row + 1]].tobytes().decode()


def _quantile(measured: Sequence[tuple[int, int]]) -> int:
    """Return the width that a part of USUAL of the rows does not exceed. `measured` is sorted by width."""
    left = sum(count for _, count in measured) * USUAL
    for width, count in measured:
        left -= count
        if left <= 0:
            return width
    return measured[-1][0]


def _longest_word(text: str, fonts: Fonts) -> int:
    edges = [0, *breaks(text), len(text)]
    return max(fonts.width(text[a:b].rstrip(" ")) for a, b in pairwise(edges))
