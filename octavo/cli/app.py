"""The `octavo` command: `types`, `submit`, `status`, `download`, and from `octavo.cli.records` the others.

Each command asks the client, and hands what it got to the session (`octavo.cli.session`), which knows how to say it.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from octavo.cli import records
from octavo.cli.records import ReportId
from octavo.cli.session import OctavoGroup, Session, stopping
from octavo.errors import ReportUnsuccessful

if TYPE_CHECKING:
    from octavo.cli.progress import Progressing
    from octavo.client import Client
    from octavo.http.models import ReportView

# httpx and pydantic are imported when a command runs: --help and completion are to be quick.

STDOUT = Path("-")

EPILOG = """
Examples:

\b
  octavo types
  octavo submit flights -p carrier=UA --format csv --wait
  octavo status ID --wait
  octavo download ID -o flights.csv
  octavo list
  octavo cancel ID

Which API: --url, or OCTAVO_URL, or else the stack that `make up` started in this folder or one above it. Requests
to an execute-api address are signed with your AWS credentials; OCTAVO_TOKEN is sent as a bearer token. The options
above may also stand after the command.

Exit codes:

\b
  0    done
  1    the report failed
  2    wrong usage, or the request was refused
  3    the API or the document's store cannot be reached
  4    the wait timed out; the report goes on
  5    the download is damaged; nothing was saved
  130  interrupted, or you said no; a running report goes on
"""
TYPES_EPILOG = """
Examples:

\b
  octavo types
  octavo types flights
  octavo types --json
"""
SUBMIT_EPILOG = """
Examples:

\b
  octavo submit flights
  octavo submit flights -p carrier=UA -p start=2013-02-01 --wait
  octavo submit flights --format csv -o flights.csv --timeout 600
  octavo submit flights --json
"""
STATUS_EPILOG = """
Examples:

\b
  octavo status ID
  octavo status ID --wait && octavo download ID
"""
DOWNLOAD_EPILOG = """
Examples:

\b
  octavo download ID
  octavo download ID -o flights.csv
  octavo download ID -o - | head
