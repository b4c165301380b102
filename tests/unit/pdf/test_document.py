import json
import re
from dataclasses import replace
from io import BytesIO
from itertools import accumulate, pairwise

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from octavo.documents.pdf.assembly.footers import Footer
from octavo.documents.pdf.assembly.page_tree import PageTree
from octavo.documents.pdf.fonts import Glyphs
from octavo.documents.pdf.pages import ImportedPage, PageBox, SegmentPages, object_number

RIGHT_EDGE = 595.28 - 36


def cross_reference(document):
    """Let qpdf decode the cross-reference stream; return its rows of (kind, place, index) by number."""
    (start,) = re.findall(rb"startxref\n(\d+)\n%%EOF\n$", document.data)
    (number,) = re.findall(rb"^(\d+) 0 obj\n<</Type/XRef", document.data[int(start) :])
    with document.with_qpdf() as pdf:
        stream = pdf.get_object(int(number), 0)
        widths, data, size = [int(width) for width in stream.W], stream.read_bytes(), int(stream.Size)
    edges = list(accumulate(widths, initial=0))
    rows = [data[first : first + sum(widths)] for first in range(0, len(data), sum(widths))]
    assert len(rows) == size
    return [tuple(int.from_bytes(row[a:b], "big") for a, b in pairwise(edges)) for row in rows]


@pytest.mark.parametrize("pages", [(1,), (31,), (32,), (33,), (2, 5), (1, 0, 3), (0, 0, 1), (1, 1025)])
def test_documents_of_any_size_have_no_errors(tables, pages):
    document = tables(*pages)
    document.assert_sound()
    assert [text.split("\r\n")[0] for text in document.texts()] == [
        f"chunk {chunk} page {page}" for chunk, count in enumerate(pages) for page in range(count)
    ]


def test_a_document_without_a_page_is_refused(tables):
    with pytest.raises(ValueError, match="needs a page"):
        tables(0, 0)


@given(st.lists(st.integers(0, 7), min_size=1, max_size=9).filter(any))
def test_every_object_is_where_the_cross_reference_says(tables, pages):
    document = tables(*pages)
    table = cross_reference(document)
    for number, (kind, place, _index) in enumerate(table):
        if kind == 1:
            assert document.data[place:].startswith(b"%d 0 obj\n" % number)
    drawn = {
        object_number(page, chunk, len(pages)): f"(chunk {chunk} page {page})".encode()
        for chunk, count in enumerate(pages)
        for page in range(count)
    }
    with document.with_qpdf() as pdf:
        assert all(text in pdf.get_object(number, 0).read_bytes() for number, text in drawn.items())


@given(st.lists(st.integers(0, 7), min_size=1, max_size=9).filter(any))
def test_unused_numbers_are_a_chain_of_free_entries(tables, pages):
    table = cross_reference(tables(*pages))
    free = [number for number, (kind, _, _) in enumerate(table) if kind == 0]
    assert [table[number][1] for number in free] == [*free[1:], 0]
    assert table[0][2] == 65535


def test_few_numbers_are_free_if_chunks_have_equal_sizes(tables):
    assert [kind for kind, _, _ in cross_reference(tables(5, 4, 5, 5))].count(0) == 2  # number 0, and one page


def test_a_file_with_few_bytes_and_many_numbers_is_not_reported_as_damaged(tables):
    document = tables(300, *[0] * 299, content=b"\x78\x9c\x03\x00\x00\x00\x00\x01")
    with document.with_qpdf() as pdf:
        assert pdf.check_pdf_syntax() == []
        assert len(pdf.pages) == 300


