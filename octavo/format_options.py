"""The options of the formats: what a request, or a report type for all of its requests, can choose about a document.

    {"type": "flights", "format": "csv", "format_options": {"delimiter": "semicolon", "decimal_comma": true}}

Each format has one model. Its fields are documented in the OpenAPI document, checked when a report is submitted, and
part of the fingerprint.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}


class FormatOptions(BaseModel):
    """The options of a format that has none. The options of the others derive from it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CsvOptions(FormatOptions):
    """The options of CSV."""

    dialect: Literal["rfc4180", "excel"] = Field(
        default="rfc4180",
        description="`excel` makes a file that Excel opens correctly by a double click.",
    )
    delimiter: Literal["comma", "semicolon", "tab", "pipe"] | None = Field(
        default=None,
        description="What separates the fields; by default a comma, or a semicolon with a decimal comma.",
    )
    decimal_comma: bool = Field(default=False, description="Write 1,5 for one and a half, as many countries do.")
    header: bool = Field(default=True, description="Begin with a row of the columns' names.")
    bom: bool | None = Field(default=None, description="Begin with a byte-order mark; by default as the dialect does.")
    formula_guard: bool = Field(
        default=True, description="Put `'` before a text that a spreadsheet would run as a formula."
    )

    @property
    def separator(self) -> str:
        """The character between the fields."""
        return DELIMITERS[self.delimiter or ("semicolon" if self.decimal_comma else "comma")]

    @property
    def is_for_excel(self) -> bool:
        return self.dialect == "excel"

    @property
    def begins_with_bom(self) -> bool:
        return self.is_for_excel if self.bom is None else self.bom


class GzipOptions(FormatOptions):
    """The options of a format that is compressed with gzip."""

    compression: Literal["fast", "small"] = Field(
        default="fast", description="`fast`, or `small`: a smaller file that takes several times as long to write."
    )


class CsvGzipOptions(CsvOptions, GzipOptions):
    """The options of CSV, compressed with gzip."""


class ParquetOptions(FormatOptions):
    """The options of Parquet."""

    compression: Literal["zstd", "snappy"] = Field(
        default="zstd", description="`zstd`, or `snappy`: a larger file that old programs can read too."
    )


class PdfOptions(FormatOptions):
    """The options of PDF."""

    page: Literal["A3", "A4", "A5", "Letter", "Legal"] | None = Field(
        default=None, description="The size of the pages; by default that of the report type."
    )
    orientation: Literal["portrait", "landscape"] | None = Field(
        default=None,
        description="The orientation of the pages; by default that of the type, or what the columns need.",
    )
