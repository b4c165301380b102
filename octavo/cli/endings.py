"""What can end a command early, as Octavo's errors: Ctrl-C, and an output that cannot be written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from octavo.errors import ApiRefused, DestinationUnwritable, Interrupted, OctavoError, OutputClosed


@contextmanager
def stopping(message: str) -> Iterator[None]:
    """Turn Ctrl-C into Interrupted with this message."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise Interrupted(message) from error


@contextmanager
def writing() -> Iterator[None]:
    """Turn a failed write to stdout or stderr into OutputClosed or DestinationUnwritable."""
    try:
        yield
    except BrokenPipeError as error:
        raise OutputClosed("The program that reads the output has closed it.") from error
    except OSError as error:
        if error.filename is not None:  # this is about a file, and not about an open stream
            raise
        raise DestinationUnwritable(f"The output cannot be written: {error.strerror or error}.") from error


def error_document(error: OctavoError) -> dict[str, Any]:
    """Return an error as --json shows it."""
    shown: dict[str, Any] = {"code": error.code, "message": error.message}
    if isinstance(error, ApiRefused):
        problems = [{"pointer": problem.pointer, "detail": problem.detail} for problem in error.problems]
        shown |= {"message": error.detail, "status": error.status, "errors": problems}
    return shown
