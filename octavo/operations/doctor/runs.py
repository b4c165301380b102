"""The checks of how reports begin and end: submit, deduplication, cancel, and an abort from outside."""

from __future__ import annotations

from octavo.authoring.self_test import CSV_ROWS, MOST_ROWS, PDF_ROWS
from octavo.codes import Code
from octavo.http.models import DocumentView, ReportView
from octavo.lifecycle.report import Stage, Status
from octavo.operations.doctor.deployment import Deployment
from octavo.operations.doctor.finding import CheckFailed, CheckSkipped
from octavo.operations.doctor.trials import execution_of

CSV, PDF, CANCELLED, ABORTED = "CSV", "PDF", "cancelled", "aborted"


def submit(deployment: Deployment) -> str:
    """A submit answers at once with an ID. Both documents are requested here, and are produced during other checks."""
    trials = deployment.trials
    began = trials.clock()
    report = trials.submit(CSV, rows=CSV_ROWS, format="csv")
    seconds = trials.clock() - began
    trials.submit(PDF, rows=PDF_ROWS, format="pdf")
    if report.deduplicated:
        raise CheckFailed(
            "The first request of its kind was answered with an earlier report.",
            "Two different requests have the same fingerprint. Please report this as a bug.",
        )
    return f"A new report was accepted after {seconds:.1f} s."


def dedupe(deployment: Deployment) -> str:
    """An identical request is answered with the same report."""
    first = _requested(deployment, CSV)
    again = deployment.trials.submit("the same", rows=CSV_ROWS, format="csv")
    if again.id != first.id or not again.deduplicated:
        raise CheckFailed(
            f"An identical request was answered with another report ({again.id} instead of {first.id}).",
            "Check that the table of this stack was not replaced or restored, and that all functions have the same code"
            " (run `make deploy` again).",
        )
    return "An identical request was answered with the same report."


def cancel(deployment: Deployment) -> str:
    """A running report ends as cancelled, and its execution stops."""
    trials = deployment.trials
    report = trials.submit(CANCELLED, rows=MOST_ROWS, format="csv")
    running = trials.reach(report, lambda seen: seen.stage is not Stage.PLAN)
    if running.status is not Status.RUNNING:
        raise _ended_too_early(running, deployment)
    ended = deployment.client.cancel(report.id)
    if ended.status is Status.SUCCESS:
        raise _ended_too_early(ended, deployment)
    if ended.error is None or ended.error.code != Code.CANCELLED:
        raise CheckFailed(
            f"The report was cancelled, but it is {ended.status} ({ended.error.code if ended.error else 'no code'}).",
            f"Read the log of the function that answers cancel: /aws/lambda/{deployment.stack_name}-manage.",
        )
    return f"The report was cancelled in the stage {running.stage} and is FAIL."


def abort(deployment: Deployment) -> str:
    """A report whose execution is stopped from outside ends as FAIL: EventBridge tells the function `fail`."""
    stack, trials = deployment.stack, deployment.trials
    report = trials.submit(ABORTED, rows=MOST_ROWS - 1, format="csv")
    began = trials.clock()
    stack.stop_execution(execution_of(report))
    ended = trials.reach(report, lambda _: False)
    if ended.status is Status.RUNNING:
        raise CheckFailed(
            f"The report is still RUNNING {trials.wait_s:g} s after its execution was stopped.",
            f"Check the rule in EventBridge that sends ended executions to the function {stack.name}-fail, that"
            f" function's log, and the queue {stack.name}-undelivered. At its deadline the report becomes FAIL anyway.",
        )
    if ended.error and ended.error.code == Code.CANCELLED:
        return f"The report became FAIL {trials.clock() - began:.1f} s after its execution was stopped."
    raise _ended_too_early(ended, deployment)


def _ended_too_early(report: ReportView, deployment: Deployment) -> Exception:
    """Return why a report ended before it could be ended: it was quick, or it failed."""
    if report.error:
        return _failed(report, deployment)
    return CheckSkipped("The report succeeded before it could be ended.", "Run the doctor again.")


def _failed(report: ReportView, deployment: Deployment) -> CheckFailed:
    """Return the finding about a report that failed although nothing should have failed."""
    code, message = (report.error.code, report.error.message) if report.error else ("", "It has no reason.")
    return CheckFailed(
        f"The report {report.id} failed: {code}: {message}",
        f"Open the execution {execution_of(report)} in the Step Functions console, which shows the state that failed,"
        f" and the logs of its functions: /aws/lambda/{deployment.stack_name}-plan, -chunk, -merge.",
    )


def _requested(deployment: Deployment, name: str) -> ReportView:
    report = deployment.trials.reports.get(name)
    if report is None:
        raise CheckSkipped(f"The {name} report could not be submitted.")
    return report


def succeeded(deployment: Deployment, name: str) -> tuple[ReportView, DocumentView]:
    """Wait for a requested report; return it with its document. Raises CheckFailed and CheckSkipped."""
    report = deployment.trials.ended(_requested(deployment, name))
    if report.document is None:
        raise _failed(report, deployment)
    return report, report.document
