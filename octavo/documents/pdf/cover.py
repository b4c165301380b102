"""The cover: what the document is, what was asked for, when and from what it was made, its totals, a chart.

    ┌───────────────────────────────┐
    │ ▬▬                            │
    │ Departures from New York      │   title, description
    │ Departures from New York's …  │
    │                               │
    │ ROWS      MADE        REQUEST │   the facts
    │ 336,776   31 December …  1a2b │
    │ ───────────────────────────── │
    │ Parameters                    │   label and value a line, in two columns on a wide page
    │ Start            1 January …  │
    │ ───────────────────────────── │
    │ Totals                        │
    │ Distance by carrier           │   the chart
    └───────────────────────────────┘

Drawn by reportlab's Platypus, which wraps what is long and goes on on further pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from io import BytesIO

from pydantic import BaseModel
from reportlab.lib.colors import Color
from reportlab.platypus import BaseDocTemplate, CondPageBreak, Flowable, Frame, KeepTogether, PageTemplate, Spacer

from octavo.documents.pdf import look
from octavo.documents.pdf.charts import ChartData, chart
from octavo.documents.pdf.footers import Encode
from octavo.documents.pdf.lettering import Lettering, Style, Text

SIDE = 0.1  # the margin, of the page's shorter side
TOP = 0.16
WIDE_PT = 640.0  # a page with as much room has its parameters in two columns
READABLE_PT = 420.0  # the longest line of running text
LABEL_SHARE = 0.32  # of a column, for the labels
GUTTER_PT = 28.0
FINGERPRINT_DIGITS = 12

TITLE = Style(25, 30, look.INK, bold=True)
DESCRIPTION = Style(10, 15.5, look.MUTED)
HEADING = Style(11, 15, look.ACCENT, bold=True)
FACT_LABEL = Style(7.5, 12, look.MUTED)
FACT = Style(11, 15, look.INK, bold=True)
LABEL = Style(9, 13, look.MUTED)
VALUE = Style(9, 13, look.INK)
EMPTY = Style(13, 18, look.INK, bold=True)
NOTICE = Style(9, 13.5, look.NOTICE)


@dataclass(frozen=True)
class Cover:
    """What the cover says; labels and values are texts, sizes points."""

    title: str
    description: str
    parameters: tuple[tuple[str, str], ...]
    totals: tuple[tuple[str, str], ...]
    rows: int
    chunks: int
    created: datetime
    fingerprint: str
    width: float
    height: float
    notices: tuple[str, ...] = ()
    chart: ChartData | None = None


def draw(cover: Cover, encode: Encode, breaks: Callable[[str], list[int]]) -> bytes:
    """Return the cover as a PDF whose texts use the document's fonts; the same cover makes the same bytes."""
    file = BytesIO()
    side = SIDE * min(cover.width, cover.height)
    width, bottom = cover.width - 2 * side, cover.height - side

    def template(name: str, top: float) -> PageTemplate:
        frame = Frame(side, side, width, bottom - top, 0, 0, 0, 0)
        return PageTemplate(name, [frame], autoNextPageTemplate="further")

    document = BaseDocTemplate(file, pagesize=(cover.width, cover.height), invariant=1, pageCompression=1)
    document.addPageTemplates([template("first", TOP * cover.height), template("further", side)])
    document.build(list(_story(cover, width, Lettering(encode, breaks))))
    return file.getvalue()


def _story(cover: Cover, width: float, lettering: Lettering) -> Iterator[Flowable]:
    """Yield what stands on the cover, from top to bottom."""

    def text(words: str, style: Style, after: float = 0, room: float = width) -> Text:
        return Text(lettering, lettering.lines(words, style, room), style, after)

    yield _Bar()
    yield text(cover.title, TITLE, 8)
    for paragraph in filter(None, cover.description.split("\n\n")):
        yield text(" ".join(paragraph.split()), DESCRIPTION, 6, min(width, READABLE_PT))
    yield Spacer(0, 22)
    yield _Facts(_facts(cover), width, lettering)
    if not cover.rows:
        yield Spacer(0, 22)
        yield text("No rows match.", EMPTY, 4)
        yield text("The data holds nothing that meets the parameters below.", DESCRIPTION)
    for notice in cover.notices:
        yield Spacer(0, 14)
        yield text(notice, NOTICE)
    for heading, pairs in (("Parameters", cover.parameters), ("Totals", cover.totals)):
        if pairs:
            yield from _section(heading, lettering)
            yield from _pairs(pairs, width, lettering)
    if cover.chart and cover.chart.values:
        yield KeepTogether([*_section(cover.chart.title, lettering), chart(cover.chart, width, lettering)])


def _section(heading: str, lettering: Lettering) -> list[Flowable]:
    return [Spacer(0, 26), CondPageBreak(60), Text(lettering, [heading], HEADING, 5)]


