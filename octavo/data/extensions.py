"""Loads DuckDB's extensions from packages of the deployment, never from the network, and creates secrets.

DuckDB reads S3 by its extension httpfs, over TLS. It verifies certificates by the list of authorities in the bundle,
not by a file that the operating system may or may not have. boto3 says where S3 is: its address depends on the region
and its partition, and an operator can set another one.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

import duckdb

from octavo.data.sources.needs import S3, Needs
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
        verification = {
            "httpfs_client_implementation": literal("curl"),
            "enable_curl_server_cert_verification": "true",
            "enable_server_cert_verification": "true",  # of the other client, which does not verify by default
            "ca_cert_file": literal(str(settings.ca_bundle or _bundled_authorities())),
        }
        connection.execute("; ".join(f"SET {setting} = {value}" for setting, value in verification.items()))
        connection.execute("SET enable_http_metadata_cache = true")
        connection.execute("; ".join(f"RESET {setting}" for setting in CREDENTIALS))


def create_secrets(connection: duckdb.DuckDBPyConnection, kind: str, needs: Needs) -> None:
    """Create the secrets of this kind. DuckDB never shows the keys of a secret to queries."""
    for name, options in SECRETS[kind](needs).items():
        values = ", ".join(f"{option} {literal(value)}" for option, value in options.items())
        connection.execute(f"CREATE SECRET {identifier(name)} (TYPE {kind}, {values})")


def _bundled_authorities() -> Path:
    """Return the file of certificate authorities that boto3 uses too."""
    import botocore

    return Path(botocore.__file__).parent / "cacert.pem"


def _s3_secrets(needs: Needs) -> dict[str, dict[str, str]]:
    """Return the function's own credentials and the address of S3, for all buckets and for those with a dot.

    The name of a bucket is a part of the host name, as AWS recommends. A bucket with a dot in its name has no valid
    certificate there, so its name is in the path. So is every name at an address that an operator has set.
    """
    import boto3  # slow to load, and not needed for local files

    endpoint = urlsplit(settings.s3_endpoint or _regional_endpoint(settings.region))
    secret = {"REGION": settings.region, "ENDPOINT": endpoint.netloc, "USE_SSL": str(endpoint.scheme == "https")}
    credentials = boto3.Session().get_credentials()
    if credentials is not None:
        frozen = credentials.get_frozen_credentials()
        secret |= {"KEY_ID": frozen.access_key or "", "SECRET": frozen.secret_key or ""}
        if frozen.token:
            secret["SESSION_TOKEN"] = frozen.token
    if settings.s3_endpoint:
        return {"s3": secret | {"URL_STYLE": "path"}}
    secrets = {"s3": secret | {"URL_STYLE": "vhost"}}
    for bucket in sorted({urlsplit(path).netloc for path in needs.paths if path.startswith(S3)}):
        if "." in bucket:
            secrets[f"s3 {bucket}"] = secret | {"URL_STYLE": "path", "SCOPE": f"{S3}{bucket}/"}
    return secrets


@cache
def _regional_endpoint(region: str) -> str:
    """Return the address of S3 in a region, as boto3 knows it: it differs between partitions."""
    import boto3
    from botocore.config import Config

    config = Config(s3={"us_east_1_regional_endpoint": "regional"})
    return str(boto3.client("s3", region_name=region, config=config).meta.endpoint_url)


SECRETS = {"s3": _s3_secrets}
