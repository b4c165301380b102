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
`octavo.data.snapshot.check`, which `make up` runs on every type.
"""

from __future__ import annotations

import hashlib
import inspect
import re
import types
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, ClassVar, Literal, get_args

import rfc8785
from pydantic import BaseModel

from octavo.authoring import parameters
from octavo.authoring.presentation import Chart, Page
from octavo.errors import ReportTypeError
from octavo.formats import FORMATS

Total = Literal["sum", "min", "max", "avg", "count"]
Overflow = Literal["wrap", "ellipsis"]

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
DIRECTIONS = ("", "asc", "desc")
WIDEST_EM = 200
ROW = "_row"  # the snapshot's own column


@dataclass(frozen=True)
class Column:
    """A column of the document: `name` is the query's, `title` what people read (default: the name in words).

    `format` is for display alone: a Python format spec in braces (`"{:,}"`) or a strftime pattern (`"%Y-%m-%d"`).
    `total` names the aggregate shown under the column. In print a cell that is too wide wraps onto more lines, or ends
    in an ellipsis (`overflow="ellipsis"`); `width` fixes the column's width, in em of the page's font (about two
    digits).
    """

    name: str
    title: str = ""
    format: str | None = None
    total: Total | None = None
    overflow: Overflow = "wrap"
    width: float | None = None

    def __post_init__(self) -> None:
        if not self.title:
            object.__setattr__(self, "title", self.name.replace("_", " ").capitalize())

    def fault(self) -> str | None:
        """Say what is wrong with the column, if anything."""
        if self.name == ROW:
            return f"the name {ROW!r} is the snapshot's own; rename it in the query (select … as …)"
        if self.total is not None and self.total not in get_args(Total):
            return f"total {self.total!r} is none of {', '.join(get_args(Total))}"
        if self.overflow not in get_args(Overflow):
            return f"overflow {self.overflow!r} is none of {', '.join(get_args(Overflow))}"
        if self.width is not None and not 0 < self.width <= WIDEST_EM:
            return f"width must be above 0 and at most {WIDEST_EM} em, not {self.width}"
        if self.format is not None and not _formats_something(self.format):
            return f"format {self.format!r} is neither a format spec such as '{{:,}}' nor a pattern such as '%Y-%m-%d'"
        return None


def _formats_something(pattern: str) -> bool:
    if "{" not in pattern:
        return date(2000, 12, 31).strftime(pattern) != pattern
    try:
        return any(pattern.format(value) != pattern for value in (1, 1.5, "text", date(2000, 12, 31)))
    except (ValueError, IndexError, KeyError):
        return False


@dataclass(frozen=True)
class Source:
    """A file, or a pattern of files of one shape (`2013/*.parquet`), that the query reads as a table.

    `path` is relative to the deployment's data root, or an `s3://` address that the plan function may read.
    """

    path: str

    reader: ClassVar[str]

    def fault(self) -> str | None:
        """Say what is wrong with the path, if anything."""
        if not self.path:
            return "the path is empty"
        if self.path.startswith("s3://"):
            return None if self.path.count("/") > 2 else f"{self.path!r} names a bucket but no key"
        if self.path.startswith("/") or ".." in self.path.split("/") or "://" in self.path:
            return f"{self.path!r} must be relative to the data root, without '..', or an s3:// address"
        return None

    def located(self, data_root: str) -> str:
        """Return the path or address with the data root before it where it is relative."""
        return self.path if self.path.startswith("s3://") else f"{data_root}/{self.path}"


@dataclass(frozen=True)
class Parquet(Source):
    """Apache Parquet."""

    reader = "read_parquet"


@dataclass(frozen=True)
class Csv(Source):
    """CSV with a header; delimiter and types are detected unless `types` names them (`{"zip": "varchar"}`)."""

    types: Mapping[str, str] = field(default_factory=dict)

    reader = "read_csv"


@dataclass(frozen=True)
class Json(Source):
    """A JSON array of objects, or newline-delimited objects."""

    reader = "read_json"


class NoParameters(BaseModel):
    """For types that take none."""


class ReportType:
    """Subclass it in the `reports` package; the class's docstring is the description.

    `query` is DuckDB SQL over the names in `sources`, its parameters bound (`$name`), never pasted. `order_by` names
    columns of the query (`"distance desc"` for descending), enough of them to make the order unique.
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

    definition: ClassVar[str]  # digest of all the above: part of every fingerprint

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
        _require_attributes(cls)
        if faults := _faults(cls):
            raise ReportTypeError(f"{_whereabouts(cls)}: " + "; ".join(faults) + ".")
        cls.description = inspect.cleandoc(cls.__doc__ or "")
        cls.Parameters = _closed(cls.Parameters)
        cls.definition = _digest(cls)


