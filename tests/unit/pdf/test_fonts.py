"""Text in PDF: pdfium, mupdf and qpdf (pikepdf) read it from pages that these tests put together."""

import re
import unicodedata
import zlib
from importlib.resources import files
from io import BytesIO

import numpy as np
import pikepdf
import pymupdf
import pypdfium2
import pypdfium2.raw as pdfium_c
import pytest
from fontTools.cffLib import CFFFontSet
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.ttLib import TTCollection, TTFont
from hypothesis import given
from hypothesis import strategies as st

from octavo.documents.pdf.fonts import Glyphs, TextEncoder, embed, load_fonts
from octavo.documents.pdf.fonts.load import SHIPPED, Fonts
from octavo.errors import SettingError

SIZE = 20
LEFT, TOP = 40, 780
THAI = str(files("fontpkg_noto_sans_thai") / "files" / "NotoSansThai[wdth,wght].ttf")
EXTRA = [
    files("fontpkg_noto_sans_arabic") / "files" / "NotoSansArabic[wdth,wght].ttf",
    files("pylopdf_fonts_he") / "NotoSansHebrew-Variable.ttf",
    files("fontpkg_noto_sans_devanagari") / "files" / "NotoSansDevanagari[wdth,wght].ttf",
    THAI,
    files("pylopdf_fonts_jp") / "NotoSansJP-Regular.otf",
]

LATIN_1 = "".join(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0xAD), *range(0xAE, 0x100)]))
WINDOWS = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
TEXTS = {
    "ascii": LATIN_1[:48] + " (()\\)(",
    "latin-1": LATIN_1[96:].replace("\xa0", ""),
    "windows": WINDOWS,
    "extended latin": "Đặng Thị Hồng, Łódź, ŐűŠč",
    "greek": "Ελληνική Δημοκρατία, ἄλφα",
    "cyrillic": "Жизнь и судьба, Київ",
    "symbols": "EWR → LAX ≤ 5 ≥ 3 ≠ ∞ ✓ ■ −12 ₹5 ½",
    "marks": "x\u0304y q\u0303 e\u0301",
    "chinese and japanese": "日本語のテキスト、「カッコ」です。第12章",
    "beyond the basic plane": "𠮷野家",
    "devanagari": "नमस्ते दुनिया हिन्दी",
    "thai": "ที่นี่ น้ำ สวัสดี",
    "hebrew": "שלום עולם",
    "arabic": "مرحبا بالعالم",
    "arabic ligatures": "السلام لا إله",
}

OTHERS = "Ωж漢が → e\u0301\u0304שלם (١٢) مرحبا नमस्ते ที่\u200d\u00ad\t\x01\ud800𠮷\U00013000"
cells = st.text(st.sampled_from(LATIN_1 + WINDOWS) | st.sampled_from(OTHERS))


@pytest.fixture(scope="module")
def fonts():
    return load_fonts(EXTRA)


def drawn(fonts, texts, bold=False):
    """Return a PDF with a line for each text."""
    encoded = [fonts.encode(text, bold=bold) for text in texts]
    glyphs = Glyphs()
    for line in encoded:
        glyphs |= line.glyphs
    bodies = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", b""]

    def add(dictionary, stream=None):
        if stream is not None:
            data = zlib.compress(stream)
            dictionary = b"%b/Filter/FlateDecode/Length %d>>" % (dictionary[:-2], len(data))
            dictionary += b"\nstream\n" + data + b"\nendstream"
        bodies.append(dictionary)
        return len(bodies)

    resources = b"".join(b"/%b %d 0 R" % (name.encode(), number) for name, number in embed(fonts, glyphs, add).items())
    lines = [
        b"/F%d 1000 Tf .02 0 0 .02 %d %d Tm\n%b\n" % (2 if bold else 1, LEFT, TOP - 40 * number, line.operators)
        for number, line in enumerate(encoded)
    ]
    contents = add(b"<<>>", b"BT\n" + b"".join(lines) + b"ET")
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 1600 842]/Contents %d 0 R/Resources<</Font<<%b>>>>>>"
    bodies[2] = page % (contents, resources)
    out, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<</Size %d/Root 1 0 R>>\n" % (
        len(bodies) + 1,
        table,
        len(bodies) + 1,
    )
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def with_pdfium(data):
    return pypdfium2.PdfDocument(data)[0].get_textpage()


