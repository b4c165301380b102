"""Cells as operators, which an independent interpreter executes."""

from dataclasses import replace

import nanoarrow
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from octavo.authoring.columns import Column
from octavo.documents.pdf.fonts import TextEncoder, load_fonts
from octavo.documents.pdf.plan import LEADING, Layout, PdfPlan, Place
from octavo.documents.pdf.table.cells import cell_writers
from octavo.documents.pdf.table.encoded_rows import EncodedRows, Texts, _in_order

FONTS = load_fonts()
BLANK = Layout(600, 800, 36, 8, 1, True, ())


class Pen:
    """Executes the text operators of a row. `drawn` lists its strings as (line, left edge, right edge)."""

    def __init__(self, operators):
        self.x = self.line_x = self.line_y = 0
        self.font = "F1"
        self.drawn = []
        pdf = pikepdf.new()
        for operands, operator in pikepdf.parse_content_stream(pdf.make_stream(operators)):
            match str(operator), *operands:
                case "Tf", font, 1000:
                    self.font = str(font)[1:]
                case "Tj", string:
                    self.show(bytes(string))
                case "TJ", array:
                    self.show_and_move(array)
                case "Td", x, y:
                    self.line_x, self.line_y = self.line_x + int(x), self.line_y + int(y)
                    self.x = self.line_x
                case other, *_:
                    assert other in {"Ts", "BDC", "EMC"}

    def show(self, code):
        bold = self.font == "F2" or self.font[0] == "B"
        if self.font[0] == "F":
            width = FONTS.width(code.decode("cp1252"), bold=bold)
        else:
            face = dict((FONTS.bold if bold else FONTS.regular).faces)[self.font]
            width = sum(face.advance(int.from_bytes(code[at : at + 2])) for at in range(0, len(code), 2))
        if code:
            self.drawn.append((-self.line_y // LEADING, self.x, self.x + width))
        self.x += width

    def show_and_move(self, array):
        for item in array:
            if isinstance(item, pikepdf.String):
                self.show(bytes(item))
            else:
                self.x -= int(item)


def writers(places, encoder=None, **column):
    columns = [Column(f"c{number}", **column) for number in range(len(places))]
    types = {column.name: "VARCHAR" for column in columns}
    plan = PdfPlan(replace(BLANK, places=tuple(places)), types)
    return cell_writers(columns, plan, encoder or TextEncoder(FONTS))


def laid_out(columns):
    """Return places with these widths and alignments, side by side."""
    places, left = [], 450
    for width, right_aligned in columns:
        places.append(Place(left, width, right_aligned, fits=False))
        left += width + 900
    return places


texts = st.one_of(
    st.none(),
    st.text(st.sampled_from("ab W().,\\-0é€\n"), max_size=30),
    st.text(st.sampled_from("a Ωжx\u0304(日\x01\n"), max_size=15),
    st.just("several words that wrap"),
)
# A letter and an ellipsis have room in any.
columns = st.lists(st.tuples(st.integers(2000, 12_000), st.booleans(), texts), min_size=1, max_size=6)


@given(columns, st.sampled_from(["wrap", "ellipsis"]), st.booleans())
def test_every_line_begins_or_ends_at_its_columns_edge_and_the_row_ends_on_its_first_line(columns, overflow, bold):
    places = laid_out([(width, right_aligned) for width, right_aligned, _ in columns])
    made = [
        (writer, writer.cell(text, bold=bold))
        for writer, (*_, text) in zip(writers(places, overflow=overflow), columns, strict=True)
    ]
    operators = f"/{'F2' if bold else 'F1'} 1000 Tf[{''.join(cell.operators for _, cell in made)}]TJ"
    pen = Pen(operators.encode("ascii"))
    assert pen.font == ("F2" if bold else "F1")
    assert (pen.line_x, pen.line_y) == (0, 0)
    assert pen.x == places[-1].origin
    for writer, cell in made:
        left, right = writer.place.left, writer.place.right
        here = [(line, start, end) for line, start, end in pen.drawn if left - 450 <= start < right + 450]
        for line in range(cell.lines):
            starts = [start for each, start, _ in here if each == line]
            ends = [end for each, _, end in here if each == line]
            if starts and writer.place.right_aligned:
                assert max(ends) == right
            elif starts:
                assert min(starts) == left
        assert {line for line, *_ in here} <= set(range(cell.lines))
    edges = [(writer.place.left - 450, writer.place.right + 450) for writer, _ in made]
    for _, start, _ in pen.drawn:
        assert any(left <= start < right for left, right in edges)


@given(texts)
def test_a_cell_is_the_same_whatever_is_in_the_cells_beside_it(text):
    places = laid_out([(5000, False), (5000, True), (5000, False), (5000, True)])
    first, second = writers(places), writers(places)
    for writer in first:
        writer.cell("something else 日")
    assert [writer.cell(text) for writer in first] == [writer.cell(text) for writer in second]


@pytest.mark.parametrize("right_aligned", [False, True])
@pytest.mark.parametrize("behind_right_aligned", [False, True])
def test_an_empty_cell_shows_nothing_and_ends_where_its_column_ends(right_aligned, behind_right_aligned):
    places = laid_out([(3000, behind_right_aligned), (4000, right_aligned), (5000, False)])
    for empty in (None, ""):
        before, cell, behind = [
            writer.cell(text) for writer, text in zip(writers(places), ("one", empty, "two"), strict=True)
        ]
        pen = Pen(f"/F1 1000 Tf[{before.operators}{cell.operators}{behind.operators}]TJ".encode())
        assert len(pen.drawn) == 2
        assert pen.drawn[1][1] == places[2].left
        assert cell.lines == 1


def test_characters_that_no_font_has_are_counted_with_their_cell():
    encoder = TextEncoder(FONTS)
    first, second = writers(laid_out([(90_000, False), (90_000, True)]), encoder)
    assert first.cell("a 日本 b").missing == 2
    assert second.cell("語").missing == 1
    assert second.cell("plain, Ωmega").missing == 0
    assert encoder.missing == 3


def encoded_rows(texts, lines):
    operators = [f"[({text})]TJ".encode() for text in texts]
    edges = [sum(map(len, operators[:row])) for row in range(len(operators) + 1)]
    return EncodedRows(memoryview(b"".join(operators)), edges, lines, keys=list(texts))


@given(st.permutations(range(12)), st.booleans())
def test_rows_are_put_in_the_order_of_their_numbers(order, wraps):
    lines = [1 + row % 4 for row in range(12)] if wraps else None
    texts = ["x" * row + str(row) for row in range(12)]
    permuted = encoded_rows([texts[row] for row in order], lines and [lines[row] for row in order])
    found = _in_order(permuted, memoryview(bytes(b"".join(row.to_bytes(4, "little") for row in order))).cast("i"))
    expected = encoded_rows(texts, lines)
    assert bytes(found.operators) == bytes(expected.operators)
    assert list(found.edges) == list(expected.edges)
    assert found.lines == expected.lines
    assert list(found.keys) == texts
    if order == list(range(12)):
        assert found is permuted


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1))
def test_texts_are_read_from_an_arrow_column(texts):
    column = Texts(nanoarrow.Array(texts, nanoarrow.string()))
    assert len(column) == len(texts)
    assert [column[row] for row in range(len(texts))] == list(column) == texts
    assert column[1:-1] == texts[1:-1]
    assert column[::-2] == texts[::-2]
    assert column[-1] == texts[-1]


def test_only_rows_of_the_chunk_itself_are_counted():
    encoded = replace(encoded_rows("abcdef", None), uncounted=frozenset({1, 5}))
    assert len(encoded) == 6
    assert [encoded.counted(0, stop) for stop in range(7)] == [0, 1, 1, 2, 3, 4, 4]
    assert encoded.counted(2, 5) == 3
