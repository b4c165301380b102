"""What `submit`, `status` and `download` share: follow a report, save its document, and end with its outcome."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from octavo.cli.endings import stopping, writing
from octavo.cli.session import Session
from octavo.errors import ReportUnsuccessful

if TYPE_CHECKING:
    from octavo.cli.progress import ProgressDisplay
    from octavo.client import Client
    from octavo.http.models import ReportView

STDOUT = Path("-")

ReportId = Annotated[str, typer.Argument(metavar="ID", help="ID of the report, as submit and list print it.")]


Timeout = Annotated[
    float | None,
    typer.Option(min=0, metavar="SECONDS", help="Stop waiting after this many seconds. Implies --wait."),
]


def check_output(output: Path | None, session: Session) -> None:
    """Refuse an output that cannot be written, before the API is asked for anything."""
    from octavo.client.download import destination

    if output == STDOUT:
        if session.as_json:
            raise typer.BadParameter("-o - and --json both write to stdout. Use only one of them.")
    else:
        destination(output or Path(), "document")


def follow(report_id: str, client: Client, progress: ProgressDisplay, timeout_s: float | None) -> ReportView:
    """Wait until the report has ended, and return it."""
    with stopping("Stopped waiting. The report keeps running."):
        return client.wait(report_id, timeout_s=timeout_s, on_progress=progress.show)


def save_document(
    report: ReportView, output: Path | None, client: Client, progress: ProgressDisplay, session: Session
) -> Path | None:
    """Download the document to `output`; return its path, None for stdout."""
    session.about(report.id, ended=report.finished_at is not None)
    with stopping("Stopped downloading. Nothing was saved."):
        if output != STDOUT:
            return client.download(report.id, output, on_progress=progress.transferred)
        with writing():
            client.download_to(report.id, sys.stdout.buffer, on_progress=progress.transferred)
            sys.stdout.buffer.flush()
        return None


def put_saved(report: ReportView, saved: Path | None, session: Session) -> None:
    """Print where the document was saved, or why there is none; end with 1 if the report failed."""
    if saved:
        session.put(report.model_dump(mode="json") | {"saved_to": str(saved.absolute())}, str(saved))
    elif report.error and session.as_json:
        session.put(report.model_dump(mode="json"), None)
    exit_if_failed(report, session)


def exit_if_failed(report: ReportView, session: Session) -> None:
    """Print why a report failed, and end with 1. Do nothing if it did not fail."""
    if report.error:
        session.note(f"{report.error.code}: {report.error.message}", "bold red")
        raise typer.Exit(ReportUnsuccessful.exit_code)
