"""What a report uses of each service, from its rows: calls, requests, units, transitions, bytes and seconds.

The counts follow from the code. tests/functional/test_cost.py counts the calls of a real report and compares them with
this model, and tests/infra/test_operations.py compares the states and the memory sizes with the template.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from types import MappingProxyType

from octavo.http.models import POLL_AGAIN_S
from octavo.lifecycle.share import is_small, share
from octavo.operations.cost import measured
from octavo.storage.parts import Literal, Stored, Upload, plan_parts

MEMORY_MB: Mapping[str, int] = MappingProxyType(
    {"submit": 1024, "status": 1024, "plan": 3008, "chunk": 1769, "merge": 1024}
)
# What the stack itself has, whether reports run or not. tests/infra/test_operations.py counts alarms and dashboards.
# Metrics: ten without a code, and ReportsEnded with five codes (docs/operations.md#metrics).
ALARMS, DASHBOARDS, METRICS = 5, 1, 15
CAPACITY = 200  # chunks of all reports together
RETENTION_DAYS = 7
WORK_RETENTION_DAYS = 2
DAYS_OF_A_MONTH = 30

STATES = 5  # that an execution enters: Plan, Is there capacity?, Render chunks, Merge, Report ready
STATES_OF_A_CHUNK = 1
# "You are charged for one state transition for each child workflow execution that the Distributed Map state starts":
# https://docs.aws.amazon.com/step-functions/latest/dg/concepts-transitions.html
TRANSITION_OF_A_START = 1
EVENTS = 20  # in an execution's history: each is a line of the log
EVENTS_OF_A_CHUNK = 7

ROW_GROUP_ROWS = 51_200  # of a snapshot
PARALLEL = 16  # requests of a merge at the same time
UPLOAD_PART_BYTES = 8 * 1024**2  # boto3 uploads larger files in parts of this size
SOURCE_GETS = 21  # by which DuckDB reads the two Parquet files of the flights report
HEAD_BYTES = 10_000  # of a document, before its segments


@dataclass(frozen=True)
class TableCalls:
    """The calls of DynamoDB in one step.

    `updates` change the item of a report, `small_updates` another one. `transacted` counts the items of transactions,
    and `ends` the ends of a report.
    """

    gets: int = 0
    queries: int = 0
    updates: int = 0
    small_updates: int = 0
    transacted: int = 0
    ends: int = 0


TABLE_CALLS: Mapping[str, TableCalls] = MappingProxyType(
    {
        "submit": TableCalls(gets=1, queries=1, transacted=2),
        "status": TableCalls(gets=1),
        "plan": TableCalls(gets=1, updates=1),
        "chunk": TableCalls(gets=1, small_updates=1),
        "merge": TableCalls(gets=1, updates=2, ends=1),
    }
)
TABLE_CALLS_OF_A_SHARE: Mapping[str, TableCalls] = MappingProxyType(
    {"plan": TableCalls(gets=1, transacted=1), "merge": TableCalls(small_updates=1)}
)
"""What a report of several chunks adds: plan takes a share of the capacity, unless the report is small, and merge gives
it back."""
REPORT_UNITS = 2  # a report's item has up to 2 KB; the index of an owner's reports has a copy
TRANSACTION_FACTOR = 2


@dataclass(frozen=True)
class Usage:
    """What one report uses. `compute_gb_s` is its work, `start_gb_s` the cold starts of all its functions."""

    chunks: int
    document_bytes: float
    seconds: float
    invocations: int
    compute_gb_s: float
    start_gb_s: float
    transitions: int
    s3_puts: int
    s3_gets: int
    storage_gb_months: float
    writes: float
    reads: float
    api_requests: int
    log_bytes: float
    traces: int


def usage_of(rows: int, format: str, chunk_rows: int, row_bytes: float | None = None) -> Usage:
    """Return what a report uses. Raises KeyError for a format that was not measured."""
    figures = measured.FORMATS[format]
    chunks = max(1, ceil(rows / chunk_rows))
    segment_bytes = ceil(rows * (row_bytes or figures.row_bytes) / chunks)
    document_bytes = segment_bytes * chunks + HEAD_BYTES + figures.tail_bytes
    snapshot_bytes = rows * measured.SNAPSHOT_ROW_BYTES
    merge_puts, merge_gets = joining_requests(chunks, segment_bytes, figures.tail_bytes)
    puts = {"plan": upload_requests(snapshot_bytes) + 2, "chunk": upload_requests(segment_bytes) + 1}
    gets = {"plan": SOURCE_GETS, "chunk": reading_requests(rows / chunks)}
    work = {
        "plan": measured.PLAN_S
        + rows * figures.plan_row_s
        + _waiting_s("plan", puts["plan"] + gets["plan"], snapshot_bytes),
        "chunk": measured.CHUNK_S
        + rows / chunks * figures.chunk_row_s
        + _waiting_s("chunk", puts["chunk"] + gets["chunk"], segment_bytes + snapshot_bytes / chunks),
        "merge": document_bytes * measured.MERGE_BYTE_S
        + _waiting_s("merge", ceil((merge_puts + merge_gets) / PARALLEL), 0),
        "submit": measured.API_S + _waiting_s("submit", 1, 0),
        "status": measured.API_S + _waiting_s("status", 0, 0),
    }
    at_once = share(CAPACITY, (), chunks)
    seconds = sum(
        (work[step] + measured.START_S[step]) * times
        for step, times in {"submit": 1, "plan": 1, "chunk": ceil(chunks / at_once), "merge": 1}.items()
    )
    polls = 2 + ceil(seconds / POLL_AGAIN_S)  # until it has ended, and once more for the link to the document
    calls = {"submit": 1, "status": polls, "plan": 1, "chunk": chunks, "merge": 1}
    starts = {"submit": 1, "status": 1, "plan": 1, "chunk": min(chunks, at_once), "merge": 1}
    kept = document_bytes * RETENTION_DAYS + (snapshot_bytes + segment_bytes * chunks) * WORK_RETENTION_DAYS
    api_requests = calls["submit"] + calls["status"]
    events = EVENTS + chunks * EVENTS_OF_A_CHUNK
    return Usage(
        chunks=chunks,
        document_bytes=document_bytes,
        seconds=seconds,
        invocations=sum(calls.values()),
        compute_gb_s=sum(calls[step] * work[step] * MEMORY_MB[step] / 1024 for step in calls),
        start_gb_s=sum(starts[step] * measured.START_S[step] * MEMORY_MB[step] / 1024 for step in starts),
        transitions=TRANSITION_OF_A_START + STATES + chunks * (TRANSITION_OF_A_START + STATES_OF_A_CHUNK),
        s3_puts=puts["plan"] + chunks * puts["chunk"] + merge_puts,
        s3_gets=gets["plan"] + chunks * gets["chunk"] + merge_gets + 2,  # by the map, and by the download
        storage_gb_months=kept / 1e9 / DAYS_OF_A_MONTH,
        writes=sum(calls[step] * write_units(table_calls(step, chunks)) for step in calls),
        reads=sum(calls[step] * read_units(table_calls(step, chunks)) for step in calls),
        api_requests=api_requests,
        log_bytes=sum(calls.values()) * measured.LOG_BYTES_OF_A_CALL
        + events * measured.LOG_BYTES_OF_AN_EVENT
        + api_requests * measured.LOG_BYTES_OF_A_REQUEST,
        traces=1 + chunks,
    )


def table_calls(step: str, chunks: int) -> TableCalls:
    """Count the calls of DynamoDB in one step of a report with so many chunks."""
    calls, more = TABLE_CALLS[step], TABLE_CALLS_OF_A_SHARE.get(step)
    if more is None or chunks == 1 or (step == "plan" and is_small(CAPACITY, chunks)):
        return calls
    return TableCalls(**{name: getattr(calls, name) + getattr(more, name) for name in vars(calls)})


def reading_requests(rows: float) -> int:
    """Count the requests by which a chunk reads its manifest and its rows of the snapshot, at most."""
    return 4 + 2 * ceil(rows / ROW_GROUP_ROWS)


def upload_requests(size: float) -> int:
    """Count the requests with which boto3 uploads a file: one, or a multipart upload."""
    return 1 if size < UPLOAD_PART_BYTES else 2 + ceil(size / UPLOAD_PART_BYTES)


def joining_requests(chunks: int, segment_bytes: int, tail_bytes: int) -> tuple[int, int]:
    """Count the requests of a merge that write, and those that read: manifest, records and pieces of segments."""
    segments = [Stored(str(number), 0, segment_bytes) for number in range(chunks)]
    parts = list(plan_parts([Literal(bytes(HEAD_BYTES)), *segments, Literal(bytes(tail_bytes))]))
    read = sum(
        isinstance(piece, Stored) and piece.size > 0
        for part in parts
        if isinstance(part, Upload)
        for piece in part.pieces
    )
    return (1 if len(parts) == 1 else 2 + len(parts)), 1 + chunks + read


def write_units(calls: TableCalls) -> int:
    """Count write request units: of the table, of the index of owners, and of the index of running reports.

    A transaction costs twice the units of its items (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/
    transaction-apis.html). The second item of each transaction is a claim, which has less than 1 KB.
    """
    transacted_reports = calls.transacted // 2
    small_items = calls.transacted - transacted_reports
    table = calls.updates * REPORT_UNITS + calls.small_updates
    table += TRANSACTION_FACTOR * (transacted_reports * REPORT_UNITS + small_items)
    by_owner = (calls.updates + transacted_reports) * REPORT_UNITS
    running = calls.queries + calls.ends  # a submit counts the running reports and adds one, an end removes it
    return table + by_owner + running


def read_units(calls: TableCalls) -> float:
    """Count read request units: consistent reads of up to 4 KB, and a query of an index, which is not consistent."""
    return calls.gets + 0.5 * calls.queries


def _waiting_s(step: str, s3_requests: int, transferred_bytes: float) -> float:
    """Return how long a step waits for S3 and DynamoDB, one request after another."""
    calls = TABLE_CALLS[step]
    requests = (
        s3_requests + calls.gets + calls.queries + calls.updates + calls.small_updates + ceil(calls.transacted / 2)
    )
    return requests * measured.REQUEST_S + transferred_bytes / measured.TRANSFER_BYTES_PER_S
