"""What the commands share: the options before them, where they write, and how they end.

Results go to stdout: an ID, a path, a table or, with --json, one JSON document. All else goes to stderr. Exit codes
are the error classes' own (`octavo.errors`). rich, httpx and pydantic are imported when something needs them: --help
and shell completion are to be quick.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
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
    next_steps: tuple[str, ...] = ()

    def client(self) -> Client:
        from octavo.client import Client

        return Client(self.url, sign_for=self.sign_for)

    def progress(self) -> Progressing:
        from octavo.cli.progress import progress_on

        return progress_on(self._err)

    def about(self, report_id: str, *, ended: bool = False) -> None:
        """Remember how to come back to this report, for when the command ends early."""
        octavo = f"octavo{self.options_again}"
        self.report_id = report_id
        self.next_steps = (f"{octavo} download {report_id}",)
        if not ended:
            self.next_steps = (f"{octavo} status {report_id} --wait", *self.next_steps)

    def note(self, words: str, style: str = "") -> None:
        """Tell the reader something, on stderr. Lines are broken for a terminal alone, and between words."""
        from rich.text import Text

        self._err.print(Text(words, style=style), soft_wrap=not self._err.is_terminal)

    def put(self, document: dict[str, Any], otherwise: str | RenderableType) -> None:
        """Put the command's result on stdout: `document` with --json, `otherwise` without."""
        if self.as_json:
            typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        elif isinstance(otherwise, str):
            typer.echo(otherwise)
        else:
            from rich.console import Console

            Console(highlight=False).print(otherwise)

    def fail(self, error: OctavoError) -> NoReturn:
        """Say what went wrong and what can be done, and end with the error's exit code."""
        self.note(f"{error.code}: {error.message}", "bold red")
        if self.next_steps and not isinstance(error, ApiRefused):
            self.note("Come back to the report with")
            for step in self.next_steps:
                typer.echo(f"  {step}", err=True)  # whole, however long: it is to be copied
        if self.as_json:
            self.put({"id": self.report_id, "error": _as_json(error)}, "")
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
            return super().invoke(ctx)
        except OctavoError as error:
            ctx.obj.fail(error)
        except KeyboardInterrupt:
            ctx.obj.fail(Interrupted("Stopped."))


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


def _as_json(error: OctavoError) -> dict[str, Any]:
    shown: dict[str, Any] = {"code": error.code, "message": error.message}
    if isinstance(error, ApiRefused):
        problems = [{"pointer": problem.pointer, "detail": problem.detail} for problem in error.problems]
        shown |= {"message": error.detail, "status": error.status, "errors": problems}
    return shown
