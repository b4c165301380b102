"""Opens DuckDB connections that can access only what one step needs: its sources, its snapshot, its folder.

A connection first gets what the sources need (`octavo.data.sources`): extensions, secrets and paths. Then it is locked:
no SQL can access another path, load an extension or change the settings
(https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview).
"""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from octavo.data import extensions
from octavo.data.sources.needs import Needs
from octavo.data.sql import literal
from octavo.settings import settings

MEMORY_SHARE = 0.35  # for DuckDB's buffers; Python, the Parquet writer and the operating system need the rest
CPU_PER_MB = 1 / 1769  # Lambda gives one vCPU at 1,769 MB


def connect(folder: Path, needs: Needs | None = None) -> duckdb.DuckDBPyConnection:
    """Open a database that can read the paths in `needs`, and read and write `folder`.

    If a sort needs more memory than there is, it continues on disk, in `folder`.
    """
    needs = needs or Needs()
    connection = duckdb.connect()
    configuration = {
        "TimeZone": "UTC",
        "home_directory": str(folder),
        "temp_directory": str(folder / "spill"),
        "memory_limit": f"{int(settings.memory_mb * MEMORY_SHARE)}MB",
        "threads": min(os.cpu_count() or 1, max(1, round(settings.memory_mb * CPU_PER_MB))),
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
        extensions.create_secret(connection, kind)
    places = ", ".join(literal(place) for place in (*needs.folders, f"{folder}/"))
    connection.execute(f"SET allowed_directories = [{places}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection
