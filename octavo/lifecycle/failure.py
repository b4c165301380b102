"""Why a report failed, told to its owner from what the workflow knows. Pure.

The workflow hands over an error's name and cause in three forms: caught in a state, caught in a chunk, or, when the
execution itself was ended, as EventBridge's event. What Octavo raised on purpose is known by the code its text begins
with and carries its own message; anything else is named by its kind alone, since an unexpected error's text may hold
rows, SQL or ARNs. (The class's name would do on AWS; the local emulator does not tell it.)
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from octavo.errors import MergeFailed, OctavoError, RenderFailed, family
from octavo.lifecycle.report import ID_PATTERN, Failure

KNOWN = {error.code: error for error in family(OctavoError) if error.code != OctavoError.code}
RAISED = re.compile(rf"({'|'.join(KNOWN)}): (.+)", re.DOTALL)
CODES = {"Render chunk": RenderFailed.code, "Render chunks": RenderFailed.code, "Merge": MergeFailed.code}
TIMEOUTS = ("States.Timeout", "Sandbox.Timedout", "States.HeartbeatTimeout")
KILLED = re.compile(r"Runtime\.ExitError|signal: killed|OutOfMemory|[Ww]orker (process )?(exited|died|crashed)")
UNEXPECTED = "The step {step!r} failed unexpectedly. Try again; if it fails again, tell the operator the report's ID."


def diagnose(event: Mapping[str, Any]) -> tuple[str, Failure]:
    """Return the ID of the report that an event is about, and why it failed.

    Raises ValueError for an event that names no report.
    """
    if "detail" in event:
        return _report_id(event["detail"]), _execution_failure(event["detail"])
    chunk = event.get("chunk") or {}
    return event["report_id"], _state_failure(event["failed_state"], event["error"], chunk.get("number"))


def _report_id(detail: Mapping[str, Any]) -> str:
    """Find the report by the end of the execution's name, which Workflow.start made of its ID."""
    named = re.search(f"{ID_PATTERN}$", detail["name"])
    if not named:
        raise ValueError(f"the execution {detail['name']!r} is not one of Octavo's: its name ends in no report ID")
    return named[0]


def _execution_failure(detail: Mapping[str, Any]) -> Failure:
    """Say why an execution ended that recorded nothing itself (Step Functions Execution Status Change)."""
    if detail["status"] == "TIMED_OUT":
        return Failure("TIMED_OUT", "The report took longer than it may. Ask for less, or try again.", retryable=True)
    if detail["status"] == "ABORTED":
        return Failure("CANCELLED", "The report's workflow was stopped. Submit the request again.", retryable=True)
    return Failure("INTERNAL", UNEXPECTED.format(step="workflow"), retryable=True)


def _state_failure(state: str, error: Mapping[str, Any], chunk: int | None) -> Failure:
    """Say why a state failed, from what its Catch got: `Error`, and `Cause`, which Lambda fills with JSON."""
    name, cause = str(error.get("Error", "")), str(error.get("Cause", ""))
    if raised := RAISED.fullmatch(_message(cause)):
        code, message = raised.groups()
        return Failure(code, message, KNOWN[code].retryable, chunk)
    if name in TIMEOUTS or "Task timed out after" in cause:
        text = f"The step {state!r} took longer than it may. Ask for less, or try again."
        return Failure("TIMED_OUT", text, retryable=True, chunk=chunk)
    code = CODES.get(state, OctavoError.code)
    if KILLED.search(f"{name} {cause}"):
        text = f"The step {state!r} was killed, most likely for want of memory. Ask for less, or try again."
        return Failure(code, text, retryable=True, chunk=chunk)
    return Failure(code, UNEXPECTED.format(step=state), retryable=True, chunk=chunk)


def _message(cause: str) -> str:
    """Return the text of the exception in a Lambda error's cause; empty if it is no such JSON."""
    try:
        return str(json.loads(cause)["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return ""
