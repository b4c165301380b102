"""The CDK app. `cdk deploy` runs it through cdk.json; the local stack and the tests call `synthesize`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from infra import checks
from infra.options import OptionError, Options
from infra.report_types import ReportTypes, ReportTypesError, S3Path
from infra.stack import OctavoStack

ROOT = Path(__file__).resolve().parent.parent


def build(app: cdk.App, *, code: Path, reads: Sequence[S3Path], account: str | None, region: str | None) -> OctavoStack:
    """Put the stack, with the functions' code in the folder `code`, and its checks into `app`.

    `reads` are the places in S3 that the report types read outside the data root.

    Raises OptionError when a context value is wrong.
    """
    options = Options.from_context(app.node.try_get_context, account=account)
    stack = OctavoStack(
        app,
        options.stack,
        options=options,
        reads=reads,
        code=lambda_.Code.from_asset(str(code)),
        env=cdk.Environment(account=account, region=region),
    )
    checks.add(stack)
    return stack


def synthesize(
    out: Path,
    *,
    code: Path,
    account: str | None,
    region: str | None,
    context: Mapping[str, Any],
    reads: Sequence[S3Path] = (),
) -> str:
    """Write the stack's template and assets into the folder `out` without the CDK CLI; return the stack's name.

    Without an account and a region, the template is for any.
    """
    flags = json.loads((ROOT / "cdk.json").read_text())["context"]  # the CLI alone reads cdk.json by itself
    app = cdk.App(outdir=str(out), context={**flags, **context}, analytics_reporting=False)
    stack = build(app, code=code, reads=reads, account=account, region=region)
    app.synth()
    return stack.stack_name


def main() -> None:
    from infra import bundle

    app = cdk.App()
    try:
        build(
            app,
            code=bundle.for_aws(),
            reads=ReportTypes.ask(ROOT).reads,
            account=os.environ.get("CDK_DEFAULT_ACCOUNT"),
            region=os.environ.get("CDK_DEFAULT_REGION"),
        )
    except (OptionError, ReportTypesError, bundle.BundleError) as error:
        sys.exit(f"octavo: {error}")
    app.synth()


if __name__ == "__main__":
    main()
