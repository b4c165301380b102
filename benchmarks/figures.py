"""The results of a benchmark: figures with a key, a value and a description, shown as a table and stored as JSON."""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

Tell = Callable[[str], None]  # shows the current activity


@dataclass(frozen=True)
class Figure:
    """One measured value. `means` describes it in a few words. The `unit` of a ratio is `x`."""

    key: str
    value: float | str
    unit: str
    means: str

    def shown(self) -> str:
        if isinstance(self.value, str):
            return self.value
        if self.unit == "x":
            return f"{self.value:.2f} x"
        digits = 0 if self.value >= 100 or self.value == int(self.value) else 2
        return f"{self.value:,.{digits}f} {self.unit}".rstrip()


class BenchmarkError(RuntimeError):
    """A measured result is wrong, so its time means nothing. The message says what is wrong."""


def median_ratio(others: Sequence[float], own: Sequence[float]) -> float:
    """Return the median ratio over the rounds. Both times of a round suffer equally from a busy machine."""
    return statistics.median(other / mine for other, mine in zip(others, own, strict=True))


def millions(rows: int) -> str:
    """Write a number of rows as in the keys: 1m or 10m, or 300k below a million."""
    return f"{rows // 1_000_000}m" if rows >= 1_000_000 else f"{rows // 1000}k"


def show(console: Console, title: str, figures: Iterable[Figure]) -> None:
    """Print the figures of a benchmark."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    table.add_column("figure", no_wrap=True)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("meaning", style="dim")
    for figure in figures:
        ratio = figure.unit == "x"
        table.add_row(figure.key, figure.shown(), figure.means, style="bold" if ratio else None)
    console.print(table)
    console.print()


def write(path: Path, figures: Iterable[Figure]) -> None:
    """Write the figures of one run as JSON. A reader sees the old file or the new file, never half of it."""
    values = {
        figure.key: round(figure.value, 4) if isinstance(figure.value, float) else figure.value for figure in figures
    }
    new = path.with_suffix(".new")
    with new.open("w") as file:
        json.dump(values, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
