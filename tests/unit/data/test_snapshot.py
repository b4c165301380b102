"""Snapshots of local files, and the messages for report types that DuckDB refuses."""

from contextlib import closing
from datetime import date
from enum import StrEnum
from pathlib import Path

import duckdb
import pytest
from pydantic import BaseModel

from octavo.authoring.columns import Column
from octavo.authoring.parameters import bound_values
from octavo.authoring.presentation import Chart
from octavo.authoring.report_type import ReportType
from octavo.authoring.sources import Csv, Json, Parquet
from octavo.data.check import check
from octavo.data.database import connect
from octavo.data.snapshot import read_rows, take_snapshot
from octavo.data.sources import Needs
from octavo.errors import QueryFailed, ReportTypeError, SourceUnavailable, TooLarge
from octavo.lifecycle.manifest import Chunk, cut

COLUMNS = (Column("day"), Column("shop"), Column("amount"))
SALES = "day,shop,amount\n2026-01-02,B,5\n2026-01-01,A,7\n2026-01-03,A,\n"


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "sales.csv").write_text(SALES)
    (folder / "sales.json").write_text('[{"day": "2026-01-01", "shop": "A", "amount": 7}]')
    duckdb.sql(f"COPY (FROM read_csv('{folder}/sales.csv')) TO '{folder}/sales.parquet'")
    return folder


def made(**changes):
    body = {
        "title": "Sales",
        "sources": {"sales": Csv("sales.csv")},
        "query": "select day, shop, amount from sales",
        "order_by": ("day",),
        "columns": (Column("day"), Column("shop"), Column("amount", total="sum")),
    }
    return type("Sales", (ReportType,), body | changes)


class ByShop(BaseModel):
    shop: str | None = None


def taken(report_type, data, tmp_path, **parameters):
    folder = tmp_path / "work"
    folder.mkdir()
    snapshot = take_snapshot(report_type, bound_values(report_type.Parameters(**parameters)), str(data), folder)
    return snapshot, duckdb.sql(f"SELECT * FROM '{snapshot.path}'").fetchall()


def test_the_snapshot_contains_the_rows_in_order_with_their_numbers_and_totals(data, tmp_path):
    snapshot, rows = taken(made(), data, tmp_path)
    days = [date(2026, 1, day) for day in (1, 2, 3)]
    assert rows == [(0, days[0], "A", 7), (1, days[1], "B", 5), (2, days[2], "A", None)]
    assert (snapshot.rows, snapshot.totals) == (3, {"amount": 12})


def test_descending_order_is_kept_and_nulls_come_last(data, tmp_path):
    _, rows = taken(made(order_by=("amount desc",)), data, tmp_path)
    assert [row[-1] for row in rows] == [7, 5, None]


def test_parameters_are_bound_and_never_inserted_into_the_sql(data, tmp_path):
    by_shop = made(query="select * from sales where $shop is null or shop = $shop", Parameters=ByShop)
    snapshot, _ = taken(by_shop, data, tmp_path, shop="A' or 'a' = 'a")
    assert snapshot.rows == 0


@pytest.mark.parametrize("source", [Csv("sales.csv"), Parquet("sales.parquet"), Json("sales.json"), Csv("*.csv")])
def test_each_kind_of_source_is_read(source, data, tmp_path):
    _, rows = taken(made(sources={"sales": source}), data, tmp_path)
    assert rows[0][1:] == (date(2026, 1, 1), "A", 7)


def test_a_csv_source_uses_the_types_that_it_is_given(data, tmp_path):
    typed = {"sales": Csv("sales.csv", types={"amount": "varchar"})}
    _, rows = taken(made(sources=typed, columns=(Column("amount"),)), data, tmp_path)
    assert rows[0][1] == "7"


def test_whole_numbers_of_any_size_keep_their_digits(data, tmp_path):
    query = "select day, shop, 123456789012345678901234567890123::hugeint as amount from sales limit 1"
    _, rows = taken(made(query=query), data, tmp_path)
    assert str(rows[0][-1]) == "123456789012345678901234567890123"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("[123456789012345678901234567890123::hugeint]", "[123456789012345678901234567890123]"),
        ("{'n': 123456789012345678901234567890123::hugeint}", "{'n': 123456789012345678901234567890123}"),
        ("3::union(number integer, word varchar)", "3"),
        ("row(1.5, 'a')", "(1.5, a)"),
        ("[row('a', 1)]", "[(a, 1)]"),
        ("{'n': 1, 'the n': 'a'}", {"n": 1, "the n": "a"}),
        ("{'the n': 1}", {"the n": 1}),
        ("[1, 2]", [1, 2]),
        ("interval 90 minutes", "01:30:00"),
    ],
)
def test_values_that_parquet_has_no_type_for_are_stored_as_texts(data, tmp_path, value, kept):
    _, rows = taken(made(query=f"select day, shop, {value} as amount from sales", columns=COLUMNS), data, tmp_path)
    assert rows[0][-1] == kept


