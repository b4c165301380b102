"""The failures that a report may end with. Each code and message that no error brings along is written here once. Pure.

`octavo.lifecycle.diagnosis` finds out which of them a failed workflow had.
"""

from __future__ import annotations

from octavo.codes import Code
from octavo.errors import OctavoError
from octavo.lifecycle.report import Failure


def failure_of(error: OctavoError) -> Failure:
    """Return the failure that an error of Octavo's reports."""
    return Failure(Code(error.code), error.message, error.retryable)


def timed_out(step: str | None = None, chunk: int | None = None) -> Failure:
    """A step took longer than it may, or, without a step, the whole report did."""
    what = f"The step {step!r}" if step else "The report"
    message = f"{what} took longer than allowed. Ask for less data, or try again."
    return Failure(Code.TIMED_OUT, message, retryable=True, chunk=chunk)


def never_run(step: str, chunk: int | None = None) -> Failure:
    """AWS Lambda refused to run a step until the time of the report was up."""
    message = (
        f"The step {step!r} could not be run in time, because the service was too busy. Try again later. If it happens"
        " often, tell the operator."
    )
    return Failure(Code.BUSY, message, retryable=True, chunk=chunk)


def cancelled() -> Failure:
    """The owner cancelled the report."""
    return Failure(Code.CANCELLED, "The report was cancelled. Submit the request again.", retryable=True)


def stopped() -> Failure:
    """Somebody stopped the report's execution without cancelling the report."""
    return Failure(Code.CANCELLED, "The report's workflow was stopped. Submit the request again.", retryable=True)


def killed(step: str, code: Code, chunk: int | None) -> Failure:
    """The process of a step ended without an answer."""
    message = (
        f"The step {step!r} was killed, most likely because it ran out of memory. Ask for less data, or try again."
    )
    return Failure(code, message, retryable=True, chunk=chunk)


def unexpected(step: str, code: Code = Code.INTERNAL, chunk: int | None = None) -> Failure:
    """Something failed that Octavo does not know; its text may hold rows, SQL or ARNs and is not shown."""
    message = f"The step {step!r} failed unexpectedly. Try again; if it fails again, tell the operator the report's ID."
    return Failure(code, message, retryable=True, chunk=chunk)
