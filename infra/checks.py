"""The AwsSolutions rules of cdk-nag, which every synthesis checks. Each exception below states its reason.

An exception for a wildcard names its ARN, so a new wildcard is a new finding. tests/infra/test_permissions.py shows
what each role may and may not do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks
from constructs import IConstruct

if TYPE_CHECKING:
    from infra.stack import OctavoStack

ONE_FOLDER = "The keys of one folder of the bucket. Each key contains a report's ID, which is not known in advance"


def add(stack: OctavoStack) -> None:
    """Check `stack` when it is synthesized. A finding without an exception stops the synthesis."""
    cdk.Validations.of(stack).add_plugins(AwsSolutionsChecks(stack))

    bucket = f"<{_logical_id(stack, stack.storage.bucket)}.Arn>"
    data_root = f"arn:<AWS::Partition>:s3:::{stack.data_root.bucket}" if stack.options.data_root else bucket
    machine = stack.workflow.state_machine
    _accept(
        stack,
        {
            "S1": "Only Octavo's own roles write and read objects, and the API's access log says for whom. "
            "Operators who need S3's access log send it to a bucket of their own",
            "L1": "Python 3.13, because the pinned wheels and the bytecode in the bundle are for this version",
            f"IAM5[Resource::{bucket}/snapshots/*]": ONE_FOLDER,
            f"IAM5[Resource::{bucket}/work/*]": ONE_FOLDER,
            f"IAM5[Resource::{bucket}/documents/*]": ONE_FOLDER,
            f"IAM5[Resource::{data_root}/{stack.data_root.keys}]": "Read-only: report types name their sources there",
            **{
                f"IAM5[Resource::arn:<AWS::Partition>:s3:::{path.bucket}/{path.keys}]": "Read-only: a report type reads"
                " this pattern of files"
                for path in stack.reads
                if "*" in path.keys
            },
        },
    )
    _accept(
        machine.role,
        {
            "IAM5[Resource::*]": "The calls that set up log delivery and X-Ray support no narrower resource",
            **{
                f"IAM5[Resource::<{_logical_id(stack, function)}.Arn>:*]": "The versions of this one function"
                for function in (f.function for f in (stack.plan, stack.admit, stack.chunk, stack.merge, stack.fail))
            },
        },
    )
    region = "<AWS::Region>" if cdk.Token.is_unresolved(stack.region) else stack.region
    account = "<AWS::AccountId>" if cdk.Token.is_unresolved(stack.account) else stack.account
    name = f'{{"Fn::Select":[6,{{"Fn::Split":[":",{{"Ref":"{_logical_id(stack, machine)}"}}]}}]}}'
    states = f"arn:<AWS::Partition>:states:{region}:{account}:execution"
    executions = f"{states}:{name}"
    _accept(
        stack,
        {
            f"IAM5[Resource::{states}:{stack.workflow.name}:*]": "A report's execution, to cancel it. Its name contains"
            " the report's ID, which is not known in advance"
        },
    )
    _accept(
        machine.node.find_child("DistributedMapPolicy"),
        {
            f"IAM5[Resource::{executions}{suffix}:*]": "The executions of this one state machine, and of its map"
            for suffix in ("", "/chunks")
        },
    )
    if stack.options.subnets:
        for function in stack.functions:
            reason = (
                "Lambda's own calls for the VPC support no narrower resource. The code of the function is denied them"
            )
            _accept(function.role, {"IAM5[Resource::*]": reason})
    if stack.options.auth == "none":
        _accept(stack, {"APIG4": "Only the local stack, on a loopback address. Any real account is refused"})


def _accept(scope: IConstruct, reasons: dict[str, str]) -> None:
    cdk.Validations.of(scope).acknowledge(
        *(cdk.Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=why) for rule, why in reasons.items())
    )


def _logical_id(stack: cdk.Stack, construct: IConstruct) -> str:
    return str(stack.resolve(stack.get_logical_id(cast(cdk.CfnElement, construct.node.default_child))))
