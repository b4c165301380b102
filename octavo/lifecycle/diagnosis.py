"""Why a report failed, concluded from what its workflow knows. Pure.

The workflow passes on an error's name and cause in three forms: caught in a state, caught in a chunk, or, when the
execution itself was ended, as EventBridge's event. An error that Octavo raised on purpose is recognized by the code
that its text begins with, and keeps its message. Of any other error only the kind is told, because an unexpected
error's text may hold rows, SQL or ARNs. (On AWS the class's name would do; the local emulator does not pass it on.)
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from octavo.codes import Code
from octavo.errors import OctavoError, family
from octavo.lifecycle.failure import killed, never_run, stopped, timed_out, unexpected
from octavo.lifecycle.report import ID_PATTERN, Failure

KNOWN = {error.code: error for error in family(OctavoError) if error.code != Code.INTERNAL}
RAISED = re.compile(rf"({'|'.join(KNOWN)}): (.+)", re.DOTALL)
CODES = {"Render chunk": Code.RENDER_FAILED, "Render chunks": Code.RENDER_FAILED, "Merge": Code.MERGE_FAILED}
TIMEOUTS = ("States.Timeout", "Sandbox.Timedout", "States.HeartbeatTimeout")
# Lambda did not run the function: too much is running, Lambda itself has a fault, or the function is not ready yet.
LAMBDA_UNAVAILABLE = (
    "Lambda.TooManyRequestsException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.EC2ThrottledException",
    "Lambda.ENINotReadyException",
    "Lambda.ResourceConflictException",
    "Lambda.ResourceNotReadyException",
)
KILLED = re.compile(r"Runtime\.ExitError|signal: killed|OutOfMemory|[Ww]orker (process )?(exited|died|crashed)")


def diagnose(event: Mapping[str, Any]) -> tuple[str, Failure]:
    """Return the ID of the report that an event is about, and why it failed.

    Raises ValueError for an event that names no report.
    """
    if "detail" in event:
        return _report_id(event["detail"]), _execution_failure(event["detail"])
    chunk = event.get("chunk") or {}
    return event["report_id"], _state_failure(event["failed_state"], event["error"], chunk.get("number"))


def _report_id(detail: Mapping[str, Any]) -> str:
    """Find the report's ID at the end of the execution's name (`Report.execution_name`)."""
    named = re.search(f"{ID_PATTERN}$", detail["name"])
    if not named:
        raise ValueError(f"the execution {detail['name']!r} is not one of Octavo's: its name ends in no report ID")
    return named[0]


def _execution_failure(detail: Mapping[str, Any]) -> Failure:
    """Say why an execution ended that recorded nothing itself (Step Functions Execution Status Change)."""
    match detail["status"]:
        case "TIMED_OUT":
            return timed_out()
        case "ABORTED":
            return stopped()
        case _:
            return unexpected("workflow")


def _state_failure(state: str, error: Mapping[str, Any], chunk: int | None) -> Failure:
    """Say why a state failed, from what its Catch got: `Error`, and `Cause`, which Lambda fills with JSON."""
    name, cause = str(error.get("Error", "")), str(error.get("Cause", ""))
    if raised := RAISED.fullmatch(_message(cause)):
        code, message = raised.groups()
        return Failure(Code(code), message, KNOWN[code].retryable, chunk)
    if name in TIMEOUTS or "Task timed out after" in cause:
        return timed_out(state, chunk)
    if name in LAMBDA_UNAVAILABLE:
        return never_run(state, chunk)
    code = CODES.get(state, Code.INTERNAL)
    if KILLED.search(f"{name} {cause}"):
        return killed(state, code, chunk)
    return unexpected(state, code, chunk)


def _message(cause: str) -> str:
    """Return the text of the exception in a Lambda error's cause; empty if the cause is not such JSON."""
    try:
        return str(json.loads(cause)["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return ""
