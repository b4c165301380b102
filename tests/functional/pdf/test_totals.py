"""The row of totals under the last row."""

import pymupdf

from octavo.report_type import Column
from tests.functional.pdf.conftest import table_type


def test_the_totals_stand_under_the_last_row_and_on_the_cover(make_pdf):
    columns = (
        Column("id", "No."),
        Column("a", "Amount", format="{:,.2f}", total="sum"),
        Column("b", "Best", total="max"),
        Column("c", "Count", total="count"),
    )
    rows = "SELECT i AS id, 99999.5::decimal(12, 2) AS a, i AS b, CASE WHEN i > 0 THEN i END AS c FROM range(200) t(i)"
    made = make_pdf(table_type(columns), rows, chunks=3)
    made.check()
    table = made.table()
    assert table[-1] == ["Total", "19,999,900.00", "199", "199"]
    assert len(table) == 201
    with pymupdf.open(made.path) as pdf:
        assert "19,999,900.00" in pdf[0].get_text()
