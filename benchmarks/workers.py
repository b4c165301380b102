"""Processes that stand for a deployed function: its memory setting, its environment, a call at a time.

They are started afresh (spawn), so that what a process used at most is what the work in it used.
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
    """What a call took: wall time, time on the processor, and the most memory its process has had."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


class Workers:
    """`count` processes with the memory setting of `function` and `environment` added to the environment.

    What is installed to be compared with is hidden, if `bundled`, as it is not in the functions' bundle: DuckDB loads
    pandas, and pypdf cryptography, wherever they find it.
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
        if kind is not None:  # Ctrl-C: nobody waits for the work that is under way
            for process in multiprocessing.active_children():
                process.terminate()
        self._pool.shutdown(cancel_futures=True)

    def call(self, work: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs) -> Result:
        """Run `work`, a function of a module, in a worker and return what it returns."""
        return self._pool.submit(work, *args, **kwargs).result()

    def map(self, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Run `work` on each item, as many at a time as there are workers; yield the results in order."""
        return self._pool.map(work, items)


def _begin(environment: Mapping[str, str], hidden: Sequence[str]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    for name in [name for name in os.environ if name.startswith(("AWS_", "OCTAVO_", "POWERTOOLS_"))]:
        del os.environ[name]
    os.environ.update(environment)
    for name in hidden:
        sys.modules[name] = cast(ModuleType, None)  # importing it fails as if it weren't installed


def measured(work: Callable[[], Result]) -> tuple[Result, Usage]:
    """Run `work` here; return its result and what it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, Usage(time.perf_counter() - wall, time.process_time() - cpu, peak_mb())


def peak_mb() -> float:
    """Return the most memory (resident) this process has had, in MB of 10^6 bytes.

    Linux's ru_maxrss begins with that of the process which started this one; VmHWM counts this one alone.
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
    """Open the bucket that this worker's environment names, once."""
    from octavo.settings import settings
    from octavo.storage.bucket import Bucket

    return Bucket.named(settings.bucket)
