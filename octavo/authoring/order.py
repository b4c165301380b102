"""The terms of `order_by`: a column's name and, if the order descends, `desc`. Pure."""

from __future__ import annotations

from dataclasses import dataclass

DIRECTIONS = ("asc", "desc")


@dataclass(frozen=True)
class OrderTerm:
    """A column that puts the rows in order. NULLs are last in either direction."""

    column: str
    descending: bool = False

    @classmethod
    def parse(cls, term: str) -> OrderTerm:
        """Read a term such as `"distance desc"`. Raises ValueError for one that names no column.

        A column's name may have spaces: a last word that is no direction belongs to the name.
        """
        name, _, direction = term.strip().rpartition(" ")
        if name and direction.lower() in DIRECTIONS:
            return cls(name.rstrip(), direction.lower() == "desc")
        if not term.strip() or term.strip().lower() in DIRECTIONS:
            raise ValueError(f"{term!r} names no column")
        return cls(term.strip())
