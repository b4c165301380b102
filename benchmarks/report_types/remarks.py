"""Made-up remarks of Japanese: a hundred characters each, all different, so that every row wraps and none recurs."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import duckdb

from octavo import Column, Parquet, ReportType
from octavo.authoring.sources import Source

CHARACTERS = 100  # a remark
# The kanji of JIS X 0208, level 1: those in general use, 94 in each row of the standard; and about 8 per cent commas.
KANJI = "".join(
    bytes([0xA0 + row, 0xA0 + cell]).decode("euc_jp", "ignore") for row in range(16, 48) for cell in range(1, 95)
)
ALPHABET = KANJI + "、" * (len(KANJI) // 12)


class Remarks(ReportType):
    """Every remark, by its number."""

    title = "Remarks"
    sources: ClassVar[Mapping[str, Source]] = {"remarks": Parquet("remarks.parquet")}
    query = "select * from remarks"
    order_by = ("number",)
    columns = (Column("number", "Number"), Column("remark", "Remark"))


def remark(number: int) -> str:
    """Return the remark of a number, which is always the same."""
    return "".join(random.Random(number).choices(ALPHABET, k=CHARACTERS))


def generate(rows: int, folder: Path) -> None:
    """Write `rows` remarks to a Parquet file in `folder`, where the report type looks for them."""
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE remarks AS SELECT unnest(string_split($remarks, ' ')) AS remark",
            {"remarks": " ".join(map(remark, range(rows)))},
        )
        numbered = "SELECT rowid AS number, remark FROM remarks"
        connection.execute(f"COPY ({numbered}) TO '{folder / 'remarks.parquet'}' (FORMAT parquet, COMPRESSION zstd)")
