"""Every type of DuckDB's, through a whole report: order, totals, CSV and PDF agree with DuckDB's own answers.

For each type there are values as SQL, two at least, in an order that is neither theirs nor that of their texts. NULL is
added to all of them.
"""

import csv
import json
from datetime import UTC, datetime
from decimal import Decimal

import duckdb
import pymupdf
import pytest

from octavo import Column, ReportType
from octavo.data.check import check
from octavo.data.column_types import ColumnType
from octavo.data.snapshot import take_snapshot
from octavo.errors import ReportTypeError
from octavo.lifecycle.report import Report
from octavo.pipeline.make import make_document

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DIRECTIONS = ("", " desc")
TOTALS = ("sum", "min", "max", "avg", "count")
BITS = {"TINYINT": 7, "SMALLINT": 15, "INTEGER": 31, "BIGINT": 63, "HUGEINT": 126}  # HUGEINT: so that sums are one too
WHOLE = {
    **{name: ("9", f"{-(2**bits)}", "10", f"{2**bits - 1}", "-1") for name, bits in BITS.items()},
    **{f"U{name}": ("9", "0", "10", f"{2 ** (bits + 1) - 1}") for name, bits in BITS.items()},
}
MOMENTS = ("2013-10-09 05:15:00", "1969-12-31 23:59:59", "2013-09-10 17:05:09", "infinity")