def test_four_hundred_chunks_of_different_sizes_become_one_document(tables):
    counts = [chunk * 37 % 400 + 1 for chunk in range(400)]
    document = tables(*counts, content=b"\x78\x9c\x03\x00\x00\x00\x00\x01")
    with document.with_qpdf() as pdf:
        assert len(pdf.pages) == sum(counts)
        last = pdf.pages[-1]
        assert last.Contents[0].objgen == (object_number(counts[-1] - 1, 399, 400), 0)
    pdfium = document.with_pdfium()
    assert [footer_of(pdfium[page]) for page in (0, 998, 999, 50_000, sum(counts) - 1)] == [
        f"Page {page:,} of 80,200" for page in (1, 999, 1000, 50_001, 80_200)
    ]


def footer_of(page):
    return re.search(r"Page [\d,]+ of [\d,]+", page.get_textpage().get_text_bounded())[0]


def test_a_hundred_thousand_pages_have_a_small_tail(tables):
    document = tables(*[1000] * 100, content=b"\x78\x9c\x03\x00\x00\x00\x00\x01")
    assert len(document.data) - document.segments < 2_000_000
    assert len(document.with_pdfium()) == 100_000
    with document.with_qpdf() as pdf:
        assert len(pdf.pages) == 100_000


@given(st.integers(1, 40_000))
def test_the_page_tree_counts_each_page_once(pages):
    tree = PageTree(pages, 1_000_000, 1)
    nodes = [pikepdf.Object.parse(re.sub(rb"(\d+) 0 R", rb"\1", body)) for body in tree.nodes(b"/Root true")]
    assert len(nodes) == sum(PageTree.levels(pages)) == tree.root
    assert int(nodes[-1].Count) == pages
    under = {}
    for number, node in enumerate(nodes, 1):
        assert 1 <= len(node.Kids) <= 32
        kids = [int(kid) for kid in node.Kids]
        under[number] = sum(under[kid] if kid < 1_000_000 else 1 for kid in kids)
        assert int(node.Count) == under[number]
        assert all(int(nodes[kid - 1].Parent) == number for kid in kids if kid < 1_000_000)
        assert all(tree.parent(kid - 1_000_000) == number for kid in kids if kid >= 1_000_000)
    assert "/Root" in nodes[-1]


def test_footers_end_at_the_right_margin(tables):
    with tables(1200).with_mupdf() as pdf:
        for page in (0, 8, 9, 98, 99, 998, 999, 1000, 1199):
            *_, (_, _, right, _, last, *_) = pdf[page].get_text("words")
            assert last == "1,200"
            assert right == pytest.approx(RIGHT_EDGE, abs=0.1)


def test_footers_share_their_streams(tables):
    with tables(2500).with_qpdf() as pdf:
        streams = {content.objgen for page in pdf.pages for content in page.Contents[1:]}
        assert len(streams) == (3 + 2) + (999 + 10 + 90)  # 1-9, 10-99, 100-999, 1,…, 2,…; 1-999, 00x, 0xx


def test_a_title_too_long_for_the_footer_ends_in_an_ellipsis(tables):
    (text,) = tables(1, footer=Footer("Departures " * 40, "now")).texts()
    footer = text.split("\r\n")[-1]
    assert re.fullmatch(r"(Departures )+D?[a-z]*… ?now Page 1 of 1", re.sub(" +", " ", footer))


def test_the_fonts_have_the_glyphs_of_the_footers(tables):
    document = tables(1, footer=Footer("Αναχωρήσεις → Вылеты", "now"))
    document.assert_sound()
    assert "Αναχωρήσεις → Вылеты" in document.texts()[0]


def test_a_short_outline_has_one_level(tables):
    with tables(3).with_mupdf() as pdf:
        assert pdf.get_toc() == [
            [1, "Departures", 1],
            *([1, f"000/{page:03} – 000/{page:03}z", page + 1] for page in range(3)),
        ]


