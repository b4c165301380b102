"""Every error that Octavo raises on purpose, under one root.

    OctavoError
    ├── PermanentError             another try would fail alike: the workflow does not retry these
    │   ├── RequestError           the caller's request is at fault
    │   │   ├── MalformedRequest       400
    │   │   ├── Unidentified           403   the token does not name its subject
    │   │   ├── UnknownReportType      404
    │   │   ├── ReportNotFound         404   unknown, expired, or someone else's
    │   │   ├── DocumentNotReady       409   still RUNNING
    │   │   ├── ReportFailed           409   FAIL: there is no document
    │   │   ├── StillRunning           409   RUNNING: it can't be deleted
    │   │   ├── SharedReport           403   it belongs to all callers: nobody can cancel or delete it
    │   │   ├── DocumentGone           410   deleted or past its retention
    │   │   ├── RequestTooLarge        413
    │   │   ├── InvalidRequest         422
    │   │   │   └── KeyReused              422   the Idempotency-Key came with another request before
    │   │   └── TooManyRunning         429   the caller has as many reports running as allowed
    │   ├── ReportTypeError        a report type is written wrongly
    │   ├── SettingError           an environment variable is missing or wrong
    │   ├── ReportEnded            the report is no longer RUNNING: stop working on it
    │   ├── VersionChanged         another version of the code has begun the report
    │   ├── QueryFailed            the report's query was refused by DuckDB
    │   ├── TooLarge               more rows than the report type allows
    │   ├── RenderFailed           a chunk could not be written, or does not have the planned rows
    │   └── MergeFailed            the segments do not add up to the plan
    ├── TransientError             another try may succeed: the workflow retries these
    │   ├── SourceUnavailable      a source file is missing or cannot be read now
    │   ├── StartFailed            503   the workflow could not be started
    │   └── Busy                   503   DynamoDB refused every try for the moment: too many requests at once
    └── ClientError                met by the Python client and the command
        ├── AddressMissing         nobody said where the API is
        ├── CredentialsMissing     requests must be signed, and there are no AWS credentials
        ├── ApiUnreachable         no answer, or not one of the API's
        ├── ApiRefused             the API answered with a problem: the request is at fault
        │   └── ApiFailed              the API answered with a problem: the API is busy or has failed
        ├── ReportUnsuccessful     the report ended in FAIL
        ├── WaitTimedOut           the report had not ended when patience did
        ├── Interrupted            somebody pressed Ctrl-C
        ├── OutputClosed           the program that reads the command's output has closed the pipe
        ├── DestinationUnwritable  the document cannot be written where it was asked for
        └── DownloadDamaged        the file's size or CRC-32 is not the document's

A message tells the reader what to do next. It holds no SQL, stack trace, key or ARN, because callers see it unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from octavo.codes import Code


@dataclass(frozen=True)
class Problem:
    """One fault in a request: a JSON pointer (RFC 6901) to it and what is wrong."""

    pointer: str
    detail: str

    @classmethod
    def at(cls, place: Iterable[str | int], detail: str) -> Problem:
        """Point at a place by the steps that lead to it, as pydantic names them in `loc`."""
        steps = (str(step).replace("~", "~0").replace("/", "~1") for step in place)
        return cls("".join(f"/{step}" for step in steps), detail)


class OctavoError(Exception):
    """The root. `code` is one of `octavo.codes`, `status` the HTTP status, `exit_code` the command's exit code.

    They belong to the class. Only ApiRefused and ReportUnsuccessful have those that the API answered, which may be
    unknown here.
    """

    code: str = Code.INTERNAL
    title: ClassVar[str] = "Something went wrong inside Octavo"
    status: int = 500
    exit_code: ClassVar[int] = 1
    retryable: ClassVar[bool] = False
    worth_waiting: ClassVar[bool] = False  # the answer has a Retry-After

    @property
    def message(self) -> str:
        """What happened and what to do."""
        return str(self.args[0])

    def __str__(self) -> str:
        """Return code and message, because the function `fail` may see nothing of an exception but its text."""
        return f"{self.code}: {self.message}"


class PermanentError(OctavoError):
    """Another try would fail in the same way."""


class TransientError(OctavoError):
    """Another try may succeed."""

    status = 503
    exit_code = 3
    retryable = True
    worth_waiting = True


class RequestError(PermanentError):
    """The caller's request is at fault."""

    status = 400
    exit_code = 2


class MalformedRequest(RequestError):
    """The body is not a JSON object."""

    code = Code.MALFORMED_REQUEST
    title = "The request is not JSON"


class Unidentified(RequestError):
    """The token is genuine but names no subject, so its reports would have no owner."""

    code = Code.FORBIDDEN
    title = "The token names no subject"
    status = 403


class UnknownReportType(RequestError):
    """No report type has this name."""

    code = Code.UNKNOWN_REPORT_TYPE
    title = "No such report type"
    status = 404


class ReportNotFound(RequestError):
    """The report is unknown, has expired, or is another caller's; the answer does not say which."""

    code = Code.REPORT_NOT_FOUND
    title = "No such report"
    status = 404


class DocumentNotReady(RequestError):
    """The report is still RUNNING."""

    code = Code.NOT_READY
    title = "The report is still running"
    status = 409
    worth_waiting = True


class ReportFailed(RequestError):
    """The report ended in FAIL: there is no document."""

    code = Code.REPORT_FAILED
    title = "The report failed"
    status = 409


class StillRunning(RequestError):
    """A RUNNING report can't be deleted."""

    code = Code.STILL_RUNNING
    title = "The report is still running"
    status = 409


class SharedReport(RequestError):
    """A report of a shared type belongs to all callers, so nobody may end or delete it for the others."""

    code = Code.SHARED_REPORT
    title = "The report is shared"
    status = 403


class DocumentGone(RequestError):
    """The document was deleted, or its retention has passed."""

    code = Code.DOCUMENT_GONE
    title = "The document is gone"
    status = 410


class RequestTooLarge(RequestError):
    """The body is larger than the limit."""

    code = Code.REQUEST_TOO_LARGE
    title = "The request is too large"
    status = 413


class InvalidRequest(RequestError):
    """A field is missing, unknown or has a wrong value; `problems` lists each."""

    code = Code.INVALID_REQUEST
    title = "The request is not valid"
    status = 422

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


class KeyReused(InvalidRequest):
    """The same Idempotency-Key came with another request before."""

    code = Code.IDEMPOTENCY_KEY_REUSED
    title = "The Idempotency-Key belongs to another request"


class TooManyRunning(RequestError):
    """The caller has as many reports running as allowed."""

    code = Code.TOO_MANY_RUNNING
    title = "Too many reports are running"
    status = 429
    worth_waiting = True


class ReportTypeError(PermanentError):
    """A report type is wrong; the message names the type, what is wrong and how to correct it."""

    code = Code.QUERY_FAILED
    exit_code = 2


class SettingError(PermanentError):
    """An environment variable is missing or wrong."""

    code = Code.SETTING_INVALID
    exit_code = 2


class ReportEnded(PermanentError):
    """The report is no longer RUNNING, so work on it must stop."""

    code = Code.REPORT_ENDED


class VersionChanged(PermanentError):
    """Another version of the code has begun the report, and the two must not be mixed in one document.

    Another try of the step would find the same; another request begins anew with the new version.
    """

    code = Code.VERSION_CHANGED
    retryable = True


class QueryFailed(PermanentError):
    """The report's query was refused."""

    code = Code.QUERY_FAILED


class TooLarge(PermanentError):
    """The report would have more rows than its type allows."""

    code = Code.TOO_LARGE


class RenderFailed(PermanentError):
    """A chunk could not be written, or does not hold the planned rows."""

    code = Code.RENDER_FAILED


class MergeFailed(PermanentError):
    """The segments do not add up to the plan."""

    code = Code.MERGE_FAILED


class SourceUnavailable(TransientError):
    """A source file is missing or cannot be read now."""

    code = Code.SOURCE_UNAVAILABLE


class StartFailed(TransientError):
    """The workflow could not be started."""

    code = Code.START_FAILED
    title = "The report could not be started"


class Busy(TransientError):
    """DynamoDB refused every try for the moment, because of too many requests at once."""

    code = Code.BUSY
    title = "The service is busy"


class ClientError(OctavoError):
    """Met by the Python client and the command."""


class AddressMissing(ClientError):
    """Nobody said where the API is."""

    code = Code.ADDRESS_MISSING
    exit_code = 2


class CredentialsMissing(ClientError):
    """Requests must be signed, and there are no AWS credentials to do it with."""

    code = Code.CREDENTIALS_MISSING
    exit_code = 2


class ApiUnreachable(ClientError):
    """No answer, or not one of the API's."""

    code = Code.UNREACHABLE
    exit_code = 3


class ApiRefused(ClientError):
    """The API answered with a problem (RFC 9457); `status`, `code`, `detail` and `problems` are the API's own."""

    exit_code = 2

    def __init__(self, status: int, code: str, detail: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__("\n".join([detail, *map(_readable, problems)]))
        self.status = status
        self.code = code
        self.detail = detail
        self.problems = problems


class ApiFailed(ApiRefused):
    """The API, or API Gateway in front of it, is busy or has failed: the request may be right, try it later."""

    exit_code = 3
    retryable = True


class ReportUnsuccessful(ClientError):
    """The report ended in FAIL; `code` and the message are the report's own."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class WaitTimedOut(ClientError):
    """The report had not ended when the caller's patience did."""

    code = Code.WAIT_TIMED_OUT
    exit_code = 4


class Interrupted(ClientError):
    """Somebody pressed Ctrl-C."""

    code = Code.INTERRUPTED
    exit_code = 130


class OutputClosed(ClientError):
    """The program that reads the command's output has closed the pipe, as `head` does when it has seen enough."""

    code = Code.OUTPUT_CLOSED
    exit_code = 141  # 128 + SIGPIPE, as shells report it for other commands


class DestinationUnwritable(ClientError):
    """The document cannot be written where it was asked for."""

    code = Code.DESTINATION_UNWRITABLE
    exit_code = 2


class DownloadDamaged(ClientError):
    """The file's size or CRC-32 is not the document's."""

    code = Code.DOWNLOAD_DAMAGED
    exit_code = 5


def _readable(problem: Problem) -> str:
    """Write `/parameters/start` as `parameters.start` (RFC 6901 escapes undone), then what is wrong with it."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in problem.pointer.split("/")[1:]]
    return f"{'.'.join(steps)}: {problem.detail}" if steps else problem.detail


def family(root: type[OctavoError]) -> Iterator[type[OctavoError]]:
    """Yield `root` and every class below it, as the workflow's Retry and `fail` need them."""
    yield root
    for child in root.__subclasses__():
        yield from family(child)
