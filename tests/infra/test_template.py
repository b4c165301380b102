"""The storage, the API and the functions in the template."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.limits import DEADLINE_S, SIZES, STATE_MARGIN_S, WORKFLOW_TIMEOUT_S

ISSUER = "https://login.example.com/"
CFN_LINT = Path(sys.executable).with_name("cfn-lint")
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["template", "with_tokens", "company"])
def test_the_template_has_no_finding_of_cfn_lint(name, request):
    path = request.getfixturevalue(name).path
    # W3005 is ignored: CDK writes dependencies that CloudFormation would find by itself.
    done = subprocess.run([CFN_LINT, "-i", "W3005", "--", path], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_template_is_below_the_limits_of_cloudformation(template):
    assert template.path.stat().st_size < 1_000_000
    assert len(template.resources) < 500


def test_a_finding_of_cdk_nag_without_an_exception_stops_the_synthesis(synthesize, monkeypatch):
    from infra import checks

    monkeypatch.setattr(checks, "_accept", lambda scope, reasons: None)
    with pytest.raises(RuntimeError, match=r"ValidationFailed.*AwsSolutions"):
        synthesize()


def test_the_table_is_encrypted_deletes_expired_items_and_has_point_in_time_recovery(template):
    table = template.the("AWS::DynamoDB::Table")
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["SSESpecification"] == {"SSEEnabled": True}


def test_the_table_lists_reports_by_owner_and_time(template):
    table = template.the("AWS::DynamoDB::Table")
    assert [(key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]] == [("pk", "HASH"), ("sk", "RANGE")]
    assert index_keys(table, "by_owner") == ["owner", "created_at"]
    assert {attribute["AttributeType"] for attribute in table["AttributeDefinitions"]} == {"S"}


def test_the_table_finds_the_running_reports_of_a_caller(template):
    assert index_keys(template.the("AWS::DynamoDB::Table"), "running_by_caller") == ["running_for", "deadline"]


def index_keys(table, name):
    (index,) = (index for index in table["GlobalSecondaryIndexes"] if index["IndexName"] == name)
    return [key["AttributeName"] for key in index["KeySchema"]]


def test_the_bucket_is_private_and_encrypted(template):
    bucket = template.the("AWS::S3::Bucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_the_bucket_refuses_plain_http(template):
    (statement,) = template.the("AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Action"] == "s3:*"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert len(statement["Resource"]) == 2


def test_work_expires_after_two_days_documents_after_seven_and_the_data_root_never(template):
    rules = {rule["Id"]: rule for rule in template.the("AWS::S3::Bucket")["LifecycleConfiguration"]["Rules"]}
    expiry = {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules.values() if "ExpirationInDays" in rule}
    assert expiry == {"work/": 2, "snapshots/": 2, "documents/": 7}
    assert rules["incomplete-uploads"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert {rule["Status"] for rule in rules.values()} == {"Enabled"}


def test_table_and_bucket_outlive_the_stack_but_not_a_failed_first_deployment_unless_removal_is_destroy(
    template, synthesize
):
    def policies(template):
        return {
            (resource["DeletionPolicy"], resource["UpdateReplacePolicy"])
            for resource in template.resources.values()
            if resource["Type"] in ("AWS::S3::Bucket", "AWS::DynamoDB::Table")
        }

    assert policies(template) == {("RetainExceptOnCreate", "Retain")}
    assert policies(synthesize(removal="destroy")) == {("Delete", "Delete")}


def test_documents_and_records_are_kept_equally_long(synthesize):
    template = synthesize(retention_days="30")
    rules = template.the("AWS::S3::Bucket")["LifecycleConfiguration"]["Rules"]
    assert {"documents/": 30}.items() <= {rule.get("Prefix"): rule.get("ExpirationInDays") for rule in rules}.items()
    assert template.functions()["submit"]["Environment"]["Variables"]["OCTAVO_RETENTION_S"] == str(30 * 24 * 3600)


@pytest.fixture(scope="module")
def with_tokens(synthesize):
    return synthesize(auth="jwt", issuer=ISSUER, audience="octavo,octavo-batch")


def routes_of(template):
    return template.of_type("AWS::ApiGatewayV2::Route").values()


def test_every_route_requires_iam_credentials(template):
    assert {route["AuthorizationType"] for route in routes_of(template)} == {"AWS_IAM"}
    assert template.of_type("AWS::ApiGatewayV2::Authorizer") == {}
    assert template.functions()["submit"]["Environment"]["Variables"]["OCTAVO_AUTH"] == "iam"


def test_every_route_requires_a_token_of_the_issuer(with_tokens):
    ((name, authorizer),) = with_tokens.of_type("AWS::ApiGatewayV2::Authorizer").items()
    routes = [(route["AuthorizationType"], route["AuthorizerId"]) for route in routes_of(with_tokens)]
    assert set(routes) == {("JWT", name.lower())}
    assert authorizer["AuthorizerType"] == "JWT"
    assert authorizer["JwtConfiguration"] == {"Issuer": ISSUER, "Audience": ["octavo", "octavo-batch"]}
    assert authorizer["IdentitySource"] == ["$request.header.Authorization"]
    for function in ("submit", "status", "manage"):
        assert with_tokens.functions()[function]["Environment"]["Variables"]["OCTAVO_AUTH"] == "jwt"


def test_the_routes_are_the_same_for_iam_and_for_tokens(template, with_tokens):
    calls = {route["RouteKey"] for route in routes_of(template)}
    assert calls == {route["RouteKey"] for route in routes_of(with_tokens)}
    assert {"POST /reports", "GET /reports/{id}", "GET /reports/{id}/document"} <= calls
    assert "$default" not in calls


def test_the_local_stack_requires_no_credentials(synthesize):
    template = synthesize(account="000000000000", auth="none")
    assert {route["AuthorizationType"] for route in routes_of(template)} == {"NONE"}
    assert template.functions()["submit"]["Environment"]["Variables"]["OCTAVO_AUTH"] == "none"


def access_log(template):
    return json.loads(template.the("AWS::ApiGatewayV2::Stage")["AccessLogSettings"]["Format"])


def test_the_access_log_contains_no_query_string_and_no_header(template, with_tokens):
    assert template.the("AWS::ApiGatewayV2::Stage")["AccessLogSettings"]["DestinationArn"]
    for written in (" ".join(access_log(each).values()).lower() for each in (template, with_tokens)):
        assert not {word for word in ("querystring", "header") if word in written}


def test_the_access_log_says_who_called(template, with_tokens):
    assert access_log(template)["caller"] == "$context.identity.userArn"
    assert access_log(with_tokens)["caller"] == "$context.authorizer.claims.sub"


@pytest.mark.parametrize("name", SIZES)
def test_a_function_has_its_size_its_own_role_and_a_log_that_is_kept_for_a_month(template, name):
    function, size = template.functions()[name], SIZES[name]
    assert function["Handler"] == f"functions.{name}.handler.handler"
    assert (function["MemorySize"], function["Timeout"]) == (size.memory_mb, size.timeout_s)
    assert function["EphemeralStorage"] == {"Size": size.storage_mb}
    assert (function["Runtime"], function["Architectures"]) == ("python3.13", ["arm64"])
    assert function["Role"] not in [other["Role"] for n, other in template.functions().items() if n != name]
    logs = template.of_type("AWS::Logs::LogGroup").values()
    assert [log["RetentionInDays"] for log in logs if log["LogGroupName"] == f"/aws/lambda/Octavo-{name}"] == [30]


def test_the_options_size_plan_and_chunk(synthesize):
    sizes = {"plan_memory_mb": "6000", "plan_storage_mb": "8192", "chunk_memory_mb": "2048", "chunk_storage_mb": "512"}
    functions = synthesize(**sizes).functions()
    for name, memory_mb, storage_mb in (("plan", 6000, 8192), ("chunk", 2048, 512), ("merge", 1024, 512)):
        assert functions[name]["MemorySize"] == memory_mb
        assert functions[name]["EphemeralStorage"] == {"Size": storage_mb}


def test_timeouts_are_nested_from_function_to_state_to_workflow_to_deadline():
    longest = max(size.timeout_s for size in SIZES.values()) + STATE_MARGIN_S
    assert STATE_MARGIN_S > 0
    assert longest < WORKFLOW_TIMEOUT_S < DEADLINE_S


SETTINGS = {
    "submit": {
        "TABLE",
        "BUCKET",
        "STATE_MACHINE_ARN",
        "API_URL",
        "AUTH",
        "DEADLINE_S",
        "MAX_RUNNING",
        "RETENTION_S",
        "LINK_LIFETIME_S",
    },
    "status": {"TABLE", "BUCKET", "API_URL", "AUTH", "LINK_LIFETIME_S"},
    "manage": {"TABLE", "BUCKET", "STATE_MACHINE_ARN", "API_URL", "AUTH", "LINK_LIFETIME_S"},
    "plan": {"TABLE", "BUCKET", "DATA_ROOT", "CAPACITY"},
    "admit": {"TABLE", "CAPACITY"},
    "chunk": {"TABLE", "BUCKET"},
    "merge": {"TABLE", "BUCKET"},
    "fail": {"TABLE"},
    "watch": {"TABLE"},
}


@pytest.mark.parametrize("name", SIZES)
def test_a_function_has_the_settings_that_it_needs_and_no_others(template, name):
    variables = template.functions()[name]["Environment"]["Variables"]
    assert set(variables) - {"POWERTOOLS_SERVICE_NAME"} == {f"OCTAVO_{setting}" for setting in SETTINGS[name]}
    assert all(variables.values())


READ_AT_THE_START = """
import importlib, json, sys
from octavo.settings import settings

