"""The rows of a chunk as text operators, in one buffer, as DuckDB returns them by Arrow."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, overload

from nanoarrow import Array, ArrayStream

from octavo.errors import RenderFailed

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class EncodedRows:
    """Rows as operators: the bytes of row i are `operators[edges[i]:edges[i + 1]]`, and it has `lines[i]` lines.

    `lines` is None if every row has one line. `uncounted` are the rows that are not rows of the chunk: the totals, and
    all parts but the first of a row that was split. `totals` says that the last row is the totals. `keys` are the
    printed order values of the chunk's rows, for the outline.
    """

    operators: memoryview | bytes
    edges: Sequence[int]
    lines: Sequence[int] | None
    uncounted: frozenset[int] = frozenset()
    totals: bool = False
    keys: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.edges) - 1

    @classmethod
    def none(cls) -> EncodedRows:
        return cls(b"", [0], None)

    def counted(self, first: int, stop: int) -> int:
        """Return how many of the rows from `first` to `stop` (excluded) are rows of the chunk."""
        return stop - first - sum(first <= row < stop for row in self.uncounted)


def fetch_rows(connection: duckdb.DuckDBPyConnection, query: str, *, wraps: bool) -> EncodedRows:
    """Run a query of row numbers, lines, operators and keys; return its rows in the order of their numbers.

    The operators are not copied, unless the rows have to be put in order. Raises RenderFailed if the rows do not fit
    in one batch of Arrow.
    """
    batches = list(ArrayStream(connection.sql(query)).iter_chunks())
    if not batches:
        return EncodedRows.none()
    if len(batches) > 1:
        raise RenderFailed("A chunk has more rows than one batch holds. Set a smaller chunk_rows on the report type.")
    numbers, lines, operators, keys = (batches[0].child(index) for index in range(4))
    _, edges, data = operators.buffers
    counts = _whole_numbers(lines) if wraps else None
    rows = EncodedRows(memoryview(data).cast("B"), memoryview(edges).cast("B").cast("i"), counts, keys=Texts(keys))
    return _in_order(rows, _whole_numbers(numbers))


class Texts(Sequence[str]):
    """A column of texts without NULL. A text is decoded when it is asked for."""

    def __init__(self, column: Array) -> None:
        _, edges, data = column.buffers
        self._edges = memoryview(edges).cast("B").cast("i")
        self._data = memoryview(data).cast("B")

    def __len__(self) -> int:
        return len(self._edges) - 1

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        place = range(len(self))[index]
        if isinstance(place, range):
            return [self[each] for each in place]
        return str(self._data[self._edges[place] : self._edges[place + 1]], "utf-8")


def _in_order(rows: EncodedRows, numbers: memoryview[int]) -> EncodedRows:
    """Return the rows in the order of their numbers. A join by value exchanges a few rows if two hashes are equal."""
    if numbers.tobytes() == _sequence(1 << len(rows).bit_length())[: numbers.nbytes]:
        return rows
    order = sorted(range(len(rows)), key=numbers.__getitem__)
    operators = [rows.operators[rows.edges[row] : rows.edges[row + 1]] for row in order]
    lines = None if rows.lines is None else [rows.lines[row] for row in order]
    edges = list(accumulate(map(len, operators), initial=0))
    return EncodedRows(b"".join(operators), edges, lines, keys=[rows.keys[row] for row in order])


@lru_cache(maxsize=1)
def _sequence(count: int) -> bytes:
    """Return 0, 1, 2 … as 32-bit numbers. `count` is a power of two, so that chunks of many sizes use the same one."""
    return array("i", range(count)).tobytes()


def _whole_numbers(column: Array) -> memoryview[int]:
    return memoryview(column.buffers[1]).cast("B").cast("i")
