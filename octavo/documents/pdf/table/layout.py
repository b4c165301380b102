"""Where everything stands on a table page. Pure: sizes in, positions out.

    ┌────────────────────────────────────────┐
    │ margin                                 │
    │   header row   ───────────────────     │   lengths on the page are points (1/72 inch), from the lower left corner
    │   row          ░░░░░░░░░░░░░░░░░░░     │   (PDF 32000-1 §8.3.2.3); lengths of text are 1/1000 em of the page's
    │   row                                  │   font size, which is the unit inside a page's text object as well
    │   …                                    │
    │   title                    Page 7 of 9 │
    └────────────────────────────────────────┘

A layout is decided once, at the plan, from what the columns need over the whole snapshot; every chunk draws by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from octavo.authoring.presentation import Page

FONT_SIZES_PT = (8.0, 7.5, 7.0, 6.5, 6.0)  # tried in this order until the columns fit
FOOTER_PT = 18.0  # from the margin, on which the footer stands, to the table
LEADING = 1200  # from line to line in a cell
PADDING = 450  # above and below the lines of a row, together
GAP = 900  # between two columns
WIDEST_GAP = 5000  # what columns may be moved apart to fill the page
WIDEST_TEXT = 30_000  # what a column of text gets without a fight
NARROWEST_TEXT = 4000
SHORT_TEXT = 16_000  # a column no wider is not wrapped to save room
LEAST_ROOM = 1000  # a wide letter, or a digit and its padding
HEADER_LINES = 3


@dataclass(frozen=True)
class Need:
    """What a column needs, in 1/1000 em.

    `widest` is its widest cell, `usual` a width that nine cells in ten fit, `word` its longest unbreakable word,
    `title` the longest word of its title and `full_title` all of it. What may not wrap (numbers, times) has `word` =
    `widest`.
    """

    widest: int
    usual: int
    word: int
    title: int
    full_title: int
    numeric: bool
    exact: bool = False  # all its cells are `widest` wide
    ellipsis: bool = False  # ends in an ellipsis rather than taking a second line
    given: int | None = None  # a width that the report type asks for

    @property
    def least(self) -> int:
        """The narrowest that still looks well: no word broken, or a column of a few words."""
        if self.numeric:
            return self.given or max(self.title, self.word)
        unbroken = NARROWEST_TEXT if self.ellipsis else min(self.word, max(NARROWEST_TEXT, self.usual), SHORT_TEXT)
        return self.given or max(self.title, min(self.widest, unbroken))

    @property
    def comfortable(self) -> int:
        """Enough for most cells on one line; for all cells of a column of short ones."""
        usual = self.widest if self.widest <= SHORT_TEXT else min(self.usual, WIDEST_TEXT)
        if self.ellipsis:
            usual = min(usual, SHORT_TEXT)
        return self.given or max(self.least, usual)

    @property
    def ample(self) -> int:
        """Enough for all cells of a column that isn't very wide, and for its title on one line."""
        return self.given or max(self.comfortable, min(self.widest, WIDEST_TEXT), min(self.full_title, WIDEST_TEXT))

    @property
    def most(self) -> int:
        """Enough for every cell on one line. More would be wasted."""
        return self.given or max(self.ample, self.widest)


