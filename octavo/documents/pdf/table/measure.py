"""What each column needs, measured over the whole snapshot: by SQL for numbers, by distinct value for the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from nanoarrow import ArrayStream

from octavo.authoring.report_type import ROW, Column
from octavo.data.sql import identifier
from octavo.documents.pdf.fonts import Fonts, breaks
from octavo.documents.pdf.table.cells import NEGATIVE, figure
from octavo.documents.pdf.table.formatting import TOTALS_LABEL, Display, display, display_total
from octavo.documents.pdf.table.layout import WIDEST_TEXT, Need
from octavo.errors import ReportTypeError

if TYPE_CHECKING:
    from octavo.data.snapshot import Rows, Value

DISTINCT_LIMIT = 50_000
SAMPLE = 2_000
USUAL = 0.9
LONG = WIDEST_TEXT // 200  # characters: a text of more is wider than a column ever gets
SLICE = 50_000  # texts measured at once
WIDE = 20  # the widest of so many texts, about: each is measured exactly
TEMPORAL = {"DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"}


def measure(rows: Rows, totals: Mapping[str, Value], columns: Sequence[Column], fonts: Fonts) -> list[Need]:
    """Return the needs of the columns for the snapshot's rows. `widest` is exact as long as it can decide anything."""
    needs = [_need(rows, totals, column, display(column, rows.types[column.name]), fonts) for column in columns]
    if totals and columns[0].name not in totals:  # its cell says what the last row is
        label = fonts.width(TOTALS_LABEL, bold=True)
        first = needs[0]
        needs[0] = replace(
            first, widest=max(first.widest, label), usual=max(first.usual, label), word=max(first.word, label)
        )
    return needs


def _need(rows: Rows, totals: Mapping[str, Value], column: Column, shown: Display, fonts: Fonts) -> Need:
    exact = False
    if shown.shape == "number":
        widest = usual = word = _number_width(rows, column, shown, fonts)
    elif shown.shape == "time":
        widths = [fonts.width(pattern) for pattern in _time_patterns(rows, shown)]
        widest = usual = word = max(widths, default=0)
        exact = len(widths) == 1
    else:
        widest, usual, word = _text_widths(rows, column, shown, fonts)
    total = fonts.width(display_total(column, totals.get(column.name)) or "", bold=True)
    widest, usual = max(widest, total), max(usual, total if shown.numeric else 0)
    return Need(
        widest=widest,
        usual=usual,
        word=widest if shown.numeric or rows.types[column.name] in TEMPORAL else word,
        title=max(fonts.width(part, bold=True) for part in column.title.split() or [""]),
        full_title=fonts.width(column.title, bold=True),
        numeric=shown.numeric,
        exact=exact and not total,
        ellipsis=column.overflow == "ellipsis" and not shown.numeric,
        given=int(column.width * 1000) if column.width else None,
    )


def _time_patterns(rows: Rows, shown: Display) -> list[str]:
    """Return a column's times, all digits written as 0: of very many times, a few patterns."""
    patterns = f"SELECT DISTINCT translate({shown.sql}, '123456789', '000000000') FROM {rows.source}"
    return [pattern for (pattern,) in rows.connection.execute(patterns).fetchall() if pattern is not None]


def _number_width(rows: Rows, column: Column, shown: Display, fonts: Fonts) -> int:
    """Digits have one width: the longest number is the widest, of those with and of those without a sign."""
    name = identifier(column.name)
    numbers = f"SELECT {name} < 0 AS below, {shown.sql} AS t FROM {rows.source} WHERE {name} IS NOT NULL"
    longest = rows.connection.execute(f"SELECT below, max(length(t)) FROM ({numbers}) GROUP BY below").fetchall()
    widths = [
        fonts.width(figure(length - below, shown)) + (fonts.width(NEGATIVE) if below else 0)
        for below, length in longest
    ]
    return max(widths, default=0)


def _text_widths(rows: Rows, column: Column, shown: Display, fonts: Fonts) -> tuple[int, int, int]:
    """Return the widest, the usual and the longest word, from the distinct values or, if too many, from some."""
    texts = list(_texts(rows, column, shown, fonts))
    if not texts:
        return 0, 0, 0
    measured = sorted((fonts.width(text), count) for text, count in texts)
    widest = WIDEST_TEXT + 1 if any("\n" in text or "\r" in text for text, _ in texts) else measured[-1][0]
    return max(widest, measured[-1][0]), _quantile(measured), max(_longest_word(text, fonts) for text, _ in texts)


def _texts(rows: Rows, column: Column, shown: Display, fonts: Fonts) -> Iterator[tuple[str, int]]:
    """Yield texts and how often each occurs; of more than DISTINCT_LIMIT values, some: a sample and the widest."""
    values = f"SELECT {shown.sql} AS t FROM {rows.source} WHERE {identifier(column.name)} IS NOT NULL"
    counted = f"SELECT t, count(*) FROM ({values}) GROUP BY t LIMIT {DISTINCT_LIMIT + 1}"
    some = rows.connection.execute(counted).fetchall()
    if len(some) > DISTINCT_LIMIT:
        queries = _chosen(rows, values, shown)
        some = [(value, 1) for query in queries for (value,) in rows.connection.execute(query).fetchall()]
        if not shown.python:
            some += [(text, 0) for text in _wide(rows, values, fonts)]
    for value, count in some:
        yield (_by_python(column, shown.python, value) if shown.python else value), count


def _by_python(column: Column, python: Callable[[Any], str], value: Any) -> str:
    try:
        return python(value)
    except (AttributeError, TypeError, ValueError) as error:
        raise ReportTypeError(
            f"Column {column.name!r}: its format {column.format!r} can't print its values, which are of type"
            f" {type(value).__name__}. Give it a format for them, or none."
        ) from error


def _chosen(rows: Rows, values: str, shown: Display) -> Iterator[str]:
    """Yield queries of values t out of many: the same ones each time, so that the same rows are laid out alike."""
    yield f"{values} AND hash({ROW}) % (SELECT count(*) // {SAMPLE} + 1 FROM {rows.source}) = 0"
    yield f"SELECT t FROM ({values}) ORDER BY length(t::varchar) DESC, t LIMIT {WIDE}"
    if not shown.python:
        yield f"SELECT t FROM ({values}) WHERE contains(t, '\n') OR contains(t, '\r') ORDER BY t LIMIT 1"
    elif shown.numeric:
        for end in ("ASC", "DESC"):  # beyond the largest number stand infinity and NaN
            yield f"SELECT DISTINCT t FROM ({values}) ORDER BY t {end} LIMIT 4"


def _wide(rows: Rows, values: str, fonts: Fonts) -> Iterator[str]:
    """Yield the widest of many texts by the sum of their bytes' widths, other characters than ASCII taken as wide."""
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
    """Return the width that USUAL of the rows do not exceed; `measured` is sorted by width."""
    left = sum(count for _, count in measured) * USUAL
    for width, count in measured:
        left -= count
        if left <= 0:
            return width
    return measured[-1][0]


def _longest_word(text: str, fonts: Fonts) -> int:
    edges = [0, *breaks(text), len(text)]
    return max(fonts.width(text[a:b].rstrip(" ")) for a, b in pairwise(edges))
