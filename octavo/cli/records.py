"""`octavo list`, `cancel` and `delete`: what can be done with reports other than reading them."""

from __future__ import annotations

import sys
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from octavo.cli.session import Session, error_document, stopping
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

ReportId = Annotated[str, typer.Argument(metavar="ID", help="The report's ID, as submit and list print it.")]


def list_reports(
    ctx: typer.Context,
    status: Annotated[
        Status | None,
        typer.Option(metavar="RUNNING|SUCCESS|FAIL", case_sensitive=False, help="Only reports that are so."),
    ] = None,
    type_name: Annotated[str | None, typer.Option("--type", metavar="NAME", help="Only reports of this type.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, metavar="N", help="No more than this.")] = 20,
) -> None:
    """List your reports, newest first."""
    from octavo.cli.screens import reports_table

    session: Session = ctx.obj
    with session.client() as client:
        found = list(islice(client.reports(status, type_name), limit))
    document = {"reports": [report.model_dump(mode="json") for report in found]}
    session.put(document, reports_table(found) if found else None)
    if len(found) == limit:
        session.note(f"No more than {limit:,} are listed; --limit N sets that.", "dim")
    if not found:
        session.note("No reports like that." if status or type_name else "No reports. octavo submit asks for one.")


def cancel(ctx: typer.Context, report_id: ReportId) -> None:
    """Stop a running report.

    It ends as FAIL, with the code CANCELLED. A report that has ended stays as it is.
    """
    session: Session = ctx.obj
    session.report_id = report_id
    with session.client() as client, stopping("Stopped before the API answered. The report may have been cancelled."):
        report = client.cancel(report_id)
    if report.error and report.error.code == "CANCELLED":
        session.note(f"Cancelled {report.type} as {report.format}: {report.id}")
    else:
        session.note(f"There is nothing to cancel: the report has ended, as {report.status}.")
    session.put(report.model_dump(mode="json"), None)


def delete(
    ctx: typer.Context,
    report_ids: Annotated[list[str], typer.Argument(metavar="ID", help="The reports' IDs.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete reports and their documents.

    Shows them and asks first. A running report is refused: cancel it before.
    """
    session: Session = ctx.obj
    wanted = list(dict.fromkeys(report_ids))
    if not (yes or sys.stdin.isatty()):
        raise typer.BadParameter("There is no terminal to ask on: say --yes.")
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
    """Show the reports and let somebody confirm that they are to go. Raises Interrupted for any other answer."""
    from octavo.cli.screens import reports_table

    session.show(reports_table([client.get(report_id) for report_id in report_ids]))
    these = "this report" if len(report_ids) == 1 else f"these {len(report_ids):,} reports"
    # Not typer.confirm, which puts a space on stdout.
    typer.echo(f"Delete {these} for good? [y/N] ", nl=False, err=True)
    try:
        said = sys.stdin.readline()
    except KeyboardInterrupt:
        said = ""
    if not said:
        typer.echo(err=True)  # nobody typed the end of the question's line
    if said.strip().lower() not in {"y", "yes"}:
        raise Interrupted("Nothing was deleted.")


def _delete(report_id: str, client: Client, session: Session) -> ApiRefused | None:
    """Delete one report; return why it was refused. A fault that the next report would meet too is raised."""
    session.report_id = report_id
    try:
        with stopping(f"Stopped while {report_id} was being deleted: it may be gone. Any after it are kept."):
            client.delete(report_id)
    except ApiFailed:
        raise
    except ApiRefused as refused:
        session.refuse(refused)
        if refused.code == StillRunning.code:
            session.suggest("Cancel it with", f"cancel {report_id}")
        return refused
    session.note(f"Deleted {report_id}")
    return None
