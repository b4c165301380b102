"""Charts on the cover, drawn with reportlab's shapes in the colours and typefaces of the document.

    bar    horizontal bars with their names before and their values after them; more than HORIZONTAL bars are vertical
    line   a line over a scale of round numbers
    pie    a ring with a legend; beyond SLICES slices, the smallest values are one slice, "Other"

A pie whose values are no parts of a whole has been made bars (`octavo.documents.chart_data.drawable`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from reportlab.graphics import renderPDF
from reportlab.graphics.shapes import Circle, Drawing, Line, PolyLine, Rect, Shape, Wedge
from reportlab.lib.colors import Color, white
from reportlab.platypus import Flowable

from octavo.documents.chart_data import SMALLEST, ChartData
from octavo.documents.pdf import theme
from octavo.documents.pdf.cover.typesetting import Style, Typesetter

HORIZONTAL = 16  # bars, at most
SLICES = 8
TICKS = 4
LINE_PT = 15.0  # from one bar to the next
BAR_PT = 8.5
PLOT_PT = 140.0  # the height of vertical bars, lines and pies
NAMES_PT = 18.0  # the height of the names below them
NAME_SHARE = 0.3  # the part of the width that the names of horizontal bars may take
LEGEND_PT = 280.0
GAP_PT = 6.0
RING = 0.6  # the inner radius, as a part of the outer
THINNEST = 0.05  # degrees: a thinner slice cannot be seen

NAME = Style(8, LINE_PT, theme.INK)
VALUE = Style(8, LINE_PT, theme.MUTED)
TOO_LONG = 1e15  # a greater number is not written out; a float does not know its units, either
MIDDLE = 2.8  # from a line's middle to its baseline


def chart(data: ChartData, width: float, typesetter: Typesetter) -> Flowable:
    """Draw a `drawable` chart of at least one value. It is `width` points wide, and as high as it needs to be."""
    if data.kind == "line":
        return _line(data, width, typesetter)
    if data.kind == "pie":
        return _pie(data, width, typesetter)
    return (_horizontal_bars if len(data.values) <= HORIZONTAL else _vertical_bars)(data, width, typesetter)


def in_digits(value: float) -> str:
    """Write a value as a whole number or with two decimal places; if it is too large or small, as a power of ten."""
    if abs(value) >= TOO_LONG:
        return f"{value:.3g}"
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.2f}" if abs(value) >= 0.01 else f"{value:.2g}"


class _Plot(Flowable):
    """Shapes with texts over them."""

    def __init__(self, width: float, height: float, typesetter: Typesetter) -> None:
        super().__init__()
        self.width, self.height = width, height
        self.typesetter = typesetter
        self._shapes: list[Shape] = []
        self._texts: list[tuple[str, Style, float, float, float]] = []

    def add(self, *shapes: Shape) -> None:
        self._shapes += shapes

    def rule(self, x1: float, y1: float, x2: float, y2: float, colour: theme.Colour = theme.HAIRLINE) -> None:
        self.add(Line(x1, y1, x2, y2, strokeColor=Color(*colour), strokeWidth=theme.HAIRLINE_PT))

    def block(self, x: float, y: float, width: float, height: float, colour: theme.Colour = theme.ACCENT) -> None:
        rectangle = Rect(x, y, width, height)
        rectangle.fillColor, rectangle.strokeColor = Color(*colour), None
        self.add(rectangle)

    def text(self, text: str, style: Style, x: float, middle: float, align: float = 0) -> None:
        """Add a text whose left edge (`align` 0), middle (0.5) or right edge (1) is at x."""
        self._texts.append((text, style, x, middle - MIDDLE, align))

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        drawing = Drawing(self.width, self.height)
        for shape in self._shapes:
            drawing.add(shape)
        renderPDF.draw(drawing, self.canv, 0, 0)
        for text, style, x, y, align in self._texts:
            self.typesetter.draw(self.canv, text, style, x, y, align)


def _widest(texts: Sequence[str], style: Style, typesetter: Typesetter) -> float:
    return max(typesetter.width(text, style) for text in texts)


def _horizontal_bars(data: ChartData, width: float, typesetter: Typesetter) -> _Plot:
    names = [typesetter.shortened(name, NAME, NAME_SHARE * width) for name in data.names]
    values = [in_digits(value) for value in data.values]
    low, high = min(*data.values, 0.0), max(*data.values, 0.0)
    beside = GAP_PT + _widest(values, VALUE, typesetter)
    left = _widest(names, NAME, typesetter) + GAP_PT + (beside if low < 0 else 0)
    scale = (width - left - (beside if max(data.values) >= 0 else 0)) / ((high - low) or 1)
    zero = left - low * scale
    plot = _Plot(width, LINE_PT * len(names), typesetter)
    for line, value in enumerate(data.values):
        middle = plot.height - (line + 0.5) * LINE_PT
        end = zero + value * scale
        plot.text(names[line], NAME, 0, middle)
        plot.block(min(zero, end), middle - BAR_PT / 2, abs(end - zero), BAR_PT)
        plot.text(values[line], VALUE, end + math.copysign(GAP_PT, value), middle, align=0 if value >= 0 else 1)
    plot.rule(zero, 0, zero, plot.height, theme.MUTED)
    return plot


class _Scaled(_Plot):
    """A plot with a scale of round numbers at the left, which is `left` points wide, and with names below."""

    def __init__(self, data: ChartData, width: float, typesetter: Typesetter, *, from_zero: bool) -> None:
        super().__init__(width, NAMES_PT + PLOT_PT + NAME.size / 2, typesetter)
        low, high = min(data.values), max(data.values)
        ticks = round_numbers(min(low, 0.0), max(high, 0.0)) if from_zero else round_numbers(low, high)
        self._low, self._high = ticks[0], ticks[-1]
        self.left = _widest([in_digits(tick) for tick in ticks], VALUE, typesetter) + GAP_PT
        for tick in ticks:
            self.rule(self.left, self.y(tick), width, self.y(tick))
            self.text(in_digits(tick), VALUE, self.left - GAP_PT, self.y(tick), align=1)

    def y(self, value: float) -> float:
        return NAMES_PT + (value - self._low) / (self._high - self._low) * PLOT_PT

    def names(self, names: Sequence[str], places: Sequence[float]) -> None:
        """Write as many of the names below the plot as fit: all of them, or every second, third …"""
        apart = (places[-1] - places[0]) / max(1, len(places) - 1)
        room = _widest(names, VALUE, self.typesetter) + 2 * GAP_PT
        step = max(1, math.ceil(room / apart)) if apart else 1
        written_to = 0.0
        for name, place in zip(names[::step], places[::step], strict=True):
            half = self.typesetter.width(name, VALUE) / 2
            x = max(min(place, self.width - half), half)
            if x - half >= written_to:
                self.text(name, VALUE, x, NAMES_PT / 2 - 3, align=0.5)
                written_to = x + half + GAP_PT


def _vertical_bars(data: ChartData, width: float, typesetter: Typesetter) -> _Plot:
    plot = _Scaled(data, width, typesetter, from_zero=True)
    pitch = (width - plot.left) / len(data.values)
    places = [plot.left + (index + 0.5) * pitch for index in range(len(data.values))]
    for x, value in zip(places, data.values, strict=True):
        low, high = sorted((plot.y(0), plot.y(value)))
        plot.block(x - 0.36 * pitch, low, 0.72 * pitch, high - low)
    plot.rule(plot.left, plot.y(0), width, plot.y(0), theme.MUTED)
    plot.names(data.names, places)
    return plot


def _line(data: ChartData, width: float, typesetter: Typesetter) -> _Plot:
    plot = _Scaled(data, width, typesetter, from_zero=min(data.values) >= 0)
    pitch = (width - plot.left - 2 * GAP_PT) / max(1, len(data.values) - 1)
    places = [plot.left + GAP_PT + index * pitch for index in range(len(data.values))]
    points = [(x, plot.y(value)) for x, value in zip(places, data.values, strict=True)]
    if len(points) > 1:
        edges = [edge for point in points for edge in point]
        plot.add(PolyLine(edges, strokeColor=Color(*theme.ACCENT), strokeWidth=1.4, strokeLineJoin=1))
    if len(points) <= 2 * HORIZONTAL:
        plot.add(*(Circle(x, y, 2.4, fillColor=Color(*theme.ACCENT), strokeColor=white) for x, y in points))
    plot.names(data.names, places)
    return plot


def _pie(data: ChartData, width: float, typesetter: Typesetter) -> _Plot:
    names, values = _slices(data)
    plot = _Plot(width, PLOT_PT, typesetter)
    whole, angle, radius = math.fsum(values), 90.0, PLOT_PT / 2
    shares = [f"{100 * value / whole:.1f} %" for value in values]
    left = PLOT_PT + 6 * GAP_PT
    share_edge = min(width, left + LEGEND_PT)
    value_edge = share_edge - _widest(shares, VALUE, typesetter) - 3 * GAP_PT
    room = value_edge - _widest([in_digits(value) for value in values], NAME, typesetter) - left - 5 * GAP_PT
    for line, (name, value, share) in enumerate(zip(names, values, shares, strict=True)):
        colour = theme.SERIES[line % len(theme.SERIES)]
        sweep = 360 * value / whole
        if sweep > THINNEST:
            plot.add(_part_of_ring(radius, angle - sweep, angle, colour))
        angle -= sweep
        middle = radius + (len(values) / 2 - line - 0.5) * LINE_PT
        plot.block(left, middle - 3.5, 7, 7, colour)
        plot.text(typesetter.shortened(name, NAME, room), NAME, left + 2.5 * GAP_PT, middle)
        plot.text(in_digits(value), NAME, value_edge, middle, align=1)
        plot.text(share, VALUE, share_edge, middle, align=1)
    return plot


def _part_of_ring(radius: float, start: float, end: float, colour: theme.Colour) -> Shape:
    """Draw a part of a ring. A white line separates it from its neighbours."""
    wedge = Wedge(radius, radius, radius, start, end, annular=end - start >= 360)
    wedge.setProperties({"radius1": RING * radius, "yradius1": RING * radius})
    wedge.fillColor, wedge.strokeColor, wedge.strokeWidth = Color(*colour), white, 1
    return wedge


def _slices(data: ChartData) -> tuple[list[str], list[float]]:
    """Return the names and values of the slices: the largest ones in their order, and the others as one slice."""
    places = range(len(data.values))
    kept = list(places)
    if len(kept) > SLICES:
        kept = sorted(sorted(places, key=lambda place: -data.values[place])[: SLICES - 1])
    names, values = [data.names[place] for place in kept], [data.values[place] for place in kept]
    if len(kept) < len(places):
        names.append("Other")
        values.append(math.fsum(data.values) - math.fsum(values))
    return names, values


def round_numbers(low: float, high: float) -> tuple[float, ...]:
    """Return about TICKS evenly spaced round numbers, from one below `low` to one above `high`.

    Values that are almost the same get the scale of one of them: the digits in which they differ would not be shown.
    """
    least = max(SMALLEST, 1e-6 * max(abs(low), abs(high)))
    span = next(span for span in (high - low, abs(high), 1.0) if span > least)
    magnitude = 10.0 ** math.floor(math.log10(span / TICKS))
    step = next(magnitude * digit for digit in (1, 2, 2.5, 5, 10, 20) if magnitude * digit * TICKS >= span * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(float(f"{index * step:.12g}") for index in range(first, max(last, first + 1) + 1))
