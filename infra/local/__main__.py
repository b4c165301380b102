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
        port = os.environ.get("OCTAVO_PORT")
        if port and not port.isdecimal():
            raise LocalError(f"OCTAVO_PORT must be a port's number, not {port!r}.")
        stack = Stack(port=int(port) if port else None, data=Path(os.environ.get("OCTAVO_DATA") or EXAMPLE_DATA))
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


if __name__ == "__main__":
    sys.exit(main())