def shown(text):
    return unicodedata.normalize("NFC", re.sub("[\u202a-\u202e]", "", text.strip()))


def interpreted(data):
    """Interpret the text operators of the page; yield the width of each line, computed from the widths in the file."""
    with pikepdf.open(BytesIO(data)) as pdf:
        page = pdf.pages[0]
        declared = {str(name): _declared(font) for name, font in page.Resources.Font.items()}
        lines, font = [], None
        for operands, operator in pikepdf.parse_content_stream(page):
            match str(operator):
                case "Tf":
                    font = str(operands[0])
                    assert operands[1] == 1000
                case "Tm":
                    lines.append(0)
                case "Tj" | "TJ":
                    for part in operands[0] if str(operator) == "TJ" else operands:
                        lines[-1] += _advance(part, font, declared)
        return lines


def _declared(font):
    if font.Subtype == "/TrueType":
        return dict(enumerate(map(int, font.Widths), start=int(font.FirstChar)))
    widths, parts = {}, list(font.DescendantFonts[0].W)
    for first, run in zip(parts[::2], parts[1::2], strict=True):
        widths |= dict(enumerate(map(int, run), start=int(first)))
    return widths


def _advance(part, font, declared):
    if not isinstance(part, pikepdf.String):
        return -int(part)
    data = bytes(part)
    if font in {"/F1", "/F2"}:
        return sum(declared[font][code] for code in data)
    codes = [int.from_bytes(data[place : place + 2]) for place in range(0, len(data), 2)]
    return sum(declared[font].get(code, 1000) for code in codes)


@pytest.mark.parametrize("bold", [False, True], ids=["regular", "bold"])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_readers_extract_the_text_that_was_written(fonts, text, bold):
    data = drawn(fonts, [text], bold)
    assert shown(with_pdfium(data).get_text_bounded()) == shown(text)
    if text not in {TEXTS["hebrew"], TEXTS["arabic"]}:  # mupdf returns their words in another order
        assert shown(pymupdf.open("pdf", data)[0].get_text()) == shown(text)
    assert fonts.encode(text, bold).missing == 0


def test_no_reader_reports_an_error(fonts):
    data = drawn(fonts, TEXTS.values())
    with pikepdf.open(BytesIO(data)) as pdf:
        assert pdf.check_pdf_syntax() == []
    pymupdf.TOOLS.reset_mupdf_warnings()
    pymupdf.open("pdf", data)[0].get_pixmap()
    assert pymupdf.TOOLS.mupdf_warnings() == ""


def test_the_width_of_a_text_is_the_sum_of_the_widths_in_the_file(fonts):
    texts = [*TEXTS.values(), "שָׁלוֹם (hello) 123", "مَرْحَبًا", "\U00013000 ?"]
    for bold in (False, True):
        assert interpreted(drawn(fonts, texts, bold)) == [fonts.encode(text, bold).width for text in texts]


@given(st.lists(cells, min_size=1, max_size=4))
def test_the_width_of_any_text_is_the_sum_of_the_widths_in_the_file(texts):
    fonts = load_fonts(EXTRA)
    assert interpreted(drawn(fonts, texts)) == [fonts.encode(text).width for text in texts]
    assert [fonts.width(text) for text in texts] == [fonts.encode(text).width for text in texts]


def test_characters_are_displayed_at_the_positions_that_their_widths_give(fonts):
    text = "United Жизнь 漢字"
    page = with_pdfium(drawn(fonts, [text]))
    for index in range(len(text)):
        left, *_ = page.get_charbox(index, loose=True)
        assert left == pytest.approx(LEFT + SIZE * fonts.width(text[:index]) / 1000, abs=0.05)


def test_right_to_left_text_begins_at_the_right(fonts):
    page = with_pdfium(drawn(fonts, ["אבג (xy) 12 דה"]))
    places = {}
    for index in range(page.count_chars()):
        character = chr(pdfium_c.FPDFText_GetUnicode(page, index))
        if character.isalnum():
            places[character] = page.get_charbox(index)[0]
    assert "".join(sorted(places, key=places.get)) == "הד12xyגבא"