class Noted(dict):
    def get(self, name, default=None):
        read.add(name)
        return super().get(name, default)

    def __getitem__(self, name):
        read.add(name)
        return super().__getitem__(name)

given, all_read = json.loads(sys.argv[1]), {}
for function, variables in given.items():
    read = set()
    settings.__dict__.clear()
    settings._environ = Noted(variables)
    importlib.import_module(f"functions.{function}.handler")
    all_read[function] = sorted(read)
print(json.dumps(all_read))
"""


def test_a_function_reads_all_its_settings_when_it_starts(template):
    """A setting that is missing or wrong then stops the deployment's first call, and not one of the later ones."""
    variables = {
        name: template.functions()[name]["Environment"]["Variables"] | {"OCTAVO_API_URL": "https://reports.example"}
        for name in SIZES
    }
    aws = {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
    read = subprocess.run(
        [sys.executable, "-c", READ_AT_THE_START, json.dumps(variables)],
        env={**os.environ, **aws},
        check=True,
        capture_output=True,
        cwd=ROOT,
    )
    for name, names in json.loads(read.stdout).items():
        assert {f"OCTAVO_{setting}" for setting in SETTINGS[name]} <= set(names), name


def test_the_api_knows_its_own_address(template):
    url = template.functions()["status"]["Environment"]["Variables"]["OCTAVO_API_URL"]
    assert url.endswith(".ApiEndpoint")
    assert template.filled(template.body["Outputs"]["ApiUrl"]["Value"]) == url


def test_the_api_can_have_another_public_address_that_contains_its_id(synthesize):
    template = synthesize(api_url="https://reports.example.com/{api_id}/v1/")
    url = template.functions()["status"]["Environment"]["Variables"]["OCTAVO_API_URL"]
    (api_id,) = template.of_type("AWS::ApiGatewayV2::Api")
    assert url == f"https://reports.example.com/{api_id.lower()}/v1"


def test_the_outputs_name_the_api_the_bucket_the_table_and_the_state_machine(template):
    assert set(template.body["Outputs"]) == {"ApiUrl", "BucketName", "TableName", "StateMachineArn"}
