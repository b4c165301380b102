"""The logger of all functions: structured, one line an outcome, with `report_id` and `chunk` where they apply.

Never logged: parameters' values, rows, links. An error's text may hold any of them: DuckDB quotes the cell that it
can't convert, pydantic the parameter, boto3 the key. So errors are told by their kinds and places, on both ways out:

    logger.exception ──► ByKind ───────► the log        kinds, frames; no text, no cause's text
    raised by a step ──► @told_by_kind ─► Lambda's log, the execution's history and, through `fail`, the owner

Octavo's own errors keep their texts, which are written to be shown; their causes stay behind.
"""

from __future__ import annotations

import functools
import logging
import traceback
from collections.abc import Callable, Iterator
from typing import Any

from aws_lambda_powertools import Logger

from octavo.errors import OctavoError

Step = Callable[[dict[str, Any], Any], dict[str, Any]]


class Unexpected(Exception):
    """An error that nobody foresaw, by its kind and place alone.

    For example `ValueError at /var/task/octavo/data/snapshot.py:97`.
    """


class ByKind(logging.Filter):
    """Puts an error's kind and place in the stead of the error, before any handler or formatter meets it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        if record.exc_info and record.exc_info[1]:
            record.__dict__.update(_told(record.exc_info[1]))
        record.exc_info = record.exc_text = None
        return True


logger = Logger(service="octavo")
logger.addFilter(ByKind())


def told_by_kind(step: Step) -> Step:
    """Let a step of the workflow raise nothing that holds values.

    Octavo's own errors pass without their causes, so that Retry and `fail` know them; for any other stands Unexpected,
    which is retried as what it stands for would be.
    """

    @functools.wraps(step)
    def told(event: dict[str, Any], context: Any) -> dict[str, Any]:
        try:
            return step(event, context)
        except OctavoError as error:
            raise error from None
        except Exception as error:
            chunk = (event.get("chunk") or {}).get("number")
            logger.error("step failed unexpectedly", report_id=event.get("report_id"), chunk=chunk, **_told(error))
            raise Unexpected(_kind_and_place(error)) from None

    return told


def _told(error: BaseException) -> dict[str, Any]:
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    return {"error": _kind(error), "frames": frames, "causes": [_kind_and_place(cause) for cause in _causes(error)]}


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen = {id(error)}
    while cause := error.__cause__ or (None if error.__suppress_context__ else error.__context__):
        if id(cause) in seen:
            return
        seen.add(id(cause))
        yield cause
        error = cause


def _kind(error: BaseException) -> str:
    return type(error).__name__


def _kind_and_place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{_kind(error)} at {frames[-1].filename}:{frames[-1].lineno}" if frames else _kind(error)
