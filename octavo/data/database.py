"""A DuckDB connection closed around what one step may touch: its sources, its snapshot, its folder, nothing else.

DuckDB reads `s3://` by its httpfs extension, which ships with the functions: nothing is downloaded at run time.
Once the connection is returned, no SQL can reach another path, load an extension or undo the settings
(https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import duckdb_extension_httpfs

from octavo.data.sql import literal
from octavo.settings import settings

MEMORY_SHARE = 0.35  # DuckDB's buffers; the rest is Python, Parquet's writer and the operating system's
CPU_PER_MB = 1 / 1769  # Lambda gives one vCPU at 1,769 MB


def connect(folder: Path, readable: Sequence[str]) -> duckdb.DuckDBPyConnection:
    """Open a database that may read the `readable` folders or `s3://` prefixes and read and write `folder`.

    It spills to `folder` when a sort outgrows the memory.
    """
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
        "enable_caching_operators": False,  # they hold back a few rows at a chunk's edge, and give them after others
        "enable_progress_bar": False,
    }
    settled = (
        f"SET {name} = {literal(value) if isinstance(value, str) else value}" for name, value in configuration.items()
    )
    connection.execute("; ".join(settled))
    if any(place.startswith("s3://") for place in readable):
        _open_s3(connection)
    places = ", ".join(literal(place.rstrip("/") + "/") for place in (*readable, str(folder)))
    connection.execute(f"SET allowed_directories = [{places}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _open_s3(connection: duckdb.DuckDBPyConnection) -> None:
    """Load httpfs and give it the function's own credentials."""
    import boto3  # loaded by every function that has S3 sources, by no one who checks types on local files

    package = Path(duckdb_extension_httpfs.__file__).parent
    extension = package / "extensions" / f"v{duckdb.__version__}" / "httpfs.duckdb_extension"
    connection.execute(f"LOAD {literal(str(extension))}")
    connection.execute("SET enable_http_metadata_cache = true")
    credentials = boto3.Session().get_credentials()
    secret = {"REGION": settings.region}
    if credentials is not None:
        frozen = credentials.get_frozen_credentials()
        secret |= {"KEY_ID": frozen.access_key or "", "SECRET": frozen.secret_key or ""}
        if frozen.token:
            secret["SESSION_TOKEN"] = frozen.token
    if settings.s3_endpoint:
        endpoint = urlsplit(settings.s3_endpoint)
        secret |= {"ENDPOINT": endpoint.netloc, "URL_STYLE": "path", "USE_SSL": str(endpoint.scheme == "https")}
    options = ", ".join(f"{name} {literal(value)}" for name, value in secret.items())
    connection.execute(f"CREATE SECRET (TYPE s3, {options})")
