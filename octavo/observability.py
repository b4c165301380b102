"""The logger of all functions. It is structured: one line for each outcome, with `report_id` and `chunk` if they apply.

The log never contains parameter values, rows or links. The text of an error may contain any of them: DuckDB quotes the
cell that it cannot convert, pydantic quotes the parameter, and boto3 names the key. Errors therefore leave a function
only as their classes and locations, on both ways out:

    logger.exception ──────► RedactFilter ────────► the log: classes and stack frames, without texts
    an error of a step ────► @hide_error_details ─► Lambda's log, the execution's history and, through `fail`, the owner

Octavo's own errors keep their texts, because these are written to be shown. Their causes are removed.
"""

from __future__ import annotations

import functools
import logging
import traceback
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from aws_lambda_powertools import Logger

from octavo.errors import OctavoError

Result = TypeVar("Result")


class UnexpectedError(Exception):
    """Stands for an error that is not one of Octavo's. It has only the class and the location of that error.

    An example of its text is `ValueError at /var/task/octavo/data/snapshot.py:97`.
    """


class RedactFilter(logging.Filter):
    """Replaces the exception in a log record by its class and location, before any handler or formatter sees it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact the record and keep it: every record passes."""
        if record.exc_info and record.exc_info[1]:
            record.__dict__.update(_error_fields(record.exc_info[1]))
        record.exc_info = record.exc_text = None
        return True


logger = Logger(service="octavo")
logger.addFilter(RedactFilter())


def hide_error_details(step: Callable[[dict[str, Any], Any], Result]) -> Callable[[dict[str, Any], Any], Result]:
    """Wrap a step of the workflow so that the errors it raises contain no values.

    Octavo's own errors are raised again without their causes, because Retry and `fail` must recognise them. Any other
    error is replaced by UnexpectedError, which the workflow retries in the same way.
    """

    @functools.wraps(step)
    def run(event: dict[str, Any], context: Any) -> Result:
        try:
            return step(event, context)
        except OctavoError as error:
            raise error from None
        except Exception as error:
            chunk = (event.get("chunk") or {}).get("number")
            logger.error(
                "step failed unexpectedly", report_id=event.get("report_id"), chunk=chunk, **_error_fields(error)
            )
            raise UnexpectedError(_class_and_location(error)) from None

    return run


def _error_fields(error: BaseException) -> dict[str, Any]:
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    return {
        "error": _class_name(error),
        "frames": frames,
        "causes": [_class_and_location(cause) for cause in _causes(error)],
    }


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen = {id(error)}
    while cause := error.__cause__ or (None if error.__suppress_context__ else error.__context__):
        if id(cause) in seen:
            return
        seen.add(id(cause))
        yield cause
        error = cause


def _class_name(error: BaseException) -> str:
    return type(error).__name__


def _class_and_location(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{_class_name(error)} at {frames[-1].filename}:{frames[-1].lineno}" if frames else _class_name(error)
