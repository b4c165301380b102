"""The command `python -m infra.local`: start the local stack, stop it, or say where it is."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from infra.local.deployment import DeployError
from infra.local.emulator import EmulatorError
from infra.local.stack import EXAMPLE_DATA, ROOT, LocalError, Stack
from infra.options import OptionError

LARGEST_PORT = 65_535


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m infra.local",
        description="Run Octavo on this machine: the real template on an AWS emulator.",
        epilog="Environment: OCTAVO_PORT, the port to serve (default: a free one); OCTAVO_DATA, the folder of sources "
        f"(default: {EXAMPLE_DATA.relative_to(ROOT)}).",
    )
    parser.add_argument(
        "command",
        choices=["up", "down", "status"],
        help="start or renew the stack; stop and forget it; say where it is",
    )
    command = parser.parse_args().command
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # clean up as after Ctrl-C
    try:
        stack = Stack(
            port=_port(os.environ.get("OCTAVO_PORT")), data=Path(os.environ.get("OCTAVO_DATA") or EXAMPLE_DATA)
        )
        if command == "up":
            print(stack.up().api_url)
        elif command == "down":
            print("The local stack is down." if stack.down() else "The local stack was not up.")
        else:
            deployment = stack.deployment
            print(deployment.api_url if deployment else "The local stack is not up; `make up` starts it.")
            return 0 if deployment else 1
    except (LocalError, EmulatorError, DeployError, OptionError) as error:
        print(f"octavo: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        sys.unraisablehook = lambda _: None  # the CDK's node got the Ctrl-C too, and its farewell fails
        return 130
    return 0


def _port(text: str | None) -> int | None:
    """Read OCTAVO_PORT; None stands for a free port. Raises LocalError."""
    if not text:
        return None
    if not (text.isdecimal() and len(text) <= len(str(LARGEST_PORT)) and int(text) <= LARGEST_PORT):
        raise LocalError(f"OCTAVO_PORT must be a port number from 1 to {LARGEST_PORT}, not {text!r}.")
    return int(text) or None


if __name__ == "__main__":
    sys.exit(main())
