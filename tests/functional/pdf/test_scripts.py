"""Reports in many scripts, with and without fonts for them: texts are read back, and no cell moves another."""

import unicodedata
from collections import Counter

import pikepdf
import pymupdf
import pypdfium2
import pytest
from fontTools.ttLib import TTFont

from octavo.authoring.columns import Column
from octavo.authoring.presentation import Page
from octavo.documents.pdf.fonts.load import SHIPPED
from octavo.settings import settings
from tests.functional.pdf.conftest import FONTS, sql_text, table_type

TEXTS = {
    "Japanese": "日本語のテキスト、「カッコ」です",
    "Arabic": "مرحبا بالعالم",
    "Hebrew": "שלום עולם (12)",
    "Devanagari": "नमस्ते दुनिया",
    "Thai": "สวัสดี น้ำ",
    "European": "Ωmega и Жизнь",
    "mixed": "naïve 日本 שלום x\u0304y (a)",
}
LEFT_TO_RIGHT = {"Japanese", "Devanagari", "Thai", "European"}
ROWS = 300
PAGE = Page((420, 150))
COLUMNS = [Column("id", "No."), *(Column(name) for script in TEXTS for name in (script, f"Number {script}"))]


def text_of(script, row, values):
    """Return the source text of a cell: of a script's text, so many values recur."""
    return f"{TEXTS[script]} {row % values}" if row % 9 else TEXTS[script]


def rows(values):
    selected = ["i AS id"]
    for script, text in TEXTS.items():
        selected += [
            f"CASE i % 9 WHEN 0 THEN {sql_text(text)} ELSE {sql_text(text)} || ' ' || (i % {values}) END AS {script}",
            f'((i * 1234) % 99999 - 700)::decimal(9, 2) AS "Number {script}"',
        ]
    return f"SELECT {', '.join(selected)} FROM range({ROWS}) t(i)"


def characters(text):
    """Count the characters of a text, because each reader orders right-to-left text in its own way."""
    normal = unicodedata.normalize("NFC", text).replace("(", "|").replace(")", "|")
    return Counter(
        character for character in normal if not character.isspace() and not "\u202a" <= character <= "\u202e"
    )


@pytest.fixture(
    scope="module", params=[(5, 1), (5, 3), (10_000, 1), (10_000, 3)], ids="{0[0]} values, chunks {0[1]}".format
)
def made(make_pdf, request):
    """A report with its fonts, of few values (each encoded once) or many (encoded row by row)."""
    values, chunks = request.param
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "fonts", FONTS)
        patch.setattr("octavo.documents.pdf.table.dictionary.FEW_VALUES", 50)
        made = make_pdf(table_type(COLUMNS, page=PAGE), rows(values), chunks=chunks)
    assert len(made.manifest.chunks) == chunks
    assert made.layout.fixed
    by_value = set(made.plan.dictionary_columns)
    assert (set(TEXTS) <= by_value) == (values == 5)
    return made, values


def test_every_reader_reads_a_report_of_many_scripts_without_a_warning(made):
    document, _ = made
    document.check()
    with pymupdf.open(document.path) as pdf:
        assert "in no font" not in pdf[0].get_text()


def test_every_script_is_read_back_as_its_source_in_its_cell(made):
    document, values = made
    per_page = document.layout.rows_per_page
    for page in {document.first, document.first + 3, document.pages - 1}:
        first = (page - document.first) * per_page
        shown = min(per_page, ROWS - first)
        by_pdfium, by_mupdf = document.cells(page, shown), document.drawn(page)
        for row in range(shown):
            for column, script in zip(range(1, len(COLUMNS), 2), TEXTS, strict=True):
                source = text_of(script, first + row, values)
                if script in LEFT_TO_RIGHT:
                    assert unicodedata.normalize("NFC", by_pdfium[row][column]) == unicodedata.normalize("NFC", source)
                assert characters(by_pdfium[row][column]) == characters(source)
                assert characters("".join(each for *_, each in by_mupdf[row, column])) == characters(source)


def test_numbers_after_every_script_end_at_their_edge(made):
    assert made[0].assert_in_place() == ROWS * len(COLUMNS)


def test_pdfium_draws_the_numbers_exactly_below_each_other(made):
    document, _ = made
    with pypdfium2.PdfDocument(document.path) as pdf:
        text = pdf[document.first].get_textpage()
        boxes = [text.get_charbox(at) for at, character in enumerate(text.get_text_range()) if character == "."]
        for column in range(2, len(COLUMNS), 2):
            left, right = document.box(column)
            points = [box[0] for box in boxes if left < box[0] < right and box[1] < document.layout.body_top_pt]
            assert len(points) == document.layout.rows_per_page
            assert max(points) - min(points) < 0.01


def test_fonts_are_embedded_once_and_cut_down(made):
    document, _ = made
    with pikepdf.open(document.path) as pdf:
        descriptors = [one for one in pdf.objects if isinstance(one, pikepdf.Dictionary) and "/FontName" in one]
        names = [str(one.FontName) for one in descriptors]
        assert len(names) == len(set(names))
        files = {name for name in ("/FontFile2", "/FontFile3") for one in descriptors if name in one}
        assert all("/FontFile2" in one or "/FontFile3" in one for one in descriptors)
        assert files == {"/FontFile2", "/FontFile3"}
    for family in (
        "OctavoSans",
        "NotoSansArabic",
        "NotoSansHebrew",
        "NotoSansDevanagari",
        "NotoSansThai",
        "NotoSansJP",
    ):
        assert any(family in name for name in names), family
    assert document.path.stat().st_size < 700_000  # the fonts have some megabytes


@pytest.mark.parametrize("values", [5, 10_000])
@pytest.mark.parametrize("chunks", [1, 3])
def test_characters_that_no_font_has_are_replaced_and_counted_and_the_cover_says_how_many(
    make_pdf, monkeypatch, chunks, values
):
    monkeypatch.setattr(settings, "fonts", ())
    monkeypatch.setattr("octavo.documents.pdf.table.dictionary.FEW_VALUES", 50)
    document = make_pdf(table_type(COLUMNS, page=PAGE), rows(values), chunks=chunks)
    assert document.layout.fixed
    assert len(document.manifest.chunks) == chunks
    document.check()
    assert document.assert_in_place() == ROWS * len(COLUMNS)
    has = TTFont(SHIPPED[0]).getBestCmap()
    glyph = TTFont(SHIPPED[0]).getGlyphID(has[0xFFFD])
    missing = sum(
        ord(character) not in has and not character.isspace()
        for row in range(ROWS)
        for script in TEXTS
        for character in text_of(script, row, values)
    )
    with pymupdf.open(document.path) as pdf:
        drawn = sum(
            shown[1] == glyph
            for number in range(document.first, document.pages)
            for span in pdf[number].get_texttrace()
            for shown in span["chars"]
        )
        assert drawn == missing
        assert f"{missing:,} characters are in no font" in pdf[0].get_text().replace("\n", " ")
