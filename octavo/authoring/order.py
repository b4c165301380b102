"""Parses the terms of `order_by`: a column's name, and `desc` for descending order. Pure."""

from __future__ import annotations

from dataclasses import dataclass

DIRECTIONS = ("asc", "desc")


@dataclass(frozen=True)
class OrderTerm:
    """A column that the rows are sorted by. NULLs come last in both directions."""

    column: str
    descending: bool = False

    @classmethod
    def parse(cls, term: str) -> OrderTerm:
        """Parse a term such as `"distance desc"`. Raises ValueError if it names no column.

        A column's name may contain spaces: unless the last word is a direction, it is part of the name.
        """
        name, _, direction = term.strip().rpartition(" ")
        if name and direction.lower() in DIRECTIONS:
            return cls(name.rstrip(), direction.lower() == "desc")
        if not term.strip() or term.strip().lower() in DIRECTIONS:
            raise ValueError(f"{term!r} names no column")
        return cls(term.strip())
