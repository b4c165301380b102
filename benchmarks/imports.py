"""Imports: the time to import an API function at a cold start, compared with the imports that it cannot avoid.

The unavoidable imports are boto3 with the clients that the function uses, and the event handler with validation. Each
measurement runs in its own process, with compiled bytecode as in the bundle. The two imports take turns.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys

from benchmarks.figures import BenchmarkError, Figure, Tell, median_ratio
from benchmarks.workers import NOT_BUNDLED

ROUNDS = 15
CLIENTS = {
    "submit": ("dynamodb", "s3", "stepfunctions"),
    "status": ("dynamodb", "s3"),
    "manage": ("dynamodb", "s3", "stepfunctions"),
}
ENVIRONMENT = {
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
    "OCTAVO_TABLE": "reports",
    "OCTAVO_BUCKET": "octavo",
    "OCTAVO_API_URL": "https://reports.example",
    "OCTAVO_AUTH": "iam",
    "OCTAVO_LINK_LIFETIME_S": "900",
    "OCTAVO_DEADLINE_S": "3900",
    "OCTAVO_MAX_RUNNING": "50",
    "OCTAVO_RETENTION_S": "604800",
    "OCTAVO_STATE_MACHINE_ARN": "arn:aws:states:eu-west-1:123456789012:stateMachine:octavo-reports",
}
TIMED = """
import sys, time
sys.modules.update(dict.fromkeys({hidden!r}))
begun = time.perf_counter()
{work}
print(time.perf_counter() - begun)
"""
UNAVOIDABLE = """
import boto3
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
clients = [boto3.client(name) for name in {clients!r}]
resolver = APIGatewayHttpResolver(enable_validation=True)
"""


def run(tell: Tell) -> list[Figure]:
    figures = []
    for function, clients in CLIENTS.items():
        tell(f"the import of {function}")
        works = {"ours": f"import functions.{function}.handler", "unavoidable": UNAVOIDABLE.format(clients=clients)}
        seconds: dict[str, list[float]] = {name: [] for name in works}
        for number in range(-1, ROUNDS):  # the first round writes the bytecode
            for name, work in works.items():
                took = _seconds(work)
                if number >= 0:
                    seconds[name].append(took)
        ratio = median_ratio(seconds["ours"], seconds["unavoidable"])
        figures += [
            Figure(
                f"import.{function}_vs_unavoidable",
                ratio,
                "x",
                "import of the handler ÷ import of what it cannot avoid",
            ),
            Figure(f"import.{function}_seconds", statistics.median(seconds["ours"]), "s", "import of the handler"),
        ]
    return figures


def _seconds(work: str) -> float:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "OCTAVO_"))}
    done = subprocess.run(
        [sys.executable, "-c", TIMED.format(hidden=NOT_BUNDLED, work=work)],
        env=kept | ENVIRONMENT,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise BenchmarkError(f"An import failed:\n{done.stderr}")
    return float(done.stdout)
