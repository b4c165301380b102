import pytest
from pydantic import BaseModel, ValidationError

from octavo.authoring.columns import Column
from octavo.authoring.report_type import ReportType
from octavo.authoring.sources import Csv, Json, Parquet
from octavo.errors import ReportTypeError


def made(class_name="Sales", /, **changes):
    body = {
        "title": "Sales",
        "sources": {"sales": Csv("sales.csv")},
        "query": "select day, amount from sales",
        "order_by": ("day",),
        "columns": (Column("day"), Column("amount")),
    }
    return type(class_name, (ReportType,), {k: v for k, v in (body | changes).items() if v is not ...})


def test_a_type_is_named_after_its_class():
    assert made("MonthlySalesByShop").name == "monthly_sales_by_shop"


def test_a_column_is_titled_after_its_name():
    assert Column("dep_delay").title == "Dep delay"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"title": ...}, "set title on the class"),
        ({"query": ..., "columns": ...}, "set query, columns on the class"),
        ({"order_by": ()}, "order_by is empty: name the columns"),
        ({"order_by": "day"}, "as a tuple of strings"),
        ({"order_by": ("day down",)}, "order_by 'day down': write a column's name"),
        ({"order_by": ("desc",)}, "order_by 'desc': write a column's name"),
        ({"order_by": (1,)}, "order_by 1: write a column's name"),
        ({"columns": ()}, "columns is empty: list the query's columns"),
        ({"columns": (Column("day"), Column("day"))}, "columns lists 'day' twice"),
        ({"columns": (Column("_row"),)}, "column '_row': the name '_row' is the snapshot's own"),
        ({"columns": (Column("day", total="total"),)}, "column 'day': total 'total' is none of sum, min"),
        ({"columns": (Column("day", format="pretty"),)}, "column 'day': format 'pretty' is neither"),
        ({"columns": (Column("day", format="{:"),)}, "column 'day': format '{:' is neither"),
        ({"sources": {"s": Parquet("")}}, "source 's': the path is empty"),
        ({"sources": {"s": Parquet("../secret.parquet")}}, "must be relative to the data root, without '..'"),
        ({"sources": {"s": Json("/etc/passwd")}}, "must be relative to the data root"),
        ({"sources": {"s": Json("https://example.com/x.json")}}, "must be relative to the data root"),
        ({"sources": {"s": Json("s3://bucket")}}, "names a bucket but no key"),
        ({"formats": ("docx",)}, "format 'docx' is none of"),
        ({"formats": ()}, "formats is empty: choose from"),
        ({"name": "Sales Report"}, "the name 'Sales Report' must be lower-case letters"),
        ({"Parameters": dict}, "Parameters must be a pydantic model"),
        ({"chunk_rows": 0}, "chunk_rows must be a whole number above 0"),
    ],
)
def test_what_is_wrong_with_a_type_is_told_by_name_with_the_mend(change, told):
    with pytest.raises(ReportTypeError) as error:
        made(**change)
    assert "class Sales" in error.value.message
    assert told in error.value.message


def test_several_faults_are_told_at_once():
    with pytest.raises(ReportTypeError, match=r"order_by is empty.*formats is empty"):
        made(order_by=(), formats=())


@pytest.mark.parametrize("format", ["{:,}", "{:.2f}", "{:>10}", "%Y-%m-%d"])
def test_format_specs_and_date_patterns_are_taken(format):
    assert made(columns=(Column("day", format=format),)).columns[0].format == format


def test_parameters_refuse_names_they_do_not_know():
    class Parameters(BaseModel):
        day: int = 1

    closed = made(Parameters=Parameters).Parameters
    assert closed(day=2).day == 2
    assert closed.model_json_schema()["additionalProperties"] is False
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        closed(dya=2)


@pytest.mark.parametrize(
    "change",
    [
        {"query": "select day, amount from sales where true"},
        {"columns": (Column("day"),)},
        {"order_by": ("amount",)},
        {"sources": {"sales": Csv("sales2.csv")}},
        {"formula_guard": False},
    ],
)
def test_a_changed_type_has_another_definition_so_its_old_documents_are_not_reused(change):
    assert made(**change).definition != made().definition


def test_the_same_type_has_the_same_definition_in_every_process():
    assert made().definition == made().definition
