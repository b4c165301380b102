"""Processes that replace a deployed function, with its memory setting and its environment.

Each one does one call at a time. They are new processes (spawn), so the peak memory of a process is the peak of the
work that it has done.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, ParamSpec, Self, TypeVar, cast

from infra.limits import SIZES

if TYPE_CHECKING:
    from octavo.storage.bucket import Bucket

Given = ParamSpec("Given")
Result = TypeVar("Result")
Item = TypeVar("Item")


NOT_BUNDLED = ("cryptography", "pandas", "polars", "pyarrow")


@dataclass(frozen=True)
class Usage:
    """The cost of a call: wall time, processor time, and the peak memory of its process so far."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


class Workers:
    """`count` processes with the memory setting of `function`, and `environment` added to their environment.

    If `bundled`, the processes cannot import what the functions' bundle does not contain. DuckDB would otherwise load
    pandas, and pypdf would load cryptography, because both are installed here.
    """

    def __init__(self, function: str, environment: Mapping[str, str], *, count: int = 1, bundled: bool = True) -> None:
        memory = {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(SIZES[function].memory_mb)}
        self._pool = ProcessPoolExecutor(
            count,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=({**environment, **memory}, NOT_BUNDLED if bundled else ()),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:  # Ctrl-C: do not wait for work that is still running
            for process in multiprocessing.active_children():
                process.terminate()
        self._pool.shutdown(cancel_futures=True)

    def call(self, work: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs) -> Result:
        """Run `work`, which must be a function of a module, in a worker and return its result."""
        return self._pool.submit(work, *args, **kwargs).result()

    def map(self, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Run `work` on each item, in all workers at the same time; yield the results in order."""
        return self._pool.map(work, items)


def _begin(environment: Mapping[str, str], hidden: Sequence[str]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C and ends this process
    for name in [name for name in os.environ if name.startswith(("AWS_", "OCTAVO_", "POWERTOOLS_"))]:
        del os.environ[name]
    os.environ.update(environment)
    for name in hidden:
        sys.modules[name] = cast(ModuleType, None)  # importing it fails as if it were not installed


def measured(work: Callable[[], Result]) -> tuple[Result, Usage]:
    """Run `work` in this process; return its result and its cost."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, Usage(time.perf_counter() - wall, time.process_time() - cpu, peak_mb())


def peak_mb() -> float:
    """Return the peak resident memory of this process, in MB of 10^6 bytes.

    On Linux ru_maxrss begins with the peak of the process that started this one. VmHWM counts only this process.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


@cache
def own_bucket() -> Bucket:
    """Return the bucket in this worker's environment. It is opened once."""
    from octavo.settings import settings
    from octavo.storage.bucket import Bucket

    return Bucket.named(settings.bucket)
