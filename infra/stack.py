"""The whole deployment in one stack: the resources, their connections and their permissions.

client ─► HTTP API ─► submit ─► workflow ─► plan, admit, chunk, merge ─► bucket
                 └──► status ◄── table ◄──────┴──── fail ◄── rule on the workflow's end
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.alarms import Alarms
from infra.dashboard import Dashboard
from infra.encryption import Encryption
from infra.functions import ReportFunction
from infra.http_api import HttpApi, Route
from infra.limits import DEADLINE_S, LINK_LIFETIME_S, SMALLEST_RESERVATION
from infra.logs import Logs
from infra.measurements import Measurements
from infra.network import Network
from infra.options import DATA_PREFIX, Location, Options
from infra.report_types import S3Path
from infra.requirements import apply_to_all
from infra.storage import Storage
from infra.watch import run_regularly
from infra.workflow import Workflow
from octavo.http.calls import routes

# What is retained is deleted all the same if the deployment that creates it fails, when it is empty. Otherwise a failed
# first deployment would leave a bucket and a table that belong to no stack.
REMOVAL = {"retain": cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, "destroy": cdk.RemovalPolicy.DESTROY}


class OctavoStack(cdk.Stack):
    """Octavo, deployed with `options`. `code` is the bundle that all functions share.

    `reads` are the places in S3 that the report types read outside the data root.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        options: Options,
        reads: Sequence[S3Path],
        code: lambda_.Code,
        env: cdk.Environment,
    ) -> None:
        super().__init__(scope, id, env=env, description="Octavo: asynchronous report generation")
        self.options = options
        self.reads = tuple(path for path in reads if not (options.data_root and options.data_root.holds(path)))
        self._code = code
        self._encryption = encryption = Encryption(self, "Encryption", arn=options.kms_key)
        self._logs = logs = Logs(options.log_retention_days, encryption.key)
        self._network = Network(options.subnets, options.security_groups)
        self._functions: dict[str, ReportFunction] = {}

        self.storage = Storage(
            self,
            "Storage",
            retention_days=options.retention_days,
            removal=REMOVAL[options.removal],
            key=encryption.key,
        )
        bucket, table = self.storage.bucket, self.storage.table
        self.data_root = options.data_root or Location(bucket.bucket_name, DATA_PREFIX)
        api = HttpApi(self, "HttpApi", auth=options.auth, issuer=options.issuer, logs=logs)
        api_url = (options.api_url or api.url).replace("{api_id}", api.id)
        undelivered = sqs.Queue(
            self,
            "Undelivered",
            queue_name=f"{self.stack_name}-undelivered",
            encryption=sqs.QueueEncryption.KMS if encryption.key else None,
            encryption_master_key=encryption.key,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(14),
        )

        in_table = {"OCTAVO_TABLE": table.table_name}
        in_bucket = {"OCTAVO_BUCKET": bucket.bucket_name}
        answering = {
            "OCTAVO_API_URL": api_url,
            "OCTAVO_AUTH": options.auth,
            "OCTAVO_LINK_LIFETIME_S": str(LINK_LIFETIME_S),
        }
        capacity = {"OCTAVO_CAPACITY": str(options.capacity)}
        # Reserved for chunks and for plans each. Neither can then occupy what the API needs.
        reserved = options.capacity if options.capacity >= SMALLEST_RESERVATION else None
        self.plan = plan = self._function(
            "plan",
            in_table | in_bucket | capacity | {"OCTAVO_DATA_ROOT": self.data_root.url},
            reserved=reserved,
        )
        self.admit = admit = self._function("admit", in_table | capacity)
        self.chunk = chunk = self._function("chunk", in_table | in_bucket, reserved=reserved)
        self.merge = merge = self._function("merge", in_table | in_bucket)
        self.fail = fail = self._function("fail", in_table, dead_letters=undelivered)
        self.workflow = workflow = Workflow(
            self,
            "Workflow",
            plan=plan,
            admit=admit,
            chunk=chunk,
            merge=merge,
            fail=fail,
            bucket=bucket,
            undelivered=undelivered,
            logs=logs,
        )
        watch = self._function("watch", in_table)
        run_regularly(self, "Watch regularly", watch)
        machine_arn = workflow.state_machine.state_machine_arn
        submit = self._function(
            "submit",
            in_table
            | in_bucket
            | answering
            | {
                "OCTAVO_STATE_MACHINE_ARN": machine_arn,
                "OCTAVO_DEADLINE_S": str(DEADLINE_S),
                "OCTAVO_MAX_RUNNING": str(options.max_running),
                "OCTAVO_RETENTION_S": str(options.retention_days * 24 * 3600),
            },
        )
        status = self._function("status", in_table | in_bucket | answering)
        manage = self._function("manage", in_table | in_bucket | answering | {"OCTAVO_STATE_MACHINE_ARN": machine_arn})
        answers = {"submit": submit, "status": status, "manage": manage}
        api.add_routes(Route(f"{method} {path}", answers[function]) for method, path, function in routes())

        get, put, update = "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"
        submit.allow(get, put, update, on=table.table_arn)
        submit.allow("dynamodb:Query", on=[table.table_arn, f"{table.table_arn}/index/running_by_caller"])
        status.allow(get, update, on=table.table_arn)
        status.allow("dynamodb:Query", on=[table.table_arn, f"{table.table_arn}/index/by_owner"])
        manage.allow(get, update, "dynamodb:DeleteItem", "dynamodb:Query", on=table.table_arn)
        plan.allow(get, put, update, on=table.table_arn)
        admit.allow(get, put, update, on=table.table_arn)
        chunk.allow(get, update, on=table.table_arn)
        merge.allow(get, update, on=table.table_arn)
        fail.allow(get, update, on=table.table_arn)
        watch.allow(get, update, on=table.table_arn)
        watch.allow("dynamodb:Scan", on=f"{table.table_arn}/index/running_by_caller")

        snapshots, work, documents = (bucket.arn_for_objects(f"{p}/*") for p in ("snapshots", "work", "documents"))
        submit.allow("s3:GetObject", on=documents)
        status.allow("s3:GetObject", on=documents)
        manage.allow("s3:GetObject", "s3:DeleteObject", on=documents)
        plan.allow("s3:PutObject", on=[snapshots, work])
        plan.allow("s3:GetObject", on=work)
        chunk.allow("s3:GetObject", on=[snapshots, work])
        chunk.allow("s3:PutObject", on=work)
        merge.allow("s3:GetObject", on=work)
        merge.allow("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:DeleteObject", on=documents)
        workflow.allow("s3:GetObject", on=work)
        for statement in encryption.statements(["s3:GetObject"]):
            workflow.state_machine.add_to_role_policy(statement)
        self._allow_reading(self.data_root, plan)
        self._allow_reading_sources(plan)

        submit.allow("states:StartExecution", on=machine_arn)
        manage.allow("states:StopExecution", on=workflow.executions_arn)

        self._add_monitoring(machine_arn, api.id, undelivered)
        apply_to_all(self, tags=options.tags, permissions_boundary=options.permissions_boundary)

        for name, value in {
            "ApiUrl": api_url,
            "BucketName": bucket.bucket_name,
            "TableName": table.table_name,
            "StateMachineArn": machine_arn,
        }.items():
            cdk.CfnOutput(self, name, value=value)

    @property
    def functions(self) -> list[ReportFunction]:
        return list(self._functions.values())

    def _function(self, name: str, environment: dict[str, str], **more: Any) -> ReportFunction:
        self._functions[name] = ReportFunction(
            self,
            name.capitalize(),
            name=name,
            code=self._code,
            size=self.options.size(name),
            environment=environment,
            logs=self._logs,
            encryption=self._encryption,
            network=self._network,
            **more,
        )
        return self._functions[name]

    def _add_monitoring(self, machine_arn: str, api_id: str, undelivered: sqs.IQueue) -> None:
        measurements = Measurements(
            stack=self.stack_name,
            functions={name: f"{self.stack_name}-{name}" for name in self._functions},
            api_id=api_id,
            machine_arn=machine_arn,
            table=self.storage.table,
            bucket=self.storage.bucket,
            undelivered=undelivered,
        )
        alarms = Alarms(self, "Alarms", measurements=measurements, topic=self.options.alarm_topic)
        Dashboard(self, "Dashboard", measurements=measurements, alarms=alarms.alarms)

    def _allow_reading(self, root: Location, function: ReportFunction) -> None:
        """Allow a function to read the data root. Only its role prevents DuckDB from writing there too."""
        own = self.storage.bucket
        bucket = own if self.options.data_root is None else s3.Bucket.from_bucket_name(self, "DataRoot", root.bucket)
        function.allow("s3:GetObject", on=bucket.arn_for_objects(root.keys))
        function.allow("s3:ListBucket", on=bucket.bucket_arn, when={"StringLike": {"s3:prefix": root.keys}})

    def _allow_reading_sources(self, function: ReportFunction) -> None:
        """Allow the function to read exactly what the report types read outside the data root."""
        for name, paths in groupby(sorted(self.reads, key=attrgetter("bucket", "key")), attrgetter("bucket")):
            bucket, here = s3.Bucket.from_bucket_name(self, f"Sources-{name}", name), list(paths)
            function.allow("s3:GetObject", on=[bucket.arn_for_objects(path.keys) for path in here])
            if listed := sorted({path.listed for path in here if path.listed}):
                function.allow("s3:ListBucket", on=bucket.bucket_arn, when={"StringLike": {"s3:prefix": listed}})
