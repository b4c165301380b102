"""Deletes the versions of the functions that nothing can use any more. `make deploy` runs this after a deployment.

    python -m infra.versions OUTPUTS        OUTPUTS is the file that `cdk deploy --outputs-file OUTPUTS` has written

Each deployment publishes new versions and leaves the old ones to the reports that are running. Their code counts
towards the account's 75 GB. A version is out of use when its successor was published so long ago that no execution
which began before can still run:

    version 3 ───────────────► 4 published ──(KEEP: as long as the files of a report are kept)──► 3 is deleted
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.limits import WORK_RETENTION_DAYS

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

KEEP = timedelta(days=WORK_RETENTION_DAYS)
INVOKED = re.compile(r"arn:[\w-]+:lambda:[\w-]+:\d+:function:([\w-]+):(\d+)")


@dataclass(frozen=True)
class Version:
    """A published version of a function."""

    number: int
    published: datetime


def out_of_use(versions: Sequence[Version], invoked: int, now: datetime) -> list[int]:
    """Return the numbers of the versions that can be deleted; never of the newest, and never `invoked`.

    `invoked` is the version that the workflow invokes now.
    """
    ordered = sorted(versions, key=lambda version: version.number)
    superseded = ((version.number, successor.published) for version, successor in pairwise(ordered))
    return [number for number, since in superseded if number != invoked and since + KEEP < now]


def delete_out_of_use(functions: Any, states: SFNClient, state_machine_arn: str, now: datetime) -> list[str]:
    """Delete the versions that the workflow has left behind; return them as `function:version`.

    `functions` is a boto3 client of Lambda.
    """
    definition = states.describe_state_machine(stateMachineArn=state_machine_arn)["definition"]
    deleted = []
    for function, invoked in sorted(set(INVOKED.findall(definition))):
        for number in out_of_use(list(_versions(functions, function)), int(invoked), now):
            functions.delete_function(FunctionName=function, Qualifier=str(number))
            deleted.append(f"{function}:{number}")
    return deleted


def _versions(functions: Any, function: str) -> Iterator[Version]:
    for page in functions.get_paginator("list_versions_by_function").paginate(FunctionName=function):
        for version in page["Versions"]:
            if version["Version"] != "$LATEST":
                yield Version(int(version["Version"]), datetime.fromisoformat(version["LastModified"]))


def main(outputs: Path) -> None:
    """Clean up after the deployment whose outputs are in this file. There is none if nothing was deployed."""
    if not outputs.exists():
        return
    for stack in json.loads(outputs.read_text()).values():
        arn = stack["StateMachineArn"]
        region = arn.split(":")[3]
        functions, states = (
            boto3.client("lambda", region_name=region),
            boto3.client("stepfunctions", region_name=region),
        )
        deleted = delete_out_of_use(functions, states, arn, datetime.now(UTC))
        print(f"Deleted {len(deleted)} old versions of the functions that no report can use any more.")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except (ClientError, BotoCoreError) as error:
        sys.exit(
            f"octavo: The deployment has succeeded, but old versions of its functions could not be deleted: {error}"
        )
