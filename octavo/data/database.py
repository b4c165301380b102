"""Opens DuckDB connections that can access only what one step needs: its sources, its snapshot, its folder.

A connection first gets what the sources need (`octavo.data.sources`): extensions, secrets and paths. Then it is locked:
no SQL can access another path, load an extension or change the settings
(https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview).
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import duckdb

from octavo.data import extensions
from octavo.data.sources.needs import Needs
from octavo.data.sql import literal
from octavo.settings import settings

MEMORY_SHARE = 0.35  # for DuckDB's buffers; Python, the Parquet writer and the operating system need the rest
DISK_SHARE = 0.9  # of what is free, for what DuckDB moves to disk; the logs and the system need the rest
CPU_PER_MB = 1 / 1769  # Lambda gives one vCPU at 1,769 MB


def connect(folder: Path, needs: Needs | None = None, *, on_disk: bool = False) -> duckdb.DuckDBPyConnection:
    """Open a database that can read the paths in `needs`, and read and write `folder`.

    If a sort or a join needs more memory than there is, it continues on disk, in `folder`. If `on_disk`, it uses the
    disk from the beginning, and one thread, and needs the least memory.

    The limits are parts of the function's real memory and of the disk that is really free. DuckDB therefore raises an
    error before the operating system kills the process.
    """
    needs = needs or Needs()
    memory_mb = min(settings.memory_mb, _physical_memory_mb())
    threads = min(os.cpu_count() or 1, max(1, round(memory_mb * CPU_PER_MB)))
    connection = duckdb.connect(config={"threads": 1 if on_disk else threads})
    configuration = {
        "TimeZone": "UTC",
        "home_directory": str(folder),
        "temp_directory": str(folder / "spill"),
        "max_temp_directory_size": f"{int(shutil.disk_usage(folder).free * DISK_SHARE)}B",
        "memory_limit": f"{int(memory_mb * MEMORY_SHARE)}MB",
        "debug_force_external": on_disk,
        "allow_persistent_secrets": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "enable_caching_operators": False,  # they can move the first few rows of a chunk behind others
        "enable_progress_bar": False,
    }
    settled = (
        f"SET {name} = {literal(value) if isinstance(value, str) else value}" for name, value in configuration.items()
    )
    connection.execute("; ".join(settled))
    for name in sorted(needs.extensions):
        extensions.load(connection, name)
    for kind in sorted(needs.secrets):
        extensions.create_secrets(connection, kind, needs)
    places = ", ".join(literal(place) for place in (*needs.folders, f"{folder}/"))
    connection.execute(f"SET allowed_directories = [{places}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _physical_memory_mb() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1024**2