def test_arabic_letters_are_joined_and_marks_are_above_their_letters(fonts):
    assert fonts.width("ببب") < 3 * fonts.width("ب")
    assert b" Ts" in fonts.encode("q\u0304\u0301").operators
    assert fonts.width("q\u0304\u0301") == fonts.width("q")


def test_a_letter_and_its_mark_become_one_glyph(fonts):
    assert fonts.encode("e\u0323\u0302") == fonts.encode("ệ")


@given(st.text(st.sampled_from(LATIN_1 + WINDOWS)))
def test_latin_text_is_one_string_in_ascii(text):
    encoded = load_fonts().encode(text)
    with pikepdf.new() as pdf:
        stream = pdf.make_stream(encoded.operators)
        strings = [bytes(operands[0]) for operands, _ in pikepdf.parse_content_stream(stream)]
    assert b"".join(strings).decode("cp1252") == text
    assert encoded.operators.isascii()
    assert encoded.glyphs == Glyphs()


@given(cells, st.booleans())
def test_operators_are_ascii_keep_the_selected_font_and_end_what_they_begin(text, bold):
    operators = load_fonts(EXTRA).encode(text, bold).operators.decode("ascii")
    assert re.findall(r"/(\w+) 1000 Tf", operators)[-1:] in ([], ["F2" if bold else "F1"])
    assert operators.count("BDC") == operators.count("EMC")
    assert re.findall(r"(-?\d+) Ts", operators)[-1:] in ([], ["0"])


@given(cells)
def test_a_text_is_encoded_in_the_same_way_the_second_time(text):
    faces = [(f"C{number}", face) for number, (_, face) in enumerate(load_fonts(EXTRA).regular.faces)]
    fresh = Fonts([(face, None) for _, face in faces])
    assert fresh.encode(text) == fresh.encode(text)
    assert fresh.encode(text).width == fresh.width(text)


def dark(data, left, right):
    """Count the dark pixels between two positions of the first line."""
    image = np.asarray(pypdfium2.PdfDocument(data)[0].render(scale=1, grayscale=True).to_numpy()).squeeze()
    return int((image[842 - TOP - SIZE : 842 - TOP + 8, int(left) : int(right)] < 128).sum())


@pytest.mark.parametrize(
    ("character", "copied"),
    [("\U00013000", None), ("ፊ", "ፊ"), ("\x01", "\ufffd"), ("\ud800", "\ufffd")],
    ids=["hieroglyph", "ethiopic", "control", "surrogate"],
)
def test_a_character_that_no_font_has_is_shown_as_a_replacement_and_counted(fonts, character, copied):
    encoded = fonts.encode(f"a{character}b")
    assert encoded.missing == 1
    data = drawn(fonts, [f"a{character}b"])
    start = LEFT + SIZE * fonts.width("a") / 1000
    assert dark(data, start, start + SIZE * fonts.width("\ufffd") / 1000) > 20
    if copied:
        assert shown(with_pdfium(data).get_text_bounded()) == f"a{copied}b"


def test_white_space_is_a_space_and_invisible_characters_have_no_width(fonts):
    assert fonts.encode("a\tb\nc\u2028d") == fonts.encode("a b c d")
    assert fonts.width("a\u00a0b") == fonts.width("a b")
    assert fonts.width("a\u200bb\ufeff\u2060c\u00add") == fonts.width("abcd")
    assert fonts.encode("a\u200bb").missing == 0


def test_a_soft_hyphen_is_visible_only_at_the_end_of_a_line(fonts):
    assert fonts.width("Donau\u00ad") == fonts.width("Donau-")
    assert dark(drawn(fonts, ["\u00ad"]), LEFT, LEFT + 10) > 0


def test_all_digits_have_the_same_width(fonts):
    for bold in (False, True):
        assert {fonts.width(digit, bold) for digit in "0123456789"} == {fonts.width("0", bold)}
        assert fonts.advances(bold)[list(b"0123456789")].tolist() == [fonts.width("0", bold)] * 10


