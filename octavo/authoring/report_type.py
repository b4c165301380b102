"""The authoring API: a report type is a class that says what can be requested and how the report is made.

    class Flights(ReportType):
        title = "Departures from New York"
        sources = {"flights": Parquet("flights.parquet")}
        query = "select carrier, flight, distance from flights where $carrier is null or carrier = $carrier"
        order_by = ("carrier", "flight")
        columns = (Column("carrier", "Carrier"), Column("distance", "Distance (mi)", total="sum"))

        class Parameters(BaseModel):
            carrier: str | None = None

A class with a fault is refused as soon as Python executes it: ReportTypeError names the class, the fault and how to fix
it. Faults that only DuckDB can find (in the query, its parameters, its columns, its files) are reported by
`octavo.data.check`, which `make up` runs for every report type.
"""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from pydantic import BaseModel
from pydantic.errors import PydanticInvalidForJsonSchema

from octavo.authoring import definition
from octavo.authoring.columns import Column, folded
from octavo.authoring.faults import faults_of
from octavo.authoring.order import OrderTerm
from octavo.authoring.presentation import Chart, Page
from octavo.authoring.sources import Source
from octavo.errors import ReportTypeError
from octavo.format_options import FormatOptions
from octavo.formats import FORMATS


class NoParameters(BaseModel):
    """For report types without parameters."""


class ReportType:
    """The class to derive report types from, in the `reports` package. The docstring becomes the description.

    `query` is an SQL query for DuckDB. It reads the names in `sources` as tables, and its parameters (`$name`) are
    bound, never inserted as text. `order_by` names columns of the query, enough of them to make the order unique;
    `"distance desc"` sorts in descending order.

    A new attribute becomes part of the definition unless `octavo.authoring.definition` lists it with a reason.
    """

    name: ClassVar[str]  # default: the class's name in snake_case
    title: ClassVar[str]
    description: ClassVar[str]
    sources: ClassVar[Mapping[str, Source]]
    query: ClassVar[str]
    order_by: ClassVar[tuple[str, ...]]
    columns: ClassVar[tuple[Column, ...]]
    formats: ClassVar[tuple[str, ...]] = tuple(FORMATS)
    format_options: ClassVar[Mapping[str, FormatOptions]] = {}  # by format: what a request gets that chooses nothing
    Parameters: ClassVar[type[BaseModel]] = NoParameters

    version: ClassVar[int] = 1  # increase it when draw_pages changes, so that no earlier document is reused
    shared: ClassVar[bool] = False  # whether identical requests of different owners share one report
    max_age_s: ClassVar[int] = 900  # the greatest age of a finished report that is reused
    max_rows: ClassVar[int] = 20_000_000
    chunk_rows: ClassVar[int | None] = None  # the most rows of a chunk; None for the default of the format
    page: ClassVar[Page] = Page()  # of print formats
    chart: ClassVar[Chart | None] = None  # on the first page
    author: ClassVar[str] = ""  # the person or organisation that documents come from
    language: ClassVar[str] = "en"  # of the titles, as a tag of RFC 5646

    order: ClassVar[tuple[OrderTerm, ...]]  # order_by, parsed
    definition: ClassVar[str]  # see octavo.authoring.definition

    @staticmethod
    def draw_pages(rows: list[dict[str, Any]]) -> bytes:
        """Draw the rows of a chunk as pages, and return them as a PDF.

        Override it for documents that are not tables: statements, letters, certificates. Each row is a dictionary by
        column name. reportlab is installed; import it inside the function, so that other functions start without it.
        """
        raise NotImplementedError  # never called: `draws_pages` is False

    @classmethod
    def draws_pages(cls) -> bool:
        """Return whether the report type draws its own pages."""
        return cls.draw_pages is not ReportType.draw_pages

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.name = cls.__dict__.get("name", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower())
        missing = [name for name in ("title", "sources", "query", "order_by", "columns") if not hasattr(cls, name)]
        if missing:
            raise ReportTypeError(f"{_whereabouts(cls)}: set {', '.join(missing)} on the class.")
        if faults := faults_of(cls):
            raise ReportTypeError(f"{_whereabouts(cls)}: " + "; ".join(faults) + ".")
        cls.description = inspect.cleandoc(cls.__doc__ or "")
        cls.order = tuple(_spelled_as_column(OrderTerm.parse(term), cls.columns) for term in cls.order_by)
        cls.Parameters = _closed(cls.Parameters)
        try:
            cls.definition = definition.digest(cls, inspect.get_annotations(ReportType))
        except PydanticInvalidForJsonSchema as error:
            raise ReportTypeError(
                f"{_whereabouts(cls)}: Parameters can't be described as JSON Schema, which callers receive:"
                f" {error.message}."
            ) from error


def _whereabouts(cls: type[ReportType]) -> str:
    return f"{cls.__module__.replace('.', '/')}.py, class {cls.__qualname__}"


def _spelled_as_column(term: OrderTerm, columns: Sequence[Column]) -> OrderTerm:
    """Return the term with the column's name as `columns` writes it: `DAY` and `day` are the same name."""
    spelled = {folded(column.name): column.name for column in columns}
    return replace(term, column=spelled.get(folded(term.column), term.column))


def _closed(model: type[BaseModel]) -> type[BaseModel]:
    """Make the model refuse unknown fields. Otherwise a misspelt parameter would silently get its default."""
    if model.model_config.get("extra") == "forbid":
        return model
    namespace = {
        "__module__": model.__module__,
        "__qualname__": model.__qualname__,
        "__doc__": model.__doc__,
        "model_config": {"extra": "forbid"},
    }
    return types.new_class(model.__name__, (model,), exec_body=lambda body: body.update(namespace))
