"""What the plan decides about a PDF, once, for all of its chunks and for the merge.

    ┌────────────────────────────────────────┐
    │ margin                                 │
    │   header row   ───────────────────     │   Lengths on the page are points (1/72 inch) from the lower left corner
    │   row          ░░░░░░░░░░░░░░░░░░░     │   (PDF 32000-1 § 8.3.2.3). Lengths of text are 1/1000 em of the page's
    │   row                                  │   font size, which is also the unit inside a page's text object.
    │   …                                    │
    │   title                    Page 7 of 9 │
    └────────────────────────────────────────┘

`octavo.documents.pdf.table.layout` chooses the layout; this module says where it puts everything. It does no input or
output.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from octavo.documents.chart_data import ChartData

FOOTER_PT = 18.0  # between the table and the lower margin, for the footer
LEADING = 1200  # from one line of a cell to the next
PADDING = 450  # above and below the lines of a row, together
GAP = 900  # between two columns, at least


@dataclass(frozen=True)
class Place:
    """Where a column is on the page: its left edge, counted from the table's, and its width, both in 1/1000 em.

    `fits` says that every cell of the report fits on one line. `exact` is the width of the cells, if all have the same.
    """

    left: int
    width: int
    right_aligned: bool
    fits: bool
    exact: int | None = None

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def origin(self) -> int:
        """The edge at which the column's text is aligned."""
        return self.right if self.right_aligned else self.left


@dataclass(frozen=True)
class Layout:
    """A table page: its size in points, its font size, its columns, and the number of lines of its header row.

    `fixed` says that no cell of the report needs a second line. Every page but the last then has `rows_per_page` rows.
    """

    width_pt: float
    height_pt: float
    margin_pt: float
    font_size_pt: float
    header_lines: int
    fixed: bool
    places: tuple[Place, ...]

    @property
    def table_width_pt(self) -> float:
        return self.points(self.places[-1].right + GAP // 2)

    @property
    def top_pt(self) -> float:
        """The upper edge of the header row."""
        return self.height_pt - self.margin_pt

    @property
    def header_pt(self) -> float:
        """The height of the header row."""
        return self.points(self.header_lines * LEADING + PADDING + PADDING)

    @property
    def body_top_pt(self) -> float:
        """The upper edge of the first row."""
        return self.top_pt - self.header_pt

    @cached_property
    def body_lines(self) -> int:
        """The number of lines that a row can have if it is the only one on its page."""
        return max(1, int((self._body - PADDING) // LEADING))

    @property
    def _body(self) -> int:
        """The height that is left for rows, in 1/1000 em."""
        return int((self.body_top_pt - self.margin_pt - FOOTER_PT) * 1000 / self.font_size_pt)

    @cached_property
    def rows_per_page(self) -> int:
        """The number of rows of one line that a page holds."""
        return max(1, self._body // row_height(1))

    @cached_property
    def page_height(self) -> int:
        """The height for rows in 1/1000 em: whole rows of one line, so that all full pages end alike."""
        return max(self._body // row_height(1) * row_height(1), row_height(self.body_lines))

    def points(self, thousandths: float) -> float:
        """Convert a length of text to points."""
        return thousandths * self.font_size_pt / 1000

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Layout:
        return cls(**{**value, "places": tuple(Place(**place) for place in value["places"])})


def row_height(lines: int) -> int:
    """Return the height of a row in 1/1000 em."""
    return lines * LEADING + PADDING


@dataclass(frozen=True)
class PdfPlan:
    """All that is decided at the plan: chunks and the merge find it as `layout` in the manifest.

    `column_types` has DuckDB's type of each column by its name. `dictionary_columns` are the names of the columns whose
    values occur often (`octavo.documents.pdf.table.dictionary`).
    """

    layout: Layout
    column_types: Mapping[str, str]
    dictionary_columns: tuple[str, ...] = ()
    chart: ChartData | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> PdfPlan:
        chart = value["chart"]
        return cls(
            Layout.from_json(value["layout"]),
            value["column_types"],
            tuple(value["dictionary_columns"]),
            None if chart is None else ChartData.from_json(chart),
        )
