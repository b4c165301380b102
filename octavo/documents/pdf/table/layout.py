"""Choose the layout of the table pages from what the columns need, once for the whole report.

Each column says which widths it would like (`Need`); `arrange` turns the page and makes the text smaller until the
columns fit, and `share` divides the width of the page among them. Everything here is a function of its arguments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from octavo.authoring.presentation import Page
from octavo.documents.pdf.plan import GAP, Layout, Place

FONT_SIZES_PT = (8.0, 7.5, 7.0, 6.5, 6.0)  # tried in this order until the columns fit
WIDEST_GAP = 5000  # how far columns may be moved apart to fill the page
WIDEST_TEXT = 30_000  # a column of text gets more only where no other column needs the width
NARROWEST_TEXT = 4000
SHORT_TEXT = 16_000  # a column that is no wider is not wrapped to save width
LEAST_WIDTH = 1000  # a wide letter, or a digit with its padding
HEADER_LINES = 3


@dataclass(frozen=True)
class Need:
    """The widths that a column needs, in 1/1000 em.

    `widest` is its widest cell, `usual` a width in which nine cells of ten fit, `word` its longest word that cannot be
    broken, `title` the longest word of its title and `full_title` the whole title. Numbers and times may not wrap:
    their `word` is as wide as `widest`.
    """

    widest: int
    usual: int
    word: int
    title: int
    full_title: int
    numeric: bool
    exact: bool = False  # all its cells have the same width, which is `widest`
    ellipsis: bool = False  # text that does not fit is cut and gets an ellipsis instead of a second line
    given: int | None = None  # the width that the report type sets

    @property
    def least(self) -> int:
        """The narrowest width that still looks well: no word is broken, or a few words fit on a line."""
        if self.numeric:
            return self.given or max(self.title, self.word)
        unbroken = NARROWEST_TEXT if self.ellipsis else min(self.word, max(NARROWEST_TEXT, self.usual), SHORT_TEXT)
        return self.given or max(self.title, min(self.widest, unbroken))

    @property
    def comfortable(self) -> int:
        """Wide enough for most cells to need one line; for all cells, if the column has only short ones."""
        usual = self.widest if self.widest <= SHORT_TEXT else min(self.usual, WIDEST_TEXT)
        if self.ellipsis:
            usual = min(usual, SHORT_TEXT)
        return self.given or max(self.least, usual)

    @property
    def ample(self) -> int:
        """Wide enough for all cells of a column that is not very wide, and for its title on one line."""
        return self.given or max(self.comfortable, min(self.widest, WIDEST_TEXT), min(self.full_title, WIDEST_TEXT))

    @property
    def most(self) -> int:
        """Wide enough for every cell to need one line. A greater width would be wasted."""
        return self.given or max(self.ample, self.widest)


def arrange(needs: Sequence[Need], page: Page) -> Layout:
    """Choose the page's orientation and the font size, and give each column its place.

    The first choice is portrait at the largest font size. The page is turned, and then the text is made smaller, until
    most cells need one line (`comfortable`). If they never do, the widest page with the smallest text is taken, and
    more text wraps. The font is smaller still only if there are so many columns that a letter would not fit in each.
    """
    short, long = sorted(page.size_pt)
    orientations = {"portrait": [(short, long)], "landscape": [(long, short)], None: [(short, long), (long, short)]}
    sides = orientations[page.orientation]
    largest_pt = (sides[-1][0] - 2 * page.margin_pt) * 1000 / (len(needs) * (LEAST_WIDTH + GAP))
    largest = max(0.1, int(largest_pt * 10) / 10)
    sizes = [size for size in FONT_SIZES_PT if size <= largest] or [largest]
    choices = [(side, FONT_SIZES_PT[0]) for side in sides] + [(sides[-1], size) for size in sizes]

    def available(choice: tuple[tuple[float, float], float]) -> int:
        (width, _), size = choice
        return int((width - 2 * page.margin_pt) * 1000 / size) - GAP * len(needs)

    wanted = sum(need.comfortable for need in needs)
    chosen = next((choice for choice in choices if wanted <= available(choice)), choices[-1])
    (width, height), size = chosen
    widths = share(needs, available(chosen))
    spare = available(chosen) - sum(widths)
    gap = GAP + min(WIDEST_GAP, spare // max(1, len(needs) - 1))
    places, left = [], GAP // 2
    for need, column in zip(needs, widths, strict=True):
        exact = need.widest if need.exact else None
        places.append(Place(left, column, need.numeric, need.widest <= column, exact))
        left += column + gap
    lines = max(_title_lines(need, column) for need, column in zip(needs, widths, strict=True))
    fixed = all(place.fits or need.ellipsis for need, place in zip(needs, places, strict=True))
    return Layout(width, height, page.margin_pt, size, min(lines, HEADER_LINES), fixed, tuple(places))


def share(needs: Sequence[Need], available: int) -> list[int]:
    """Share the available width: every column gets `least`, then `comfortable`, `ample` and `most`, if it suffices.

    At each step all columns get the same until they have what they want. If there is not even enough for `least`,
    columns of text become narrower first, down to LEAST_WIDTH, and only then columns of numbers.
    """
    kept = [need.least if need.numeric else min(need.least, LEAST_WIDTH) for need in needs]
    widths = kept if sum(kept) <= available else [0] * len(needs)
    for step in ("least", "comfortable", "ample", "most"):
        wanted = [max(0, getattr(need, step) - width) for need, width in zip(needs, widths, strict=True)]
        given = _distribute(wanted, available - sum(widths))
        widths = [width + more for width, more in zip(widths, given, strict=True)]
        if given != wanted:
            break
    return widths


def _distribute(wanted: Sequence[int], spare: int) -> list[int]:
    """Give all columns the same until they have what they want: those that want little leave more for the others."""
    given = [0] * len(wanted)
    unsatisfied = [index for index, want in enumerate(wanted) if want]
    while unsatisfied and spare >= len(unsatisfied):
        each = min(spare // len(unsatisfied), min(wanted[index] - given[index] for index in unsatisfied))
        for index in unsatisfied:
            given[index] += each
            spare -= each
        unsatisfied = [index for index in unsatisfied if given[index] < wanted[index]]
    return given


def _title_lines(need: Need, width: int) -> int:
    """Return how many lines the title takes, at most."""
    return max(1, -(-need.full_title // max(1, width - need.title // 4))) if need.full_title > width else 1