def test_advances_add_up_to_the_width_of_ascii(fonts):
    table = fonts.advances()
    text = LATIN_1[:95]
    assert int(table[list(text.encode())].sum()) == fonts.width(text)
    assert (table[list("é\t".encode())] == -1).all()


records = st.builds(
    lambda font, glyphs, texts: Glyphs.of(font, glyphs | set(texts), texts),
    st.sampled_from(["C0", "C1", "B1"]),
    st.sets(st.integers(0, 70), max_size=5),
    st.dictionaries(st.integers(0, 5), st.sampled_from(["a", "b", "ab"]), max_size=2),
)


@given(records, records, records)
def test_glyphs_can_be_joined_in_any_order(a, b, c):
    assert (a | b) | c == a | (b | c) == (c | b) | a
    assert a | a == a
    assert a in a | b
    assert Glyphs.from_json((a | b).to_json()) == a | b
    assert set((a | b).of_font("C1")) == set(a.of_font("C1")) | set(b.of_font("C1"))


def test_glyphs_are_collected_also_for_characters_that_the_simple_font_showed_before(fonts):
    fonts.encode("Рейс 12")  # another document: these characters are known from here on
    encoder = TextEncoder(fonts)
    for text in ("Flight 12", "Рейс", "Рейс 12"):
        encoder.encode(text)
    assert fonts.encode("Рейс 12").glyphs in encoder.glyphs


def objects_of(fonts, glyphs):
    added = []

    def add(dictionary, stream=None):
        added.append((dictionary, stream))
        return len(added)

    return embed(fonts, glyphs, add), added


def test_the_same_glyphs_give_the_same_bytes(fonts):
    a, b = fonts.encode("Жизнь 漢字").glyphs, fonts.encode("السلام").glyphs
    assert objects_of(fonts, a | b) == objects_of(fonts, b | a)


def test_only_the_used_fonts_are_embedded_with_only_the_used_glyphs(fonts):
    names, added = objects_of(fonts, Glyphs())
    assert set(names) == {"F1", "F2"}
    assert sum(len(zlib.compress(stream)) for _, stream in added if stream) < 30_000
    names, added = objects_of(fonts, fonts.encode("漢字").glyphs)
    assert set(names) == {"F1", "F2", "C5"}
    assert sum(len(zlib.compress(stream)) for _, stream in added if stream) < 50_000


def test_a_subset_has_the_name_of_a_subset_and_a_complete_descriptor(fonts):
    with pikepdf.open(BytesIO(drawn(fonts, ["Жизнь"]))) as pdf:
        font = pdf.pages[0].Resources.Font.C0.DescendantFonts[0]
        descriptor = font.FontDescriptor
        assert re.fullmatch("/[A-Z]{6}\\+OctavoSans-Regular", str(descriptor.FontName))
        assert descriptor.objgen == pdf.pages[0].Resources.Font.F1.FontDescriptor.objgen
        assert (int(descriptor.Flags), int(descriptor.CapHeight), int(descriptor.StemV)) == (32, 714, 88)
        program = TTFont(BytesIO(descriptor.FontFile2.read_bytes()))
        drawn_glyphs = [name for name in program.getGlyphOrder() if program["glyf"][name].numberOfContours]
        assert 220 < len(drawn_glyphs) < 250
        assert "GSUB" not in program


def test_a_cid_is_also_the_number_of_a_glyph_in_cff_fonts(fonts):
    (bits,) = fonts.encode("𠮷").glyphs.used.values()
    with pikepdf.open(BytesIO(drawn(fonts, ["𠮷"]))) as pdf:
        file = pdf.pages[0].Resources.Font.C5.DescendantFonts[0].FontDescriptor.FontFile3
        cff = CFFFontSet()
        cff.decompile(BytesIO(file.read_bytes()), None)
    glyph = bits.bit_length() - 1
    assert cff[0].charset[glyph] == f"cid{glyph:05}"
    assert len(cff[0].CharStrings[f"cid{glyph:05}"].bytecode) > 20


