"""Names of sheets by Excel's rules, and references to cells."""

from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter

from octavo.documents.xlsx.references import column_letters, column_range, quoted, sheet_names

titles = st.text("ab'[]:*?/\\ \n\x00éÉ😀ß\ud800", max_size=45) | st.text(max_size=45)


@given(st.lists(titles, min_size=1, max_size=5))
@example(["History", "HISTORY"])
@example(["About", "About"])
@example(["", "'", "Report"])
@example(["x" * 31, "x" * 32, "X" * 40])
@example(["😀" * 20])
@example(["a" * 30 + "'b"])
def test_every_name_is_one_that_excel_allows(given_titles):
    names = sheet_names(given_titles)
    assert len({name.casefold() for name in names}) == len(names) == len(given_titles)
    for name in names:
        assert 1 <= len(name.encode("utf-16-le")) // 2 <= 31
        assert not set(name) & set("[]:*?/\\\x00\n")
        assert not name.startswith("'")
        assert not name.endswith("'")
        assert name.casefold() != "history"
        assert name == name.strip()


def test_names_are_like_the_titles():
    assert sheet_names(["Sales", "Sales", "sales", "About"]) == ("Sales", "Sales (2)", "sales (3)", "About")
    assert sheet_names(["Sales [EU]: 2013/14?"]) == ("Sales (EU)- 2013-14",)
    assert sheet_names(["A title that is much longer than 31 characters"]) == ("A title that is much longer tha",)
    assert sheet_names(["History"]) == ("History (2)",)


@given(st.integers(0, 16_383))
def test_columns_have_letters(index):
    assert column_letters(index) == get_column_letter(index + 1)


def test_ranges_and_names_are_written_as_in_formulas():
    assert column_range(27, 2, 10) == "AB2:AB10"
    assert column_range(0, 2, 10, absolute=True) == "$A$2:$A$10"
    assert quoted("Anna's") == "'Anna''s'"
