"""The permissions of each role, checked for every action on every kind of resource."""

import json

import pytest
from moto.iam.access_control import IAMPolicy, PermissionResult

from infra.report_types import S3Path
from tests.infra.conftest import ACCOUNT, COMPANY, REGION

ACTIONS = {
    "s3:GetObject": "objects",
    "s3:PutObject": "objects",
    "s3:DeleteObject": "objects",
    "s3:AbortMultipartUpload": "objects",
    "s3:PutObjectAcl": "objects",
    "s3:GetBucketPolicy": "bucket",
    "s3:PutBucketPolicy": "bucket",
    "dynamodb:GetItem": "table",
    "dynamodb:PutItem": "table",
    "dynamodb:UpdateItem": "table",
    "dynamodb:DeleteItem": "table",
    "dynamodb:Query": "index",
    "dynamodb:Scan": "index",
    "dynamodb:BatchWriteItem": "table",
    "dynamodb:DeleteTable": "table",
    "states:StartExecution": "machine",
    "states:StopExecution": "execution",
    "states:DeleteStateMachine": "machine",
    "lambda:InvokeFunction": "function",
    "iam:PassRole": "role",
    "logs:PutLogEvents": "log",
}
READ, CHANGE, CREATE, QUERY = "dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:PutItem", "dynamodb:Query"
ALLOWED = {
    "submit": {
        READ: ["table"],
        CHANGE: ["table"],
        CREATE: ["table"],
        QUERY: ["table", "running_by_caller"],
        "s3:GetObject": ["documents"],
        "states:StartExecution": ["machine"],
    },
    "status": {READ: ["table"], CHANGE: ["table"], QUERY: ["table", "by_owner"], "s3:GetObject": ["documents"]},
    "manage": {
        READ: ["table"],
        CHANGE: ["table"],
        "dynamodb:DeleteItem": ["table"],
        QUERY: ["table"],
        "s3:GetObject": ["documents"],
        "s3:DeleteObject": ["documents"],
        "states:StopExecution": ["execution"],
    },
    "plan": {
        READ: ["table"],
        CHANGE: ["table"],
        CREATE: ["table"],
        "s3:GetObject": ["work", "data"],
        "s3:PutObject": ["work", "snapshots"],
    },
    "admit": {READ: ["table"], CHANGE: ["table"], CREATE: ["table"]},
    "chunk": {
        READ: ["table"],
        CHANGE: ["table"],
        "s3:GetObject": ["snapshots", "work"],
        "s3:PutObject": ["work"],
    },
    "merge": {
        READ: ["table"],
        CHANGE: ["table"],
        "s3:GetObject": ["work", "documents"],
        "s3:PutObject": ["documents"],
        "s3:DeleteObject": ["documents"],
        "s3:AbortMultipartUpload": ["documents"],
    },
    "fail": {READ: ["table"], CHANGE: ["table"]},
    "watch": {READ: ["table"], CHANGE: ["table"], "dynamodb:Scan": ["running_by_caller"]},
}


def policy_of(template, role):
    statements = []
    for policy in template.of_type("AWS::IAM::Policy").values():
        if role in policy["Roles"]:
            statements += policy["PolicyDocument"]["Statement"]
    return IAMPolicy(json.dumps({"Version": "2012-10-17", "Statement": statements}))


def policy_of_function(template, name):
    for resource in template.resources.values():
        if resource["Type"] == "AWS::Lambda::Function" and resource["Properties"]["FunctionName"].endswith(f"-{name}"):
            return policy_of(template, resource["Properties"]["Role"]["Fn::GetAtt"][0].lower())
    raise LookupError(name)


def policy_of_workflow(template):
    (machine,) = (r for r in template.resources.values() if r["Type"] == "AWS::StepFunctions::StateMachine")
    return policy_of(template, machine["Properties"]["RoleArn"]["Fn::GetAtt"][0].lower())


def bucket_arn(template):
    (name,) = template.of_type("AWS::S3::Bucket")
    return f"arn:aws:s3:::{name.lower()}"


