"""The seconds and bytes of reports that the estimate assumes: measured, but not on Lambda.

The seconds are those of docs/performance.md: an Intel Xeon at 2.8 GHz with 2 cores, one thread for a chunk. Formats
that are not on that page were measured beside CSV, and their seconds follow from the ratio. A function with 1,769 MB
has one vCPU of another kind, so its seconds differ. `octavo cost` therefore also prints what a report would cost if
every second took twice as long.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

MACHINE = "an Intel Xeon at 2.8 GHz with 2 cores (docs/performance.md)"


@dataclass(frozen=True)
class Format:
    """A format's bytes in the document and its seconds for each row, for the 13 columns of the flights report.

    `tail_bytes` is what the document has after its segments.
    """

    row_bytes: float
    plan_row_s: float
    chunk_row_s: float
    tail_bytes: int = 0


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "csv": Format(row_bytes=86, plan_row_s=1.7e-6, chunk_row_s=1 / 896_000),
        "json": Format(row_bytes=237, plan_row_s=1.7e-6, chunk_row_s=1 / 810_000, tail_bytes=2),
        "ndjson": Format(row_bytes=235, plan_row_s=1.7e-6, chunk_row_s=1 / 780_000),
        "parquet": Format(row_bytes=12, plan_row_s=1.7e-6, chunk_row_s=1 / 1_300_000, tail_bytes=50_000),
        "csv.gz": Format(row_bytes=24, plan_row_s=1.7e-6, chunk_row_s=1 / 625_000),
        "ndjson.gz": Format(row_bytes=37, plan_row_s=1.7e-6, chunk_row_s=1 / 385_000),
        "pdf": Format(row_bytes=50, plan_row_s=2.7e-6, chunk_row_s=1 / 331_000, tail_bytes=100_000),
    }
)
SNAPSHOT_ROW_BYTES = 14
PLAN_S = 0.06  # of a report with few rows: open the database, check the query
CHUNK_S = 0.05
MERGE_BYTE_S = 0.6 / 134e6
API_S = 0.02  # of a call of the API
START_S: Mapping[str, float] = MappingProxyType(
    {"submit": 0.7, "status": 0.7, "plan": 0.7, "chunk": 0.7, "merge": 0.6}  # import the function in a new process
)

# Assumed, because only AWS can show them.
REQUEST_S = 0.02  # until S3 or DynamoDB answers
TRANSFER_BYTES_PER_S = 85e6  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html
LOG_BYTES_OF_A_CALL = 700  # the lines START, END and REPORT of Lambda, and one of Octavo
LOG_BYTES_OF_AN_EVENT = 600  # of the workflow, without its data
LOG_BYTES_OF_A_REQUEST = 400  # of the API
