"""The codes by which programs tell problems and failures apart. Each exists once, here.

A code is the `code` of a problem document, the `error.code` of a report that failed, and the first word of the text of
one of Octavo's errors. `octavo.errors` has the HTTP status and the title of each; `octavo.lifecycle.failure` has the
messages of the failures that no error reports.
"""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    INTERNAL = "INTERNAL"

    # The request is at fault.
    MALFORMED_REQUEST = "MALFORMED_REQUEST"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    UNKNOWN_REPORT_TYPE = "UNKNOWN_REPORT_TYPE"
    REPORT_NOT_FOUND = "REPORT_NOT_FOUND"
    NOT_READY = "NOT_READY"
    REPORT_FAILED = "REPORT_FAILED"
    STILL_RUNNING = "STILL_RUNNING"
    SHARED_REPORT = "SHARED_REPORT"
    DOCUMENT_GONE = "DOCUMENT_GONE"
    REQUEST_TOO_LARGE = "REQUEST_TOO_LARGE"
    INVALID_REQUEST = "INVALID_REQUEST"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    TOO_MANY_RUNNING = "TOO_MANY_RUNNING"

    # The report failed, or its work came to nothing.
    TIMED_OUT = "TIMED_OUT"
    CANCELLED = "CANCELLED"
    TOO_LARGE = "TOO_LARGE"
    QUERY_FAILED = "QUERY_FAILED"
    SOURCE_UNAVAILABLE = "SOURCE_UNAVAILABLE"
    RENDER_FAILED = "RENDER_FAILED"
    MERGE_FAILED = "MERGE_FAILED"
    START_FAILED = "START_FAILED"
    REPORT_ENDED = "REPORT_ENDED"
    VERSION_CHANGED = "VERSION_CHANGED"
    BUSY = "BUSY"
    SETTING_INVALID = "SETTING_INVALID"

    # Only the Python client and the command use these.
    ADDRESS_MISSING = "ADDRESS_MISSING"
    CREDENTIALS_MISSING = "CREDENTIALS_MISSING"
    UNREACHABLE = "UNREACHABLE"
    WAIT_TIMED_OUT = "WAIT_TIMED_OUT"
    INTERRUPTED = "INTERRUPTED"
    DESTINATION_UNWRITABLE = "DESTINATION_UNWRITABLE"
    DOWNLOAD_DAMAGED = "DOWNLOAD_DAMAGED"
    OUTPUT_CLOSED = "OUTPUT_CLOSED"
