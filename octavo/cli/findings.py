"""The findings of the doctor: a line with a sign on a terminal while it works, and plain lines otherwise.

    ✓ Submit          A new report was accepted after 0.4 s.
    ✗ Undelivered     The queue Octavo-undelivered has 2 messages: ends of workflows that were not recorded.
                      → Read the log /aws/lambda/Octavo-fail, mend its cause, then send the events again.
    ⠸ Alarms

The findings are the command's result and go to stdout; with --json, which prints one document there, to stderr.
"""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from octavo.cli.console import Console
from octavo.cli.endings import writing
from octavo.operations.doctor.finding import Finding, Outcome

WIDEST = 110
NAME_WIDTH = 16
SIGNS = {Outcome.HOLDS: ("✓", "green"), Outcome.FAILS: ("✗", "bold red"), Outcome.SKIPPED: ("–", "yellow")}  # noqa: RUF001
WORDS = {Outcome.HOLDS: "holds", Outcome.FAILS: "FAILS", Outcome.SKIPPED: "not checked"}


class FindingsDisplay(Protocol):
    """What both displays do."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def begin(self, name: str) -> None: ...

    def show(self, finding: Finding) -> None: ...


def findings_on(*, as_json: bool) -> FindingsDisplay:
    """Choose signs and colours for a terminal that can redraw a line, and plain lines for everything else."""
    console = Console(stderr=as_json)
    if console.file.isatty() and not console.is_dumb_terminal:
        return LiveFindings(Console(stderr=as_json, width=min(console.width, WIDEST)))
    return PlainFindings(console)


class LiveFindings:
    """The findings so far, and below them the check that is running."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, transient=True, refresh_per_second=10)
        self._console = console

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.update(Text(""))
        self._live.stop()

    def begin(self, name: str) -> None:
        self._live.update(_grid(Spinner("dots", style="cyan"), Text(name), Text("")))

    def show(self, finding: Finding) -> None:
        sign, style = SIGNS[finding.outcome]
        detail = Text(finding.detail, style=style if finding.outcome is not Outcome.HOLDS else "")
        if finding.mend:
            detail.append(f"\n→ {finding.mend}", style="default not bold")
        self._live.update(Text(""))
        self._console.print(_grid(Text(sign, style=style), Text(finding.check, style="bold"), detail))


class PlainFindings:
    """One line for each finding, for a log or a program such as grep."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def begin(self, name: str) -> None:
        pass

    def show(self, finding: Finding) -> None:
        mend = f" To do: {finding.mend}" if finding.mend else ""
        with writing():
            self._console.file.write(f"{WORDS[finding.outcome]}: {finding.check}: {finding.detail}{mend}\n")
            self._console.file.flush()


def _grid(sign: Text | Spinner, name: Text, detail: Text) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=1)
    grid.add_column(width=NAME_WIDTH, no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(sign, name, detail)
    return grid
