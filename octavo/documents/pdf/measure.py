"""What each column needs, measured over the whole snapshot: by SQL for numbers, by distinct value for the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from octavo.database import identifier
from octavo.documents.pdf.cells import NEGATIVE, figure
from octavo.documents.pdf.display import TOTALS_LABEL, Display, display, display_total
from octavo.documents.pdf.fonts import Fonts, breaks
from octavo.documents.pdf.layout import WIDEST_TEXT, Need
from octavo.report_type import Column
from octavo.snapshot import Rows, Value

DISTINCT_LIMIT = 50_000
SAMPLE = 2_000
USUAL = 0.9
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
    if shown.shape == "number":
        widest = usual = word = _number_width(rows, column, shown, fonts)
    elif shown.shape == "time":
        text = _one(rows, f"SELECT max_by(t, length(t)) FROM (SELECT {shown.sql} AS t FROM {rows.source})")
        widest = usual = word = fonts.width(str(text or ""))
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
        ellipsis=column.overflow == "ellipsis" and not shown.numeric,
        given=int(column.width * 1000) if column.width else None,
    )


def _number_width(rows: Rows, column: Column, shown: Display, fonts: Fonts) -> int:
    """Digits have one width: the longest number is the widest, of those with and of those without a sign."""
    name = identifier(column.name)
    query = f"SELECT {name} < 0 AS below, max(length({shown.sql})) FROM {rows.source}"
    longest = rows.connection.execute(f"{query} WHERE {name} IS NOT NULL GROUP BY below").fetchall()
    widths = [
        fonts.width(figure(length - below, shown)) + (fonts.width(NEGATIVE) if below else 0)
        for below, length in longest
    ]
    return max(widths, default=0)


def _text_widths(rows: Rows, column: Column, shown: Display, fonts: Fonts) -> tuple[int, int, int]:
    """Return the widest, the usual and the longest word, from the distinct values or, if too many, from samples."""
    texts = list(_texts(rows, column, shown))
    if not texts:
        return 0, 0, 0
    measured = sorted((fonts.width(text), count) for text, count in texts)
    widest = WIDEST_TEXT + 1 if any("\n" in text or "\r" in text for text, _ in texts) else measured[-1][0]
    return max(widest, measured[-1][0]), _quantile(measured), max(_longest_word(text, fonts) for text, _ in texts)


def _texts(rows: Rows, column: Column, shown: Display) -> Iterator[tuple[str, int]]:
    """Yield texts and how often each occurs.

    Of more than DISTINCT_LIMIT values it is a sample, and every text that may be wider than the sample's: so the
    widest is the widest, unless it is wider than a column ever gets.
    """
    name = identifier(column.name)
    value = name if shown.python else shown.sql
    query = f"SELECT {value} AS t, count(*) FROM {rows.source} WHERE {name} IS NOT NULL GROUP BY t"
    some = rows.connection.execute(f"{query} LIMIT {DISTINCT_LIMIT + 1}").fetchall()
    if len(some) > DISTINCT_LIMIT and not shown.python:
        sample = f"SELECT {value}, 1 FROM {rows.source} WHERE {name} IS NOT NULL USING SAMPLE {SAMPLE} (reservoir, 1)"
        longest = f"SELECT t, 1 FROM (SELECT {value} AS t FROM {rows.source}) ORDER BY length(t) DESC LIMIT {SAMPLE}"
        some = rows.connection.execute(sample).fetchall() + rows.connection.execute(longest).fetchall()
    for found, count in some:
        yield (shown.python(found) if shown.python else found), count


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


def _one(rows: Rows, query: str) -> object:
    found = rows.connection.execute(query).fetchone()
    return found[0] if found else None