def test_the_outline_of_many_pages_has_two_levels(tables):
    with tables(400, 30).with_mupdf() as pdf:
        toc = pdf.get_toc()
    assert [level for level, _, _ in toc].count(2) == 86  # of five pages each
    assert toc[1:3] == [[1, "000/000 – 000/049z", 1], [2, "000/000 – 000/004z", 1]]
    assert toc[-1] == [2, "001/025 – 001/029z", 426]
    assert [page for level, _, page in toc if level == 1] == [1, *range(1, 431, 50)]


@pytest.mark.parametrize(("pages", "entries"), [(200, 200), (201, 101), (4321, 87), (20_000, 200)])
def test_the_outline_never_has_too_many_entries(tables, pages, entries):
    with tables(pages).with_qpdf() as pdf, pdf.open_outline() as outline:
        _, *groups = outline.root
        assert len(groups) <= 20
        assert all(group.is_closed for group in groups)
        assert sum(len(group.children) for group in groups) == entries


def test_pages_without_keys_are_listed_by_number(bound, segment):
    data, record = segment(0, 1, 2)
    nameless = SegmentPages(record.lengths, ("", ""), ("", ""))
    with bound([(data, nameless)]).with_mupdf() as pdf:
        assert [title for _, title, _ in pdf.get_toc()] == ["Departures", "Page 1", "Page 2"]


def test_readers_find_the_metadata_of_the_document(tables):
    reader = tables(1).with_pypdf()
    metadata, xmp = reader.metadata, reader.xmp_metadata
    assert (metadata.title, metadata.author, metadata.subject, metadata.producer) == (
        "Departures",
        "Ann",
        "Flights (all)",
        "Octavo",
    )
    assert metadata.creation_date.isoformat() == "2026-03-01T09:30:00+00:00"
    assert (xmp.dc_title, xmp.dc_creator, xmp.dc_description, xmp.dc_language) == (
        {"x-default": "Departures"},
        ["Ann"],
        {"x-default": "Flights (all)"},
        ["en"],
    )
    assert xmp.xmp_create_date.isoformat() == metadata.creation_date.replace(tzinfo=None).isoformat()
    assert reader.trailer["/ID"][0].original_bytes == bytes.fromhex("ab" * 16)
    assert reader.root_object["/Lang"] == "en"
    assert reader.root_object["/ViewerPreferences"]["/DisplayDocTitle"].value is True


def test_metadata_can_contain_any_text(tables, parts):
    information = replace(parts().information, title="A <b> & \x00\x0b Ωλ 東京 🛫", author='"O\'Hare" ]]>')
    reader = tables(1, information=information).with_pypdf()
    assert reader.metadata.title == information.title
    assert reader.xmp_metadata.dc_title == {"x-default": "A <b> &  Ωλ 東京 🛫"}
    assert reader.xmp_metadata.dc_creator == [information.author]


def test_the_xmp_packet_can_be_found_without_reading_pdf(tables):
    assert b"<?xpacket begin" in tables(1).data


def test_the_same_parts_make_the_same_bytes(tables):
    assert tables(3, 7, 2).data == tables(3, 7, 2).data


@given(
    st.lists(st.tuples(st.integers(1), st.text(), st.text()), max_size=5),
    st.none()
    | st.lists(st.builds(ImportedPage, st.integers(1), st.builds(PageBox, *[st.floats(0, 1e6)] * 4), st.text())),
)
def test_a_record_is_the_same_after_writing_and_reading_it(pages, imported):
    lengths, first_keys, last_keys = zip(*pages, strict=True) if pages else ((),) * 3
    glyphs = Glyphs.of("C0", (3, 5), {5: "ff"})
    record = SegmentPages(lengths, first_keys, last_keys, imported if imported is None else tuple(imported), glyphs, 3)
    assert SegmentPages.from_json(json.loads(json.dumps(record.to_json()))) == record


def test_a_document_ends_as_readers_expect(tables):
    data = tables(2).data
    assert data.startswith(b"%PDF-1.7\n%")
    assert data.endswith(b"%%EOF\n")
    assert len(pikepdf.open(BytesIO(data)).pages) == 2