def places(template, kind):
    """Return one ARN, by a short name, for each place that an action on this kind of resource could affect."""
    bucket = bucket_arn(template)
    if kind == "objects":
        folders = ("work", "snapshots", "documents", "data", "elsewhere")
        return {folder: f"{bucket}/{folder}/x/y" for folder in folders} | {"foreign": "arn:aws:s3:::another/work/x"}
    (table,) = template.of_type("AWS::DynamoDB::Table")
    name_of_machine = template.the("AWS::StepFunctions::StateMachine")["StateMachineName"]
    tables = "arn:aws:dynamodb:eu-central-1:123456789012:table"
    executions = "arn:aws:states:eu-central-1:123456789012:execution"
    return {
        "index": {
            "table": f"{tables}/{table.lower()}",
            "by_owner": f"{tables}/{table.lower()}/index/by_owner",
            "running_by_caller": f"{tables}/{table.lower()}/index/running_by_caller",
            "foreign": f"{tables}/another/index/by_owner",
        },
        "execution": {
            "execution": f"{executions}:{name_of_machine}:flights-csv-0192f0c1",
            "foreign": f"{executions}:another:flights-csv-0192f0c1",
        },
        "bucket": {"bucket": bucket},
        "table": {"table": f"{tables}/{table.lower()}", "foreign": f"{tables}/another"},
        "machine": {
            name: f"arn:aws:states:eu-central-1:123456789012:stateMachine:{machine}"
            for name, machine in {"machine": name_of_machine, "foreign": "another"}.items()
        },
        "function": {"function": "arn:aws:lambda:eu-central-1:123456789012:function:Octavo-merge"},
        "role": {"role": "arn:aws:iam::123456789012:role/Admin"},
        "log": {"foreign": "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/another:log-stream:x"},
    }[kind]


def may(policy, action, arn, **conditions):
    result = policy.is_action_permitted(action, arn, incoming_condition_values=conditions or None)
    return result is PermissionResult.PERMITTED


@pytest.mark.parametrize("name", ALLOWED)
def test_a_function_may_do_its_work_and_nothing_else(template, name):
    policy = policy_of_function(template, name)
    may_do = {
        (action, place)
        for action, kind in ACTIONS.items()
        for place, arn in places(template, kind).items()
        if may(policy, action, arn)
    }
    assert may_do == {(action, place) for action, where in ALLOWED[name].items() for place in where}


@pytest.mark.parametrize("name", ALLOWED)
def test_a_function_writes_its_own_log(template, name):
    log = f"arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/Octavo-{name}:log-stream:x"
    assert may(policy_of_function(template, name), "logs:PutLogEvents", log)


@pytest.mark.parametrize("name", ALLOWED)
def test_no_policy_of_a_function_has_a_wildcard_action_or_resource(template, name):
    for statement in policy_of_function(template, name)._policy_json["Statement"]:
        actions, resources = statement["Action"], statement["Resource"]
        assert "*" not in "".join([actions] if isinstance(actions, str) else actions)
        for resource in [resources] if isinstance(resources, str) else resources:
            assert resource not in ("*", f"{bucket_arn(template)}/*")


def listing(template, bucket):
    """Return the statements that allow the plan to list this bucket."""
    return [
        statement
        for statement in policy_of_function(template, "plan")._policy_json["Statement"]
        if statement["Action"] == "s3:ListBucket" and statement["Resource"] == bucket
    ]


def test_the_plan_may_list_the_data_root_and_no_other_folder(template):
    (statement,) = listing(template, bucket_arn(template))
    assert statement["Condition"] == {"StringLike": {"s3:prefix": "data/*"}}


def test_a_data_root_elsewhere_is_read_only_and_replaces_the_default(synthesize):
    template = synthesize(data_root="s3://lake/sales")
    policy = policy_of_function(template, "plan")
    assert may(policy, "s3:GetObject", "arn:aws:s3:::lake/sales/2026.parquet")
    assert not may(policy, "s3:GetObject", "arn:aws:s3:::lake/staff/2026.parquet")
    assert not may(policy, "s3:GetObject", f"{bucket_arn(template)}/data/x")
    assert not may(policy, "s3:PutObject", "arn:aws:s3:::lake/sales/2026.parquet")
    assert not may(policy, "s3:DeleteObject", "arn:aws:s3:::lake/sales/2026.parquet")
    (statement,) = listing(template, "arn:aws:s3:::lake")
    assert statement["Condition"] == {"StringLike": {"s3:prefix": "sales/*"}}
    assert template.functions()["plan"]["Environment"]["Variables"]["OCTAVO_DATA_ROOT"] == "s3://lake/sales"


READS = (
    S3Path("lake", "sales/2026/*.parquet"),
    S3Path("lake", "shops.csv"),
    S3Path("pond", "a/**/part-?[0-9].json"),
)


@pytest.fixture(scope="module")
def reading(synthesize):
    """The template of report types that read files apart from the data root."""
    return synthesize(reads=READS)


