"""Deploys the synthesized stack to the emulator with boto3, as the CDK CLI deploys it to AWS.

The emulator silently ignores some parts of the template (the table's TTL, the bucket's lifecycle rules). These are
applied afterwards, so that the local stack has everything that the real one has. The emulator enforces the policies of
the roles: a function can do here only what it can do on AWS.

One field of the workflow is replaced. The emulator does not read `MaxConcurrencyPath`, by which the map learns how many
chunks of this report it may render at once. It gets a number instead, the same one for every report.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import time
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.local.emulator import ROOT_KEY
from infra.options import DATA_PREFIX, LOCAL_ACCOUNT

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_s3 import S3Client

REGION = "us-east-1"
ASSETS_BUCKET = f"cdk-hnb659fds-assets-{LOCAL_ACCOUNT}-{REGION}"
DEPLOY_TIMEOUT_S = 120.0
# The emulator starts a process for every concurrent chunk.
LOCAL_MAX_CONCURRENCY = 2
ENDED_WELL = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}


class DeployError(RuntimeError):
    """The stack could not be deployed; the message contains the reasons from its events."""


@dataclass(frozen=True)
class Deployment:
    """The addresses and names of a running local stack, as in `.octavo/stack.json`."""

    api_url: str
    endpoint_url: str
    region: str
    bucket: str
    table: str
    state_machine_arn: str


class Account:
    """The emulator's one account, at `endpoint_url`."""

    def __init__(self, endpoint_url: str) -> None:
        self.endpoint_url = endpoint_url
        self._session = boto3.Session(aws_access_key_id=ROOT_KEY, aws_secret_access_key=ROOT_KEY, region_name=REGION)

    def client(self, service: str) -> Any:
        config = Config(proxies={}, retries={"total_max_attempts": 2}, s3={"addressing_style": "path"})
        return self._session.client(service, endpoint_url=self.endpoint_url, config=config)  # type: ignore[call-overload]  # typed for fixed names only

    @cached_property
    def _s3(self) -> S3Client:
        s3: S3Client = self.client("s3")
        return s3

    def deploy(self, assembly: Path, stack_name: str) -> Deployment:
        """Create or update the stack of the cloud assembly in the folder `assembly`."""
        self._bootstrap()
        self._upload_assets(assembly, stack_name)
        template = json.loads((assembly / f"{stack_name}.template.json").read_text())
        self._apply(stack_name)
        return self._finish(stack_name, template)

    def update_code(self, stack_name: str, names: list[str], code: Path, state_machine_arn: str) -> None:
        """Replace the code of the stack's functions by the folder `code`; warm workers are replaced too.

        As a deployment to AWS does, this publishes a version of each function that the workflow invokes, and leaves the
        old ones to the reports that are running.
        """
        archive = _zip(code)
        functions, states = self.client("lambda"), self.client("stepfunctions")
        definition = states.describe_state_machine(stateMachineArn=state_machine_arn)["definition"]
        for name in names:
            function = f"{stack_name}-{name}"
            functions.update_function_code(FunctionName=function, ZipFile=archive)
            if re.search(invoked := rf":function:{function}:\d+\b", definition):
                version = functions.publish_version(FunctionName=function)["Version"]
                definition = re.sub(invoked, f":function:{function}:{version}", definition)
        states.update_state_machine(stateMachineArn=state_machine_arn, definition=definition)

    def upload(self, folder: Path, bucket: str) -> int:
        """Make the data root a copy of `folder`; return how many objects were written or removed."""
        files = {
            f"{DATA_PREFIX}/{file.relative_to(folder).as_posix()}": file
            for file in folder.rglob("*")
            if file.is_file() and not any(part.startswith(".") for part in file.relative_to(folder).parts)
        }
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{DATA_PREFIX}/")
        there = {item["Key"]: item["ETag"].strip('"') for page in pages for item in page.get("Contents", [])}
        changed = [(key, file) for key, file in files.items() if there.get(key) != _md5(file)]
        for key, file in changed:
            with file.open("rb") as body:
                self._s3.put_object(Bucket=bucket, Key=key, Body=body)
        gone = there.keys() - files.keys()
        for key in gone:
            self._s3.delete_object(Bucket=bucket, Key=key)
        return len(changed) + len(gone)

    def _bootstrap(self) -> None:
        """Create what the template needs of `cdk bootstrap`."""
        self.client("ssm").put_parameter(
            Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String", Overwrite=True
        )
        self._s3.create_bucket(Bucket=ASSETS_BUCKET)

    def _upload_assets(self, assembly: Path, stack_name: str) -> None:
        assets = json.loads((assembly / f"{stack_name}.assets.json").read_text())["files"]
        for asset in assets.values():
            source = assembly / asset["source"]["path"]
            body = _zip(source) if asset["source"]["packaging"] == "zip" else source.read_bytes()
            for destination in asset["destinations"].values():
                self._s3.put_object(Bucket=ASSETS_BUCKET, Key=destination["objectKey"], Body=body)
        template = (assembly / f"{stack_name}.template.json").read_bytes()
        self._s3.put_object(Bucket=ASSETS_BUCKET, Key=f"{stack_name}.template.json", Body=template)

    def _apply(self, stack_name: str) -> None:
        formation: CloudFormationClient = self.client("cloudformation")
        # By its address: a call can contain at most 51,200 bytes, and the template is almost as large.
        template_url = f"{self.endpoint_url}/{ASSETS_BUCKET}/{stack_name}.template.json"
        try:
            formation.describe_stacks(StackName=stack_name)
            act = formation.update_stack
        except ClientError:
            act = formation.create_stack  # type: ignore[assignment]  # both take what is given below
        try:
            act(StackName=stack_name, TemplateURL=template_url, Capabilities=["CAPABILITY_IAM"])
        except ClientError as error:
            if "No updates are to be performed" in str(error):
                return
            raise DeployError(f"The stack {stack_name} was refused: {error}") from error
        end = time.monotonic() + DEPLOY_TIMEOUT_S
        while (status := formation.describe_stacks(StackName=stack_name)["Stacks"][0]["StackStatus"]).endswith(
            "_IN_PROGRESS"
        ):
            if time.monotonic() > end:
                break
            time.sleep(0.1)
        if status not in ENDED_WELL:
            events = formation.describe_stack_events(StackName=stack_name)["StackEvents"]
            reasons = [
                f"{event.get('LogicalResourceId')} ({event.get('ResourceType')}): {event.get('ResourceStatusReason')}"
                for event in events
                if event.get("ResourceStatus", "").endswith("FAILED")
            ]
            raise DeployError("\n  ".join([f"The stack {stack_name} ended as {status}:", *reversed(reasons)]))

    def _finish(self, stack_name: str, template: dict[str, Any]) -> Deployment:
        stack = self.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"][0]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        by_type = {resource["Type"]: resource["Properties"] for resource in template["Resources"].values()}
        ttl = by_type["AWS::DynamoDB::Table"]["TimeToLiveSpecification"]
        self.client("dynamodb").update_time_to_live(TableName=outputs["TableName"], TimeToLiveSpecification=ttl)
        self._s3.put_bucket_lifecycle_configuration(
            Bucket=outputs["BucketName"],
            LifecycleConfiguration={
                "Rules": [
                    _lifecycle_rule(rule) for rule in by_type["AWS::S3::Bucket"]["LifecycleConfiguration"]["Rules"]
                ]
            },
        )
        # Its only statement refuses requests without TLS, and the emulator serves plain HTTP on this machine.
        self._s3.delete_bucket_policy(Bucket=outputs["BucketName"])
        self._set_concurrency(outputs["StateMachineArn"])
        return Deployment(
            api_url=outputs["ApiUrl"],
            endpoint_url=self.endpoint_url,
            region=REGION,
            bucket=outputs["BucketName"],
            table=outputs["TableName"],
            state_machine_arn=outputs["StateMachineArn"],
        )

    def _set_concurrency(self, state_machine_arn: str) -> None:
        """Give the map of chunks a number in place of the path, which the emulator ignores."""
        states = self.client("stepfunctions")
        definition = json.loads(states.describe_state_machine(stateMachineArn=state_machine_arn)["definition"])
        map_ = definition["States"]["Render chunks"]
        map_.pop("MaxConcurrencyPath", None)  # it is gone already if this update did not change the workflow
        map_["MaxConcurrency"] = LOCAL_MAX_CONCURRENCY
        states.update_state_machine(stateMachineArn=state_machine_arn, definition=json.dumps(definition))


def _lifecycle_rule(rule: dict[str, Any]) -> Any:
    """Convert a lifecycle rule from CloudFormation's format to that of the API."""
    spelled: dict[str, Any] = {"ID": rule["Id"], "Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "ExpirationInDays" in rule:
        spelled["Expiration"] = {"Days": rule["ExpirationInDays"]}
    if "AbortIncompleteMultipartUpload" in rule:
        spelled["AbortIncompleteMultipartUpload"] = rule["AbortIncompleteMultipartUpload"]
    return spelled


def _zip(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder))
    return buffer.getvalue()


def _md5(file: Path) -> str:
    with file.open("rb") as body:
        return hashlib.file_digest(body, "md5").hexdigest()