# The texts are cast to the type.
CAST = {
    **WHOLE,
    "BIGNUM": ("9", "-123456789012345678901234567890123456789012", "10", "123456789012345678901234567890123456789012"),
    "FLOAT": ("9", "-1.5", "10", "1e30", "0.1"),
    "DOUBLE": ("9", "-1.5", "10", "1e300", "0.1", "infinity"),
    "DECIMAL(4,1)": ("9", "-1.5", "10", "0.1"),
    "DECIMAL(18,3)": ("9", "-1.5", "10", "123456789012345.678"),
    "DECIMAL(38,0)": ("9", "-1", "10", "9" * 37),
    "DECIMAL(38,10)": ("9", "-1.5", "10", "0.0000000001"),
    "BOOLEAN": ("true", "false"),
    "VARCHAR": ("b", "A", "a", "=b", "B", "ä"),
    "BLOB": (r"\x09", "a", r"\xFF", "=a"),
    "BIT": ("11", "0101", "10"),
    "UUID": ("f0000000-0000-4000-8000-000000000000", "0f000000-0000-4000-8000-000000000000"),
    "DATE": ("2013-10-09", "1969-12-31", "2013-09-10", "infinity", "-infinity"),
    "TIME": ("09:10:00", "00:00:00", "10:09:00.5", "23:59:59"),
    "TIME_NS": ("09:10:00", "00:00:00", "10:09:00.5", "23:59:59.000000001"),
    "TIMETZ": ("09:10:00+00", "00:00:00-05", "10:09:00+02", "09:10:00+01"),
    "TIMESTAMP": MOMENTS,
    "TIMESTAMP_S": MOMENTS[:-1],  # DuckDB can't turn an infinite one into what Parquet has
    "TIMESTAMP_MS": MOMENTS,
    "TIMESTAMP_NS": MOMENTS,
    "TIMESTAMPTZ": (*(f"{moment}+02" for moment in MOMENTS[:-1]), "infinity"),
    "INTERVAL": ("9 days", "-90 minutes", "10 days", "1 month", "2 hours"),
    "ENUM('INTERVAL', 'b', 'a')": ("b", "INTERVAL", "a"),
    "JSON": ('{"a": 9}', '{"a": 10}', "[1]"),
}
# What is no cast of a text.
WRITTEN = {
    "INTEGER[]": ("[9, 1]", "[10]", "[9]", "[null]"),
    "INTEGER[2]": ("[9, 1]::integer[2]", "[10, 1]::integer[2]", "[9, 0]::integer[2]"),
    "HUGEINT[]": ("[9::hugeint]", "[10::hugeint]", "[-1::hugeint, 3]"),
    "INTERVAL[]": ("[to_days(9)]", "[to_days(10)]"),
    "TIMESTAMP[]": ("[timestamp '2013-10-09 05:15:00', null]", "[timestamp '2013-09-10 17:05:00']"),
    "STRUCT(n INTEGER)": ("{'n': 9}", "{'n': 10}", "{'n': null}"),
    "STRUCT(n HUGEINT)": ("{'n': 9::hugeint}", "{'n': 10::hugeint}"),
    "STRUCT without names": ("row(9, 'b')", "row(10, 'a')"),
    "MAP(VARCHAR, INTEGER)": ("map {'b': 9}", "map {'b': 10}", "map {'a': 10}"),
    "UNION(n INTEGER, t VARCHAR)": (
        "union_value(n := 9)::union(n integer, t varchar)",
        "union_value(n := 10)::union(n integer, t varchar)",
        "union_value(t := 'a')::union(n integer, t varchar)",
    ),
}
BEYOND = {"GEOMETRY", "VARIANT"}  # the first needs an extension, the second is new in DuckDB and not ordered yet
VALUES = {
    **{kind: tuple(f"'{text}'::{kind}" for text in texts) for kind, texts in CAST.items()},
    **WRITTEN,
}
MOMENTS_BY_TYPE = {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMPTZ"}  # in CSV as ISO 8601


def values_of(kind):
    """Return the query of the values, numbered."""
    rows = [*VALUES[kind], "null", VALUES[kind][0]]
    return " union all ".join(f"select {number} as n, {value} as v" for number, value in enumerate(rows))


def report_type_of(kind, direction="", total=None):
    body = {
        "title": "Values",
        "sources": {},
        "query": values_of(kind),
        "order_by": (f"v{direction}", "n"),
        "columns": (Column("n", width=5), Column("v", total=total)),
    }
    return type("Values", (ReportType,), body)


def asked(kind, select):
    """Return DuckDB's own answer."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.execute(select.format(values=f"({values_of(kind)})")).fetchall()


def document(kind, direction, format, folder):
    report = Report(
        id="01890000-0000-7000-8000-000000000001",
        owner="anna",
        type="values",
        parameters={},
        bound={},
        format=format,
        fingerprint="ab" * 32,
        created_at=NOW,
        deadline=NOW,
        expires_at=NOW,
    )
    return make_document(report, report_type_of(kind, direction), str(folder), folder)


def ordered(kind, direction, text="v::varchar"):
    return asked(kind, f"SELECT n, {text} FROM {{values}} ORDER BY v{direction} NULLS LAST, n")


def test_no_type_of_duckdb_is_missing():
    known = {name for (name,) in duckdb.sql("SELECT DISTINCT logical_type FROM duckdb_types()").fetchall()}
    typed = {kind: duckdb.sql(f"DESCRIBE SELECT v FROM ({values_of(kind)})").fetchone()[1] for kind in VALUES}
    tried = {ColumnType.parse(given).name for given in typed.values()}
    assert known - {"NULL", "TYPE"} - BEYOND == tried - {"JSON"}


@pytest.mark.parametrize("direction", DIRECTIONS, ids=("ascending", "descending"))
@pytest.mark.parametrize("kind", VALUES)
def test_a_csv_has_the_rows_in_duckdbs_order_and_its_texts(kind, direction, tmp_path):
    text = "strftime(v, '%Y-%m-%dT%H:%M:%S')" if kind in MOMENTS_BY_TYPE else "v::varchar"
    expected = ordered(kind, direction, text)
    header, *rows = csv.reader(document(kind, direction, "csv", tmp_path).read_text().splitlines())
    assert header == ["n", "v"]
    assert [int(n) for n, _ in rows] == [n for n, _ in expected]
    for (_, found), (_, value) in zip(rows, expected, strict=True):
        assert found == in_csv(kind, value)


def in_csv(kind, text):
    """Write DuckDB's text as CSV has it: NULL as nothing, a zone as Z, a text that would be a formula with a quote."""
    if text is None:
        return ""
    if kind == "TIMESTAMPTZ" and text != "infinity":
        return f"{text}Z"
    return f"'{text}" if kind in {"VARCHAR", "BLOB"} and text.startswith("=") else text


@pytest.mark.parametrize("kind", VALUES)
def test_a_pdf_has_the_rows_in_duckdbs_order_and_its_texts(kind, tmp_path):
    expected = [(n, text or "") for n, text in ordered(kind, "")]
    assert printed(document(kind, "", "pdf", tmp_path)) == [(n, "".join(text.split())) for n, text in expected]


def printed(path):
    """Read the number and the text of each row of the table, without spaces: pages after the cover, from top down."""
    rows = []
    with pymupdf.open(path) as pdf:
        for page in list(pdf)[1:]:
            words = sorted(page.get_text("words"), key=lambda word: (round(word[3]), word[0]))
            lines = {}
            for word in words:
                lines.setdefault(round(word[3]), []).append(word[4])
            rows += [line for line in lines.values() if line[0].isdecimal()]
    return [(int(first), "".join(rest)) for first, *rest in rows]


@pytest.mark.parametrize("kind", VALUES)
def test_totals_are_duckdbs_or_refused_by_name_where_duckdb_has_none(kind, tmp_path):
    answers = {}
    for total in TOTALS:
        try:
            ((value, text),) = asked(kind, f"SELECT {total}(v), {total}(v)::varchar FROM {{values}}")
            answers[total] = value, text
        except duckdb.BinderException:
            with pytest.raises(ReportTypeError, match=f"total='{total}' of column 'v' can't be computed"):
                check(report_type_of(kind, total=total), str(tmp_path))
    assert {"min", "max", "count"} <= answers.keys()
    if kind == "STRUCT without names":
        with pytest.raises(ReportTypeError, match=r"column 'v'.*fields without names"):
            check(report_type_of(kind, total="max"), str(tmp_path))
        return
    found = totals_of(kind, list(answers), tmp_path)
    for total, (value, text) in answers.items():
        if isinstance(value, bool | float):
            assert found[total] == pytest.approx(value)
        elif isinstance(value, int | Decimal):
            assert Decimal(found[total]) == Decimal(text)
        else:
            assert found[total] == text


def totals_of(kind, totals, folder):
    """Compute the totals of a type, each of a column of its own, and return them as they are read from the manifest."""
    query = f"select n, {', '.join(f'v as {total}_of_v' for total in totals)} from ({values_of(kind)})"
    columns = (Column("n"), *(Column(f"{total}_of_v", total=total) for total in totals))
    report_type = type("Totals", (report_type_of(kind),), {"query": query, "order_by": ("n",), "columns": columns})
    check(report_type, str(folder))
    snapshot = take_snapshot(report_type, {}, str(folder), folder)
    found = json.loads(json.dumps(dict(snapshot.totals)))
    return {total: found[f"{total}_of_v"] for total in totals}
