"""What a company requires of everything in a stack: tags, and a permissions boundary on every role."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_iam as iam


def apply_to_all(stack: cdk.Stack, *, tags: Mapping[str, str], permissions_boundary: str | None) -> None:
    """Put the tags on every resource that can have tags, and the boundary (the ARN of a policy) on every role."""
    for name, value in tags.items():
        cdk.Tags.of(stack).add(name, value)
    if permissions_boundary:
        boundary = iam.ManagedPolicy.from_managed_policy_arn(stack, "PermissionsBoundary", permissions_boundary)
        iam.PermissionsBoundary.of(stack).apply(boundary)
