"""The machine and the versions that the figures come from."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

from benchmarks.figures import Figure

PACKAGES = ("boto3", "duckdb", "ministack", "pandas", "polars")


def run() -> list[Figure]:
    return [
        Figure("machine.cpu", _cpu(), "", "processor"),
        Figure("machine.cores", _cores(), "", "cores that this process may use"),
        Figure("machine.load_before", round(os.getloadavg()[0], 2), "", "processes waiting for a core before the run"),
        Figure("machine.memory_gb", round(_memory_bytes() / 1024**3, 1), "GB", "memory"),
        Figure("machine.system", f"{platform.system()} {platform.machine()}", "", "operating system"),
        Figure("machine.python", platform.python_version(), "", "Python"),
        *(Figure(f"machine.{name}", version(name), "", name) for name in PACKAGES),
    ]


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
