"""A local stack: an emulator, the template deployed to it, and files with its addresses."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from infra import bundle
from infra.limits import SIZES
from infra.local.deployment import REGION, Account, Deployment
from infra.local.emulator import HOST, Emulator
from infra.options import LOCAL_ACCOUNT
from infra.report_types import ReportTypes, ReportTypesError, S3Path

ROOT = bundle.ROOT
EXAMPLE_DATA = ROOT / "examples" / "nycflights13"
# The modules of octavo that the infrastructure imports: the template depends on them.
SHAPES_TEMPLATE = (
    "octavo/authoring/sources.py",
    "octavo/errors.py",
    "octavo/http/calls.py",
    "octavo/lifecycle/diagnosis.py",
    "octavo/metrics.py",
    "octavo/settings.py",
)


class LocalError(RuntimeError):
    """The local stack can't be started like this; the message says what to do."""


class Stack:
    """A local stack whose emulator and files live in `state_dir`.

    `data` becomes the data root, `reports` the report types, `context` further CDK context. With `check`, report types
    that cannot work are refused before anything is deployed. As a context manager it is up inside and down afterwards.
    """

    def __init__(
        self,
        state_dir: Path = ROOT / ".octavo",
        *,
        port: int | None = None,
        data: Path = EXAMPLE_DATA,
        reports: Path = ROOT / "reports",
        context: Mapping[str, Any] | None = None,
        check: bool = True,
    ) -> None:
        self._dir = state_dir.resolve()
        self._port = port
        self._data = data.resolve()
        self._reports = reports.resolve()
        self._context = dict(context or {})
        self._check = check
        self._emulator = Emulator(self._dir)
        self._stack_file = self._dir / "stack.json"
        self._deployed_file = self._dir / "deployed.json"

    def __enter__(self) -> Deployment:
        return self.up()

    def __exit__(self, *_: object) -> None:
        self.down()

    @property
    def deployment(self) -> Deployment | None:
        """The addresses of the stack, or None if it is not up."""
        if self._emulator.port is None or not self._stack_file.exists():
            return None
        return Deployment(**json.loads(self._stack_file.read_text()))

    def up(self) -> Deployment:
        """Start the stack, or update the running one; return its addresses.

        Raises LocalError, EmulatorError, DeployError or OptionError. If a new stack fails, it is stopped again.
        """
        if not self._data.is_dir():
            raise LocalError(f"The data folder {self._data} does not exist; set OCTAVO_DATA to a folder of sources.")
        self._dir.mkdir(parents=True, exist_ok=True)
        with self._one_at_a_time():
            code = bundle.copy_code(self._dir / "code", reports=self._reports)
            was_up = self._emulator.port is not None
            report_types = self._ask_report_types(code)
            try:
                return self._deploy(code, report_types.reads)
            except BaseException:
                if not was_up:
                    self._stop()
                raise

    def down(self) -> bool:
        """Stop the stack and remove its files; return whether it was up."""
        if not self._dir.exists():
            return False
        was_up = self._stop()
        shutil.rmtree(self._dir, ignore_errors=True)
        return was_up

    def _stop(self) -> bool:
        self._stack_file.unlink(missing_ok=True)
        self._deployed_file.unlink(missing_ok=True)
        return self._emulator.stop()

    def _deploy(self, code: Path, reads: Sequence[S3Path]) -> Deployment:
        port = self._emulator.port
        if port and self._port not in (None, port):
            raise LocalError(f"The stack is up on port {port}; `make down` first to move it to {self._port}.")
        if port is None:
            self._stack_file.unlink(missing_ok=True)
            self._deployed_file.unlink(missing_ok=True)
            port = self._emulator.start(self._port)
        endpoint_url = f"http://{HOST}:{port}"
        account = Account(endpoint_url)
        context = {
            "auth": "none",
            "api_url": f"{endpoint_url}/_aws/execute-api/{{api_id}}/$default",
            **self._context,
        }
        shared = (ROOT / name for name in SHAPES_TEMPLATE)
        wanted = {
            "template": bundle.fingerprint(ROOT / "infra", ROOT / "cdk.json", *shared)
            + json.dumps([context, [dataclasses.asdict(path) for path in reads]], sort_keys=True),
            "code": bundle.fingerprint(code),
        }
        deployed = json.loads(self._deployed_file.read_text()) if self._deployed_file.exists() else {}
        deployment = self.deployment
        if deployment is None or deployed.get("template") != wanted["template"]:
            deployment = self._deploy_template(account, code, context, reads)
        if deployed and deployed != wanted | {"stack": deployed["stack"]}:
            # The emulator's update of a stack keeps the old code, and the workflow may invoke an older version again.
            account.update_code(deployed["stack"], list(SIZES), code, deployment.state_machine_arn)
        account.upload(self._data, deployment.bucket)
        stack_name = context.get("stack", "Octavo")
        _write(self._deployed_file, {"stack": stack_name, **wanted})
        _write(self._stack_file, dataclasses.asdict(deployment))
        return deployment

    def _deploy_template(
        self, account: Account, code: Path, context: Mapping[str, Any], reads: Sequence[S3Path]
    ) -> Deployment:
        from infra import app  # imports the CDK, which takes seconds

        assembly = self._dir / "cdk.out"
        shutil.rmtree(assembly, ignore_errors=True)
        stack_name = app.synthesize(
            assembly, code=code, account=LOCAL_ACCOUNT, region=REGION, context=context, reads=reads
        )
        return account.deploy(assembly, stack_name)

    def _ask_report_types(self, code: Path) -> ReportTypes:
        """Load the report types, and with `check` check them. Raises LocalError for one that cannot work."""
        try:
            report_types = ReportTypes.ask(code, data=self._data if self._check else None)
        except ReportTypesError as error:
            raise LocalError(str(error)) from error
        for missing in report_types.missing:
            print(f"octavo: warning: {missing}", file=sys.stderr)
        return report_types

    @contextlib.contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        with (self._dir / "up.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _write(file: Path, value: Mapping[str, Any]) -> None:
    """Write JSON so that a reader sees either the old file or the complete new one."""
    new = file.with_suffix(".new")
    new.write_text(json.dumps(value, indent=2) + "\n")
    new.replace(file)