def _facts(cover: Cover) -> tuple[tuple[str, str], ...]:
    return (
        ("Rows", f"{cover.rows:,}"),
        ("Chunks", f"{cover.chunks:,}"),
        ("Made", in_words(cover.created)),
        ("Request", cover.fingerprint[:FINGERPRINT_DIGITS]),
    )


class _Bar(Flowable):
    """A short thick line in the accent colour, above the title."""

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return width, 20

    def draw(self) -> None:
        self.canv.setFillColor(Color(*look.ACCENT))
        self.canv.rect(0, 17, 30, 3, stroke=0, fill=1)


class _Facts(Flowable):
    """Labels and, below them, values, side by side between two hairlines."""

    HEIGHT = 54.0

    def __init__(self, facts: Sequence[tuple[str, str]], width: float, lettering: Lettering) -> None:
        super().__init__()
        self._facts, self._width, self._lettering = facts, width, lettering

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return width, self.HEIGHT

    def draw(self) -> None:
        needs = [
            max(self._lettering.width(label, FACT_LABEL), self._lettering.width(value, FACT))
            for label, value in self._facts
        ]
        gap = min(48.0, (self._width - sum(needs)) / max(1, len(needs) - 1))
        x = 0.0
        for (label, value), need in zip(self._facts, needs, strict=True):
            self._lettering.draw(self.canv, label, FACT_LABEL, x, 33)
            self._lettering.draw(self.canv, value, FACT, x, 16)
            x += need + gap
        for y in (0.0, self.HEIGHT):
            _hairline(self, y, 0, self._width)


Lines = list[str]


def _pairs(pairs: Sequence[tuple[str, str]], width: float, lettering: Lettering) -> Iterator[Flowable]:
    """Yield rows of label and value, with two pairs each on a wide page."""
    columns = 2 if width >= WIDE_PT else 1
    column = (width - (columns - 1) * GUTTER_PT) / columns
    broken = [
        (
            lettering.lines(label, LABEL, LABEL_SHARE * column - 12),
            lettering.lines(value, VALUE, (1 - LABEL_SHARE) * column),
        )
        for label, value in pairs
    ]
    for first in range(0, len(broken), columns):
        yield _Pairs(broken[first : first + columns], column, lettering)


class _Pairs(Flowable):
    """Pairs of label and value side by side over a hairline; a long value goes on on the next page."""

    PADDING = 4.5

    def __init__(self, pairs: Sequence[tuple[Lines, Lines]], column: float, lettering: Lettering) -> None:
        super().__init__()
        self._pairs, self._column, self._lettering = pairs, column, lettering
        self._lines = max(max(len(label), len(value)) for label, value in pairs)

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return width, self._lines * VALUE.leading + 2 * self.PADDING

    def split(self, width: float, height: float) -> list[Flowable]:
        fitting = int((height - 2 * self.PADDING) // VALUE.leading)
        if not 0 < fitting < self._lines:
            return []
        parts = (slice(None, fitting), slice(fitting, None))
        return [
            _Pairs([(label[part], value[part]) for label, value in self._pairs], self._column, self._lettering)
            for part in parts
        ]

    def draw(self) -> None:
        top = self._lines * VALUE.leading + self.PADDING
        for place, (label, value) in enumerate(self._pairs):
            left = place * (self._column + GUTTER_PT)
            for x, lines, style in ((left, label, LABEL), (left + LABEL_SHARE * self._column, value, VALUE)):
                for line, text in enumerate(lines, 1):
                    self._lettering.draw(self.canv, text, style, x, top - line * style.leading + 3.6)
            _hairline(self, 0, left, left + self._column)


def _hairline(flowable: Flowable, y: float, left: float, right: float) -> None:
    flowable.canv.setStrokeColor(Color(*look.HAIRLINE))
    flowable.canv.setLineWidth(look.HAIRLINE_PT)
    flowable.canv.line(left, y, right, y)


def parameters_in_words(parameters: BaseModel) -> tuple[tuple[str, str], ...]:
    """Return the label and the value of each parameter, as the cover shows them."""
    return tuple(
        (field.title or name.replace("_", " ").capitalize(), in_words(getattr(parameters, name)))
        for name, field in type(parameters).model_fields.items()
    )


def in_words(value: object) -> str:
    """Write a parameter's value for people: None is "all", for a filter that is not set lets all pass."""
    match value:
        case None:
            return "all"
        case bool():
            return "yes" if value else "no"
        case datetime():
            zone = "" if value.tzinfo is None else f" {value:%Z}"
            return f"{in_words(value.date())}, {value:%H:%M}{zone}"
        case date():
            return f"{value.day} {value:%B} {value.year}"
        case Enum():
            return in_words(value.value)
        case Decimal():
            return f"{value:f}"
        case str():
            return value or "empty"
        case list() | tuple() | set() | frozenset():
            words = [in_words(item) for item in value]
            return ", ".join(sorted(words) if isinstance(value, set | frozenset) else words) or "none"
        case BaseModel():
            return "; ".join(f"{label}: {words}" for label, words in parameters_in_words(value))
    return str(value)