def test_each_font_of_a_collection_can_be_embedded_by_its_number(tmp_path):
    collection = TTCollection()
    collection.fonts = [TTFont(path) for path in (*SHIPPED, THAI)]
    path = tmp_path / "three#fonts.ttc"
    collection.save(path)
    fonts = load_fonts([f"{path}#2"])
    assert shown(with_pdfium(drawn(fonts, ["ที่นี่"])).get_text_bounded()) == "ที่นี่"
    with pytest.raises(SettingError, match="holds 3 fonts"):
        load_fonts([f"{path}#3"])


def small_font(path, *, family="Small", style="Regular", weight=400, character="፨", fs_type=0):
    """Write a font of one character whose outlines are CFF without CIDs."""
    builder = FontBuilder(1000, isTTF=False)
    builder.setupGlyphOrder([".notdef", "other", "sign"])
    builder.setupCharacterMap({ord(character): "sign"})
    pen = T2CharStringPen(600, None)
    pen.moveTo((0, 0))
    pen.lineTo((weight, 0))
    pen.lineTo((weight, 700))
    pen.closePath()
    outline = pen.getCharString()
    builder.setupCFF(f"{family}-{style}", {}, dict.fromkeys([".notdef", "other", "sign"], outline), {})
    builder.setupHorizontalMetrics({".notdef": (500, 0), "other": (500, 0), "sign": (600, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": style, "psName": f"{family}-{style}"})
    builder.setupOS2(usWeightClass=weight, fsType=fs_type)
    builder.setupPost()
    builder.save(path)
    return path


def test_cff_fonts_without_cids_can_be_embedded(tmp_path):
    fonts = load_fonts([small_font(tmp_path / "small.otf")])
    data = drawn(fonts, ["፨"])
    assert shown(with_pdfium(data).get_text_bounded()) == "፨"
    assert dark(data, LEFT, LEFT + 12) > 20
    assert fonts.width("፨") == 600


def test_the_bold_font_is_the_next_file_of_the_same_family_with_a_greater_weight(tmp_path):
    pair = [small_font(tmp_path / f"{weight}.otf", weight=weight) for weight in (400, 700)]
    fonts = load_fonts([*pair, small_font(tmp_path / "other.otf", family="Other", weight=900, character="፣")])
    assert set(fonts.encode("፨", bold=True).glyphs.used) == {"B1"}
    assert set(fonts.encode("፨").glyphs.used) == {"C1"}
    assert set(fonts.encode("፣", bold=True).glyphs.used) == {"C2"}


def test_a_variable_font_is_used_in_both_weights(fonts):
    assert fonts.encode("漢", bold=True).glyphs == fonts.encode("漢").glyphs
    assert set(fonts.encode("ب", bold=True).glyphs.used) == {"B1"}
    regular, bold = (dark(drawn(fonts, ["مرحبا"], bold), LEFT, LEFT + 100) for bold in (False, True))
    assert bold > 1.2 * regular


def test_the_first_font_that_has_a_character_shows_it(tmp_path):
    fonts = load_fonts([small_font(tmp_path / "a.otf"), small_font(tmp_path / "b.otf", family="B")])
    assert set(fonts.encode("፨").glyphs.used) == {"C1"}


def test_a_font_that_cannot_be_used_is_refused_by_name(tmp_path):
    with pytest.raises(SettingError, match=r"missing\.ttf"):
        load_fonts([tmp_path / "missing.ttf"])
    with pytest.raises(SettingError, match=r"restricted\.otf.*may not be embedded"):
        load_fonts([small_font(tmp_path / "restricted.otf", fs_type=2)])
    (tmp_path / "text.ttf").write_text("no font")
    with pytest.raises(SettingError, match=r"text\.ttf"):
        load_fonts([tmp_path / "text.ttf"])


def test_the_shipped_fonts_may_be_embedded_and_contain_their_licence():
    for path in SHIPPED:
        font = TTFont(path)
        assert font["OS/2"].fsType == 0
        assert "Noto Project Authors" in font["name"].getDebugName(0)
        assert "Open Font License" in font["name"].getDebugName(13)
        assert path.stat().st_size < 220_000
    assert "SIL OPEN FONT LICENSE" in (SHIPPED[0].parent / "OFL.txt").read_text()
