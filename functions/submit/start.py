"""Start a report's workflow, or end the report as FAIL so that the next submit makes a new one."""

from octavo.errors import StartFailed
from octavo.lifecycle.failure import failure_of
from octavo.lifecycle.report import Report, Stage
from octavo.observability import logger
from octavo.storage.reports import Reports
from octavo.storage.workflow import Workflow


def start(report: Report, workflow: Workflow, reports: Reports, *, is_new: bool) -> None:
    """Start the workflow of a new report. If that fails, end the report as FAIL and raise StartFailed.

    The workflow of an existing report that has not been planned is started again, under the same name: this repairs a
    submit that died between its write and its start, and changes nothing if the workflow runs. If it fails, the report
    stays as it is.
    """
    if not is_new and report.stage is not Stage.PLAN:
        return
    try:
        workflow.start(report)
    except StartFailed as error:
        logger.warning("workflow not started", report_id=report.id, cause=type(error.__cause__).__name__)
        if is_new:
            reports.end(report.id, failure_of(error))
            raise
