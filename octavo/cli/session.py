"""What the commands share: the options before them, where they write, and how they end.

Results go to stdout: an ID, a path, a table or, with --json, one JSON document. All else goes to stderr. Exit codes
are the error classes' own (`octavo.errors`). rich, httpx and pydantic are imported when something needs them: --help
and shell completion are to be quick.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from typer.core import TyperGroup

from octavo.errors import ApiRefused, Interrupted, OctavoError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from typer._click import Context  # typer.Context is a subclass: too narrow where it is a parameter

    from octavo.cli.progress import Progressing
    from octavo.client import Client

WIDTH_OF_A_FILE = 10_000
GLOBAL_FLAGS = frozenset({"--json"})
GLOBAL_OPTIONS = frozenset({"--url", "--sign"})


@dataclass
class Session:
    """One run of the command."""

    url: str | None
    sign_for: str | None
    as_json: bool
    options_again: str  # what a suggested command needs to reach the same API
    report_id: str | None = None
    next_steps: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def client(self) -> Client:
        from octavo.client import Client

        return Client(self.url, sign_for=self.sign_for)

    def progress(self) -> Progressing:
        from octavo.cli.progress import progress_on

        return progress_on(self._err)

    def about(self, report_id: str, *, ended: bool = False) -> None:
        """Remember how to come back to this report, for when the command ends early."""
        self.report_id = report_id
        to_see, to_get = f"status {report_id} --wait", f"download {report_id}"
        self.next_steps = {"Come back to the report with": (to_get,) if ended else (to_see, to_get)}
        if not ended:
            self.next_steps["Cancel it with"] = (f"cancel {report_id}",)

    def note(self, words: str, style: str = "") -> None:
        """Tell the reader something, on stderr. Lines are broken for a terminal alone, and between words."""
        from rich.text import Text

        self._err.print(Text(words, style=style), soft_wrap=not self._err.is_terminal)

    def show(self, screen: RenderableType) -> None:
        """Show the reader something larger, on stderr."""
        self._err.print(screen)

    def suggest(self, what_for: str, *commands: str) -> None:
        """Write commands out whole, however long: they are to be copied."""
        self.note(what_for)
        for command in commands:
            typer.echo(f"  octavo{self.options_again} {command}", err=True)

    def put(self, document: Mapping[str, Any], otherwise: str | RenderableType | None) -> None:
        """Put the command's result on stdout: `document` with --json, `otherwise` (None is nothing) without.

        A table keeps one line a row where there is no terminal: it goes to a file, or to grep.
        """
        if self.as_json:
            typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        elif isinstance(otherwise, str):
            typer.echo(otherwise)
        elif otherwise is not None:
            from rich.console import Console

            Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH_OF_A_FILE).print(otherwise)

    def refuse(self, error: OctavoError) -> None:
        """Say what went wrong."""
        self.note(f"{error.code}: {error.message}", "bold red")

    def fail(self, error: OctavoError) -> NoReturn:
        """Say what went wrong and what can be done, and end with the error's exit code."""
        if isinstance(error.__cause__, KeyboardInterrupt) and self._err.is_terminal:
            self._err.file.write("\r")  # over the ^C that the terminal has shown
        self.refuse(error)
        if not isinstance(error, ApiRefused):
            for what_for, commands in self.next_steps.items():
                self.suggest(what_for, *commands)
        self.put({"id": self.report_id, "error": error_document(error)}, None)
        raise typer.Exit(error.exit_code)

    @cached_property
    def _err(self) -> Console:
        from rich.console import Console

        return Console(stderr=True, highlight=False)


class OctavoGroup(TyperGroup):
    """Take the global options on either side of the command's name, and end an OctavoError with its exit code."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, globals_first(args))

    def invoke(self, ctx: Context) -> Any:
        try:
            with stopping("Stopped."):
                return super().invoke(ctx)
        except OctavoError as error:
            ctx.obj.fail(error)


def globals_first(args: list[str]) -> list[str]:
    """Move the global options to the front: `octavo types --json` is what people write."""
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


@contextmanager
def stopping(words: str) -> Iterator[None]:
    """Say these words when somebody presses Ctrl-C within."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise Interrupted(words) from error


def error_document(error: OctavoError) -> dict[str, Any]:
    """Write an error as --json gives it."""
    shown: dict[str, Any] = {"code": error.code, "message": error.message}
    if isinstance(error, ApiRefused):
        problems = [{"pointer": problem.pointer, "detail": problem.detail} for problem in error.problems]
        shown |= {"message": error.detail, "status": error.status, "errors": problems}
    return shown
