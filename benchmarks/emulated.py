"""S3 and DynamoDB in their own process on loopback: the emulator of the local stack, with nothing deployed.

The functional tests use moto instead. This emulator returns ranges of large objects without copying them and spends
less time on each byte, so the server has a smaller part in the measured times. Neither of them is S3; see
docs/performance.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from infra.local.deployment import REGION, Account, Deployment
from infra.local.emulator import HOST, ROOT_KEY, Emulator

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET, TABLE = "octavo-benchmark", "reports"


@dataclass(frozen=True)
class Emulated:
    """A running emulator with a bucket and a table. `environment` connects the functions to it."""

    folder: Path
    s3: S3Client
    environment: Mapping[str, str]


@contextmanager
def emulated_aws() -> Iterator[Emulated]:
    """Start an emulator with an empty bucket and an empty table; stop it and remove its files afterwards."""
    with TemporaryDirectory(prefix="octavo-bench-") as name:
        folder = Path(name)
        emulator = Emulator(folder / "emulator")
        try:
            account = Account(f"http://{HOST}:{emulator.start(None)}")
            s3: S3Client = account.client("s3")
            s3.create_bucket(Bucket=BUCKET)
            account.client("dynamodb").create_table(
                TableName=TABLE,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[
                    {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "running_for", "deadline")
                ],
                KeySchema=_key_schema("pk", "sk"),
                GlobalSecondaryIndexes=[
                    {
                        "IndexName": "running_by_caller",
                        "KeySchema": _key_schema("running_for", "deadline"),
                        "Projection": {"ProjectionType": "ALL"},
                    }
                ],
            )
            work = folder / "work"
            work.mkdir()
            yield Emulated(work, s3, environment(account.endpoint_url, BUCKET, TABLE, work))
        finally:
            emulator.stop()


def _key_schema(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


def environment(endpoint_url: str, bucket: str, table: str, folder: Path) -> dict[str, str]:
    """Return the environment of a function that uses the emulator and writes its files to `folder`."""
    return {
        "AWS_ACCESS_KEY_ID": ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint_url,
        "NO_PROXY": HOST,
        "no_proxy": HOST,
        "OCTAVO_BUCKET": bucket,
        "OCTAVO_TABLE": table,
        "OCTAVO_CAPACITY": "200",
        "OCTAVO_DATA_ROOT": f"s3://{bucket}/data",
        "POWERTOOLS_LOG_LEVEL": "WARNING",
        "TMPDIR": str(folder),
    }


def of_deployment(deployment: Deployment, folder: Path) -> dict[str, str]:
    """Return the environment of a function that uses the table and the bucket of a local stack."""
    return environment(deployment.endpoint_url, deployment.bucket, deployment.table, folder)
