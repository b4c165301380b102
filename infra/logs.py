"""The log groups of the stack. All are kept equally long and encrypted with the same key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct


@dataclass(frozen=True)
class Logs:
    """How log groups are made. Without a key, CloudWatch encrypts them with its own."""

    retention_days: int
    key: kms.IKey | None

    def group(self, scope: Construct, name: str) -> logs.LogGroup:
        """Create the log group of `scope`, which has only one."""
        group = logs.LogGroup(
            scope,
            "Log",
            log_group_name=name,
            encryption_key=self.key,
            removal_policy=cdk.RemovalPolicy.DESTROY,  # its name is fixed: an old log would stop the next deployment
        )
        cast(logs.CfnLogGroup, group.node.default_child).retention_in_days = self.retention_days
        return group
