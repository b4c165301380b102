"""The reports that the doctor requests. All of them are deleted at the end, however the doctor ends.

Each run of the doctor has a random name, which is a parameter of all its reports. No report of an earlier run can
therefore answer, and a report is found again even if the answer to its request was lost.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from octavo.authoring.catalogue import SELF_TEST
from octavo.client import Client
from octavo.errors import ApiRefused, OctavoError, ReportNotFound, UnknownReportType, WaitTimedOut
from octavo.http.models import ReportView
from octavo.lifecycle.report import Status, execution_name
from octavo.operations.doctor.finding import CheckFailed

WAIT_S = 240.0
LOOK_EVERY_S = 0.2


@dataclass
class Trials:
    """The reports of one run of the doctor, by the name under which a check refers to them."""

    client: Client
    run: str = field(default_factory=lambda: secrets.token_hex(8))
    wait_s: float = WAIT_S
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    reports: dict[str, ReportView] = field(default_factory=dict)
    begun: bool = False  # whether anything was requested, so that there may be something to delete

    def submit(self, name: str, *, rows: int, format: str) -> ReportView:
        """Request a report of the self-test. Raises CheckFailed if the deployment does not have this report type."""
        self.begun = True
        try:
            report = self.client.submit(SELF_TEST, {"rows": rows, "run": self.run}, format=format)
        except ApiRefused as refused:
            if refused.code != UnknownReportType.code:
                raise
            raise CheckFailed(
                f"The deployment does not have the report type '{SELF_TEST}', which belongs to Octavo.",
                "The deployment is older than this command. Run `make deploy` again.",
            ) from refused
        return self.reports.setdefault(name, report)

    def ended(self, report: ReportView) -> ReportView:
        """Wait until a report has ended. Raises CheckFailed if that takes too long."""
        try:
            return self.client.wait(report.id, timeout_s=self.wait_s)
        except WaitTimedOut as error:
            raise CheckFailed(
                f"The report {report.id} is still running after {self.wait_s:g} s, in the stage {self._stage(report)}.",
                f"Open the execution {execution_of(report)} in the Step Functions console, which shows the state that"
                " is running or being retried. A new account may allow too few concurrent functions.",
            ) from error

    def reach(self, report: ReportView, is_reached: Callable[[ReportView], bool]) -> ReportView:
        """Read a running report again and again, until the condition holds or it has ended; return what was read."""
        give_up_at = self.clock() + self.wait_s
        while self.clock() < give_up_at:
            report = self.client.get(report.id)
            if report.status is not Status.RUNNING or is_reached(report):
                break
            self.sleep(LOOK_EVERY_S)
        return report

    def delete_all(self) -> tuple[int, list[str]]:
        """Delete every report of this run; return how many, and the IDs of those that could not be deleted.

        The list of the caller's reports has those whose answer was lost, too. Raises the error of the client if it
        cannot be read; all other reports are deleted then.
        """
        known = {report.id for report in self.reports.values()}
        left = [report_id for report_id in sorted(known) if not self._delete(report_id)]
        self.reports.clear()
        listed = self.client.reports(type=SELF_TEST)
        lost = {report.id for report in listed if report.parameters.get("run") == self.run} - known
        left += [report_id for report_id in sorted(lost) if not self._delete(report_id)]
        return len(known | lost) - len(left), left

    def _delete(self, report_id: str) -> bool:
        try:
            if self.client.get(report_id).status is Status.RUNNING:
                self.client.cancel(report_id)
            self.client.delete(report_id)
        except OctavoError as error:
            return error.code == ReportNotFound.code
        return True

    def _stage(self, report: ReportView) -> str:
        return str(self.client.get(report.id).stage or "")


def execution_of(report: ReportView) -> str:
    """Return the name of the report's execution, by which the console shows it."""
    return execution_name(report.type, report.format, report.id)
