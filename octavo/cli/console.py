"""The console that tables, messages and progress are printed to."""

from __future__ import annotations

from typing import Any

import rich.console


class Console(rich.console.Console):
    """A console of rich that leaves a closed pipe to the command: rich would exit with 1, "the report failed"."""

    def __init__(self, **options: Any) -> None:
        super().__init__(highlight=False, **options)

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError
