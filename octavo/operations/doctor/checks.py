"""All checks, in their order, and how one is run. Reports are produced while other checks run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx

from octavo.errors import OctavoError
from octavo.operations.doctor import account_checks, caller, documents, runs
from octavo.operations.doctor.deployment import Deployment
from octavo.operations.doctor.finding import CheckFailed, CheckSkipped, Finding, Outcome
from octavo.operations.doctor.trials import Trials


@dataclass(frozen=True)
class Check:
    """A check: its name, and a function that returns what holds or raises CheckFailed or CheckSkipped."""

    name: str
    run: Callable[[Deployment], str]


IDENTITY = Check("Identity", caller.identity)
CHECKS = (
    Check("Authentication", caller.closed_to_others),
    Check("Submit", runs.submit),
    Check("Deduplication", runs.dedupe),
    Check("Cancel", runs.cancel),
    Check("Abort", runs.abort),
    Check("CSV document", documents.csv_document),
    Check("PDF document", documents.pdf_document),
    Check("Link", documents.link),
    Check("Capacity", account_checks.capacity),
    Check("Throttles", account_checks.throttles),
    Check("Alarms", account_checks.alarms),
    Check("Undelivered", account_checks.undelivered),
)
CLEAN_UP = "Clean-up"


def examine(deployment: Deployment, begin: Callable[[str], None]) -> Iterator[Finding]:
    """Run all checks one after another, and yield what each has found. `begin` gets the name of each before it runs.

    If the API does not accept the caller, the client's error is raised, because nothing can be checked then.
    """
    begin(IDENTITY.name)
    began = time.monotonic()
    yield Finding(IDENTITY.name, Outcome.HOLDS, IDENTITY.run(deployment), seconds=time.monotonic() - began)
    for check in CHECKS:
        begin(check.name)
        yield run(check, deployment)


def run(check: Check, deployment: Deployment) -> Finding:
    """Run one check. An error of the API is a finding too: its message says what happened and what to do."""
    began = time.monotonic()
    mend = ""
    try:
        outcome, detail = Outcome.HOLDS, check.run(deployment)
    except CheckFailed as failed:
        outcome, detail, mend = Outcome.FAILS, failed.detail, failed.mend
    except CheckSkipped as skipped:
        outcome, detail, mend = Outcome.SKIPPED, skipped.detail, skipped.mend
    except httpx.TransportError as error:
        outcome, detail = Outcome.FAILS, f"There was no answer: {error}."
        mend = "Check the network between this machine and the deployment, then run the doctor again."
    except OctavoError as error:
        outcome, detail = Outcome.FAILS, f"{error.code}: {error.message}"
        mend = (
            "Read the logs of the API and its functions (docs/deploy.md, Troubleshooting), then run the doctor again."
        )
    return Finding(check.name, outcome, detail, mend, time.monotonic() - began)


def clean_up(trials: Trials) -> Finding:
    """Delete every report of this run of the doctor."""
    began = time.monotonic()
    try:
        deleted, left = trials.delete_all()
    except OctavoError as error:
        return Finding(
            CLEAN_UP,
            Outcome.FAILS,
            f"The list of reports cannot be read, so a report whose answer was lost may be left: {error.message}",
            "Look for reports of the doctor with `octavo list --type octavo_self_test`. They expire by themselves.",
            time.monotonic() - began,
        )
    seconds = time.monotonic() - began
    if left:
        return Finding(
            CLEAN_UP,
            Outcome.FAILS,
            f"{len(left)} reports could not be deleted: {', '.join(left)}.",
            f"Delete them yourself: octavo delete --yes {' '.join(left)}. They expire by themselves.",
            seconds,
        )
    return Finding(CLEAN_UP, Outcome.HOLDS, f"All {deleted} reports of the doctor are deleted.", seconds=seconds)
