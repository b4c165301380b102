"""The cover: what the document is, what was asked for, when and from what it was made, its totals, a chart.

    ┌───────────────────────────────┐
    │ ▬▬                            │
    │ Departures from New York      │   title, description
    │ Departures from New York's …  │
    │                               │
    │ ROWS      MADE        REQUEST │   the facts
    │ 336,776   31 December …  1a2b │
    │ ───────────────────────────── │
    │ Parameters                    │   on a wide page what follows stands in two columns
    │ Start            1 January …  │
    │ ───────────────────────────── │
    │ Totals                        │
    │ Distance by carrier           │   the chart
    └───────────────────────────────┘

Drawn by reportlab's Platypus, which wraps what is long and goes on on further pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from reportlab.lib.colors import Color
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    FrameBreak,
    KeepTogether,
    PageTemplate,
    Spacer,
)

from octavo.authoring.parameters import nested_model
from octavo.documents.pdf import theme
from octavo.documents.pdf.cover.charts import ChartData, chart
from octavo.documents.pdf.cover.typesetting import Lettering, Style, Text
from octavo.documents.pdf.fonts.encode import Encode, Measure

SIDE = 0.1  # the margin, of the page's shorter side
FIRST_LINE = 0.1  # how far below the margin a page of one column begins, of its height
WIDE_PT = 640.0  # a page with as much room has two columns below the facts …
COLUMNS_PT = 440.0  # … and so has a landscape page with as much
READABLE_PT = 420.0  # the longest line of running text
LABEL_SHARE = 0.32  # of a column, for the labels
LABEL_GAP_PT = 12.0
GUTTER_PT = 36.0
FINGERPRINT_DIGITS = 12

TITLE = Style(25, 30, theme.INK, bold=True)
DESCRIPTION = Style(10, 15.5, theme.MUTED)
HEADING = Style(11, 15, theme.ACCENT, bold=True)
FACT_LABEL = Style(7.5, 12, theme.MUTED)
FACT = Style(11, 15, theme.INK, bold=True)
LABEL = Style(9, 13, theme.MUTED)
VALUE = Style(9, 13, theme.INK)
EMPTY = Style(13, 18, theme.INK, bold=True)
NOTICE = Style(9, 13.5, theme.NOTICE)


@dataclass(frozen=True)
class Cover:
    """What the cover says; labels and values are texts, sizes points.

    `sources` are the names of what the document is made from, `author` whom it is from.
    """

    title: str
    description: str
    parameters: tuple[tuple[str, str], ...]
    totals: tuple[tuple[str, str], ...]
    rows: int
    created: datetime
    fingerprint: str
    width: float
    height: float
    author: str = ""
    sources: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    chart: ChartData | None = None


def draw(cover: Cover, encode: Encode, measure: Measure, breaks: Callable[[str], list[int]]) -> bytes:
    """Return the cover as a PDF whose texts use the document's fonts; the same cover makes the same bytes.

    `encode` is called for what is drawn and for nothing else, so it may keep count.
    """
    file = BytesIO()
    lettering = Lettering(encode, measure, breaks)
    side = SIDE * min(cover.width, cover.height)
    width, height = cover.width - 2 * side, cover.height - 2 * side
    above = _above(cover, width, lettering)
    above_height = sum(flowable.wrap(width, height)[1] + flowable.getSpaceAfter() for flowable in above)
    wide = width >= WIDE_PT or (width > height and width >= COLUMNS_PT)
    columns = 2 if wide and above_height < height / 2 else 1
    column = (width - (columns - 1) * GUTTER_PT) / columns

    def frames(height: float) -> list[Frame]:
        lefts = [side + place * (column + GUTTER_PT) for place in range(columns)]
        return [Frame(left, side, column, height, 0, 0, 0, 0) for left in lefts]

    if columns == 1:
        first = frames(height - FIRST_LINE * height)
    else:
        first = [Frame(side, side + height - above_height, width, above_height + 1, 0, 0, 0, 0)]
        first += frames(height - above_height)
        above.append(FrameBreak())
    document = BaseDocTemplate(file, pagesize=(cover.width, cover.height), invariant=1, pageCompression=1)
    templates = {"first": first, "further": frames(height)}
    document.addPageTemplates([PageTemplate(name, t, autoNextPageTemplate="further") for name, t in templates.items()])
    document.build([*above, *_below(cover, column, lettering)])
    return file.getvalue()


def _above(cover: Cover, width: float, lettering: Lettering) -> list[Flowable]:
    """Return what stands over the full width: title, description, facts, notices."""

    def text(words: str, style: Style, after: float = 0, room: float = width) -> Text:
        return Text(lettering, lettering.lines(words, style, room), style, after)

    paragraphs = [" ".join(paragraph.split()) for paragraph in cover.description.split("\n\n")]
    flowables: list[Flowable] = [_Bar(), text(cover.title, TITLE, 8)]
    flowables += [text(words, DESCRIPTION, 6, min(width, READABLE_PT)) for words in paragraphs if words]
    flowables += [Spacer(0, 22), _Facts(_facts(cover), width, lettering)]
    if not cover.rows:
        why = "Nothing in the data meets the parameters below." if cover.parameters else "The data is empty."
        flowables += [Spacer(0, 22), text("No rows match.", EMPTY, 4), text(why, DESCRIPTION)]
    for notice in cover.notices:
        flowables += [Spacer(0, 14), text(notice, NOTICE)]
    return flowables


def _below(cover: Cover, width: float, lettering: Lettering) -> Iterator[Flowable]:
    """Yield what stands in columns: parameters, totals, the chart."""
    for heading, pairs in (("Parameters", cover.parameters), ("Totals", cover.totals)):
        if pairs:
            yield from _section(heading, lettering)
            yield from (_Pair.of(label, value, width, lettering) for label, value in pairs)
    if cover.chart and (figures := cover.chart.drawable()).values:
        yield KeepTogether([*_section(figures.title, lettering), chart(figures, width, lettering)])


def _section(heading: str, lettering: Lettering) -> list[Flowable]:
    return [Spacer(0, 26), CondPageBreak(60), Text(lettering, [heading], HEADING, 5)]


def _facts(cover: Cover) -> tuple[tuple[str, str], ...]:
    facts = (
        ("Rows", f"{cover.rows:,}"),
        ("Made", in_words(cover.created)),
        ("By", cover.author),
        ("From", ", ".join(cover.sources)),
        ("Request", cover.fingerprint[:FINGERPRINT_DIGITS]),
    )
    return tuple((label, value) for label, value in facts if value)


class _Bar(Flowable):
    """A short thick line in the accent colour, above the title."""

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return width, 20

    def draw(self) -> None:
        self.canv.setFillColor(Color(*theme.ACCENT))
        self.canv.rect(0, 17, 30, 3, stroke=0, fill=1)


class _Facts(Flowable):
    """Labels and, below them, values, between two hairlines: side by side, as many as a line has room for."""

    FIRST_LINE = 54.0
    LINE = 38.0
    GAP = (16.0, 48.0)  # between two facts, least and most

    def __init__(self, facts: Sequence[tuple[str, str]], width: float, lettering: Lettering) -> None:
        super().__init__()
        self._width, self._lettering = width, lettering
        self._lines: list[list[tuple[str, str, float]]] = [[]]
        for label, whole in facts:
            value = lettering.shortened(whole, FACT, width)
            need = max(lettering.width(label, FACT_LABEL), lettering.width(value, FACT))
            if self._lines[-1] and self._room(self._lines[-1]) < need + self.GAP[0]:
                self._lines.append([])
            self._lines[-1].append((label, value, need))

    def _room(self, line: Sequence[tuple[str, str, float]]) -> float:
        return self._width - sum(need for *_, need in line) - self.GAP[0] * (len(line) - 1)

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return width, self.FIRST_LINE + self.LINE * (len(self._lines) - 1)

    def draw(self) -> None:
        for down, line in enumerate(reversed(self._lines)):
            gap = min(self.GAP[1], self.GAP[0] + self._room(line) / max(1, len(line) - 1))
            x, y = 0.0, self.LINE * down
            for label, value, need in line:
                self._lettering.draw(self.canv, label, FACT_LABEL, x, y + 33)
                self._lettering.draw(self.canv, value, FACT, x, y + 16)
                x += need + gap
        for y in (0.0, self.wrap(0, 0)[1]):
            _hairline(self, y, 0, self._width)


class _Pair(Flowable):
    """A label and, beside it, a value, over a hairline; a value of many lines goes on on the next page."""

    PADDING = 4.5
    WHOLE = 12  # lines that are not split

    def __init__(self, label: list[str], value: list[str], width: float, lettering: Lettering) -> None:
        super().__init__()
        self._label, self._value, self._width, self._lettering = label, value, width, lettering
        self._lines = max(len(label), len(value))

    @classmethod
    def of(cls, label: str, value: str, width: float, lettering: Lettering) -> _Pair:
        label_lines = lettering.lines(label, LABEL, LABEL_SHARE * width - LABEL_GAP_PT)
        return cls(label_lines, lettering.lines(value, VALUE, (1 - LABEL_SHARE) * width), width, lettering)

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return width, self._lines * VALUE.leading + 2 * self.PADDING

    def split(self, width: float, height: float) -> list[Flowable]:
        fitting = int((height - 2 * self.PADDING) // VALUE.leading)
        if self._lines <= self.WHOLE or fitting < 1:
            return []
        parts = (slice(None, fitting), slice(fitting, None))
        return [_Pair(self._label[part], self._value[part], self._width, self._lettering) for part in parts]

    def draw(self) -> None:
        top = self._lines * VALUE.leading + self.PADDING
        for x, lines, style in ((0.0, self._label, LABEL), (LABEL_SHARE * self._width, self._value, VALUE)):
            for line, text in enumerate(lines, 1):
                self._lettering.draw(self.canv, text, style, x, top - line * style.leading + 3.6)
        _hairline(self, 0, 0, self._width)


def _hairline(flowable: Flowable, y: float, left: float, right: float) -> None:
    flowable.canv.setStrokeColor(Color(*theme.HAIRLINE))
    flowable.canv.setLineWidth(theme.HAIRLINE_PT)
    flowable.canv.line(left, y, right, y)


def parameters_in_words(model: type[BaseModel], values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the label and the value of each parameter, as the cover shows them, from the values that were bound."""
    return tuple(_parameter_in_words(name, field, values[name]) for name, field in model.model_fields.items())


def _parameter_in_words(name: str, field: FieldInfo, value: object) -> tuple[str, str]:
    label = field.title or name.replace("_", " ").capitalize()
    nested = nested_model(field.annotation)
    if nested is None or not isinstance(value, dict):
        return label, in_words(value)
    return label, "; ".join(f"{inner}: {words}" for inner, words in parameters_in_words(nested, value))


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
        case Decimal():
            return f"{value:f}"
        case str():
            return value or "empty"
        case list():
            return ", ".join(map(in_words, value)) or "none"
        case dict():
            return "; ".join(f"{name}: {in_words(each)}" for name, each in value.items()) or "none"
    return str(value)