NUMBERS = "select unnest([10, 2, 1, 33, null]) as n"


@pytest.mark.parametrize(
    "value",
    [
        "to_days(n)",
        "n::bignum * 1000000000000000000000000000000000000000::bignum",
        "make_time(n % 24, 0, 0)::timetz",
        "[n::hugeint]",
        "{'n': n::hugeint}",
        "{'n': n::hugeint, 'the n': [to_days(n)]}",
        "n::bit",
        "case n when 10 then 'INTERVAL' when 2 then 'BIT' when 1 then 'a' end::enum('BIT', 'a', 'INTERVAL')",
        "n::hugeint",
    ],
)
@pytest.mark.parametrize("direction", ["", " desc"])
def test_rows_and_totals_are_ordered_by_the_querys_own_values_not_by_their_texts(data, tmp_path, value, direction):
    query = f"select {value} as v, {value} as least, {value} as most from ({NUMBERS})"
    columns = (Column("v"), Column("least", total="min"), Column("most", total="max"))
    numbers = made(query=query, order_by=(f"v{direction}",), columns=columns)
    snapshot, rows = taken(numbers, data, tmp_path)
    expected = f"SELECT ({value})::VARCHAR FROM ({NUMBERS}) ORDER BY {value}{direction} NULLS LAST"
    assert [row[1] if row[1] is None else str(row[1]) for row in rows] == [
        v for (v,) in duckdb.sql(expected).fetchall()
    ]
    bounds = duckdb.sql(f"SELECT min({value})::VARCHAR, max({value})::VARCHAR FROM ({NUMBERS})").fetchone()
    assert tuple(map(str, snapshot.totals.values())) == bounds


@pytest.mark.parametrize(
    ("value", "total", "expected"),
    [
        ("timestamptz '2013-01-01 05:15:00+02'", "max", "2013-01-01 03:15:00+00"),
        ("date 'infinity'", "max", "infinity"),
        ("timestamp '2013-01-01 05:15:00.5'", "min", "2013-01-01 05:15:00.5"),
        ("to_months(14)", "max", "1 year 2 months"),
        ("to_months(14)", "count", 3),
        ("1.50::decimal(9, 2)", "sum", "4.50"),
    ],
)
def test_totals_that_are_not_numbers_are_the_texts_that_duckdb_writes(data, tmp_path, value, total, expected):
    query = f"select day, shop, {value} as amount from sales"
    snapshot, _ = taken(made(query=query, columns=(Column("amount", total=total),)), data, tmp_path)
    assert snapshot.totals == {"amount": expected}


def test_too_many_rows_are_refused_also_if_totals_need_the_whole_result(data, tmp_path):
    days = made(
        query="select to_days(amount::int) as d from sales", order_by=("d",), columns=(Column("d", total="max"),)
    )
    days.max_rows = 2
    with pytest.raises(TooLarge):
        taken(days, data, tmp_path)


def test_sums_of_whole_numbers_are_whole_numbers(data, tmp_path):
    query = "select day, shop, sum(amount) over () as amount from sales"
    _, rows = taken(made(query=query), data, tmp_path)
    assert [str(row[-1]) for row in rows] == ["12"] * 3