def _whereabouts(cls: type[ReportType]) -> str:
    return f"{cls.__module__.replace('.', '/')}.py, class {cls.__qualname__}"


def _require_attributes(cls: type[ReportType]) -> None:
    missing = [name for name in ("title", "sources", "query", "order_by", "columns") if not hasattr(cls, name)]
    if missing:
        raise ReportTypeError(f"{_whereabouts(cls)}: set {', '.join(missing)} on the class.")


def _faults(cls: type[ReportType]) -> list[str]:
    """List what is wrong with the class, each with its mend."""
    names = [column.name for column in cls.columns]
    faults = [f"column {column.name!r}: {fault}" for column in cls.columns if (fault := column.fault())]
    faults += [f"source {name!r}: {fault}" for name, source in cls.sources.items() if (fault := source.fault())]
    if not NAME.fullmatch(cls.name):
        faults.append(f"the name {cls.name!r} must be lower-case letters, digits and _, beginning with a letter")
    if not cls.columns:
        faults.append("columns is empty: list the query's columns to show, as Column('name', 'Title')")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        faults.append(f"columns lists {', '.join(map(repr, twice))} twice: keep one")
    if isinstance(cls.order_by, str) or not cls.order_by:
        faults.append("order_by is empty: name the columns that put the rows in one order, as a tuple of strings")
    else:
        faults += [
            f"order_by {term!r}: write a column's name, or its name and 'desc'"
            for term in cls.order_by
            if not _order_term(term)
        ]
    faults += _faults_of_formats(cls)
    if fault := parameters.fault(cls.Parameters):
        faults.append(fault)
    if fault := cls.page.fault():
        faults.append(f"page: {fault}")
    if cls.chart and (fault := cls.chart.fault(tuple(names))):
        faults.append(f"chart: {fault}")
    limits = {"max_rows": cls.max_rows} | ({} if cls.chunk_rows is None else {"chunk_rows": cls.chunk_rows})
    faults += [f"{name} must be a whole number above 0, not {n!r}" for name, n in limits.items() if not _positive(n)]
    return faults


def _faults_of_formats(cls: type[ReportType]) -> list[str]:
    if not cls.formats:
        return [f"formats is empty: choose from {', '.join(FORMATS)}"]
    if unknown := [name for name in cls.formats if name not in FORMATS]:
        return [f"format {unknown[0]!r} is none of {', '.join(FORMATS)}"]
    if cls.draws_pages() and not any(FORMATS[name].prints for name in cls.formats):
        return ["draw_pages is overridden, but no format in formats prints: add 'pdf' to it"]
    return []


def _order_term(term: str) -> bool:
    column, _, direction = term.strip().rpartition(" ") if " " in term.strip() else (term, "", "")
    return bool(column.strip()) and direction.lower() in DIRECTIONS


def _positive(value: object) -> bool:
    return isinstance(value, int) and value > 0


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


def _digest(cls: type[ReportType]) -> str:
    """Hash what the class says, so that a changed type has other fingerprints."""
    says: dict[str, Any] = {
        "sources": {name: [source.reader, repr(source)] for name, source in cls.sources.items()},
        "version": cls.version,
        "query": cls.query,
        "order_by": list(cls.order_by),
        "columns": [[getattr(column, f.name) for f in fields(column)] for column in cls.columns],
        "title": cls.title,
        "description": cls.description,
        "formula_guard": cls.formula_guard,
        "page": repr(cls.page),
        "chart": repr(cls.chart),
        "author": cls.author,
        "language": cls.language,
    }
    return hashlib.sha256(rfc8785.dumps(says)).hexdigest()
