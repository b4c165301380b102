"""A chunk's cells as text operators, made by column: one SQL query writes each row's operators in one piece.

Inside a page's text object the font size is 1000 units, so one unit is 1/1000 em and every column stands at a constant:

    8571 0 Td(JetBlue Airways)Tj          aligned left: go to the column's left edge, draw
    46286 0 Td[2860(1,234)]TJ             aligned right: go to its right edge, back by the text's width, draw
    -54857 -1650 Td                       back to the table's left edge, down to the next row

Every move is relative to the cell before, so the operators of a cell depend on nothing but its value. So they are made

- for numbers, by SQL: digits have one width, and how far to go back is looked up by the length of the text;
- for times, by SQL: they are aligned left and need no width;
- for other columns, once for each distinct value, by Python (which measures, wraps, escapes and chooses fonts), and
  joined to the rows by SQL;
- for text of many distinct values, by SQL as well, but for the cells that may not fit or need more than ASCII.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import duckdb
from nanoarrow import Array, ArrayStream

from octavo.database import identifier, literal
from octavo.documents.pdf.display import Display, display
from octavo.documents.pdf.fonts import Fonts, Glyphs, breaks
from octavo.documents.pdf.layout import LEADING, Layout, Place, row_height
from octavo.documents.pdf.wrap import shorten, wrap
from octavo.errors import RenderFailed
from octavo.report_type import ROW, Column
from octavo.snapshot import Rows

RECURRING = 8  # values recur where there are at most as many as rows, divided by this
FEW = 1000  # so few values are looked up in any case
LONGEST_NUMBER = 60  # characters
JOINED = 40  # columns in one query: each join by value takes some megabytes
NEGATIVE = "-"
VALUE, OPERATORS, LINES, NUMBER = '"cell.value"', '"cell.operators"', '"cell.lines"', '"cell.row"'  # unlike any query's
CELLS = f"""
    SELECT
        unnest(from_json($operators, '["VARCHAR"]')) AS {OPERATORS}, unnest(from_json($lines, '["INTEGER"]')) AS {LINES}
"""
ROWS = f"""SELECT unnest(from_json($rows, '["BIGINT"]')) AS {NUMBER}"""
ASCII = "".join(map(chr, range(32, 127)))


@dataclass
class Ink:
    """What has been drawn: the glyphs to embed, and how many characters no font had."""

    fonts: Fonts
    glyphs: Glyphs = field(default_factory=Glyphs)
    missing: int = 0

    def draw(self, text: str, *, bold: bool = False) -> tuple[str, int]:
        """Return the operators that draw a line of text, and its width."""
        encoded = self.fonts.encode(text, bold=bold)
        if encoded.glyphs or encoded.missing:  # WinAnsi text, which is most, has neither
            self.glyphs |= encoded.glyphs
            self.missing += encoded.missing
        return encoded.operators.decode("ascii"), encoded.width


@dataclass(frozen=True)
class Cell:
    """A cell's operators, and how many lines it has."""

    operators: str
    lines: int


@dataclass(frozen=True)
class DrawnRows:
    """A chunk's rows: `operators` with the bytes of row i at `edges[i]` to `edges[i + 1]`, and `lines[i]` of each.

    `lines` is None when every row has one. `uncounted` are rows that are none of the chunk's: the totals, and what
    goes on of a row that is taller than a page. `totals` says that the last one is the totals.
    """

    operators: memoryview | bytes
    edges: Sequence[int]
    lines: Sequence[int] | None
    uncounted: frozenset[int] = frozenset()
    totals: bool = False

    def __len__(self) -> int:
        return len(self.edges) - 1

    @classmethod
    def nothing(cls) -> DrawnRows:
        return cls(b"", [0], None)

    def counted(self, first: int, stop: int) -> int:
        """Return how many of the rows from `first` to `stop` (excluded) are the chunk's own."""
        return stop - first - sum(first <= row < stop for row in self.uncounted)


