"""How the command begins and ends: options on either side of a command's name, and one exit code for every mistake."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from typer._click.exceptions import ClickException, UsageError
from typer.core import TyperGroup

from octavo.cli.endings import stopping, writing
from octavo.cli.session import Session
from octavo.errors import OctavoError

if TYPE_CHECKING:
    from typer._click import Context  # typer.Context is a subclass: too narrow where it is a parameter

GLOBAL_FLAGS = frozenset({"--json"})
GLOBAL_OPTIONS = frozenset({"--url", "--sign"})
INVALID_USAGE = "INVALID_USAGE"
UNDECODED = re.compile("[\ud800-\udfff]")  # how Python represents bytes of an argument that are not UTF-8 (PEP 383)


class OctavoGroup(TyperGroup):
    """All commands. Every error that Octavo knows, and every wrong usage, ends with a message and an exit code."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command and exit; without `standalone_mode`, return or raise what the command does."""
        given = sys.argv[1:] if args is None else list(args)
        session = Session(as_json=asks_for_json(given))
        run = partial(super().main, given, prog_name, complete_var, False, windows_expand_args, obj=session, **extra)
        if not standalone_mode:
            return run()
        try:
            exit_code = run()
        except OctavoError as error:
            exit_code = session.fail(error)
        except ClickException as mistake:
            exit_code = mistake.exit_code
            with suppress(OSError):  # there may be nothing left to write to
                mistake.show()
                error_shown = {"code": INVALID_USAGE, "message": mistake.format_message()}
                session.put({"id": None, "error": error_shown}, None)
        sys.exit(exit_code)

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        with stopping("Stopped."), writing():
            for arg in args:
                if UNDECODED.search(arg):
                    raise UsageError(f"The argument {arg!a} is not valid UTF-8.", ctx)
            return super().parse_args(ctx, globals_first(args))

    def invoke(self, ctx: Context) -> Any:
        with stopping("Stopped."), writing():
            return super().invoke(ctx)


def globals_first(args: Iterable[str]) -> list[str]:
    """Move the global options to the front, so that `octavo types --json` works like `octavo --json types`."""
    first: list[str] = []
    rest: list[str] = []
    remaining = iter(args)
    for arg in remaining:
        if arg == "--":
            rest += [arg, *remaining]
        elif arg in GLOBAL_OPTIONS:
            first += [arg, *(value for _, value in zip(range(1), remaining, strict=False))]
        elif arg in GLOBAL_FLAGS or arg.partition("=")[0] in GLOBAL_OPTIONS:
            first.append(arg)
        else:
            rest.append(arg)
    return first + rest


def asks_for_json(args: Iterable[str]) -> bool:
    """Tell whether --json is among the arguments, before they are parsed: a parse may fail."""
    return "--json" in takewhile(lambda arg: arg != "--", args)
