"""A chunk's rows as text operators, made by column: one SQL query writes each row's array in one piece.

A cell's part of the array depends on nothing but its value (`octavo.documents.pdf.table.cells`). So the parts are made

- for numbers, by SQL: digits have one width, and how far to go is looked up by the length of the text;
- for times, and for text of many distinct values, by SQL too, but for cells that may not fit or need more than ASCII:
  where widths differ, `]TJ 0 0 Td[` goes back to the row's beginning without knowing them;
- for other columns, once for each distinct value, by Python (which measures, wraps, escapes and chooses fonts), and
  joined to the rows by SQL;
- for every column whose values recur, once for each of them, since a join costs less than any expression.

The snapshot is read twice: for the values of all such columns at once, and for the rows.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple, overload

from nanoarrow import Array, ArrayStream

from octavo.authoring.report_type import ROW, Column
from octavo.data.sql import identifier, literal
from octavo.documents.pdf.table.cells import NEGATIVE, Cell, CellWriter, Ink, cell_writers, figure
from octavo.documents.pdf.table.formatting import FLOATS
from octavo.documents.pdf.table.layout import LEADING, Layout, row_height
from octavo.errors import RenderFailed
from octavo.lifecycle.manifest import Chunk

if TYPE_CHECKING:
    import duckdb

    from octavo.data.snapshot import Rows

RECURRING = 8  # values recur where there are at most as many as a chunk's rows, divided by this
FEW = 1000  # so few values are looked up in any case
LONGEST_KEY = 80  # characters of an order value, for the outline
NEXT_ROW = "]TJ T*"  # one line down, by the leading that a page begins with
SLICE_BYTES = 1 << 22
JOINED = 40  # columns in one query: each join by value takes some megabytes
# Names unlike any query's.
VALUE, OPERATORS, LINES, MISSING, NUMBER, GROUP = (
    '"cell.value"',
    '"cell.operators"',
    '"cell.lines"',
    '"cell.missing"',
    '"cell.row"',
    '"cell.group"',
)
ASCII = "".join(map(chr, range(32, 127)))


@dataclass(frozen=True)
class DrawnRows:
    """A chunk's rows: `operators` with the bytes of row i at `edges[i]` to `edges[i + 1]`, and `lines[i]` of each.

    `lines` is None when every row has one. `uncounted` are rows that are none of the chunk's: the totals, and what
    goes on of a row that is taller than a page. `totals` says that the last one is the totals. `keys` are the order
    values of the chunk's own rows, as printed.
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
    def nothing(cls) -> DrawnRows:
        return cls(b"", [0], None)

    def counted(self, first: int, stop: int) -> int:
        """Return how many of the rows from `first` to `stop` (excluded) are the chunk's own."""
        return stop - first - sum(first <= row < stop for row in self.uncounted)


@dataclass(frozen=True)
class Made:
    """How a column comes into the query: its operators and, where cells may have several, its lines as SQL."""

    operators: str
    lines: str | None = None
    join: str = ""
    beside: str = ""  # a table with a row for each of the chunk's, in their order


