"""Draw the cover with reportlab's Platypus, which wraps long texts and continues on further pages.

┌───────────────────────────────┐
│ ▬▬                            │
│ Departures from New York      │   title, description
│ Departures from New York's …  │
│                               │
│ ROWS      MADE        REQUEST │   the facts
│ 336,776   31 December …  1a2b │
│ ───────────────────────────── │
│ Parameters                    │   on a wide page, two columns begin here
│ Start            1 January …  │
│ ───────────────────────────── │
│ Totals                        │
│ Distance by carrier           │   the chart
└───────────────────────────────┘
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from io import BytesIO

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

from octavo.documents.chart_data import drawable
from octavo.documents.in_words import in_words
from octavo.documents.pdf import theme
from octavo.documents.pdf.cover.charts import chart
from octavo.documents.pdf.cover.contents import CoverContents
from octavo.documents.pdf.cover.typesetting import Style, Text, Typesetter
from octavo.documents.pdf.fonts.text_encoder import TextEncoder

SIDE = 0.1  # the margin, as a part of the page's shorter side
FIRST_LINE = 0.1  # how far below the margin a page of one column begins, as a part of its height
WIDE_PT = 640.0  # a page that is as wide between its margins has two columns below the facts …
COLUMNS_PT = 440.0  # … and so has a landscape page that is as wide
READABLE_PT = 420.0  # the longest line of running text
LABEL_SHARE = 0.32  # the part of a column that is for the labels
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


def draw_cover(cover: CoverContents, encoder: TextEncoder, breaks: Callable[[str], list[int]]) -> bytes:
    """Return the cover as a PDF whose texts use the document's fonts. The same contents make the same bytes.

    `encoder` collects the glyphs of the texts.
    """
    file = BytesIO()
    typesetter = Typesetter(encoder, breaks)
    side = SIDE * min(cover.width, cover.height)
    width, height = cover.width - 2 * side, cover.height - 2 * side
    above = _above(cover, width, typesetter)
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
    document.build([*above, *_below(cover, column, typesetter)])
    return file.getvalue()


def _above(cover: CoverContents, width: float, typesetter: Typesetter) -> list[Flowable]:
    """Return what is as wide as the page: title, description, facts, notices."""

    def text(words: str, style: Style, after: float = 0, room: float = width) -> Text:
        return Text(typesetter, typesetter.lines(words, style, room), style, after)

    paragraphs = [" ".join(paragraph.split()) for paragraph in cover.description.split("\n\n")]
    flowables: list[Flowable] = [_Bar(), text(cover.title, TITLE, 8)]
    flowables += [text(words, DESCRIPTION, 6, min(width, READABLE_PT)) for words in paragraphs if words]
    flowables += [Spacer(0, 22), _Facts(_facts(cover), width, typesetter)]
    if not cover.rows:
        why = "Nothing in the data meets the parameters below." if cover.parameters else "The data is empty."
        flowables += [Spacer(0, 22), text("No rows match.", EMPTY, 4), text(why, DESCRIPTION)]
    for notice in cover.notices:
        flowables += [Spacer(0, 14), text(notice, NOTICE)]
    return flowables


def _below(cover: CoverContents, width: float, typesetter: Typesetter) -> Iterator[Flowable]:
    """Yield what is in columns: parameters, totals, the chart."""
    for heading, pairs in (("Parameters", cover.parameters), ("Totals", cover.totals)):
        if pairs:
            yield from _section(heading, typesetter)
            yield from (_Pair.of(label, value, width, typesetter) for label, value in pairs)
    if cover.chart and (data := drawable(cover.chart)).values:
        yield KeepTogether([*_section(data.title, typesetter), chart(data, width, typesetter)])


def _section(heading: str, typesetter: Typesetter) -> list[Flowable]:
    return [Spacer(0, 26), CondPageBreak(60), Text(typesetter, [heading], HEADING, 5)]


def _facts(cover: CoverContents) -> tuple[tuple[str, str], ...]:
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
    """Labels with values below them, side by side as far as they fit on a line, between two hairlines."""

    FIRST_LINE = 54.0
    LINE = 38.0
    GAP = (16.0, 48.0)  # the least and the greatest distance between two facts

    def __init__(self, facts: Sequence[tuple[str, str]], width: float, typesetter: Typesetter) -> None:
        super().__init__()
        self._width, self._typesetter = width, typesetter
        self._lines: list[list[tuple[str, str, float]]] = [[]]
        for label, whole in facts:
            value = typesetter.shortened(whole, FACT, width)
            need = max(typesetter.width(label, FACT_LABEL), typesetter.width(value, FACT))
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
                self._typesetter.draw(self.canv, label, FACT_LABEL, x, y + 33)
                self._typesetter.draw(self.canv, value, FACT, x, y + 16)
                x += need + gap
        for y in (0.0, self.wrap(0, 0)[1]):
            _hairline(self, y, 0, self._width)


class _Pair(Flowable):
    """A label and a value beside it, above a hairline. A value of many lines continues on the next page."""

    PADDING = 4.5
    UNSPLIT = 12  # a pair of so many lines is not split

    def __init__(self, label: list[str], value: list[str], width: float, typesetter: Typesetter) -> None:
        super().__init__()
        self._label, self._value, self._width, self._typesetter = label, value, width, typesetter
        self._lines = max(len(label), len(value))

    @classmethod
    def of(cls, label: str, value: str, width: float, typesetter: Typesetter) -> _Pair:
        label_lines = typesetter.lines(label, LABEL, LABEL_SHARE * width - LABEL_GAP_PT)
        return cls(label_lines, typesetter.lines(value, VALUE, (1 - LABEL_SHARE) * width), width, typesetter)

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return width, self._lines * VALUE.leading + 2 * self.PADDING

    def split(self, width: float, height: float) -> list[Flowable]:
        fitting = int((height - 2 * self.PADDING) // VALUE.leading)
        if self._lines <= self.UNSPLIT or fitting < 1:
            return []
        parts = (slice(None, fitting), slice(fitting, None))
        return [_Pair(self._label[part], self._value[part], self._width, self._typesetter) for part in parts]

    def draw(self) -> None:
        top = self._lines * VALUE.leading + self.PADDING
        for x, lines, style in ((0.0, self._label, LABEL), (LABEL_SHARE * self._width, self._value, VALUE)):
            for line, text in enumerate(lines, 1):
                self._typesetter.draw(self.canv, text, style, x, top - line * style.leading + 3.6)
        _hairline(self, 0, 0, self._width)


def _hairline(flowable: Flowable, y: float, left: float, right: float) -> None:
    flowable.canv.setStrokeColor(Color(*theme.HAIRLINE))
    flowable.canv.setLineWidth(theme.HAIRLINE_PT)
    flowable.canv.line(left, y, right, y)