"""

app = typer.Typer(
    cls=OctavoGroup,
    help="Make reports asynchronously: submit, follow, download.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # typer takes 0.2 s to load what draws boxes around help
    context_settings={"help_option_names": ["-h", "--help"]},
)

Timeout = Annotated[
    float | None, typer.Option(min=0, metavar="SECONDS", help="Wait no longer than this. Implies --wait.")
]


def main() -> None:
    app(prog_name="octavo")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"octavo {version('octavo')}")
        raise typer.Exit


@app.callback()
def begin(
    ctx: typer.Context,
    url: Annotated[str | None, typer.Option(envvar="OCTAVO_URL", metavar="URL", help="The API's address.")] = None,
    sign: Annotated[
        str | None,
        typer.Option(
            envvar="OCTAVO_SIGN", metavar="REGION", help="Sign requests with AWS credentials for this region."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Put one JSON document on stdout, for scripts.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    said = {
        name: value
        for name, value in {"url": url, "sign": sign}.items()
        if value and getattr(ctx.get_parameter_source(name), "name", "") == "COMMANDLINE"
    }
    again = "".join(f" --{name} {value}" for name, value in said.items())
    ctx.obj = Session(url=url, sign_for=sign, as_json=as_json, options_again=again)


@app.command(epilog=TYPES_EPILOG)
def types(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Show this report type in full.", show_default=False)] = None,
) -> None:
    """List the report types, or show one in full.

    In full: its parameters, what they take and their defaults, its columns, formats and limits.
    """
    from octavo.cli.screens import type_page, types_table

    session: Session = ctx.obj
    with session.client() as client:
        if name is None:
            found = client.types()
            session.put({"report_types": [each.model_dump(mode="json") for each in found]}, types_table(found))
        else:
            report_type = client.type(name)
            session.put(report_type.model_dump(mode="json"), type_page(report_type))


@app.command(epilog=SUBMIT_EPILOG)
def submit(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="The report type's name.", show_default=False)],
    parameter: Annotated[
        list[str] | None,
        typer.Option("--parameter", "-p", metavar="NAME=VALUE", help="A parameter. Repeat it for others."),
    ] = None,
    format: Annotated[
        str | None, typer.Option("--format", "-f", metavar="FORMAT", help="One of the type's formats, else its first.")
    ] = None,
    wait: Annotated[
        bool | None, typer.Option("--wait/--no-wait", help="Follow the report and save its document.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Save to a file, a folder, or - (stdout). Implies --wait."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Start a new run whatever exists.")] = False,
    max_age: Annotated[
        int | None, typer.Option(min=0, metavar="SECONDS", help="How old a report may be to be used again.")
    ] = None,
    timeout: Timeout = None,
) -> None:
    """Ask for a report and print its ID. With --wait, save the document and print its path.

    An identical request that is running or was answered lately is shared. Without -o the document keeps its own
    name, in the current folder, and overwrites no file; -o FILE replaces FILE.
    """
    from octavo.cli.parameters import read_parameters
    from octavo.cli.screens import origin

    session: Session = ctx.obj
    waits = output is not None or timeout is not None
    if wait is False and waits:
        raise typer.BadParameter("--no-wait goes with neither -o nor --timeout: both wait.")
    if wait or waits:
        _check(output, session)
    with session.client() as client:
        parameters = read_parameters(parameter, client.type(name).parameters, name) if parameter else {}
        with stopping("Stopped before the API answered. The report may have been started: octavo list shows it."):
            report = client.submit(name, parameters, format=format, max_age_s=max_age, force=force)
        session.about(report.id)
        session.note(origin(report, datetime.now(UTC)))
        if output and output.suffix and not (output.is_dir() or output.name.endswith(f".{report.format}")):
            session.note(f"{output} will hold {report.format}: --format chooses another.", "yellow")
        if not (wait or waits):
            session.put(report.model_dump(mode="json"), report.id)
            return
        with session.progress() as progress:
            report = _follow(report.id, client, progress, timeout)
            saved = _save(report, output, client, progress, session) if not report.error else None
    _put_saved(report, saved, session)


app.command("list", epilog=records.LIST_EPILOG)(records.list_reports)


@app.command(epilog=STATUS_EPILOG)
def status(
    ctx: typer.Context,
    report_id: ReportId,
    wait: Annotated[bool, typer.Option("--wait", help="Follow the report to its end.")] = False,
    timeout: Timeout = None,
) -> None:
    """Show how far a report is. The exit code is 1 if it failed."""
    from octavo.cli.screens import report_page

    session: Session = ctx.obj
    session.report_id = report_id
    with session.client() as client:
        if wait or timeout is not None:
            session.about(report_id)
            with session.progress() as progress:
                report = _follow(report_id, client, progress, timeout)
        else:
            report = client.get(report_id)
    session.put(report.model_dump(mode="json"), report_page(report))
    _exit_if_failed(report, session)


@app.command(epilog=DOWNLOAD_EPILOG)
def download(
    ctx: typer.Context,
    report_id: ReportId,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Save to a file, a folder, or - (stdout).")
    ] = None,
) -> None:
    """Save a report's document and print its path.

    It is checked against its size and CRC-32. Without -o it keeps its own name, in the current folder, and
    overwrites no file; -o FILE replaces FILE.
    """
    session: Session = ctx.obj
    session.report_id = report_id
    _check(output, session)
    with session.client() as client:
        report = client.get(report_id)
        with session.progress() as progress:
            saved = _save(report, output, client, progress, session) if not report.error else None
    _put_saved(report, saved, session)


app.command(epilog=records.CANCEL_EPILOG)(records.cancel)
app.command(epilog=records.DELETE_EPILOG)(records.delete)


def _check(output: Path | None, session: Session) -> None:
    """Refuse a destination that cannot be, before anything is asked for."""
    from octavo.client.download import destination

    if output == STDOUT:
        if session.as_json:
            raise typer.BadParameter("-o - and --json both want stdout: choose one.")
    else:
        destination(output or Path(), "document")


def _follow(report_id: str, client: Client, progress: Progressing, timeout_s: float | None) -> ReportView:
    with stopping("Stopped waiting. The report goes on."):
        return client.wait(report_id, timeout_s=timeout_s, on_progress=progress.show)


def _save(
    report: ReportView, output: Path | None, client: Client, progress: Progressing, session: Session
) -> Path | None:
    """Download the document to `output`; return its path, None for stdout."""
    session.about(report.id, ended=report.finished_at is not None)
    with stopping("Stopped downloading. Nothing was saved."):
        if output == STDOUT:
            client.download_to(report.id, sys.stdout.buffer, on_progress=progress.transferred)
            return None
        return client.download(report.id, output, on_progress=progress.transferred)


def _put_saved(report: ReportView, saved: Path | None, session: Session) -> None:
    if saved:
        session.put(report.model_dump(mode="json") | {"saved_to": str(saved.absolute())}, str(saved))
    elif report.error and session.as_json:
        session.put(report.model_dump(mode="json"), None)
    _exit_if_failed(report, session)


def _exit_if_failed(report: ReportView, session: Session) -> None:
    if report.error:
        session.note(f"{report.error.code}: {report.error.message}", "bold red")
        raise typer.Exit(ReportUnsuccessful.exit_code)