class CellWriter:
    """Draws the cells of one column at its place."""

    def __init__(self, column: Column, shown: Display, place: Place, move: int, ink: Ink) -> None:
        self.column = column
        self.shown = shown
        self.place = place
        self.ink = ink
        self.to_origin = f" {move} 0 Td"  # the space parts it from the operator before

    def cell(self, text: str | None, *, bold: bool = False) -> Cell:
        """Draw a text, on as many lines as it takes; None is an empty cell."""
        if text is None or text == "":
            return Cell(self.to_origin, 1)
        return self.draw(self.lines(text, bold=bold), bold=bold)

    def draw(self, lines: Sequence[str], *, bold: bool = False) -> Cell:
        """Draw lines, one below the other."""
        drawn = [self._line(line, bold=bold) for line in lines]
        down = f" 0 {-LEADING} Td".join(drawn)
        up = f" 0 {LEADING * (len(lines) - 1)} Td" if len(lines) > 1 else ""
        return Cell(f"{self.to_origin}{down}{up}", len(lines))

    def lines(self, text: str, *, bold: bool = False) -> list[str]:
        """Break a text into the lines of its cell."""

        def width(part: str) -> int:
            return self.ink.fonts.width(part, bold=bold)

        if self.column.overflow == "ellipsis" and not self.shown.numeric:
            return [shorten(text, self.place.width, width)]
        return wrap(text, self.place.width, width, breaks)

    def _line(self, text: str, *, bold: bool) -> str:
        if not text:
            return ""
        operators, width = self.ink.draw(text, bold=bold)
        return f"[{width}]TJ{operators}" if self.place.right_aligned else operators


@dataclass(frozen=True)
class Made:
    """How a column comes into the query: its operators and, where cells may have several, its lines as SQL."""

    operators: str
    lines: str | None = None
    join: str = ""
    beside: str = ""  # a table with a row for each of the chunk's, in their order


def draw_rows(rows: Rows, columns: Sequence[Column], layout: Layout, ink: Ink) -> DrawnRows:
    """Draw the chunk's rows. They come back in their order: that is checked, since a join may permute them."""
    connection = rows.connection
    connection.execute(f"CREATE TEMP TABLE chunk AS {rows.numbered}")
    ink.draw(ASCII)  # what SQL draws by itself
    writers = list(cell_writers(rows.types, columns, layout, ink))
    (count,) = connection.execute("SELECT count(*) FROM chunk").fetchone() or (0,)
    made = [_make(connection, number, writer, count) for number, writer in enumerate(writers)]
    if len(made) > JOINED:
        made = [_part(connection, first, made[first : first + JOINED]) for first in range(0, len(made), JOINED)]
    lines = _lines(made)
    back = -writers[-1].place.origin
    if any(column.lines for column in made):
        down = f"concat(' {back} ', -({lines} * {LEADING} + {row_height(0)}), ' Td')"
    else:
        down = f"' {back} {-row_height(1)} Td'"
    query = f"SELECT {ROW}, {lines}, concat({_operators(made)}, {down}) FROM {_tables(made)}"
    return _fetch(connection, query) or _fetch(connection, f"{query} ORDER BY {ROW}") or DrawnRows.nothing()


def _lines(made: Sequence[Made]) -> str:
    """Return the SQL of a row's lines."""
    counts = [column.lines for column in made if column.lines]
    return f"greatest(1, {', '.join(counts)})::integer" if counts else "1::integer"


def _operators(made: Sequence[Made]) -> str:
    return ", ".join(column.operators for column in made)


def _tables(made: Sequence[Made]) -> str:
    """Return what the columns are read from: the chunk, what stands beside it, and what is joined to it."""
    beside = "".join(f" POSITIONAL JOIN {column.beside}" for column in made if column.beside)
    return f"chunk{beside}{''.join(column.join for column in made)}"


