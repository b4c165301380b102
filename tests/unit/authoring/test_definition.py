"""The definition of a report type: no attribute that decides how a document looks can be forgotten."""

import inspect
from typing import Literal

import pytest
from pydantic import BaseModel, Field

from octavo import Chart, Column, Csv, Page, ReportType
from octavo.authoring import definition
from octavo.format_options import CsvOptions


def made(**changes):
    body = {
        "title": "Sales",
        "sources": {"sales": Csv("sales.csv")},
        "query": "select day, amount from sales",
        "order_by": ("day",),
        "columns": (Column("day"), Column("amount")),
    }
    return type("Sales", (ReportType,), body | changes)


class Labelled(BaseModel):
    day: int = Field(1, title="The day")


CHANGES = {
    "title": "All sales",
    "description": "What was sold.",
    "sources": {"sales": Csv("sales.csv", types={"day": "varchar"})},
    "query": "select day, amount from sales where true",
    "order_by": ("day desc",),
    "columns": (Column("day"), Column("amount", format="{:,}")),
    "Parameters": Labelled,
    "version": 2,
    "chunk_rows": 10,
    "page": Page("A3"),
    "chart": Chart("bar", "day"),
    "author": "Anna",
    "language": "de",
}
UNCHANGED = {
    "name": "other_sales",
    "formats": ("csv",),
    "format_options": {"csv": CsvOptions(delimiter="tab")},
    "shared": True,
    "max_age_s": 0,
    "max_rows": 10,
}


def changed(name, value):
    return made(__doc__=value) if name == "description" else made(**{name: value})


def test_every_attribute_is_declared_and_in_the_definition_or_left_out_with_a_reason():
    declared = set(inspect.get_annotations(ReportType))
    assert declared == CHANGES.keys() | definition.LEFT_OUT.keys()
    assert all(definition.LEFT_OUT.values())
    values = {
        name for name, value in vars(ReportType).items() if not name.startswith("_") and not inspect.isroutine(value)
    }
    assert values <= declared | {"draw_pages", "draws_pages"}


@pytest.mark.parametrize("name", CHANGES)
def test_a_type_that_makes_other_documents_has_another_definition(name):
    assert changed(name, CHANGES[name]).definition != made().definition


@pytest.mark.parametrize("name", UNCHANGED)
def test_a_type_that_makes_the_same_documents_keeps_its_definition(name):
    assert changed(name, UNCHANGED[name]).definition == made().definition


def test_every_field_of_a_column_a_page_and_a_chart_is_in_the_definition():
    columns = [
        Column("day", title="The day"),
        Column("day", format="%Y"),
        Column("day", total="max"),
        Column("day", overflow="ellipsis"),
        Column("day", width=5.0),
    ]
    pages = [Page("A5"), Page(orientation="landscape"), Page(margin_mm=5.0)]
    charts = [
        Chart("pie", "day"),
        Chart("bar", "day", "day"),
        Chart("bar", "day", top=3),
        Chart("bar", "day", title="X"),
    ]
    definitions = [made(columns=(column, Column("amount"))).definition for column in columns]
    definitions += [made(page=page).definition for page in pages]
    definitions += [made(chart=chart).definition for chart in [Chart("bar", "day"), *charts]]
    assert len(set(definitions)) == len(columns) + len(pages) + len(charts) + 1


def test_parameters_of_another_type_make_another_definition():
    class Either(BaseModel):
        day: Literal[1, 2] = 1

    class Any(BaseModel):
        day: int = 1

    assert made(Parameters=Either).definition != made(Parameters=Any).definition


def test_an_attribute_of_ones_own_is_no_part_of_the_definition():
    assert made(helper=object()).definition == made().definition
