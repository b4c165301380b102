"""The progress of a report: live bars on a terminal, and occasional lines in a log.

    ✓ Plan      ━━━━━━━━━━━━━━━━━━━━━  58,665 rows in 3 chunks                    0:02
    ⠸ Chunks    ━━━━━━━━━━━╸━━━━━━━━━  20,000/58,665 rows, 12,300/s, 1/3 chunks   0:04

Both displays get the report whenever it has changed (`show`), then the size of its download so far (`transferred`).
"""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from rich.console import RenderableType
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.spinner import Spinner
from rich.table import Column
from rich.text import Text

from octavo.cli.console import Console
from octavo.cli.endings import writing
from octavo.http.models import ReportView
from octavo.lifecycle.report import Stage, Status

WIDEST = 100
NARROW = 60  # no room for bars, speeds and times
STEP_PERCENT = 10  # of progress between two lines of a log
LARGE_BYTES = 50_000_000  # a smaller download has ended before a line about it is useful
DOWNLOAD = "Download"


class ProgressDisplay(Protocol):
    """What both displays do."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, report: ReportView) -> None: ...

    def transferred(self, done: int, total: int) -> None: ...


def progress_on(console: Console) -> ProgressDisplay:
    """Choose bars for a terminal that can redraw them, and lines for everything else."""
    live = console.file.isatty() and not console.is_dumb_terminal
    return LiveProgress(console) if live else PlainProgress(console)


class LiveProgress:
    """One bar for each stage. The bars of finished stages stay visible."""

    def __init__(self, console: Console) -> None:
        columns: tuple[ProgressColumn, ...] = (
            _Mark(),
            TextColumn("{task.description:<8}"),
            BarColumn(bar_width=None, table_column=Column(ratio=1)),
            _Detail(),
            _Elapsed(),
        )
        if console.width < NARROW:
            columns = (*columns[:2], _Detail(brief=True))
        self._bars = Progress(*columns, console=_narrowed(console), expand=console.width >= NARROW)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def show(self, report: ReportView) -> None:
        if report.status is Status.FAIL:
            for task in self._bars.tasks:
                if not task.finished:
                    self._bars.update(task.id, failed=True)
                    self._bars.stop_task(task.id)
            return
        if report.status is Status.SUCCESS and not self._tasks:
            return  # a reused report: its stages were over before
        current = Stage.MERGE if report.status is Status.SUCCESS else report.stage or Stage.PLAN
        for stage in Stage:
            ended = stage is not current or report.status is Status.SUCCESS
            self._stage(stage, report, ended=ended)
            if stage is current:
                return

    def transferred(self, done: int, total: int) -> None:
        self._set(DOWNLOAD, done, total, unit="bytes")

    def _stage(self, stage: Stage, report: ReportView, *, ended: bool) -> None:
        name, progress = stage.capitalize(), report.progress
        if stage is Stage.CHUNKS:
            chunks = f"{progress.chunks_done:,}/{progress.chunks_total or 0:,} chunks"
            total = progress.rows_total
            self._set(name, total or 0 if ended else progress.rows_done, total, unit="rows", chunks=chunks)
        else:
            self._set(name, 1 if ended else 0, 1 if ended else None, unit="")

    def _set(self, name: str, done: int, total: int | None, *, unit: str, chunks: str = "") -> None:
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=total, failed=False, unit=unit, chunks=chunks)
        self._bars.update(self._tasks[name], completed=done, total=total, chunks=chunks)


class PlainProgress:
    """A line when a stage begins, and another for every further STEP_PERCENT of it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last: tuple[str, int] = ("", 0)  # stage and steps of the last line

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def show(self, report: ReportView) -> None:
        if report.status is not Status.RUNNING:
            return
        stage = report.stage or Stage.PLAN
        progress = report.progress
        if stage is Stage.CHUNKS and progress.rows_total:
            chunks = f"{progress.chunks_done:,} of {progress.chunks_total or 0:,} chunks"
            self._print("Chunks", progress.rows_done, progress.rows_total, f"{{}} rows, {chunks}")
        else:
            self._print(stage.capitalize(), 0, 1, "")

    def transferred(self, done: int, total: int) -> None:
        if done == total or total >= LARGE_BYTES:
            self._print(DOWNLOAD, done, total, f"{decimal(done)} of {decimal(total)}")

    def _print(self, name: str, done: int, total: int, words: str) -> None:
        step = 100 * done // max(total, 1) // STEP_PERCENT
        if (name, step) == self._last:
            return
        self._last = (name, step)
        detail = words.format(f"{done:,} of {total:,}")
        with writing():
            self._console.print(f"{name}: {detail}" if detail else name, markup=False, soft_wrap=True)


def _narrowed(console: Console) -> Console:
    """Limit the width of the bars, and leave room for the ^C that a terminal prints after them."""
    return Console(file=console.file, width=min(console.width - len("^C"), WIDEST))


class _Mark(ProgressColumn):
    """A sign for the state of the stage: running, done or failed."""

    def __init__(self) -> None:
        self._spinner = Spinner("dots", style="progress.spinner")
        super().__init__(table_column=Column(no_wrap=True))

    def render(self, task: Task) -> RenderableType:
        if task.fields["failed"]:
            return Text("✗", style="bold red")
        return Text("✓", style="green") if task.finished else self._spinner.render(task.get_time())


class _Detail(ProgressColumn):
    """The number of rows or bytes and, unless `brief`, the speed and the number of chunks."""

    def __init__(self, *, brief: bool = False) -> None:
        self._brief = brief
        super().__init__(table_column=Column(no_wrap=True))

    def render(self, task: Task) -> Text:
        if not task.fields["unit"]:
            return Text("")
        seconds = task.finished_time if task.finished else task.elapsed
        speed = (task.finished_speed or task.speed) if (seconds or 0) >= 1 else None  # before that, it says nothing yet
        if task.fields["unit"] == "bytes":
            count = f"{decimal(int(task.completed))}/{decimal(int(task.total or 0))}"
            more = [f"{decimal(int(speed))}/s"] if speed else []
        else:
            count = f"{task.completed:,.0f}/{task.total or 0:,.0f} rows"
            more = [*([f"{speed:,.0f}/s"] if speed else []), task.fields["chunks"]]
        return Text(count if self._brief else ", ".join([count, *more]))


class _Elapsed(ProgressColumn):
    """Minutes and seconds since the stage began."""

    def render(self, task: Task) -> Text:
        seconds = int((task.finished_time if task.finished else task.elapsed) or 0)
        return Text(f"{seconds // 60}:{seconds % 60:02d}", style="progress.elapsed")
