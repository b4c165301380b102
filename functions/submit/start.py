"""Start a report's workflow, or fail the report so that the next submit starts afresh."""

from octavo.errors import StartFailed
from octavo.lifecycle.report import Failure, Report, Stage
from octavo.observability import logger
from octavo.storage.table import Table
from octavo.storage.workflow import Workflow


def start(report: Report, workflow: Workflow, table: Table, *, is_new: bool) -> None:
    """Start the workflow of a new report. Raises StartFailed, the report then being FAIL.

    A joined report that has not been planned is started again by the same name: that heals a submit that died between
    its write and its start, and is nothing while the workflow runs. Such a report never fails for it.
    """
    if not is_new and report.stage is not Stage.PLAN:
        return
    try:
        workflow.start(report)
    except StartFailed as error:
        logger.warning("workflow not started", report_id=report.id, cause=type(error.__cause__).__name__)
        if is_new:
            table.fail(report.id, Failure(error.code, error.message, error.retryable))
            raise
