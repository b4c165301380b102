"""The `octavo` command.

Its commands are in `app`, `records`, `doctor` and `cost`. What people see is in `screens`, `progress`, `findings` and
`bills`; how the command ends is in `group`, `session` and `endings`. The installed command calls `main`. This module
loads none of them before that, so that Ctrl-C is handled while they are loaded.
"""

from __future__ import annotations

import os
import sys

__all__ = ["main"]

INTERRUPTED = '{"id": null, "error": {"code": "INTERRUPTED", "message": "Stopped."}}'


def main() -> None:
    """Run the command with the arguments of this process, and exit."""
    try:
        _replace_closed_streams()
        from octavo.cli.app import app

        app(prog_name="octavo")
    except KeyboardInterrupt:
        print("INTERRUPTED: Stopped.", file=sys.stderr)
        if "--json" in sys.argv:
            print(INTERRUPTED)
        sys.exit(130)
    finally:
        _discard_unwritten_output()


def _replace_closed_streams() -> None:
    """Open what the shell has closed, as in `octavo list >&-`. Writing to such a stdout fails, and is reported."""
    for name, flags, mode in (("stdin", os.O_RDONLY, "r"), ("stdout", os.O_RDONLY, "w"), ("stderr", os.O_WRONLY, "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, flags), mode))


def _discard_unwritten_output() -> None:
    """Throw away what could not be written: Python would try again at its exit, and print a traceback."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # it has been reported when it was first written
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