def test_a_query_may_end_with_a_semicolon_and_a_comment(data, tmp_path):
    snapshot, _ = taken(made(query="select day, shop, amount from sales -- all; of them\n;"), data, tmp_path)
    assert snapshot.rows == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"query": "select day, shop from sales"}, "gives no column 'amount'.*It gives: day, shop"),
        ({"order_by": ("time",)}, "gives no column 'time', which columns or order_by names"),
        ({"query": "select day, shop, amount from sale"}, "is not valid: .*sale"),
        ({"query": "selec day from sales"}, "is not valid: Parser Error"),
        ({"query": "select 1; select 2"}, "must be one SELECT statement"),
        ({"query": "drop view sales"}, "must be one SELECT statement"),
        ({"Parameters": ByShop}, r"doesn't use the parameter 'shop': write \$shop, or remove it"),
        ({"query": "select * from sales where shop = $shop"}, r"uses \$shop, which Parameters doesn't have"),
        ({"sources": {"sales": Parquet("sales.csv")}}, "'sales.csv' is not what Parquet reads"),
        ({"columns": (Column("shop", total="sum"),)}, "total='sum' of column 'shop' can't be computed.*are VARCHAR"),
        ({"chart": Chart("bar", "day", "shop")}, "the chart's y, column 'shop', can't be computed.*are VARCHAR"),
        (
            {"query": "select day, shop, [day] as amount from sales", "columns": (Column("amount", format="%Y"),)},
            "the format '%Y' of column 'amount' can't print its values, which are DATE",
        ),
        ({"columns": (Column("amount", format="%Y-%m-%d"),)}, "the format '%Y-%m-%d' of column 'amount' can't print"),
        ({"columns": (Column("shop", format="{:,.2f}"),)}, "the format '{:,.2f}' of column 'shop' can't.*are VARCHAR"),
        ({"columns": (Column("day", format="{:,}"),)}, "the format '{:,}' of column 'day' can't print.*are DATE"),
    ],
)
def test_faults_that_only_duckdb_finds_are_reported_with_the_name_of_the_report_type(change, message, data):
    with pytest.raises(ReportTypeError, match=f"'sales'.*{message}"):
        check(made(**change), str(data))


@pytest.mark.parametrize("path", ["sales2.csv", "2026/*.csv"])
def test_a_missing_file_is_reported_with_its_source_and_pattern(path, data):
    with pytest.raises(SourceUnavailable, match=r"source 'sales' of report type 'sales'.*Put the file there") as error:
        check(made(sources={"sales": Csv(path)}), str(data))
    assert repr(path) in error.value.message
    assert str(data) not in error.value.message


def test_a_query_that_fails_on_its_data_reports_the_kind_of_error_and_no_value(data, tmp_path):
    broken = made(query="select day, shop, shop::int as amount from sales")
    check(broken, str(data))
    with pytest.raises(QueryFailed, match="conversion error") as error:
        taken(broken, data, tmp_path)
    assert "'A'" not in error.value.message


def test_too_many_rows_are_refused_instead_of_being_cut_off(data, tmp_path):
    with pytest.raises(TooLarge, match="more than 2 rows, the limit of 'sales'"):
        taken(made(max_rows=2), data, tmp_path)


def test_the_greatest_allowed_number_of_rows_is_accepted(data, tmp_path):
    assert taken(made(max_rows=3), data, tmp_path)[0].rows == 3


@pytest.mark.parametrize("rows", [1, 7, 51_200, 200_003])
def test_the_chunks_contain_every_row_once_and_in_order(rows, tmp_path):
    (tmp_path / "data").mkdir()
    backwards = f"SELECT {rows} - i AS day, 'x' AS shop, i AS amount FROM range({rows}) t(i)"
    duckdb.sql(f"COPY ({backwards}) TO '{tmp_path}/data/sales.parquet'")
    report_type = made(sources={"sales": Parquet("sales.parquet")})
    snapshot, _ = taken(report_type, tmp_path / "data", tmp_path)
    with connect(tmp_path, Needs.of_path(str(snapshot.path))) as connection:
        seen = []
        for chunk in cut(rows, 30_000):
            described = read_rows(connection, report_type, str(snapshot.path), chunk)
            seen += [day for day, *_ in connection.execute(described.select).fetchall()]
    assert seen == list(range(1, rows + 1))


def test_an_empty_chunk_has_no_rows(data, tmp_path):
    snapshot, _ = taken(made(query="select * from sales where false"), data, tmp_path)
    with connect(tmp_path, Needs.of_path(str(snapshot.path))) as connection:
        described = read_rows(connection, made(), str(snapshot.path), Chunk(0, 0, 0))
        assert connection.execute(described.select).fetchall() == []
        assert described.types == {"day": "DATE", "shop": "VARCHAR", "amount": "BIGINT"}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('{outside}')",
        "COPY (SELECT 1) TO '{outside}'",
        "ATTACH '{outside}'",
        "INSTALL httpfs FROM '/tmp'",
        "LOAD '/tmp/x.duckdb_extension'",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')",
    ],
)
def test_a_query_can_read_nothing_but_its_sources(sql, data, tmp_path):
    outside = tmp_path / "outside.txt"
    with connect(data) as connection, pytest.raises(duckdb.Error):
        connection.execute(sql.format(outside=outside))
    assert not outside.exists()
    assert Path("/etc/passwd").exists()


