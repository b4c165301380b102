"""The commands `types`, `submit`, `status` and `download`. The modules beside it have others.

Each command calls the client and gives the answer to the session (`octavo.cli.session`), which prints it.
"""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from octavo.cli import cost, doctor, records
from octavo.cli.endings import stopping
from octavo.cli.following import ReportId, Timeout, check_output, exit_if_failed, follow, put_saved, save_document
from octavo.cli.group import OctavoGroup
from octavo.cli.session import Session

# httpx and pydantic are imported when a command runs, so that --help and shell completion are quick.

EPILOG = """
Examples:

\b
  octavo types
  octavo submit flights -p carrier=UA --format csv --wait
  octavo status ID --wait
  octavo download ID -o flights.csv
  octavo list
  octavo cancel ID
  octavo doctor
  octavo cost flights --rows 1000000

The address of the API is --url, or else OCTAVO_URL, or else the local stack
that `make up` started in this folder or in one above it. Requests to an
execute-api address are signed with your AWS credentials. OCTAVO_TOKEN is sent
as a bearer token. The options above may also follow the command.

Exit codes:

\b
  0    success
  1    the report failed, or the doctor found something that does not hold
  2    wrong usage, a refused request, or an output that cannot be written
  3    the API or the store of documents cannot be reached
  4    the wait timed out; the report keeps running
  5    the download was damaged; nothing was saved
  130  interrupted, or you answered no; a running report keeps running
  141  the program that reads the output closed the pipe
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
  octavo submit flights --format csv -O delimiter=semicolon -O decimal_comma=true
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
    help="Submit reports, follow them, and download their documents.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # boxes around the help would take typer 0.2 s to load
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"octavo {version('octavo')}")
        raise typer.Exit


@app.callback()
def begin(
    ctx: typer.Context,
    url: Annotated[str | None, typer.Option(envvar="OCTAVO_URL", metavar="URL", help="Address of the API.")] = None,
    sign: Annotated[
        str | None,
        typer.Option(
            envvar="OCTAVO_SIGN", metavar="REGION", help="Sign requests with AWS credentials for this region."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout, for scripts.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    given = {
        name: value
        for name, value in {"url": url, "sign": sign}.items()
        if value and getattr(ctx.get_parameter_source(name), "name", "") == "COMMANDLINE"
    }
    session = ctx.ensure_object(Session)
    session.url, session.sign_for, session.as_json = url, sign, as_json
    session.options_again = "".join(f" --{name} {shlex.quote(value)}" for name, value in given.items())


@app.command(epilog=TYPES_EPILOG)
def types(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Show this report type in full.", show_default=False)
    ] = None,
) -> None:
    """List the report types, or show one in full.

    With NAME, the command shows the type's parameters and their defaults, its columns, its formats with their
    options, and its limits.
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
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the report type.", show_default=False)],
    parameter: Annotated[
        list[str] | None,
        typer.Option("--parameter", "-p", metavar="NAME=VALUE", help="Set a parameter. Repeat the option for others."),
    ] = None,
    format: Annotated[
        str | None,
        typer.Option("--format", "-f", metavar="FORMAT", help="Format of the document. Default: the type's first."),
    ] = None,
    format_option: Annotated[
        list[str] | None,
        typer.Option(
            "--format-option", "-O", metavar="NAME=VALUE", help="Set an option of the format. Repeat it for others."
        ),
    ] = None,
    wait: Annotated[
        bool | None, typer.Option("--wait/--no-wait", help="Follow the report and save its document.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Save to a file, into a folder, or to stdout (-). Implies --wait."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Start a new run, even if a report can be reused.")] = False,
    max_age: Annotated[
        int | None, typer.Option(min=0, metavar="SECONDS", help="Reuse no report older than this.")
    ] = None,
    timeout: Timeout = None,
) -> None:
    """Submit a report and print its ID.

    With --wait, the command saves the document and prints its path instead. If an identical report is running, or
    finished recently, it is reused. Without -o the document is saved under its own name in the current folder, and no
    file is overwritten; -o FILE replaces FILE.
    """
    from octavo.cli.parameters import read_format_options, read_parameters
    from octavo.cli.screens import origin

    session: Session = ctx.obj
    wait_implied = output is not None or timeout is not None
    if wait is False and wait_implied:
        raise typer.BadParameter("--no-wait cannot be combined with -o or --timeout, because both wait.")
    waits = wait or wait_implied
    if waits:
        check_output(output, session)
    with session.client() as client:
        parameters, options = {}, {}
        if parameter or format_option:
            report_type = client.type(name)
            parameters = read_parameters(parameter or (), report_type.parameters, name)
            chosen = format or report_type.formats[0]
            schema = report_type.format_options.get(
                chosen, {"additionalProperties": True}
            )  # the API refuses the format
            options = read_format_options(format_option or (), schema, chosen)
        with stopping("Stopped before the API answered. The report may be running: `octavo list` shows it."):
            submitted = client.submit(
                name, parameters, format=format, format_options=options, max_age_s=max_age, force=force
            )
        session.about(submitted.id)
        session.note(origin(submitted, datetime.now(UTC)))
        if output and output.suffix and not (output.is_dir() or output.name.endswith(f".{submitted.format}")):
            session.note(f"'{output}' will contain {submitted.format}. Use --format for another format.", "yellow")
        if not waits:
            session.put(submitted.model_dump(mode="json"), submitted.id)
            return
        with session.progress() as progress:
            report = follow(submitted.id, client, progress, timeout)
            saved = save_document(report, output, client, progress, session) if not report.error else None
    put_saved(report.model_copy(update={"deduplicated": submitted.deduplicated}), saved, session)


app.command("list", epilog=records.LIST_EPILOG)(records.list_reports)


@app.command(epilog=STATUS_EPILOG)
def status(
    ctx: typer.Context,
    report_id: ReportId,
    wait: Annotated[bool, typer.Option("--wait", help="Follow the report until it ends.")] = False,
    timeout: Timeout = None,
) -> None:
    """Show the status and progress of a report.

    The exit code is 1 if the report failed.
    """
    from octavo.cli.screens import report_page

    session: Session = ctx.obj
    session.report_id = report_id
    with session.client() as client:
        if wait or timeout is not None:
            session.about(report_id)
            with session.progress() as progress:
                report = follow(report_id, client, progress, timeout)
        else:
            report = client.get(report_id)
    session.put(report.model_dump(mode="json"), report_page(report))
    exit_if_failed(report, session)


@app.command(epilog=DOWNLOAD_EPILOG)
def download(
    ctx: typer.Context,
    report_id: ReportId,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Save to a file, into a folder, or to stdout (-)."),
    ] = None,
) -> None:
    """Save the document of a report and print its path.

    The download is checked against the document's size and CRC-32. Without -o the document is saved under its own name
    in the current folder, and no file is overwritten; -o FILE replaces FILE.
    """
    session: Session = ctx.obj
    session.report_id = report_id
    check_output(output, session)
    with session.client() as client:
        report = client.get(report_id)
        with session.progress() as progress:
            saved = save_document(report, output, client, progress, session) if not report.error else None
    put_saved(report, saved, session)


app.command(epilog=records.CANCEL_EPILOG)(records.cancel)
app.command(epilog=records.DELETE_EPILOG)(records.delete)
app.command(epilog=doctor.DOCTOR_EPILOG)(doctor.doctor)
app.command(epilog=cost.COST_EPILOG)(cost.cost)