@dataclass(frozen=True)
class Place:
    """A column's place on the page: its left edge from the table's, and its width, in 1/1000 em.

    `fits` says that every cell of the report fits it on one line, `exact` how wide they are where all are alike.
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
        """Where its text is drawn from."""
        return self.right if self.right_aligned else self.left


@dataclass(frozen=True)
class Layout:
    """A table page: its size in points, its font size, its columns, and the lines of its header row.

    `fixed` says that no cell of the report needs a second line: then every page holds `rows_per_page` rows.
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
        return self.points(self.header_lines * LEADING + PADDING + PADDING)

    @property
    def body_top_pt(self) -> float:
        """The upper edge of the first row."""
        return self.top_pt - self.header_pt

    @cached_property
    def body_lines(self) -> int:
        """The lines that a row alone on its page can have."""
        return max(1, int((self._body - PADDING) // LEADING))

    @property
    def _body(self) -> int:
        """The height for rows, in 1/1000 em."""
        return int((self.body_top_pt - self.margin_pt - FOOTER_PT) * 1000 / self.font_size_pt)

    @cached_property
    def rows_per_page(self) -> int:
        """The rows of one line that a page holds."""
        return max(1, self._body // row_height(1))

    @cached_property
    def page_height(self) -> int:
        """The height for rows, cut to whole rows of one line so that full pages end alike."""
        return max(self._body // row_height(1) * row_height(1), row_height(self.body_lines))

    def points(self, thousandths: float) -> float:
        """Return a length of text in points."""
        return thousandths * self.font_size_pt / 1000

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Layout:
        return cls(**{**value, "places": tuple(Place(**place) for place in value["places"])})


def row_height(lines: int) -> int:
    """Return the height of a row, in 1/1000 em."""
    return lines * LEADING + PADDING


def arrange(needs: Sequence[Need], page: Page) -> Layout:
    """Choose orientation and font size, and give each column its place.

    Portrait at the largest size comes first; the page is turned, then the text made smaller, until most cells have
    their line (`comfortable`); if they never do, the widest page at the smallest size is taken and text wraps more.
    The size falls below only where there are so many columns that not each would have room for a letter.
    """
    short, long = sorted(page.size_pt)
    turned = {"portrait": [(short, long)], "landscape": [(long, short)], None: [(short, long), (long, short)]}
    sides = turned[page.orientation]
    most_pt = (sides[-1][0] - 2 * page.margin_pt) * 1000 / (len(needs) * (LEAST_ROOM + GAP))
    smallest = max(0.1, int(most_pt * 10) / 10)
    sizes = [size for size in FONT_SIZES_PT if size <= smallest] or [smallest]
    choices = [(side, FONT_SIZES_PT[0]) for side in sides] + [(sides[-1], size) for size in sizes]

    def room_of(choice: tuple[tuple[float, float], float]) -> int:
        (width, _), size = choice
        return int((width - 2 * page.margin_pt) * 1000 / size) - GAP * len(needs)

    wanted = sum(need.comfortable for need in needs)
    chosen = next((choice for choice in choices if wanted <= room_of(choice)), choices[-1])
    (width, height), size = chosen
    room = room_of(chosen)
    widths = share(needs, room)
    spare = room - sum(widths)
    gap = GAP + min(WIDEST_GAP, spare // max(1, len(needs) - 1))
    places, left = [], GAP // 2
    for need, column in zip(needs, widths, strict=True):
        exact = need.widest if need.exact else None
        places.append(Place(left, column, need.numeric, need.widest <= column, exact))
        left += column + gap
    lines = max(_title_lines(need, column) for need, column in zip(needs, widths, strict=True))
    fixed = all(place.fits or need.ellipsis for need, place in zip(needs, places, strict=True))
    return Layout(width, height, page.margin_pt, size, min(lines, HEADER_LINES), fixed, tuple(places))


def share(needs: Sequence[Need], room: int) -> list[int]:
    """Share the room: everyone has `least`, then `comfortable`, `ample` and `most`, as far as it goes.

    At each step everyone is given alike until it has what it wants. When not even `least` fits, numbers keep theirs as
    long as text can give, and then all give.
    """
    kept = [need.least if need.numeric else min(need.least, LEAST_ROOM) for need in needs]
    widths = kept if sum(kept) <= room else [0] * len(needs)
    for step in ("least", "comfortable", "ample", "most"):
        wanted = [max(0, getattr(need, step) - width) for need, width in zip(needs, widths, strict=True)]
        given = _pour(wanted, room - sum(widths))
        widths = [width + more for width, more in zip(widths, given, strict=True)]
        if given != wanted:
            break
    return widths


def _pour(wanted: Sequence[int], spare: int) -> list[int]:
    """Give everyone alike until it has what it wants: who wants little gets it, who wants much shares the rest."""
    given = [0] * len(wanted)
    thirsty = [index for index, want in enumerate(wanted) if want]
    while thirsty and spare >= len(thirsty):
        each = min(spare // len(thirsty), min(wanted[index] - given[index] for index in thirsty))
        for index in thirsty:
            given[index] += each
            spare -= each
        thirsty = [index for index in thirsty if given[index] < wanted[index]]
    return given


def _title_lines(need: Need, width: int) -> int:
    """Return how many lines the title takes, at most."""
    return max(1, -(-need.full_title // max(1, width - need.title // 4))) if need.full_title > width else 1