class Since(BaseModel):
    since: date
    days: list[int] = [1]
    code: str = "7"


@pytest.mark.parametrize(
    "condition",
    [
        "day >= date_trunc('month', $since) and $code::int = 7 and amount in (select unnest($days))",
        "year(day) = year($since) and $code = '7' and len($days) = 1",
        "day between $since and $since + interval 1 month and $code != '' and amount = any($days)",
        "date_diff('day', $since, day) > 0 and $code != '' and $days[1] = amount",
    ],
)
def test_a_query_is_checked_with_the_types_of_its_parameters(data, condition):
    check(made(query=f"select day, shop, amount from sales where {condition}", Parameters=Since), str(data))


class Kind(StrEnum):
    A = "A"


class Span(BaseModel):
    least: int = 6
    most: int = 7


class Nested(BaseModel):
    span: Span = Span()
    kinds: list[Kind] = [Kind.A]


def test_parameters_may_be_models_enumerations_and_lists(data, tmp_path):
    query = "select day, shop, amount from sales where amount between $span.least and $span.most and shop in $kinds"
    _, rows = taken(made(query=query, Parameters=Nested), data, tmp_path)
    assert [row[1:] for row in rows] == [(date(2026, 1, 1), "A", 7)]


def test_a_chunks_rows_keep_their_order_through_a_join(tmp_path):
    first, count = 2048 - 32, 3 * 2048  # the first 32 rows are the last ones of a vector
    folder = tmp_path / "data"
    folder.mkdir()
    duckdb.sql(f"COPY (SELECT i AS n FROM range({first + count}) t(i)) TO '{folder}/sales.parquet'")
    numbers = made(
        sources={"sales": Parquet("sales.parquet")},
        query="select n from sales",
        order_by=("n",),
        columns=(Column("n"),),
    )
    snapshot, _ = taken(numbers, folder, tmp_path)
    with closing(connect(tmp_path, Needs.of_path(str(snapshot.path)))) as connection:
        rows = read_rows(connection, numbers, str(snapshot.path), Chunk(1, first, count))
        connection.execute("CREATE TEMP TABLE odd AS SELECT range AS value, range % 2 AS odd FROM range(10000)")
        joined = connection.execute(f"SELECT n, odd FROM {rows.source} JOIN odd ON n = value").fetchall()
    assert joined == [(number, number % 2) for number in range(first, first + count)]


@pytest.mark.parametrize(
    ("value", "format"),
    [
        ("1", "{:,d}"),
        ("1::hugeint", "{:d}"),
        ("1.5::decimal(9, 2)", "{:d}"),
        ("1.5::double", "{:.1%}"),
        ("true", "{:d}"),
        ("'a'", "{:>9}"),
        ("[1]", "{}"),
        ("to_days(1)", "{:>20}"),
        ("day", "%d.%m.%Y"),
        ("day", "{:%d.%m.%Y}"),
        ("day::timestamp_ns", "%H:%M"),
        ("time '10:00'", "%H:%M"),
    ],
)
def test_a_format_that_can_print_the_values_is_accepted(data, value, format):
    query = f"select day, shop, {value} as amount from sales"
    check(made(query=query, columns=(Column("amount", format=format),)), str(data))


@pytest.mark.parametrize("term", [" amount desc", "amount   desc", "AMOUNT DESC "])
def test_an_order_may_be_written_with_more_spaces(data, tmp_path, term):
    _, rows = taken(made(order_by=(term,)), data, tmp_path)
    assert [row[-1] for row in rows] == [7, 5, None]


def test_rows_are_ordered_by_a_column_whose_name_has_a_space(data, tmp_path):
    columns = (Column("full name"), Column("amount"))
    spaced = made(
        query='select shop as "full name", amount from sales', order_by=("full name desc", "amount"), columns=columns
    )
    check(spaced, str(data))
    _, rows = taken(spaced, data, tmp_path)
    assert [row[1:] for row in rows] == [("B", 5), ("A", 7), ("A", None)]