def test_the_plan_reads_the_sources_of_the_report_types_and_nothing_beside_them(reading):
    policy = policy_of_function(reading, "plan")
    readable = [
        "lake/sales/2026/a.parquet",
        "lake/sales/2026/02/a.parquet",
        "lake/shops.csv",
        "pond/a/b/c/part-x1.json",
    ]
    closed = [
        "lake/sales/2026/a.csv",
        "lake/sales/2025/a.parquet",
        "lake/shops.csv.old",
        "lake/staff.csv",
        "pond/a/b/x1.json",
        "pond/shops.csv",
        "another/sales/2026/a.parquet",
    ]
    for key in readable:
        assert may(policy, "s3:GetObject", f"arn:aws:s3:::{key}"), key
    for key in closed:
        assert not may(policy, "s3:GetObject", f"arn:aws:s3:::{key}"), key
    for action in ("s3:PutObject", "s3:DeleteObject", "s3:PutObjectAcl"):
        assert not any(may(policy, action, f"arn:aws:s3:::{key}") for key in readable), action


def test_the_plan_lists_the_folders_of_patterns_alone(reading):
    (lake,), (pond,) = (listing(reading, f"arn:aws:s3:::{bucket}") for bucket in ("lake", "pond"))
    assert lake["Condition"] == {"StringLike": {"s3:prefix": ["sales/2026/*"]}}
    assert pond["Condition"] == {"StringLike": {"s3:prefix": ["a/*"]}}


@pytest.mark.parametrize("name", sorted(ALLOWED.keys() - {"plan"}))
def test_no_other_function_reads_a_source(reading, name):
    policy = policy_of_function(reading, name)
    for key in ("lake/sales/2026/a.parquet", "lake/shops.csv", "pond/a/b/part-x1.json"):
        assert not may(policy, "s3:GetObject", f"arn:aws:s3:::{key}")


def test_a_source_below_the_data_root_needs_no_right_of_its_own(synthesize):
    template = synthesize(data_root="s3://lake/sales", reads=[S3Path("lake", "sales/a/*.csv")])
    (statement,) = listing(template, "arn:aws:s3:::lake")
    assert statement["Condition"] == {"StringLike": {"s3:prefix": "sales/*"}}


def test_a_whole_bucket_may_be_the_data_root(synthesize):
    policy = policy_of_function(synthesize(data_root="s3://lake"), "plan")
    assert may(policy, "s3:GetObject", "arn:aws:s3:::lake/any.parquet")


def test_the_workflow_may_run_its_functions_and_read_the_list_of_chunks(template):
    policy = policy_of_workflow(template)
    functions = "arn:aws:lambda:eu-central-1:123456789012:function"
    for version in (1, 7, 1234):  # an execution that is running invokes the versions of an earlier deployment
        arns = {name: f"{functions}:Octavo-{name}:{version}" for name in ALLOWED}
        invoked = {name for name, arn in arns.items() if may(policy, "lambda:InvokeFunction", arn)}
        assert invoked == {"plan", "admit", "chunk", "merge", "fail"}
    assert not any(may(policy, "lambda:InvokeFunction", f"{functions}:Octavo-{name}") for name in ALLOWED)
    readable = {place for place, arn in places(template, "objects").items() if may(policy, "s3:GetObject", arn)}
    assert readable == {"work"}
    assert not any(may(policy, "s3:PutObject", arn) for arn in places(template, "objects").values())


def test_the_map_may_start_child_executions_of_this_workflow_only(template):
    policy = policy_of_workflow(template)
    machines = places(template, "machine")
    assert may(policy, "states:StartExecution", machines["machine"])
    assert not may(policy, "states:StartExecution", machines["foreign"])


def test_the_api_and_the_rule_may_call_their_functions_only(template):
    permissions = template.of_type("AWS::Lambda::Permission").values()
    called = {(p["Principal"], p["FunctionName"].rpartition("-")[2]) for p in permissions}
    assert called == {
        ("apigateway.amazonaws.com", "submit"),
        ("apigateway.amazonaws.com", "status"),
        ("apigateway.amazonaws.com", "manage"),
        ("events.amazonaws.com", "fail"),
        ("events.amazonaws.com", "watch"),
    }
    assert all(p["SourceArn"] for p in permissions)


def statements_of_function(template, name, service):
    """Return what a function may do with a service: the actions, the resource and the condition of each statement."""
    for statement in policy_of_function(template, name)._policy_json["Statement"]:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        if actions[0].startswith(f"{service}:"):
            yield statement["Effect"], set(actions), statement["Resource"], statement.get("Condition")


