"""Loads DuckDB's extensions from packages of the deployment, never from the network, and creates secrets."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

import duckdb

from octavo.data.sql import identifier, literal
from octavo.settings import settings

# httpfs copies these from the environment when it is loaded, and every query can read the settings.
CREDENTIALS = ("s3_access_key_id", "s3_secret_access_key", "s3_session_token")


def load(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load an extension from its Python package, and remove the credentials that it copies into the settings."""
    package = import_module(f"duckdb_extension_{name}")
    folder = Path(str(package.__file__)).parent / "extensions" / f"v{duckdb.__version__}"
    connection.execute(f"LOAD {literal(str(folder / f'{name}.duckdb_extension'))}")
    if name == "httpfs":
        connection.execute("SET enable_http_metadata_cache = true")
        connection.execute("; ".join(f"RESET {setting}" for setting in CREDENTIALS))


def create_secret(connection: duckdb.DuckDBPyConnection, kind: str) -> None:
    """Create a secret of this kind. DuckDB never shows the keys of a secret to queries."""
    options = ", ".join(f"{name} {literal(value)}" for name, value in SECRETS[kind]().items())
    connection.execute(f"CREATE SECRET {identifier(kind)} (TYPE {kind}, {options})")


def _s3_secret() -> dict[str, str]:
    """Return the function's own credentials, and the address of S3."""
    import boto3  # slow to load, and not needed for local files

    secret = {"REGION": settings.region}
    credentials = boto3.Session().get_credentials()
    if credentials is not None:
        frozen = credentials.get_frozen_credentials()
        secret |= {"KEY_ID": frozen.access_key or "", "SECRET": frozen.secret_key or ""}
        if frozen.token:
            secret["SESSION_TOKEN"] = frozen.token
    if settings.s3_endpoint:
        endpoint = urlsplit(settings.s3_endpoint)
        secret |= {"ENDPOINT": endpoint.netloc, "URL_STYLE": "path", "USE_SSL": str(endpoint.scheme == "https")}
    return secret


SECRETS = {"s3": _s3_secret}
