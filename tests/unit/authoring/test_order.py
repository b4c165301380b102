import pytest

from octavo.authoring.order import OrderTerm


@pytest.mark.parametrize(
    ("term", "column", "descending"),
    [
        ("distance", "distance", False),
        ("distance desc", "distance", True),
        ("distance ASC", "distance", False),
        (" distance desc", "distance", True),
        ("  distance   DESC  ", "distance", True),
        ("full name", "full name", False),
        ("full name desc", "full name", True),
        ("desc desc", "desc", True),
    ],
)
def test_a_term_is_a_column_and_perhaps_a_direction(term, column, descending):
    assert OrderTerm.parse(term) == OrderTerm(column, descending)


@pytest.mark.parametrize("term", ["", "  ", "desc", " ASC "])
def test_a_term_without_a_column_is_refused(term):
    with pytest.raises(ValueError, match="names no column"):
        OrderTerm.parse(term)
