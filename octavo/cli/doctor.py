"""The command `doctor`: check a deployment from end to end, and show what holds, what does not, and what to do."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from octavo.cli.endings import stopping
from octavo.cli.session import Session
from octavo.errors import Interrupted

if TYPE_CHECKING:
    from octavo.cli.findings import FindingsDisplay
    from octavo.client import Client
    from octavo.operations.doctor.account import Account
    from octavo.operations.doctor.deployment import Deployment
    from octavo.operations.doctor.finding import CheckSkipped, Finding
    from octavo.operations.doctor.trials import Trials

EXIT_SOMETHING_FAILS = 1
DOCTOR_EPILOG = """
Examples:

\b
  octavo doctor
  octavo doctor --stack Octavo-staging --sign eu-central-1
  octavo doctor --url https://reports.example.com --json

The checks of the stack itself need AWS credentials for its account, with the
policy for operators in docs/deploy.md. Without them these checks are skipped,
and the others run. The exit code is 1 if something does not hold.
"""


def doctor(
    ctx: typer.Context,
    stack: Annotated[str, typer.Option(metavar="NAME", help="Name of the stack in its AWS account.")] = "Octavo",
) -> None:
    """Check a deployment from end to end.

    The doctor submits reports of a type that every deployment has, downloads their documents and verifies each cell,
    cancels one report and aborts another, and reads the state of the stack. It takes about a minute. Every report that
    it submits is deleted at the end, also if it is interrupted.
    """
    from octavo.cli.findings import findings_on
    from octavo.operations.doctor.checks import examine
    from octavo.operations.doctor.finding import Outcome

    session: Session = ctx.obj
    began = time.monotonic()
    findings: list[Finding] = []
    with session.client() as client, findings_on(as_json=session.as_json) as display:
        session.note(f"Checking {client.url}", "bold")
        with _deployment(client, session, stack) as deployment, _cleaned_up(deployment.trials, findings, display):
            for finding in examine(deployment, display.begin):
                findings.append(finding)
                display.show(finding)
    outcomes = Counter(finding.outcome for finding in findings)
    document = {
        "url": client.url,
        "holds": not outcomes[Outcome.FAILS],
        "counts": {str(outcome): outcomes[outcome] for outcome in Outcome},
        "findings": [_shown(finding) for finding in findings],
    }
    session.put(document, None)
    session.note(_summary(outcomes, time.monotonic() - began), "bold red" if outcomes[Outcome.FAILS] else "bold green")
    if outcomes[Outcome.FAILS]:
        raise typer.Exit(EXIT_SOMETHING_FAILS)


@contextmanager
def _deployment(client: Client, session: Session, stack: str) -> Iterator[Deployment]:
    """Provide the deployment that the doctor examines. `client` has found the address and the authentication."""
    import httpx

    from octavo.client.endpoint import find_endpoint
    from octavo.operations.doctor.deployment import Deployment
    from octavo.operations.doctor.trials import Trials

    auth = find_endpoint(session.url, sign_for=session.sign_for).auth
    with httpx.Client(timeout=30) as http:
        yield Deployment(client, auth, http, Trials(client), stack, _account(client, session, stack))


def _account(client: Client, session: Session, stack: str) -> Account | CheckSkipped:
    from octavo.operations.doctor.account import Account
    from octavo.operations.doctor.finding import CheckSkipped
    from octavo.operations.doctor.local_stack import local_stack

    try:
        return Account.find(stack, client.url, session.sign_for, local_stack(client.url, Path.cwd()))
    except CheckSkipped as skipped:
        return skipped


@contextmanager
def _cleaned_up(trials: Trials, findings: list[Finding], display: FindingsDisplay) -> Iterator[None]:
    """Delete the doctor's reports, however the checks end. Ctrl-C ends the checks, and then this too."""
    from octavo.authoring.catalogue import SELF_TEST
    from octavo.operations.doctor.checks import CLEAN_UP, clean_up

    stopped, told = None, "Nothing was submitted."
    handler = signal.signal(signal.SIGTERM, signal.default_int_handler)  # clean up as after Ctrl-C
    try:
        yield
    except KeyboardInterrupt as error:
        stopped = error
    finally:
        with stopping(f"Stopped. Some reports are left: `octavo list --type {SELF_TEST}` shows them."):
            if trials.begun:
                display.begin(CLEAN_UP)
                finding = clean_up(trials)
                findings.append(finding)
                display.show(finding)
                told = f"{finding.detail} {finding.mend}".rstrip()
        signal.signal(signal.SIGTERM, handler)
    if stopped:
        raise Interrupted(f"Stopped. {told}") from stopped


def _shown(finding: Finding) -> dict[str, Any]:
    return asdict(finding) | {"seconds": round(finding.seconds, 1), "mend": finding.mend or None}


def _summary(outcomes: Counter[Any], seconds: float) -> str:
    from octavo.operations.doctor.finding import Outcome

    holding, failing, skipped = (outcomes[outcome] for outcome in Outcome)
    parts = [
        f"{holding} hold",
        f"{failing} {'does' if failing == 1 else 'do'} not hold",
        f"{skipped} {'was' if skipped == 1 else 'were'} not checked",
    ]
    return f"{', '.join(parts)}. It took {seconds:.0f} s."
