"""The VPC in which the functions run, if the options name its subnets and security groups.

Nothing is looked up in the account: the IDs suffice, so the template can be synthesized anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

# The actions of AWS's managed policy AWSLambdaVPCAccessExecutionRole, without those for logs.
INTERFACES = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)


@dataclass(frozen=True)
class Network:
    """Where functions are connected. Without subnets they are not in a VPC."""

    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()

    def connect(self, function: lambda_.Function, role: iam.Role, function_name: str) -> None:
        """Put a function into the VPC.

        Lambda creates the network interfaces with the function's role. The second statement refuses the same calls to
        the code of the function, which has no use for them (AWS Lambda Developer Guide, "Giving Lambda functions access
        to resources in an Amazon VPC").
        """
        if not self.subnets:
            return
        # The name and not the function itself, because the function is created after its role's policy.
        arn = cdk.Stack.of(function).format_arn(
            service="lambda",
            resource="function",
            resource_name=function_name,
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        role.add_to_policy(iam.PolicyStatement(actions=list(INTERFACES), resources=["*"]))
        role.add_to_policy(
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                actions=list(INTERFACES),
                resources=["*"],
                conditions={"ArnLike": {"lambda:SourceFunctionArn": [arn, f"{arn}:*"]}},  # and its versions
            )
        )
        cast(lambda_.CfnFunction, function.node.default_child).vpc_config = lambda_.CfnFunction.VpcConfigProperty(
            subnet_ids=list(self.subnets), security_group_ids=list(self.security_groups)
        )
