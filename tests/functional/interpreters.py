"""Two independent interpreters of state machines, in this process: that of the emulator, and moto's.

Neither invokes Lambda here. Both call a function with the name of the function and its event, and take the list of
chunks from a function, too. Pauses are noted instead of made.
"""

import contextlib
import io
import json
import threading
from dataclasses import dataclass, field
from types import SimpleNamespace
from unittest import mock

from botocore.exceptions import ClientError
from ministack.core.responses import set_request_account_id, set_request_region
from ministack.services import stepfunctions as ministack
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_map.item_reader.eval import resource_eval_s3
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from tests.infra.conftest import ACCOUNT, REGION

ROLE = f"arn:aws:iam::{ACCOUNT}:role/workflow"
LONGEST_RUN_S = 60


class FunctionError(Exception):
    """A function, or Lambda itself, has failed; `name` is the name of the error in the workflow."""

    def __init__(self, name, message=""):
        super().__init__(name)
        self.name = name
        self.payload = {"errorType": name, "errorMessage": message, "stackTrace": []}


class Unreadable(Exception):
    """S3 has no object of this name."""


@dataclass
class Ended:
    """How an execution ended."""

    status: str
    error: str | None
    output: object
    pauses_s: list = field(default_factory=list)
    max_concurrency: int | None = None  # of the map; 0 if it has no limit


def function_name(arn):
    """Return the last word of the function's name: `arn:…:function:Octavo-plan:1` is plan."""
    return arn.split(":")[6].rpartition("-")[2]


class Emulator:
    """The interpreter of ministack, the emulator that runs the local stack."""

    name = "emulator"

    def run(self, definition, about, invoke, read_object):
        pauses, over = [], threading.Event()

        def call(arn, event):
            try:
                return invoke(function_name(arn), event)
            except FunctionError as error:
                raise ministack._ExecutionError(error.name, json.dumps(error.payload)) from None

        def read(bucket, key):
            try:
                return read_object(key)
            except Unreadable:
                raise ministack._ExecutionError("States.ItemReaderFailed", f"No object {key}") from None

        def changed(execution):
            if execution["status"] != "RUNNING":
                over.set()

        patches = {
            "_call_lambda": call,
            "_s3_object_text": read,
            "_scaled_sleep": pauses.append,
            "_emit_execution_status_event": changed,
        }
        set_request_account_id(ACCOUNT)
        set_request_region(REGION)
        arn = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:reports"
        with mock.patch.multiple(ministack, **patches):
            ministack._state_machines.pop(arn, None)
            machine = {"name": "reports", "definition": json.dumps(definition), "roleArn": ROLE}
            assert ministack._create_state_machine(machine)[0] == 200
            started = ministack._start_execution({"stateMachineArn": arn, "input": json.dumps(about)})
            assert over.wait(LONGEST_RUN_S)
            execution = ministack._executions[json.loads(started[2])["executionArn"]]
        output = json.loads(execution["output"]) if execution["status"] == "SUCCEEDED" else None
        runs = [run for run in ministack._map_runs.values() if run["executionArn"] == execution["executionArn"]]
        most = runs[0]["maxConcurrency"] if runs else None
        return Ended(execution["status"], execution.get("error"), output, pauses, most)


class Moto:
    """The interpreter of moto, which comes from LocalStack's."""

    name = "moto"

    def run(self, definition, about, invoke, read_object):
        pauses, over = [], threading.Event()
        client = _Client(invoke, read_object)
        terminated = BaseExecutionWorkerCommunication.terminated

        def ended(communication):
            terminated(communication)
            over.set()

        with contextlib.ExitStack() as patched:
            for module in (lambda_eval_utils, resource_eval_s3):
                patched.enter_context(mock.patch.object(module, "boto_client_for", return_value=client))
            patched.enter_context(mock.patch.object(retrier_decl, "time", SimpleNamespace(sleep=pauses.append)))
            patched.enter_context(
                mock.patch.object(
                    WaitFunction, "_wait_interval", lambda _, env, wait_seconds: pauses.append(wait_seconds)
                )
            )
            patched.enter_context(mock.patch.object(BaseExecutionWorkerCommunication, "terminated", ended))
            backend = stepfunctions_parser_backends[ACCOUNT][REGION]
            backend.reset()
            machine = backend.create_state_machine("reports", json.dumps(definition), ROLE, sm_type="STANDARD")
            execution = backend.start_execution(machine.arn, "report", json.dumps(about))
            assert over.wait(LONGEST_RUN_S)
        runs = execution.exec_worker.env.map_run_record_pool_manager.get_all()
        most = runs[0].max_concurrency if runs else None
        return Ended(execution.exec_status.value, execution.error, execution.output, pauses, most)


class _Client:
    """Stands for the clients of Lambda and S3 that moto's interpreter makes."""

    def __init__(self, invoke, read_object):
        self._invoke = invoke
        self._read_object = read_object

    def invoke(self, FunctionName, Payload):  # noqa: N803  (names of the API)
        try:
            answer = {"Payload": self._invoke(function_name(FunctionName), json.loads(Payload))}
        except FunctionError as error:
            answer = {"Payload": error.payload, "FunctionError": "Unhandled"}
        return {"StatusCode": 200, **answer, "Payload": io.BytesIO(json.dumps(answer["Payload"]).encode())}

    def get_object(self, Bucket, Key):  # noqa: N803
        try:
            return {"Body": io.BytesIO(self._read_object(Key).encode())}
        except Unreadable:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": "No object"}}, "GetObject") from None
