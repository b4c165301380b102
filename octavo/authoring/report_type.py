"""The authoring API: a report type is one class that says what can be asked for and how it is made.

    class Flights(ReportType):
        title = "Departures from New York"
        sources = {"flights": Parquet("flights.parquet")}
        query = "select carrier, flight, distance from flights where $carrier is null or carrier = $carrier"
        order_by = ("carrier", "flight")
        columns = (Column("carrier", "Carrier"), Column("distance", "Distance (mi)", total="sum"))

        class Parameters(BaseModel):
            carrier: str | None = None

A class that can't work is refused where it is written, when Python reads it: ReportTypeError names the class, the
fault and the mend. What only DuckDB can tell (the query, its parameters, its columns, its files) is told by
`octavo.data.check`, which `make up` runs on every type.
"""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from pydantic import BaseModel

from octavo.authoring import definition
from octavo.authoring.columns import Column, folded
from octavo.authoring.faults import faults_of
from octavo.authoring.order import OrderTerm
from octavo.authoring.presentation import Chart, Page
from octavo.authoring.sources import Source
from octavo.errors import ReportTypeError
from octavo.formats import FORMATS


class NoParameters(BaseModel):
    """For types that take none."""


class ReportType:
    """Subclass it in the `reports` package; the class's docstring is the description.

    `query` is DuckDB SQL over the names in `sources`, its parameters bound (`$name`), never pasted. `order_by` names
    columns of the query (`"distance desc"` for descending), enough of them to make the order unique.

    A new attribute must be part of the definition, or be listed with a reason in `octavo.authoring.definition`.
    """

    name: ClassVar[str]  # default: the class's name in snake_case
    title: ClassVar[str]
    description: ClassVar[str]
    sources: ClassVar[Mapping[str, Source]]
    query: ClassVar[str]
    order_by: ClassVar[tuple[str, ...]]
    columns: ClassVar[tuple[Column, ...]]
    formats: ClassVar[tuple[str, ...]] = tuple(FORMATS)
    Parameters: ClassVar[type[BaseModel]] = NoParameters

    version: ClassVar[int] = 1  # raise it when draw_pages changes, so that no earlier document is used again
    shared: ClassVar[bool] = False  # may all owners share one run of the same request?
    max_age_s: ClassVar[int] = 900  # how old a finished report may be to be used again
    max_rows: ClassVar[int] = 20_000_000
    chunk_rows: ClassVar[int | None] = None  # the most rows of a chunk; None for what suits the format
    formula_guard: ClassVar[bool] = True  # prefix text that a spreadsheet would run as a formula
    page: ClassVar[Page] = Page()  # of print formats
    chart: ClassVar[Chart | None] = None  # on the first page
    author: ClassVar[str] = ""  # whom documents are from, a person or an organisation
    language: ClassVar[str] = "en"  # of titles and columns, a tag of RFC 5646

    order: ClassVar[tuple[OrderTerm, ...]]  # order_by, read
    definition: ClassVar[str]  # the digest of what decides how a document looks: part of every fingerprint

    @staticmethod
    def draw_pages(rows: list[dict[str, Any]]) -> bytes:
        """Draw a chunk's rows as pages of one's own and return them as a PDF.

        Override it where a document is no table: statements, letters, certificates. Each row is a dictionary by
        column. reportlab is at hand; import it inside, so that other functions start without it.
        """
        raise NotImplementedError  # never called: `draws_pages` is False

    @classmethod
    def draws_pages(cls) -> bool:
        """Does the type draw its own pages?"""
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
        cls.definition = definition.digest(cls, inspect.get_annotations(ReportType))


def _whereabouts(cls: type[ReportType]) -> str:
    return f"{cls.__module__.replace('.', '/')}.py, class {cls.__qualname__}"


def _spelled_as_column(term: OrderTerm, columns: Sequence[Column]) -> OrderTerm:
    """Return a term that names a column of the document as that column is written: `DAY` and `day` are one name."""
    spelled = {folded(column.name): column.name for column in columns}
    return replace(term, column=spelled.get(folded(term.column), term.column))


def _closed(model: type[BaseModel]) -> type[BaseModel]:
    """Make the model refuse fields it does not know: a misspelt parameter must never be a silent default."""
    if model.model_config.get("extra") == "forbid":
        return model
    namespace = {
        "__module__": model.__module__,
        "__qualname__": model.__qualname__,
        "__doc__": model.__doc__,
        "model_config": {"extra": "forbid"},
    }
    return types.new_class(model.__name__, (model,), exec_body=lambda body: body.update(namespace))