@pytest.mark.parametrize(
    "query",
    [
        "select day, shop, amount from sales; -- done",
        "select day, shop, amount from sales ; ; /* done; */ ;",
        "-- all; of them\nselect day, shop, amount from sales where shop <> ';' -- 'ä€😀;'",
        ";select day, shop, amount from sales",
    ],
)
def test_semicolons_and_comments_around_a_query_change_nothing(data, tmp_path, query):
    check(made(query=query), str(data))
    assert taken(made(query=query), data, tmp_path)[0].rows == 3


@pytest.mark.parametrize("columns", [("AMOUNT", "day"), ("Amount", "DAY")])
def test_a_column_may_have_other_upper_and_lower_case_letters_than_in_the_query(data, tmp_path, columns):
    other = made(order_by=("Day",), columns=tuple(Column(name, total="max") for name in columns))
    check(other, str(data))
    snapshot, rows = taken(other, data, tmp_path)
    assert [row[1] for row in rows] == [7, 5, None]
    assert snapshot.totals == {columns[0]: 7, columns[1]: "2026-01-03"}
    with closing(connect(tmp_path, Needs.of_path(str(snapshot.path)))) as connection:
        assert tuple(read_rows(connection, other, str(snapshot.path)).types) == columns


@pytest.mark.parametrize(
    ("query", "columns", "message"),
    [
        ('select day, 1 as a, 2 as "A" from sales', (Column("a"),), "gives 2 columns that are one name.*'a', 'A'"),
        ("select day, 1 as a, 2 as a from sales", (Column("a"),), "gives 2 columns that are one name.*'a', 'a'"),
        ('select day, day as "DAY", 1 as a from sales', (Column("a"),), "gives 2 columns.*'day', 'DAY'"),
    ],
)
def test_columns_whose_names_differ_only_in_case_are_refused(data, query, columns, message):
    with pytest.raises(ReportTypeError, match=message):
        check(made(query=query, columns=columns), str(data))


def test_duplicate_names_among_unused_columns_are_accepted(data, tmp_path):
    _, rows = taken(made(query='select *, 1 as x, 2 as "X" from sales'), data, tmp_path)
    assert len(rows) == 3


def test_names_that_duckdb_treats_as_different_are_two_columns(data, tmp_path):
    columns = (Column("ä"), Column("Ä"))
    _, rows = taken(made(query='select day, 1 as "ä", 2 as "Ä" from sales', columns=columns), data, tmp_path)
    assert rows[0] == (0, 1, 2)


LARGEST = {"hugeint": 2**127 - 1, "uhugeint": 2**128 - 1}


@pytest.mark.parametrize("kind", LARGEST)
@pytest.mark.parametrize("total", [None, "max", "min", "count"])
def test_integers_of_39_digits_keep_them(data, tmp_path, kind, total):
    values = f"select unnest(['{LARGEST[kind]}', '5', null, '7']::{kind}[]) as n"
    numbers = made(query=values, order_by=("n desc",), columns=(Column("n", total=total),))
    snapshot, _ = taken(numbers, data, tmp_path)
    with closing(connect(tmp_path, Needs.of_path(str(snapshot.path)))) as connection:
        rows = read_rows(connection, numbers, str(snapshot.path))
        assert connection.execute(rows.select).fetchall() == [(LARGEST[kind],), (7,), (5,), (None,)]
        assert dict(rows.types) == {"n": kind.upper()}
    assert snapshot.totals == ({"n": {"max": LARGEST[kind], "min": 5, "count": 3}[total]} if total else {})


def test_an_error_of_a_query_that_returns_large_integers_is_reported_too(data, tmp_path):
    broken = made(query="select day, shop::int as shop, 1::hugeint as amount from sales")
    with pytest.raises(QueryFailed, match="conversion error"):
        taken(broken, data, tmp_path)


def test_the_snapshot_records_which_texts_were_other_values_in_the_query(data, tmp_path):
    query = "select day, shop, to_days(1) as amount from sales"
    other = made(query=query, columns=COLUMNS)
    snapshot, _ = taken(other, data, tmp_path)
    with closing(connect(tmp_path, Needs.of_path(str(snapshot.path)))) as connection:
        rows = read_rows(connection, other, str(snapshot.path))
    assert rows.types == {"day": "DATE", "shop": "VARCHAR", "amount": "VARCHAR"}
    assert rows.stored_as_text == {"amount": "INTERVAL"}
