"""The report type of `octavo doctor`: rows without a source, of which every cell is known in advance. Pure.

The catalogue finds it by its name only. No list shows it, and no project can have another type of this name. It needs
no data, so it works in every deployment, whatever its report types are.

The doctor asks for so many rows that the segments are larger than 10 MiB. The merge then does everything that it does
with large documents: S3 copies parts from the segments, and the bytes in between are uploaded (`octavo.storage.parts`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Annotated, ClassVar

from pydantic import BaseModel, Field

from octavo.authoring.columns import Column
from octavo.authoring.presentation import Page
from octavo.authoring.report_type import ReportType
from octavo.authoring.sources import Source

CSV_ROWS = 126_000  # two chunks of 10.4 MiB, because a chunk has at most 125,000 rows
PDF_ROWS = 120_000  # one chunk of 11 MiB
MOST_ROWS = 400_000
FIRST_DAY = date(2000, 1, 1)
DAYS = 10_000


class SelfTest(ReportType):
    """Rows that are computed, not read, so that `octavo doctor` can verify each cell of a deployment's documents."""

    name = "octavo_self_test"
    title = "Self-test of the deployment"
    sources: ClassVar[Mapping[str, Source]] = {}
    query = """
        select number, date '2000-01-01' + (number % 10000)::integer as day, 'No. ' || number || ', "größer"' as remark,
               sha256($run || ':' || number) as first_digest, sha256(number || ':' || $run) as second_digest
        from range($rows) as numbers(number)
    """
    order_by = ("number",)
    columns = (
        Column("number", "Number", format="{:,}", total="sum"),
        Column("day", "Day"),
        Column("remark", "Remark"),
        Column("first_digest", "First digest"),
        Column("second_digest", "Second digest"),
    )
    formats = ("csv", "pdf")
    page = Page(size="A3", orientation="landscape")
    max_rows = MOST_ROWS

    class Parameters(BaseModel):
        rows: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 1_000
        run: Annotated[str, Field(pattern="^[0-9a-f]{0,32}$", description="Different for each run of the doctor")] = ""


def expected_rows(rows: int, run: str) -> Iterator[list[str]]:
    """Yield the rows of the CSV document, after its header, as texts."""
    for number in range(rows):
        first, second = (hashlib.sha256(text.encode()).hexdigest() for text in (f"{run}:{number}", f"{number}:{run}"))
        day = FIRST_DAY + timedelta(days=number % DAYS)
        yield [str(number), day.isoformat(), f'No. {number}, "größer"', first, second]
