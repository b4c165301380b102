"""The workflow of one report, as a Step Functions state machine.

    Plan ──► Is there capacity? ──► Render chunks ──► Merge ──► Report ready
      │        ▲   └─► Wait for       (one Render       │
      │        │       capacity        chunk each)      │
      │        └─ Admit ◄─┘                │            │
      └──────────────┴─────────────────────┴────────────┴──(any error)──► Record failure ──► Report failed

`Plan` or `Admit` decides how many chunks of the report are rendered at the same time (`octavo.lifecycle.share`).

An execution keeps the definition that it was started with, and the definition names published versions of the
functions. A deployment therefore changes nothing for a report that is running: its plan, chunks and merge are of one
version.

Its input is `{"report_id", "type", "format"}`. A chunk whose last attempt fails records the failure itself, inside its
child workflow, because the number of the chunk is known only there. No Catch sees an abort or the timeout of the
workflow itself; an EventBridge rule passes these to the same function.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from infra.functions import ReportFunction
from infra.limits import BUSY_ATTEMPTS, CAPACITY_WAIT_S, LONGEST_BUSY_DELAY_S, STATE_MARGIN_S, WORKFLOW_TIMEOUT_S
from infra.logs import Logs
from octavo.errors import PermanentError, family
from octavo.lifecycle.diagnosis import LAMBDA_UNAVAILABLE, TIMEOUTS

PERMANENT = [error.__name__ for error in family(PermanentError)]
SHARE = "$.plan.share"  # how many chunks of the report are rendered at the same time; 0 while it waits


class Workflow(Construct):
    """The state machine `<stack>-reports`, and the rule that sends its failed, timed-out and aborted runs to `fail`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        plan: ReportFunction,
        admit: ReportFunction,
        chunk: ReportFunction,
        merge: ReportFunction,
        fail: ReportFunction,
        bucket: s3.IBucket,
        undelivered: sqs.IQueue,
        logs: Logs,
    ) -> None:
        super().__init__(scope, id)
        name = f"{cdk.Stack.of(self).stack_name}-reports"
        report = {"report_id": sfn.JsonPath.string_at("$.report_id")}

        record = self._task("Record failure", fail, _failure(failed_state=sfn.JsonPath.string_at("$.failed_state")))
        report_failed = _fail(self, "Report failed")
        record.add_catch(report_failed, result_path="$.record_error").next(report_failed)

        planned = self._task("Plan", plan, report, result_path="$.plan")
        admitted = self._task("Admit", admit, report, result_path=SHARE)
        rendered = self._render_chunks(chunk, fail, bucket)
        merged = self._task("Merge", merge, report)
        for state in (planned, admitted, rendered, merged):
            state.add_catch(self._failed_at(state).next(record), errors=["States.ALL"], result_path="$.error")

        wait = sfn.Wait(self, "Wait for capacity", time=sfn.WaitTime.duration(cdk.Duration.seconds(CAPACITY_WAIT_S)))
        is_there_capacity = sfn.Choice(self, "Is there capacity?")
        is_there_capacity.when(sfn.Condition.number_greater_than(SHARE, 0), rendered)
        is_there_capacity.otherwise(wait.next(admitted).next(is_there_capacity))
        rendered.next(merged).next(sfn.Succeed(self, "Report ready"))

        self.name = name
        self.state_machine = sfn.StateMachine(
            self,
            "StateMachine",
            state_machine_name=name,
            definition_body=sfn.DefinitionBody.from_chainable(planned.next(is_there_capacity)),
            timeout=cdk.Duration.seconds(WORKFLOW_TIMEOUT_S),
            tracing_enabled=True,
            logs=sfn.LogOptions(
                # With this prefix the account's resource policy for log delivery stays below its size limit.
                destination=logs.group(self, f"/aws/vendedlogs/states/{name}"),
                level=sfn.LogLevel.ALL,
                include_execution_data=False,  # parameters and error texts stay out of the log
            ),
        )
        # Executions that are running invoke the versions of earlier deployments, with the role that this one updates.
        for function in (plan, admit, chunk, merge, fail):
            self.allow("lambda:InvokeFunction", on=f"{function.function.function_arn}:*")
        self._add_rule_for_failed_executions(fail, undelivered)

    @property
    def executions_arn(self) -> str:
        """The ARN that matches the executions of all reports."""
        name = f"{self.name}:*"
        return cdk.Stack.of(self).format_arn(
            service="states", resource="execution", resource_name=name, arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME
        )

    def allow(self, *actions: str, on: str) -> None:
        """Allow the workflow itself to do `actions` on the ARN `on`."""
        self.state_machine.add_to_role_policy(iam.PolicyStatement(actions=list(actions), resources=[on]))

    def _render_chunks(self, chunk: ReportFunction, fail: ReportFunction, bucket: s3.IBucket) -> sfn.DistributedMap:
        """Run one child workflow for each entry of the list of chunks that `Plan` has written to the bucket."""
        item = {
            "report_id": sfn.JsonPath.string_at("$.report_id"),
            "chunk": sfn.JsonPath.object_at("$.chunk"),
        }
        chunk_failed = _fail(self, "Chunk failed")
        record = self._task("Record chunk failure", fail, item | _failure(failed_state="Render chunk"))
        record.add_catch(chunk_failed, result_path="$.record_error").next(chunk_failed)
        # The output is `{}`: a state's output has at most 256 KB, and the map joins the outputs of thousands of chunks.
        render = self._task("Render chunk", chunk, item, output_path=sfn.JsonPath.DISCARD)
        render.add_catch(record, result_path="$.error")

        map_ = sfn.DistributedMap(
            self,
            "Render chunks",
            label="chunks",
            map_execution_type=sfn.StateMachineType.STANDARD,
            max_concurrency_path=SHARE,
            item_reader=sfn.S3JsonItemReader(
                # Only the name of the bucket is passed. Given the bucket itself, CDK would let the workflow read all of
                # it. The stack allows it to read only work/*.
                bucket_name_path=bucket.bucket_name,
                key=sfn.JsonPath.string_at("$.plan.chunks_key"),
            ),
            item_selector={
                "report_id": sfn.JsonPath.string_at("$.report_id"),
                "chunk": sfn.JsonPath.object_at("$$.Map.Item.Value"),
            },
            result_path=sfn.JsonPath.DISCARD,
        )
        # No chunk has started then. A map that failed otherwise is not tried again: each chunk has its own attempts.
        _retry(map_, ["States.ItemReaderFailed"], attempts=5, longest_delay_s=30)
        return map_.item_processor(render)

    def _task(
        self,
        name: str,
        function: ReportFunction,
        payload: Mapping[str, object],
        *,
        result_path: str | None = sfn.JsonPath.DISCARD,
        output_path: str | None = None,
    ) -> tasks.LambdaInvoke:
        """Create a state that runs a function. It retries errors that may pass, and no others.

        Other errors than Lambda's own have a few attempts. A call that Lambda refused has done nothing and costs almost
        nothing, and in a burst of chunks it only needs to wait. Only the time of the workflow limits these attempts.
        """
        task = tasks.LambdaInvoke(
            self,
            name,
            lambda_function=function.version,
            payload=sfn.TaskInput.from_object(dict(payload)),
            payload_response_only=True,
            result_path=result_path,
            output_path=output_path,
            retry_on_service_exceptions=False,
            task_timeout=sfn.Timeout.duration(cdk.Duration.seconds(function.timeout_s + STATE_MARGIN_S)),
        )
        task.add_retry(errors=PERMANENT, max_attempts=0)
        task.add_retry(errors=list(TIMEOUTS), max_attempts=1)
        _retry(task, LAMBDA_UNAVAILABLE, attempts=BUSY_ATTEMPTS, longest_delay_s=LONGEST_BUSY_DELAY_S)
        _retry(task, ["States.ALL"], attempts=2, longest_delay_s=10)
        return task

    def _failed_at(self, state: sfn.State) -> sfn.Pass:
        """Store the name of the state that failed, which a Catch cannot do."""
        return sfn.Pass(
            self, f"{state.id} failed", result=sfn.Result.from_string(state.id), result_path="$.failed_state"
        )

    def _add_rule_for_failed_executions(self, fail: ReportFunction, undelivered: sqs.IQueue) -> None:
        events.Rule(
            self,
            "Ended",
            description="Marks a report as FAIL when its workflow failed, timed out or was aborted",
            event_pattern=events.EventPattern(
                source=["aws.states"],
                detail_type=["Step Functions Execution Status Change"],
                detail={
                    "status": ["FAILED", "TIMED_OUT", "ABORTED"],
                    "stateMachineArn": [self.state_machine.state_machine_arn],
                },
            ),
            targets=[
                targets.LambdaFunction(
                    fail.function,
                    retry_attempts=10,
                    max_event_age=cdk.Duration.hours(1),
                    dead_letter_queue=undelivered,
                )
            ],
        )


def _retry(
    state: sfn.TaskStateBase | sfn.DistributedMap, errors: Sequence[str], *, attempts: int, longest_delay_s: int
) -> None:
    """Let a state try again after a random time, which may be longer after each attempt, up to `longest_delay_s`."""
    state.add_retry(
        errors=list(errors),
        max_attempts=attempts,
        interval=cdk.Duration.seconds(1),
        backoff_rate=2,
        max_delay=cdk.Duration.seconds(longest_delay_s),
        jitter_strategy=sfn.JitterType.FULL,
    )


def _failure(*, failed_state: str) -> dict[str, object]:
    return {
        "report_id": sfn.JsonPath.string_at("$.report_id"),
        "failed_state": failed_state,
        "error": sfn.JsonPath.object_at("$.error"),
    }


def _fail(scope: Construct, name: str) -> sfn.Fail:
    """End with the error that was caught, so that the console shows it on the execution. A timeout has no `Cause`."""
    return sfn.Fail(scope, name, error_path="$.error.Error", cause_path="States.JsonToString($.error)")
