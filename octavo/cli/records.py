"""The commands `list`, `cancel` and `delete`."""

from __future__ import annotations

import sys
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from octavo.cli.endings import error_document, stopping
from octavo.cli.following import ReportId
from octavo.cli.session import Session
from octavo.errors import ApiFailed, ApiRefused, Interrupted, StillRunning
from octavo.lifecycle.report import Status

if TYPE_CHECKING:
    from octavo.client import Client

LIST_EPILOG = """
Examples:

\b
  octavo list
  octavo list --status running
  octavo list --type flights --limit 100
  octavo list --json
"""
CANCEL_EPILOG = """
Examples:

\b
  octavo cancel ID
"""
DELETE_EPILOG = """
Examples:

\b
  octavo delete ID
  octavo delete ID ID --yes
"""


def list_reports(
    ctx: typer.Context,
    status: Annotated[
        Status | None,
        typer.Option(metavar="RUNNING|SUCCESS|FAIL", case_sensitive=False, help="Only reports with this status."),
    ] = None,
    type_name: Annotated[str | None, typer.Option("--type", metavar="NAME", help="Only reports of this type.")] = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, metavar="N", help="Show at most this many reports.")
    ] = 20,
) -> None:
    """List your reports, newest first."""
    from octavo.cli.screens import reports_table

    session: Session = ctx.obj
    with session.client() as client:
        found = list(islice(client.reports(status, type_name), min(limit, sys.maxsize)))
    document = {"reports": [report.model_dump(mode="json") for report in found]}
    session.put(document, reports_table(found) if found else None)
    if len(found) == limit:
        session.note(f"At most {limit:,} reports are shown. Use --limit N for more.", "dim")
    if not found:
        filtered = "No reports match these filters."
        session.note(filtered if status or type_name else "You have no reports. Submit one with: octavo submit NAME")


def cancel(ctx: typer.Context, report_id: ReportId) -> None:
    """Cancel a running report.

    Its status becomes FAIL, with the code CANCELLED. A report that has already ended is not changed.
    """
    session: Session = ctx.obj
    session.report_id = report_id
    with session.client() as client, stopping("Stopped before the API answered. The report may be cancelled."):
        report = client.cancel(report_id)
    if report.error and report.error.code == "CANCELLED":
        session.note(f"Cancelled {report.type} as {report.format}: {report.id}")
    else:
        session.note(f"Nothing to cancel: the report has already ended with status {report.status}.")
    session.put(report.model_dump(mode="json"), None)


def delete(
    ctx: typer.Context,
    report_ids: Annotated[list[str], typer.Argument(metavar="ID", help="IDs of the reports.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking.")] = False,
) -> None:
    """Delete reports and their documents.

    The command shows the reports and asks first. A running report cannot be deleted; cancel it first.
    """
    session: Session = ctx.obj
    wanted = list(dict.fromkeys(report_ids))
    if not (yes or sys.stdin.isatty()):
        raise typer.BadParameter(
            "Nobody can be asked, because stdin is not a terminal. Use --yes to delete without asking."
        )
    with session.client() as client:
        if not yes:
            _ask(wanted, client, session)
        refused = {report_id: error for report_id in wanted if (error := _delete(report_id, client, session))}
    document = {
        "deleted": [report_id for report_id in wanted if report_id not in refused],
        "refused": [{"id": report_id, "error": error_document(error)} for report_id, error in refused.items()],
    }
    session.put(document, None)
    if refused:
        raise typer.Exit(ApiRefused.exit_code)


def _ask(report_ids: list[str], client: Client, session: Session) -> None:
    """Show the reports and ask whether to delete them. Raises Interrupted for any answer but yes."""
    from octavo.cli.screens import reports_table

    session.show(reports_table([client.get(report_id) for report_id in report_ids]))
    these = "this report" if len(report_ids) == 1 else f"these {len(report_ids):,} reports"
    # Not typer.confirm, which prints a space to stdout.
    typer.echo(f"Permanently delete {these}? [y/N] ", nl=False, err=True)
    try:
        answer = sys.stdin.readline()
    except KeyboardInterrupt:
        answer = ""
    if not answer:
        typer.echo(err=True)  # the line of the question has not ended yet
    if answer.strip().lower() not in {"y", "yes"}:
        raise Interrupted("Nothing was deleted.")


def _delete(report_id: str, client: Client, session: Session) -> ApiRefused | None:
    """Delete one report; return why the API refused. Raises errors that would stop the next report as well."""
    session.report_id = report_id
    try:
        with stopping(f"Stopped while {report_id} was being deleted. It may be deleted; the reports after it are not."):
            client.delete(report_id)
    except ApiFailed:
        raise
    except ApiRefused as refused:
        session.report_error(refused)
        if refused.code == StillRunning.code:
            session.suggest("Cancel it with", f"cancel {report_id}")
        return refused
    session.note(f"Deleted {report_id}")
    return None
