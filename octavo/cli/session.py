"""What the commands share: the options before them, where they write, and how they report an error.

Results go to stdout: an ID, a path, a table or, with --json, one JSON document. Everything else goes to stderr. rich,
httpx and pydantic are imported only when they are needed, so that --help and shell completion are quick.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import typer

from octavo.cli.endings import error_document
from octavo.errors import ApiRefused, OctavoError, OutputClosed

if TYPE_CHECKING:
    from rich.console import RenderableType

    from octavo.cli.console import Console
    from octavo.cli.progress import ProgressDisplay
    from octavo.client import Client

WIDTH_OF_A_FILE = 10_000


@dataclass
class Session:
    """One run of the command."""

    url: str | None = None
    sign_for: str | None = None
    as_json: bool = False
    options_again: str = ""  # what a suggested command needs to reach the same API
    report_id: str | None = None
    next_steps: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def client(self) -> Client:
        from octavo.client import Client

        return Client(self.url, sign_for=self.sign_for)

    def progress(self) -> ProgressDisplay:
        from octavo.cli.progress import progress_on

        return progress_on(self._err)

    def about(self, report_id: str, *, ended: bool = False) -> None:
        """Remember the commands that return to this report, to suggest them if the command ends early."""
        self.report_id = report_id
        to_see, to_get = f"status {report_id} --wait", f"download {report_id}"
        self.next_steps = {"Return to the report with": (to_get,) if ended else (to_see, to_get)}
        if not ended:
            self.next_steps["Cancel it with"] = (f"cancel {report_id}",)

    def note(self, words: str, style: str = "") -> None:
        """Print a message to stderr. On a terminal, long lines are broken between words."""
        from rich.text import Text

        self._err.print(Text(words, style=style), soft_wrap=not self._err.is_terminal)

    def show(self, screen: RenderableType) -> None:
        """Print a table or a page to stderr."""
        self._err.print(screen)

    def suggest(self, purpose: str, *commands: str) -> None:
        """Print commands to stderr. Their lines are never broken, so that they can be copied."""
        self.note(purpose)
        for command in commands:
            typer.echo(f"  octavo{self.options_again} {command}", err=True)

    def put(self, document: Mapping[str, Any], otherwise: str | RenderableType | None) -> None:
        """Print the command's result to stdout: `document` with --json, otherwise `otherwise`; None prints nothing.

        Without a terminal, each row of a table is one line, because it goes to a file or to a program such as grep.
        """
        if self.as_json:
            typer.echo(_json(document))
        elif isinstance(otherwise, str):
            typer.echo(otherwise)
        elif otherwise is not None:
            from octavo.cli.console import Console

            Console(width=None if sys.stdout.isatty() else WIDTH_OF_A_FILE).print(otherwise)

    def report_error(self, error: OctavoError) -> None:
        """Print what went wrong."""
        self.note(f"{error.code}: {error.message}", "bold red")

    def fail(self, error: OctavoError) -> int:
        """Print what went wrong and what to do next; return the exit code.

        Nothing is printed when the reader of the output has gone, nor to a stream that cannot be written.
        """
        if isinstance(error, OutputClosed):
            return error.exit_code
        with suppress(OSError):
            if isinstance(error.__cause__, KeyboardInterrupt) and self._err.is_terminal:
                self._err.file.write("\r")  # overwrite the ^C that the terminal has printed
            self.report_error(error)
            if not isinstance(error, ApiRefused):
                for purpose, commands in self.next_steps.items():
                    self.suggest(purpose, *commands)
        with suppress(OSError):
            self.put({"id": self.report_id, "error": error_document(error)}, None)
        return error.exit_code

    @cached_property
    def _err(self) -> Console:
        from octavo.cli.console import Console

        return Console(stderr=True)


def _json(document: Mapping[str, Any]) -> str:
    """Write a document with its letters as they are, or escaped where stdout's encoding lacks some of them."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        return json.dumps(document, indent=2)
    return text
