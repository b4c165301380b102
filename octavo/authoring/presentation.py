"""The page size of a printed report, and the chart on its first page. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Literal

PAGE_SIZES_MM = {
    "A3": (297.0, 420.0),
    "A4": (210.0, 297.0),
    "A5": (148.0, 210.0),
    "Letter": (215.9, 279.4),
    "Legal": (215.9, 355.6),
}
POINTS_PER_MM = 72 / 25.4
LEAST_SIDE_MM = 50.0
LEAST_LONG_SIDE_MM = 100.0  # the longer side; the facts on the cover need this much
LEAST_SIDE_WITH_CHART_MM = 80.0
LARGEST_SIDE_MM = 5000.0

Orientation = Literal["portrait", "landscape"]


@dataclass(frozen=True)
class Page:
    """A page. `size` is a name, or the width and the height in millimetres.

    Without `orientation`, the page is landscape if the columns need the width.
    """

    size: str | tuple[float, float] = "A4"
    orientation: Orientation | None = None
    margin_mm: float = 12.5

    def fault(self, *, has_chart: bool = False) -> str | None:
        """Return a message about what is wrong with the page, or None. A chart needs a larger page."""
        if isinstance(self.size, str) and self.size not in PAGE_SIZES_MM:
            return f"size {self.size!r} is none of {', '.join(PAGE_SIZES_MM)}; or give (width, height) in millimetres"
        if not isinstance(self.size, str) and not _are_lengths(self.size, count=2):
            return f"size must be a name such as 'A4', or (width, height) in millimetres, not {self.size!r}"
        short, long = sorted(self._size_mm)
        if short < LEAST_SIDE_MM or long > LARGEST_SIDE_MM:
            return f"sides are {LEAST_SIDE_MM:.0f} to {LARGEST_SIDE_MM:.0f} mm, not {self.size}"
        if long < LEAST_LONG_SIDE_MM:
            return f"the longer side must have {LEAST_LONG_SIDE_MM:.0f} mm, so that the cover has room, not {long:g}"
        if has_chart and short < LEAST_SIDE_WITH_CHART_MM:
            return f"both sides must have {LEAST_SIDE_WITH_CHART_MM:.0f} mm, so that the chart has room, not {short:g}"
        if self.orientation not in (None, "portrait", "landscape"):
            return f"orientation {self.orientation!r} is neither 'portrait' nor 'landscape'"
        if not _are_lengths((self.margin_mm,), count=1) or not 0 <= self.margin_mm <= self.widest_margin_mm:
            return f"margin_mm must be 0 to a quarter of the page, not {self.margin_mm!r}"
        return None

    @property
    def _size_mm(self) -> tuple[float, float]:
        return PAGE_SIZES_MM[self.size] if isinstance(self.size, str) else self.size

    @property
    def widest_margin_mm(self) -> float:
        """A quarter of the page's shorter side."""
        return min(self._size_mm) / 4

    @property
    def size_pt(self) -> tuple[float, float]:
        """Return width and height in points."""
        width, height = self._size_mm
        return width * POINTS_PER_MM, height * POINTS_PER_MM

    @property
    def margin_pt(self) -> float:
        return self.margin_mm * POINTS_PER_MM


@dataclass(frozen=True)
class Chart:
    """A chart with a bar, a point or a slice for each value of the column `x`.

    Its size is the sum of the column `y`, or the number of rows if `y` is None. Only the `top` largest are shown; None
    shows all.
    """

    kind: Literal["bar", "line", "pie"]
    x: str
    y: str | None = None
    top: int | None = 12
    title: str = ""

    def fault(self, columns: tuple[str, ...]) -> str | None:
        """Return a message about what is wrong with the chart, or None."""
        if self.kind not in ("bar", "line", "pie"):
            return f"kind {self.kind!r} is none of 'bar', 'line', 'pie'"
        if unknown := [name for name in (self.x, self.y) if name is not None and name not in columns]:
            return f"{unknown[0]!r} is no column of the type"
        if self.top is not None and (not isinstance(self.top, int) or not 1 <= self.top <= 100):
            return f"top must be a whole number from 1 to 100, not {self.top!r}"
        if not isinstance(self.title, str):
            return f"title must be a text, not {self.title!r}"
        return None


def _are_lengths(values: object, *, count: int) -> bool:
    """Return whether there are `count` values, all finite numbers."""
    return (
        isinstance(values, tuple | list)
        and len(values) == count
        and all(isinstance(each, int | float) and not isinstance(each, bool) and isfinite(each) for each in values)
    )
