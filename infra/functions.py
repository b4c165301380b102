"""One Lambda function of Octavo with its log group and its role, which has only the permissions that it is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.encryption import Encryption
from infra.limits import FunctionSize
from infra.logs import Logs
from infra.network import Network

RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64


class ReportFunction(Construct):
    """The function of `functions/<name>/handler.py`. In the console its name is `<stack>-<name>`.

    At first its role may only write to its own log; `allow` adds the other permissions.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        code: lambda_.Code,
        size: FunctionSize,
        environment: Mapping[str, str],
        logs: Logs,
        encryption: Encryption,
        network: Network,
        dead_letters: sqs.IQueue | None = None,
        reserved: int | None = None,
    ) -> None:
        super().__init__(scope, id)
        function_name = f"{cdk.Stack.of(self).stack_name}-{name}"
        log_group = logs.group(self, f"/aws/lambda/{function_name}")
        # CDK's default role has a managed policy that may write to every log group of the account.
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        log_group.grant_write(self.role)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=function_name,
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            code=code,
            handler=f"functions.{name}.handler.handler",
            memory_size=size.memory_mb,
            timeout=cdk.Duration.seconds(size.timeout_s),
            ephemeral_storage_size=cdk.Size.mebibytes(size.storage_mb),
            environment={"POWERTOOLS_SERVICE_NAME": cdk.Stack.of(self).stack_name, **environment},
            log_group=log_group,
            role=self.role,
            dead_letter_queue=dead_letters,
            reserved_concurrent_executions=reserved,
        )
        network.connect(self.function, self.role, function_name)
        self.name = name
        self.timeout_s = size.timeout_s
        self._encryption = encryption
        if dead_letters:
            self._allow_the_key(["sqs:SendMessage"])

    @cached_property
    def version(self) -> lambda_.Version:
        """The published version of this deployment's code and configuration, which later deployments leave as it is.

        A new version is deleted again if its deployment fails. Otherwise the next attempt would be refused, because a
        version with the same code and configuration would exist already.
        """
        version = self.function.current_version
        version.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        return version

    def allow(self, *actions: str, on: str | list[str], when: Mapping[str, Any] | None = None) -> None:
        """Allow the function to do `actions` on the ARNs `on`, under the conditions `when`, with the key they need."""
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=list(actions), resources=[on] if isinstance(on, str) else on, conditions=dict(when or {})
            )
        )
        self._allow_the_key(actions)

    def _allow_the_key(self, actions: Iterable[str]) -> None:
        for statement in self._encryption.statements(actions):
            self.role.add_to_policy(statement)
