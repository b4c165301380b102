"""Measure Octavo against the tools that people would use instead.

Prints tables. A full run also writes benchmarks/results.json. docs/performance.md says what each figure means.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from rich.console import Console
from rich.status import Status

from benchmarks.figures import BenchmarkError, Figure, Tell, show, write

RESULTS = Path(__file__).with_name("results.json")
SUBJECTS = {
    "csv": ("benchmarks.csv_rows", "CSV: rows per second"),
    "formats": ("benchmarks.format_rows", "JSON, NDJSON, Parquet and compressed CSV: rows per second"),
    "pdf": ("benchmarks.pdf_rows", "PDF: rows per second, and the whole pipeline"),
    "pdf-cjk": ("benchmarks.pdf_cjk", "PDF: rows of Japanese per second"),
    "pdf-merge": ("benchmarks.pdf_merge", "PDF: merging 100,000 pages"),
    "merge": ("benchmarks.merge", "Merge: joining segments"),
    "memory": ("benchmarks.memory", "Memory: 1, 3 and 10 million rows"),
    "pipeline": ("benchmarks.pipeline", "Pipeline: a report from request to document"),
    "import": ("benchmarks.imports", "Imports: the cold start of the API functions"),
}


class Subject(Protocol):
    """A module that measures one thing. It is loaded when it is needed, because workers load this module too."""

    def run(self, tell: Tell) -> list[Figure]: ...


def main() -> int:
    arguments = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # clean up, as after Ctrl-C
    console, begun = Console(), time.monotonic()
    from benchmarks import machine

    figures = machine.run()
    show(console, "Machine", figures)
    try:
        for name in arguments.only or SUBJECTS:
            module, title = SUBJECTS[name]
            with _progress(console, name) as tell:
                found = cast(Subject, import_module(module)).run(tell)
            show(console, title, found)
            figures += found
    except BenchmarkError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        sys.unraisablehook = lambda _: None  # the node of the CDK received Ctrl-C too, and fails to say so
        print("benchmarks: The run was stopped. Nothing was written.", file=sys.stderr)
        return 130
    minutes = f"{(time.monotonic() - begun) / 60:.1f} minutes"
    if arguments.only:
        console.print(f"{minutes}. {RESULTS.name} has not changed, because it contains only whole runs.")
    else:
        write(RESULTS, figures)
        console.print(f"{minutes}. The figures are in {RESULTS}.")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--only",
        choices=SUBJECTS,
        action="append",
        help="Measure only this subject. You can repeat the option. results.json does not change.",
    )
    return parser.parse_args()


@contextmanager
def _progress(console: Console, subject: str) -> Iterator[Tell]:
    """Show progress: one changing line on a terminal, separate lines elsewhere."""
    if not console.is_terminal:
        yield lambda text: print(f"{subject}: {text}", flush=True)
        return
    with Status(f"{subject} …", console=console) as status:
        yield lambda text: status.update(f"{subject}: {text}")


if __name__ == "__main__":
    sys.exit(main())
