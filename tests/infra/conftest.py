import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ACCOUNT, REGION = "123456789012", "eu-central-1"
# All the options by which a company fits the stack into its account.
COMPANY = {
    "stack": "Octavo-test",
    "data_root": "s3://lake/sales",
    "alarm_topic": "ops@example.com",
    "kms_key": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "subnets": "subnet-0a1b2c3d,subnet-0b2c3d4e",
    "security_groups": "sg-0c3d4e5f",
    "permissions_boundary": f"arn:aws:iam::{ACCOUNT}:policy/Boundary",
    "tags": "cost-center=4711,owner=Reports team",
    "log_retention_days": "90",
}


class Template:
    """A synthesized template. It returns resources by type, and replaces references by values."""

    def __init__(self, path):
        self.path = path
        self.body = json.loads(path.read_text())
        self.resources = self.body["Resources"]

    def of_type(self, kind):
        """Return the properties of all resources of a type by logical ID, with references replaced by values."""
        return {
            name: self.filled(resource.get("Properties", {}))
            for name, resource in self.resources.items()
            if resource["Type"] == kind
        }

    def the(self, kind):
        (properties,) = self.of_type(kind).values()
        return properties

    def filled(self, value):
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((function, argument),) = value.items()
            if function == "Ref":
                return self._ref(argument)
            if function == "Fn::GetAtt":
                return self._attribute(*argument)
            if function == "Fn::Join":
                return argument[0].join(self.filled(argument[1]))
            if function == "Fn::Split":
                return self.filled(argument[1]).split(argument[0])
            if function == "Fn::Select":
                return self.filled(argument[1])[argument[0]]
        return {key: self.filled(item) for key, item in value.items()}

    def _ref(self, name):
        pseudo = {
            "AWS::Partition": "aws",
            "AWS::Region": REGION,
            "AWS::AccountId": ACCOUNT,
            "AWS::URLSuffix": "aws.com",
        }
        if name in pseudo:
            return pseudo[name]
        resource = self.resources.get(name, {})
        if resource.get("Type") == "AWS::Lambda::Version":
            return f"{self._attribute(resource['Properties']['FunctionName']['Ref'], 'Arn')}:1"
        is_machine = resource.get("Type") == "AWS::StepFunctions::StateMachine"
        return self._attribute(name, "Arn") if is_machine else name.lower()

    def _attribute(self, name, attribute):
        if attribute != "Arn":
            return f"{name}.{attribute}"
        resource = self.resources[name]
        properties = resource["Properties"]
        part = {
            "AWS::S3::Bucket": f"s3:::{name.lower()}",
            "AWS::DynamoDB::Table": f"dynamodb:{REGION}:{ACCOUNT}:table/{name.lower()}",
            "AWS::Lambda::Function": f"lambda:{REGION}:{ACCOUNT}:function:{properties.get('FunctionName')}",
            "AWS::StepFunctions::StateMachine": f"states:{REGION}:{ACCOUNT}:stateMachine:"
            f"{properties.get('StateMachineName')}",
            "AWS::Logs::LogGroup": f"logs:{REGION}:{ACCOUNT}:log-group:{properties.get('LogGroupName')}:*",
            "AWS::SNS::Topic": f"sns:{REGION}:{ACCOUNT}:{properties.get('TopicName')}",
            "AWS::SQS::Queue": f"sqs:{REGION}:{ACCOUNT}:{properties.get('QueueName')}",
        }.get(resource["Type"], f"{resource['Type']}/{name}")
        return f"arn:aws:{part}"

    def functions(self):
        """Return the properties of the functions by their short names."""
        functions = self.of_type("AWS::Lambda::Function").values()
        return {properties["FunctionName"].rpartition("-")[2]: properties for properties in functions}

    def definition(self):
        return json.loads(self.the("AWS::StepFunctions::StateMachine")["DefinitionString"])


@pytest.fixture(scope="session")
def synthesize(tmp_path_factory):
    """Return a function that synthesizes the stack with context values. The default account is a real one."""
    from infra import app

    code = tmp_path_factory.mktemp("code")
    (code / "handler.py").write_text("")

    def synthesized(account=ACCOUNT, reads=(), region=REGION, **context):
        out = tmp_path_factory.mktemp("cdk")
        name = app.synthesize(out, code=code, account=account, region=region, context=context, reads=reads)
        return Template(out / f"{name}.template.json")

    return synthesized


@pytest.fixture(scope="session")
def template(synthesize):
    return synthesize()


@pytest.fixture(scope="session")
def company(synthesize):
    """The template with all the options of a company, synthesized as in CI: no account, no region, no credentials."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("AWS_", "CDK_"))]:
            patch.delenv(name)
        return synthesize(account=None, region=None, **COMPANY)


@pytest.fixture(scope="session")
def node_modules():
    """The folder with the tools from npm. It is installed once, for all test processes."""
    with (Path(sys.prefix) / "node_modules.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(["make", "--silent", "node_modules"], cwd=ROOT, check=True)
    return ROOT / "node_modules"
