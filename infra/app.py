"""The CDK app. `cdk deploy` runs it through cdk.json; the local stack and the tests call `synthesize`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from infra import checks
from infra.options import OptionError, Options
from infra.stack import OctavoStack

ROOT = Path(__file__).resolve().parent.parent


def build(app: cdk.App, *, code: Path, account: str | None, region: str | None) -> OctavoStack:
    """Add the stack and its checks to `app`. `code` is the folder with the code of the functions.

    Raises OptionError when a context value is wrong.
    """
    options = Options.from_context(app.node.try_get_context, account=account)
    stack = OctavoStack(
        app,
        options.stack,
        options=options,
        code=lambda_.Code.from_asset(str(code)),
        env=cdk.Environment(account=account, region=region),
    )
    checks.add(stack)
    return stack


def synthesize(out: Path, *, code: Path, account: str, region: str, context: Mapping[str, Any]) -> str:
    """Write the stack's template and assets to the folder `out`, without the CDK CLI. Return the stack's name."""
    flags = json.loads((ROOT / "cdk.json").read_text())["context"]  # only the CLI reads cdk.json by itself
    app = cdk.App(outdir=str(out), context={**flags, **context}, analytics_reporting=False)
    stack = build(app, code=code, account=account, region=region)
    app.synth()
    return stack.stack_name


def main() -> None:
    from infra import bundle

    app = cdk.App()
    try:
        build(
            app,
            code=bundle.for_aws(),
            account=os.environ.get("CDK_DEFAULT_ACCOUNT"),
            region=os.environ.get("CDK_DEFAULT_REGION"),
        )
    except (OptionError, bundle.BundleError) as error:
        sys.exit(f"octavo: {error}")
    app.synth()


if __name__ == "__main__":
    main()
