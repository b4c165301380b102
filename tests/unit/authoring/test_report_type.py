from typing import Annotated

import pytest
from pydantic import BaseModel, PlainValidator, ValidationError, WithJsonSchema
from pydantic.errors import PydanticInvalidForJsonSchema

from octavo.authoring.columns import Column
from octavo.authoring.presentation import Chart, Page
from octavo.authoring.report_type import ReportType
from octavo.authoring.sources import Csv, Json, Parquet
from octavo.errors import ReportTypeError
from octavo.format_options import PdfOptions


def made(class_name="Sales", /, **changes):
    body = {
        "title": "Sales",
        "sources": {"sales": Csv("sales.csv")},
        "query": "select day, amount from sales",
        "order_by": ("day",),
        "columns": (Column("day"), Column("amount")),
    }
    return type(class_name, (ReportType,), {k: v for k, v in (body | changes).items() if v is not ...})


class Unshowable(BaseModel):
    """A model that pydantic can read and can't describe."""

    day: Annotated[int, PlainValidator(int), WithJsonSchema({"type": "integer"})] = 1

    @classmethod
    def __get_pydantic_json_schema__(cls, schema, handler):
        raise PydanticInvalidForJsonSchema("no schema for it")


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
        ({"chunk_rows": True}, "chunk_rows must be a whole number above 0"),
        ({"max_rows": "10"}, "max_rows must be a whole number above 0"),
        ({"max_age_s": "900"}, "max_age_s must be a whole number of seconds, 0 or more, not '900'"),
        ({"max_age_s": -1}, "max_age_s must be a whole number of seconds, 0 or more, not -1"),
        ({"title": None}, "title must be a text that is not empty, not None"),
        ({"title": " "}, "title must be a text that is not empty"),
        ({"query": b"select 1"}, "query must be a text"),
        ({"name": 5}, "name must be a text"),
        ({"author": None}, "author must be a text, not None"),
        ({"shared": "yes"}, "shared must be True or False"),
        (
            {"format_options": {"csv": {"bom": True}}},
            "format_options must be a dictionary of formats and their options",
        ),
        ({"format_options": {"pdf": PdfOptions()}, "formats": ("csv",)}, "format_options has 'pdf', which is not in"),
        ({"format_options": {"csv": PdfOptions()}}, "format_options['csv'] must be CsvOptions, not PdfOptions"),
        ({"version": "2"}, "version must be a whole number"),
        ({"sources": {"s": "sales.csv"}}, "sources must be a dictionary of names and sources"),
        ({"sources": [Csv("sales.csv")]}, "sources must be a dictionary of names and sources"),
        ({"columns": Column("day")}, "columns must be a tuple of Column"),
        ({"columns": ("day",)}, "columns must be a tuple of Column"),
        ({"formats": "csv"}, "formats must be a tuple of format names, not 'csv'"),
        ({"page": "A4"}, "page must be a Page, not 'A4'"),
        ({"chart": "bar"}, "chart must be a Chart or None, not 'bar'"),
        ({"columns": (Column("day", title=5),)}, "the name must be a text that is not empty, the title a text"),
        ({"columns": (Column("day", format=5),)}, "column 'day': format must be a text, not 5"),
        ({"columns": (Column("day", width="5"),)}, "column 'day': width must be above 0 and at most 200 em, not '5'"),
        ({"columns": (Column("_ROW"),)}, "column '_ROW': the name '_ROW' is the snapshot's own"),
        ({"columns": (Column("a"), Column("A"))}, "lists 'A', 'a' twice: keep one (DuckDB treats A and a as the same"),
        ({"sources": {"s": Csv("s.csv", types={"a": int})}}, "source 's': types must be a dictionary of column names"),
        ({"sources": {"s": Csv("s3://Bucket/a.csv")}}, "names a bucket but no key"),
        ({"page": Page((50, 50))}, "page: the longer side must have 100 mm, so that the cover has room, not 50"),
        ({"page": Page((60, 120)), "chart": Chart("bar", "day")}, "page: both sides must have 80 mm"),
        ({"page": Page(50)}, "page: size must be a name such as 'A4', or (width, height) in millimetres, not 50"),
        ({"page": Page((100, "200"))}, "page: size must be a name"),
        ({"page": Page((100, float("nan")))}, "page: size must be a name"),
        ({"page": Page(margin_mm="5")}, "page: margin_mm must be 0 to a quarter of the page, not '5'"),
        ({"chart": Chart("bar", "day", top="5")}, "chart: top must be a whole number from 1 to 100, not '5'"),
        ({"chart": Chart("bar", "day", title=5)}, "chart: title must be a text, not 5"),
        ({"Parameters": Unshowable}, "Parameters can't be described as JSON Schema, which callers receive"),
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
        {"page": Page("A3")},
    ],
)
def test_a_changed_type_has_another_definition_so_its_old_documents_are_not_reused(change):
    assert made(**change).definition != made().definition


def test_the_same_type_has_the_same_definition_in_every_process():
    assert made().definition == made().definition