def _part(connection: duckdb.DuckDBPyConnection, first: int, made: Sequence[Made]) -> Made:
    """Put some columns together, so that they are one."""
    table = f"part{first}"
    columns = f"concat({_operators(made)}) AS {OPERATORS}, {_lines(made)} AS {LINES}"
    connection.execute(f"CREATE TEMP TABLE {table} AS SELECT {columns} FROM {_tables(made)} ORDER BY {ROW}")
    lines = f"{table}.{LINES}" if any(column.lines for column in made) else None
    return Made(f"{table}.{OPERATORS}", lines, beside=table)


def cell_writers(types: Mapping[str, str], columns: Sequence[Column], layout: Layout, ink: Ink) -> Iterator[CellWriter]:
    """Yield a writer for each column, each moving from the origin of the one before."""
    origin = 0
    for column, place in zip(columns, layout.places, strict=True):
        yield CellWriter(column, display(column, types[column.name]), place, place.origin - origin, ink)
        origin = place.origin


def _make(connection: duckdb.DuckDBPyConnection, number: int, writer: CellWriter, rows: int) -> Made:
    """Choose how a column is made: by value where values recur, since a join costs less than any expression."""
    name = identifier(writer.column.name)
    limit = max(FEW, rows // RECURRING)
    distinct = f"SELECT DISTINCT {name} FROM chunk"
    connection.execute(f"CREATE TEMP TABLE values{number} AS {distinct} LIMIT {limit + 1}")
    (count,) = connection.execute(f"SELECT count(*) FROM values{number}").fetchone() or (0,)
    expression = _expression(writer)
    if expression and count > limit:
        return Made(expression)
    if expression:
        cells = f"SELECT {name} AS {VALUE}, {expression} AS {OPERATORS} FROM values{number}"
        connection.execute(f"CREATE TEMP TABLE cells{number} AS {cells}")
        return Made(f"cells{number}.{OPERATORS}", join=_join(name, number))
    if count > limit and writer.shown.shape == "text" and not writer.shown.numeric and not writer.shown.python:
        return _text(connection, number, writer)
    if count > limit:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE values{number} AS {distinct}")
    return _by_value(connection, number, writer)


def _expression(writer: CellWriter) -> str | None:
    """Return the SQL that makes a column's operators all by itself, where that is possible."""
    if writer.place.fits and writer.shown.shape == "number":
        return _number(writer)
    if writer.place.fits and writer.shown.shape == "time":
        return f"concat('{writer.to_origin}', '(' || {writer.shown.sql} || ')Tj')"
    return None


def _join(name: str, number: int) -> str:
    """Return the join of a column's cells by value. Every row has its match, NULL as well."""
    return f" JOIN cells{number} ON chunk.{name} IS NOT DISTINCT FROM cells{number}.{VALUE}"


def _number(writer: CellWriter) -> str:
    """Return the SQL of a number's operators: how far to go back from the right edge is looked up by its length."""
    fonts, shown = writer.ink.fonts, writer.shown
    minus = fonts.width(NEGATIVE)
    name = identifier(writer.column.name)
    plain, negative = [], []
    for length in range(1, LONGEST_NUMBER + 1):
        plain.append(f"{writer.to_origin}[{fonts.width(figure(length, shown))}(")
        negative.append(f"{writer.to_origin}[{fonts.width(figure(length - 1, shown)) + minus}(")
    place = f"length({shown.sql}) + CASE WHEN {name} < 0 THEN {len(plain)} ELSE 0 END"
    operators = f"concat({_list(plain + negative)}[{place}], {shown.sql}, ')]TJ')"
    return f"CASE WHEN {name} IS NULL THEN '{writer.to_origin}' ELSE {operators} END"


def figure(length: int, shown: Display) -> str:
    """Return a text as wide as a number of this many characters, without a sign."""
    whole = length - shown.places - 1 if shown.places else length
    commas = max(0, whole) // 4 if shown.grouped else 0
    return "0" * (length - commas - bool(shown.places)) + "," * commas + "." * bool(shown.places)


def _by_value(connection: duckdb.DuckDBPyConnection, number: int, writer: CellWriter) -> Made:
    """Draw each distinct value once, in Python; join them to the rows."""
    name = identifier(writer.column.name)
    shown = writer.shown
    query = f"SELECT {shown.sql} FROM values{number}"
    values = [value for (value,) in connection.execute(query).fetchall()]
    texts = [None if value is None else shown.python(value) for value in values] if shown.python else values
    cells = [writer.cell(text) for text in texts]
    connection.execute(
        f"CREATE TEMP TABLE cells{number} AS SELECT {name} AS {VALUE}, {OPERATORS}, {LINES} FROM values{number}"
        f" POSITIONAL JOIN ({CELLS})",
        _as_json(cells),
    )
    lines = f"cells{number}.{LINES}" if any(cell.lines > 1 for cell in cells) else None
    return Made(f"cells{number}.{OPERATORS}", lines, join=_join(name, number))


def _text(connection: duckdb.DuckDBPyConnection, number: int, writer: CellWriter) -> Made:
    """Draw text by SQL, but for the cells that need Python: what is not plain ASCII, and what may not fit."""
    text, fonts = writer.shown.sql, writer.ink.fonts
    surely_fits = writer.place.width // max(fonts.width(character) for character in ASCII)
    special = connection.execute(
        f"SELECT {ROW}, {text} FROM chunk WHERE regexp_matches({text}, '[^ -~]') OR length({text}) > {surely_fits}"
    ).fetchall()
    cells = [writer.cell(value) for _, value in special]
    connection.execute(
        f"CREATE TEMP TABLE drawn{number} AS SELECT * FROM ({ROWS}) POSITIONAL JOIN ({CELLS})",
        {"rows": json.dumps([row for row, _ in special]), **_as_json(cells)},
    )
    connection.execute(
        f"CREATE TEMP TABLE cells{number} AS SELECT {OPERATORS}, {LINES}"
        f" FROM chunk LEFT JOIN drawn{number} ON {NUMBER} = {ROW} ORDER BY {ROW}"
    )
    escaped = text
    for character in ("\\", "(", ")"):
        escaped = f"replace({escaped}, '{character}', '\\{character}')"
    plain = f"concat('{writer.to_origin}', '(' || {escaped} || ')Tj')"
    lines = f"cells{number}.{LINES}" if any(cell.lines > 1 for cell in cells) else None
    return Made(f"coalesce(cells{number}.{OPERATORS}, {plain})", lines, beside=f"cells{number}")


def _fetch(connection: duckdb.DuckDBPyConnection, query: str) -> DrawnRows | None:
    """Run the query; return its rows' operators without copying them, None when rows are out of order."""
    batches = list(ArrayStream(connection.sql(query)).iter_chunks())
    if not batches:
        return DrawnRows.nothing()
    if len(batches) > 1:
        raise RenderFailed("A chunk has more rows than one batch holds. Set a smaller chunk_rows on the report type.")
    numbers, lines, operators = (batches[0].child(index) for index in range(3))
    ordered = _whole_numbers(numbers, "q").tolist()
    if ordered != list(range(ordered[0], ordered[0] + len(ordered))):
        return None
    _, edges, data = operators.buffers
    counts = _whole_numbers(lines, "i")
    wrapped = any(count > 1 for count in counts)
    return DrawnRows(memoryview(data).cast("B"), memoryview(edges).cast("B").cast("i"), counts if wrapped else None)


def _whole_numbers(array: Array, code: Literal["i", "q"]) -> memoryview[int]:
    view = memoryview(array.buffers[1]).cast("B")
    return view.cast(code)


def _as_json(cells: Sequence[Cell]) -> dict[str, str]:
    """Return cells as parameters of CELLS: JSON is read at once, Python's lists are converted value by value."""
    return {
        "operators": json.dumps([cell.operators for cell in cells]),
        "lines": json.dumps([cell.lines for cell in cells]),
    }


def _list(texts: Iterable[str]) -> str:
    return "[" + ", ".join(map(literal, texts)) + "]"