def recurring(rows: Rows, columns: Sequence[Column], chunk_rows: int) -> list[str]:
    """Return the columns whose values recur in chunks of so many rows. An estimate: it matters for speed alone."""
    names = [column.name for column in columns]
    counts = ", ".join(f"approx_count_distinct({identifier(name)})" for name in names)
    rows_in_all, *values = rows.connection.execute(f"SELECT count(*), {counts} FROM {rows.source}").fetchone() or (0,)
    limit = max(FEW, min(rows_in_all, chunk_rows) // RECURRING)
    return [name for name, count in zip(names, values, strict=True) if count <= limit]


def draw_rows(
    rows: Rows, columns: Sequence[Column], layout: Layout, ink: Ink, recur: Collection[str], key: str, chunk: Chunk
) -> DrawnRows:
    """Draw the chunk's rows, in their order.

    `recur` names the columns whose values recur; `key` is the one whose printed values are wanted, of
    rows at pages' edges.
    """
    ink.draw(ASCII)  # what SQL draws by itself
    writers = list(cell_writers(rows.types, columns, layout, ink))
    made = list(_make(rows, writers, recur))
    if len(made) > JOINED:
        made = [_part(rows, first, made[first : first + JOINED]) for first in range(0, len(made), JOINED)]
    wraps = any(column.lines for column in made)
    lines = _lines(made) if wraps else "NULL::integer"
    down = f"']TJ 0 ', -({lines} * {LEADING} + {row_height(0)}), ' Td'" if wraps else f"'{NEXT_ROW}'"
    keys = next((_keys(writer, layout, chunk) for writer in writers if writer.column.name == key), "''")
    query = f"SELECT ({ROW} - {chunk.first_row})::integer, {lines}, concat('[', {_operators(made)}, {down}), {keys}"
    return _fetch(rows.connection, f"{query} FROM {_tables(rows, made)}", wraps=wraps)


def _keys(writer: CellWriter, layout: Layout, chunk: Chunk) -> str:
    """Return the SQL of a column's printed values, empty for rows that are known to be inside a page."""
    text = f"coalesce(left({writer.shown.sql}::varchar, {LONGEST_KEY}), '')"
    if not layout.fixed:
        return text
    place = f"({ROW} - {chunk.first_row}) % {layout.rows_per_page}"
    last = chunk.first_row + chunk.rows - 1
    return f"CASE WHEN {place} IN (0, {layout.rows_per_page - 1}) OR {ROW} = {last} THEN {text} ELSE '' END"


def _create(connection: duckdb.DuckDBPyConnection, table: str, parameters: Mapping[str, str] | None = None) -> None:
    connection.execute(f"CREATE TEMP TABLE {table}", parameters)


def _lines(made: Sequence[Made]) -> str:
    """Return the SQL of a row's lines."""
    counts = [column.lines for column in made if column.lines]
    return f"greatest(1, {', '.join(counts)})::integer" if counts else "1::integer"


def _operators(made: Sequence[Made]) -> str:
    return ", ".join(column.operators for column in made)


def _tables(rows: Rows, made: Sequence[Made]) -> str:
    """Return what the columns are read from: the chunk, what stands beside it, and what is joined to it."""
    beside = "".join(f" POSITIONAL JOIN {column.beside}" for column in made if column.beside)
    return f"{rows.source} AS chunk{beside}{''.join(column.join for column in made)}"


def _part(rows: Rows, first: int, made: Sequence[Made]) -> Made:
    """Put some columns together, so that they are one."""
    table = f"part{first}"
    columns = f"concat({_operators(made)}) AS {OPERATORS}, {_lines(made)} AS {LINES}"
    _create(rows.connection, f"{table} AS SELECT {columns} FROM {_tables(rows, made)} ORDER BY {ROW}")
    lines = f"{table}.{LINES}" if any(column.lines for column in made) else None
    return Made(f"{table}.{OPERATORS}", lines, beside=table)


def _make(rows: Rows, writers: Sequence[CellWriter], recur: Collection[str]) -> Iterator[Made]:
    """Choose how each column is made: by value where values recur, and where SQL can't draw them."""
    connection = rows.connection
    expressions = [_expression(writer) for writer in writers]
    values: dict[int, str] = {}
    valued: dict[int, str] = {}
    for number, (writer, expression) in enumerate(zip(writers, expressions, strict=True)):
        name = identifier(writer.column.name)
        if writer.column.name in recur or not (expression or writer.draws_plain_text):
            valued[number] = name
    for first in range(0, len(valued), JOINED):
        values |= _values(rows, dict(list(valued.items())[first : first + JOINED]))
    for number, (writer, expression) in enumerate(zip(writers, expressions, strict=True)):
        if number not in values:
            yield Made(expression) if expression else _text(rows, number, writer)
        elif expression:
            name = identifier(writer.column.name)
            cells = f"SELECT {name} AS {VALUE}, {expression} AS {OPERATORS} {values[number]}"
            _create(connection, f"cells{number} AS {cells}")
            yield Made(f"cells{number}.{OPERATORS}", join=_join(name, number))
        else:
            yield _by_value(rows, number, writer, values[number])


def _values(rows: Rows, names: Mapping[int, str]) -> dict[int, str]:
    """Find the distinct values of some columns, in one pass; return from where each column's can be selected."""
    listed = ", ".join(names.values())
    sets = ", ".join(f"({name})" for name in names.values())
    source = _without_negative_zero(rows)
    query = f"SELECT grouping_id({listed}) AS {GROUP}, {listed} FROM {source} GROUP BY GROUPING SETS ({sets})"
    table = f"values{min(names)}"
    _create(rows.connection, f"{table} AS {query}")
    every = (1 << len(names)) - 1  # a bit for each column that the group isn't of, the last column's the lowest
    groups = (every - (1 << place) for place in reversed(range(len(names))))
    return {number: f"FROM {table} WHERE {GROUP} = {group}" for number, group in zip(names, groups, strict=True)}


def _without_negative_zero(rows: Rows) -> str:
    """Return from where to select the rows with one zero: it equals -0.0, so either could stand for both."""
    floats = [identifier(name) for name, kind in rows.types.items() if kind in FLOATS]
    if not floats:
        return rows.source
    replaced = ", ".join(f"CASE WHEN {name} = 0 THEN 0 ELSE {name} END AS {name}" for name in floats)
    return f"(SELECT * REPLACE ({replaced}) FROM {rows.source})"


def _expression(writer: CellWriter) -> str | None:
    """Return the SQL that makes a column's operators all by itself, where that is possible."""
    if writer.place.fits and writer.shown.shape == "number":
        return _number(writer)
    if writer.place.fits and writer.shown.shape == "time":
        return _string(writer, writer.shown.sql)
    return None


def _join(name: str, number: int) -> str:
    """Return the join of a column's cells by value. Every row has its match, NULL as well."""
    return f" JOIN cells{number} ON chunk.{name} IS NOT DISTINCT FROM cells{number}.{VALUE}"


def _number(writer: CellWriter) -> str:
    """Return the SQL of a number's operators: how far to go to end at its edge is looked up by the text's length."""
    fonts, shown = writer.ink.fonts, writer.shown
    minus, ahead = fonts.width(NEGATIVE), writer.place.origin - writer.begin
    name = identifier(writer.column.name)
    longest = writer.place.width // min(map(fonts.width, "0,.")) + 1  # characters
    plain, negative = [], []
    for length in range(1, longest + 1):
        plain.append(f"{writer.lead}{fonts.width(figure(length, shown)) - ahead}(")
        negative.append(f"{writer.lead}{fonts.width(figure(length - 1, shown)) + minus - ahead}(")
    place = f"length({shown.sql}) + CASE WHEN {name} < 0 THEN {len(plain)} ELSE 0 END"
    operators = f"concat({_list(plain + negative)}[{place}], {shown.sql}, '){writer.on}')"
    return f"CASE WHEN {name} IS NULL THEN '{writer.nothing}' ELSE {operators} END"


def _string(writer: CellWriter, text: str) -> str:
    """Return the SQL of the operators of a string that needs no escapes, aligned left."""
    place = writer.place
    begin = f"{writer.begin - place.left}(" if writer.begin != place.left else "("
    end = f"){place.exact - (writer.end - place.left)}" if place.exact else f")]TJ 0 0 Td[{-writer.end}"
    return f"CASE WHEN {text} IS NULL THEN '{writer.nothing}' ELSE concat('{begin}', {text}, '{end}') END"


def _by_value(rows: Rows, number: int, writer: CellWriter, values: str) -> Made:
    """Draw each distinct value once, in Python; join them to the rows."""
    connection, name = rows.connection, identifier(writer.column.name)
    shown = writer.shown
    found = [value for (value,) in connection.execute(f"SELECT {shown.sql} {values}").fetchall()]
    texts = [None if value is None else shown.python(value) for value in found] if shown.python else found
    drawn = _store(connection, f"drawn{number}", map(writer.cell, texts))
    beside = f"(SELECT {name} AS {VALUE} {values}) POSITIONAL JOIN drawn{number}"
    _create(connection, f"cells{number} AS SELECT * FROM {beside}")
    made = Made(f"cells{number}.{OPERATORS}", f"cells{number}.{LINES}" if drawn.wraps else None, _join(name, number))
    if drawn.missing:
        counted = f"SELECT sum(cells{number}.{MISSING}) FROM {_tables(rows, [made])}"
        (in_rows,) = connection.execute(counted).fetchone() or (0,)
        writer.ink.missing += in_rows - drawn.missing
    return made


def _text(rows: Rows, number: int, writer: CellWriter) -> Made:
    """Draw text by SQL, but for the cells that need Python: what is not plain ASCII, and what may not fit."""
    text, fonts = writer.shown.sql, writer.ink.fonts
    surely_fits = writer.place.width // max(fonts.width(character) for character in ASCII)
    unlike = f"regexp_matches({text}, '[^ -~]') OR length({text}) > {surely_fits}"
    special = rows.connection.execute(f"SELECT {ROW}, {text} FROM {rows.source} WHERE {unlike}").fetchall()
    escaped = text
    for character in ("\\", "(", ")"):
        escaped = f"replace({escaped}, '{character}', '\\{character}')"
    plain = _string(writer, escaped)
    if not special:
        return Made(plain)
    drawn = _store(rows.connection, f"drawn{number}", (writer.cell(value) for _, value in special))
    numbered = f"SELECT unnest(string_split($rows, ' '))::bigint AS {NUMBER}"
    numbers = {"rows": " ".join(str(row) for row, _ in special)}
    _create(rows.connection, f"numbered{number} AS FROM ({numbered}) POSITIONAL JOIN drawn{number}", numbers)
    beside = f"FROM {rows.source} LEFT JOIN numbered{number} ON {NUMBER} = {ROW} ORDER BY {ROW}"
    _create(rows.connection, f"cells{number} AS SELECT numbered{number}.* {beside}")
    operators = f"coalesce(cells{number}.{OPERATORS}, {plain})"
    return Made(operators, f"cells{number}.{LINES}" if drawn.wraps else None, beside=f"cells{number}")


class Stored(NamedTuple):
    """What is known of the cells in a table: whether any has other than one line, how many characters are missing."""

    wraps: bool
    missing: int


def _store(connection: duckdb.DuckDBPyConnection, table: str, cells: Iterable[Cell]) -> Stored:
    """Draw cells and put them into a table, in their order: `operators`, `lines` and `missing`."""
    _create(connection, f"{table} ({OPERATORS} varchar, {LINES} integer, {MISSING} integer)")
    wraps, missing = False, 0
    for slice_ in _slices(cells):
        wraps = wraps or any(cell.lines != 1 for cell in slice_)
        missing += sum(cell.missing for cell in slice_)
        # As texts, which SQL splits: Python's lists are converted value by value.
        texts = {
            "operators": "\n".join([cell.operators for cell in slice_]),
            "lines": " ".join([str(cell.lines) for cell in slice_]),
            "missing": " ".join([str(cell.missing) for cell in slice_]),
        }
        numbers = "unnest(string_split($lines, ' '))::integer, unnest(string_split($missing, ' '))::integer"
        connection.execute(f"INSERT INTO {table} SELECT unnest(string_split($operators, '\n')), {numbers}", texts)
    return Stored(wraps, missing)


def _slices(cells: Iterable[Cell]) -> Iterator[list[Cell]]:
    """Yield the cells in lists of about SLICE_BYTES, for texts are copied some times on their way to SQL."""
    here: list[Cell] = []
    size = 0
    for cell in cells:
        here.append(cell)
        size += len(cell.operators)
        if size >= SLICE_BYTES:
            yield here
            here, size = [], 0
    if here:
        yield here


def _fetch(connection: duckdb.DuckDBPyConnection, query: str, *, wraps: bool) -> DrawnRows:
    """Run the query; return its rows' operators, without copying them as long as they are in order."""
    batches = list(ArrayStream(connection.sql(query)).iter_chunks())
    if not batches:
        return DrawnRows.nothing()
    if len(batches) > 1:
        raise RenderFailed("A chunk has more rows than one batch holds. Set a smaller chunk_rows on the report type.")
    numbers, lines, operators, keys = (batches[0].child(index) for index in range(4))
    _, edges, data = operators.buffers
    counts = _whole_numbers(lines) if wraps else None
    drawn = DrawnRows(memoryview(data).cast("B"), memoryview(edges).cast("B").cast("i"), counts, keys=Texts(keys))
    return _in_order(drawn, _whole_numbers(numbers))


class Texts(Sequence[str]):
    """A column of texts, none of them NULL, that become Python's when they are asked for."""

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


def _in_order(drawn: DrawnRows, numbers: memoryview[int]) -> DrawnRows:
    """Return the rows in the order of their numbers: a join by value permutes some where two hashes are alike."""
    if numbers.tobytes() == _sequence(1 << len(drawn).bit_length())[: numbers.nbytes]:
        return drawn
    order = sorted(range(len(drawn)), key=numbers.__getitem__)
    rows = [drawn.operators[drawn.edges[row] : drawn.edges[row + 1]] for row in order]
    lines = None if drawn.lines is None else [drawn.lines[row] for row in order]
    edges = list(accumulate(map(len, rows), initial=0))
    return DrawnRows(b"".join(rows), edges, lines, keys=[drawn.keys[row] for row in order])


@lru_cache(maxsize=1)
def _sequence(count: int) -> bytes:
    """Return 0, 1, 2 … as 32-bit numbers. A power of two serves chunks of many sizes."""
    return array("i", range(count)).tobytes()


def _whole_numbers(column: Array) -> memoryview[int]:
    return memoryview(column.buffers[1]).cast("B").cast("i")


def _list(texts: Iterable[str]) -> str:
    return "[" + ", ".join(map(literal, texts)) + "]"
