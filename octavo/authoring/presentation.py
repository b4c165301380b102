"""How a report looks in print: its page, and a chart on its first page. Pure."""

from __future__ import annotations

from dataclasses import dataclass
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
LARGEST_SIDE_MM = 5000.0

Orientation = Literal["portrait", "landscape"]


@dataclass(frozen=True)
class Page:
    """A page: `size` by name or as width and height in millimetres; turned as the columns need unless said."""

    size: str | tuple[float, float] = "A4"
    orientation: Orientation | None = None
    margin_mm: float = 12.5

    def fault(self) -> str | None:
        """Say what is wrong with the page, if anything."""
        if isinstance(self.size, str) and self.size not in PAGE_SIZES_MM:
            return f"size {self.size!r} is none of {', '.join(PAGE_SIZES_MM)}; or give (width, height) in millimetres"
        if not all(LEAST_SIDE_MM <= side <= LARGEST_SIDE_MM for side in self._size_mm):
            return f"sides are {LEAST_SIDE_MM:.0f} to {LARGEST_SIDE_MM:.0f} mm, not {self.size}"
        if self.orientation not in (None, "portrait", "landscape"):
            return f"orientation {self.orientation!r} is neither 'portrait' nor 'landscape'"
        if not 0 <= self.margin_mm <= min(self._size_mm) / 4:
            return f"margin_mm must be 0 to a quarter of the page, not {self.margin_mm}"
        return None

    @property
    def _size_mm(self) -> tuple[float, float]:
        return PAGE_SIZES_MM[self.size] if isinstance(self.size, str) else self.size

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
    """A chart of the column `y` over the values of the column `x`, the `top` largest of them (all if None).

    Its values are the sums of `y`, or the number of rows where `y` is None.
    """

    kind: Literal["bar", "line", "pie"]
    x: str
    y: str | None = None
    top: int | None = 12
    title: str = ""

    def fault(self, columns: tuple[str, ...]) -> str | None:
        """Say what is wrong with the chart, if anything."""
        if self.kind not in ("bar", "line", "pie"):
            return f"kind {self.kind!r} is none of 'bar', 'line', 'pie'"
        if unknown := [name for name in (self.x, self.y) if name is not None and name not in columns]:
            return f"{unknown[0]!r} is no column of the type"
        if self.top is not None and not 1 <= self.top <= 100:
            return f"top must be 1 to 100, not {self.top}"
        return None
