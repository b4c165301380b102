"""The workflow: the only Step Functions code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from octavo.errors import StartFailed
from octavo.lifecycle.report import Report
from octavo.storage.patience import ANSWERING

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class Workflow:
    """The state machine that produces reports."""

    def __init__(self, client: SFNClient, arn: str) -> None:
        self._client = client
        self._arn = arn

    @classmethod
    def at(cls, arn: str) -> Workflow:
        """Open the state machine with the function's own credentials."""
        return cls(boto3.client("stepfunctions", config=ANSWERING.config()), arn)

    def start(self, report: Report) -> None:
        """Start the report's execution; a second start changes nothing. Raises StartFailed.

        The execution is named after the report, so AWS answers a second start with the running execution, or with
        ExecutionAlreadyExists if it has ended.
        """
        about = {"report_id": report.id, "type": report.type, "format": report.format}
        try:
            self._client.start_execution(stateMachineArn=self._arn, name=report.execution_name, input=json.dumps(about))
        except self._client.exceptions.ExecutionAlreadyExists:
            return
        except (ClientError, BotoCoreError) as error:
            raise StartFailed("The report could not be started now. Try again in a few seconds.") from error

    def stop(self, report: Report) -> bool:
        """Stop the report's execution, unless it has ended; return False if it cannot be stopped now."""
        execution = self._arn.replace(":stateMachine:", ":execution:", 1) + f":{report.execution_name}"
        try:
            self._client.stop_execution(executionArn=execution, error="CANCELLED", cause="Cancelled by its owner")
        except self._client.exceptions.ExecutionDoesNotExist:
            return True
        except (ClientError, BotoCoreError):
            return False
        return True
