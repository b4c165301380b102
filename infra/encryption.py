"""The customer-managed KMS key of a deployment, and what the roles may do with it.

Without the option `kms_key`, AWS's own keys encrypt everything, and no role needs a permission for them. With it, a
role that may read or write data may also use the key for that, but only through the service that stores the data: the
condition `kms:ViaService` refuses direct calls of KMS. The services that write by themselves (logs, EventBridge,
alarms) are allowed by the key's own policy, which docs/deploy.md shows and its owner maintains.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

READ = ("kms:Decrypt",)
# A multipart upload also decrypts (S3, CreateMultipartUpload); whoever sends to a queue does so, too.
WRITE = ("kms:Decrypt", "kms:GenerateDataKey")
# DynamoDB acts for the caller, with the actions that its documentation lists and CDK's `Table.grant*` gives.
READ_TABLE = ("kms:Decrypt", "kms:DescribeKey")
WRITE_TABLE = (
    *READ_TABLE,
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
NEEDED = {
    "s3:GetObject": READ,
    "s3:PutObject": WRITE,
    "dynamodb:GetItem": READ_TABLE,
    "dynamodb:Query": READ_TABLE,
    "dynamodb:Scan": READ_TABLE,
    "dynamodb:PutItem": WRITE_TABLE,
    "dynamodb:UpdateItem": WRITE_TABLE,
    "dynamodb:DeleteItem": WRITE_TABLE,
    "sqs:SendMessage": WRITE,
}


class Encryption(Construct):
    """The key with this ARN, as `key`. Both are None if AWS's own keys encrypt the data."""

    def __init__(self, scope: Construct, id: str, *, arn: str | None) -> None:
        super().__init__(scope, id)
        self.key = kms.Key.from_key_arn(self, "Key", arn) if arn else None

    def statements(self, actions: Iterable[str]) -> Iterator[iam.PolicyStatement]:
        """Yield what a role may do with the key because it may do `actions` on the data."""
        by_service: dict[str, set[str]] = {}
        for action in actions:
            by_service.setdefault(action.partition(":")[0], set()).update(NEEDED.get(action, ()))
        for service, key_actions in by_service.items():
            if self.key and key_actions:
                # In China the name of the service may end with .cn.
                through = f"{service}.{cdk.Stack.of(self).region}.amazonaws.com*"
                yield iam.PolicyStatement(
                    actions=sorted(key_actions),
                    resources=[self.key.key_arn],
                    conditions={"StringLike": {"kms:ViaService": through}},
                )