READ_TABLE = {"kms:Decrypt", "kms:DescribeKey"}
WRITE_TABLE = READ_TABLE | {
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
}
WRITE = {"kms:Decrypt", "kms:GenerateDataKey"}
KEY_USE = {
    "submit": {"dynamodb": WRITE_TABLE, "s3": {"kms:Decrypt"}},
    "status": {"dynamodb": WRITE_TABLE, "s3": {"kms:Decrypt"}},
    "manage": {"dynamodb": WRITE_TABLE, "s3": {"kms:Decrypt"}},
    "plan": {"dynamodb": WRITE_TABLE, "s3": WRITE},
    "chunk": {"dynamodb": WRITE_TABLE, "s3": WRITE},
    "merge": {"dynamodb": WRITE_TABLE, "s3": WRITE},
    "admit": {"dynamodb": WRITE_TABLE},
    "fail": {"dynamodb": WRITE_TABLE, "sqs": WRITE},
    "watch": {"dynamodb": WRITE_TABLE},
}


def through(condition):
    """Return the service through which a key may be used."""
    ((operator, (via,)),) = ((operator, via.items()) for operator, via in condition.items())
    name, service = via
    assert (operator, name) == ("StringLike", "kms:ViaService")
    assert service.endswith(f".{REGION}.amazonaws.com*")
    return service.partition(".")[0]


@pytest.mark.parametrize("name", ALLOWED)
def test_a_function_uses_the_key_for_its_own_data_and_only_through_the_service_that_stores_it(company, name):
    used = {}
    for effect, actions, resource, condition in statements_of_function(company, name, "kms"):
        assert (effect, resource) == ("Allow", COMPANY["kms_key"])
        used.setdefault(through(condition), set()).update(actions)
    assert used == KEY_USE[name]


def test_the_workflow_uses_the_key_to_read_the_list_of_chunks(company):
    statements = policy_of_workflow(company)._policy_json["Statement"]
    (statement,) = (each for each in statements if "kms" in json.dumps(each["Action"]))
    assert (statement["Action"], statement["Resource"]) == ("kms:Decrypt", COMPANY["kms_key"])
    assert through(statement["Condition"]) == "s3"


@pytest.mark.parametrize("name", ALLOWED)
def test_only_lambda_itself_may_create_network_interfaces_and_not_the_code_of_a_function(company, name):
    (_, allowed, *_), (effect, denied, _, condition) = statements_of_function(company, name, "ec2")
    assert effect == "Deny"
    assert allowed == denied
    assert "ec2:CreateNetworkInterface" in allowed
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:Octavo-test-{name}"
    assert condition == {"ArnLike": {"lambda:SourceFunctionArn": [arn, f"{arn}:*"]}}


@pytest.mark.parametrize("name", ALLOWED)
def test_the_options_of_a_company_give_a_function_no_other_permission(template, company, name):
    def actions(of):
        statements = policy_of_function(of, name)._policy_json["Statement"]
        listed = {
            action
            for each in statements
            for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
        }
        return {action for action in listed if not action.startswith(("kms:", "ec2:"))}

    assert actions(company) == actions(template)


@pytest.mark.parametrize("name", ALLOWED)
def test_without_a_key_and_a_network_a_function_needs_no_permission_for_them(template, name):
    for service in ("kms", "ec2"):
        assert not list(statements_of_function(template, name, service))


def test_the_role_of_each_service_can_be_assumed_by_that_service_alone(template):
    users = {}  # the service that uses a role, by the role's logical ID
    for kind, attribute, service in (
        ("AWS::Lambda::Function", "Role", "lambda.amazonaws.com"),
        ("AWS::StepFunctions::StateMachine", "RoleArn", "states.amazonaws.com"),
    ):
        for resource in template.resources.values():
            if resource["Type"] == kind:
                role, _ = resource["Properties"][attribute]["Fn::GetAtt"]
                assert users.setdefault(role, service) == service, f"{role} is used by two services"
    roles = template.of_type("AWS::IAM::Role")
    assert roles.keys() == users.keys()
    for role, properties in roles.items():
        (statement,) = properties["AssumeRolePolicyDocument"]["Statement"]
        conditions = statement.pop("Condition", {})
        principal = {"Service": users[role]}
        assert statement == {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}, role
        if users[role] == "states.amazonaws.com":  # which must not be led to it by a state machine of another account
            assert conditions["StringEquals"] == {"aws:SourceAccount": "123456789012"}
