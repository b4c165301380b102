"""The options by which a company fits a stack into its account, in the template."""

import json
import re

import pytest

from tests.infra.conftest import COMPANY

KEY = COMPANY["kms_key"]
TAGS = [{"Key": "cost-center", "Value": "4711"}, {"Key": "owner", "Value": "Reports team"}]


def test_the_bucket_the_table_the_queue_and_the_logs_are_encrypted_with_the_key(company):
    (rule,) = company.the("AWS::S3::Bucket")["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
    assert rule["BucketKeyEnabled"] is True
    table = company.the("AWS::DynamoDB::Table")["SSESpecification"]
    assert table == {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY}
    assert company.the("AWS::SQS::Queue")["KmsMasterKeyId"] == KEY
    assert {log["KmsKeyId"] for log in company.of_type("AWS::Logs::LogGroup").values()} == {KEY}


def test_nothing_that_is_stored_escapes_the_key(company):
    """Only these types of the template store data; a new one must be added here, and encrypted."""
    storing = {"AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::Logs::LogGroup"}
    others = {
        "AWS::ApiGatewayV2::Api",
        "AWS::ApiGatewayV2::Integration",
        "AWS::ApiGatewayV2::Route",
        "AWS::ApiGatewayV2::Stage",
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::Events::Rule",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::Lambda::Permission",
        "AWS::Lambda::Version",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::Subscription",
        "AWS::SNS::Topic",  # an alarm's message names the alarm and its metric, and nothing of a report
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::StepFunctions::StateMachine",  # its executions contain IDs, and no parameters or rows
    }
    assert {resource["Type"] for resource in company.resources.values()} <= storing | others


def test_all_logs_are_kept_for_the_same_time(template, company):
    for made, days in ((template, 30), (company, 90)):
        assert {log["RetentionInDays"] for log in made.of_type("AWS::Logs::LogGroup").values()} == {days}


def test_every_function_runs_in_the_vpc(template, company):
    connected = {"SubnetIds": ["subnet-0a1b2c3d", "subnet-0b2c3d4e"], "SecurityGroupIds": ["sg-0c3d4e5f"]}
    assert all(function["VpcConfig"] == connected for function in company.functions().values())
    assert not any("VpcConfig" in function for function in template.functions().values())


def test_every_role_has_the_permissions_boundary(template, company):
    roles = company.of_type("AWS::IAM::Role").values()
    assert {role["PermissionsBoundary"] for role in roles} == {COMPANY["permissions_boundary"]}
    assert len(roles) == len(company.functions()) + 1  # and that of the workflow
    assert not any("PermissionsBoundary" in role for role in template.of_type("AWS::IAM::Role").values())


@pytest.mark.parametrize(
    "kind",
    [
        "AWS::S3::Bucket",
        "AWS::DynamoDB::Table",
        "AWS::Lambda::Function",
        "AWS::SQS::Queue",
        "AWS::StepFunctions::StateMachine",
        "AWS::Logs::LogGroup",
        "AWS::IAM::Role",
        "AWS::SNS::Topic",
        "AWS::CloudWatch::Alarm",
    ],
)
def test_every_resource_that_costs_money_or_holds_data_has_the_tags(company, kind):
    found = company.of_type(kind).values()
    assert found
    for properties in found:
        assert [tag for tag in properties["Tags"] if tag in TAGS] == TAGS


def test_the_api_has_the_tags_too(company):
    for kind in ("AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Stage"):
        assert company.the(kind)["Tags"] == {tag["Key"]: tag["Value"] for tag in TAGS}


def names_in(template):
    """Return the names by which the account knows the resources, and that the template chooses."""
    return {
        value
        for resource in template.resources.values()
        for name, value in resource.get("Properties", {}).items()
        if re.fullmatch(
            r"(Function|Queue|Topic|StateMachine|Alarm|Dashboard|LogGroup|Role|Bucket|Table|Rule)?Name", name
        )
        and isinstance(value, str)
    } - {"$default"}


def test_every_chosen_name_contains_the_name_of_the_stack(template, company):
    for made, stack in ((template, "Octavo"), (company, "Octavo-test")):
        names = names_in(made)
        assert {f"{stack}-reports", f"{stack}-submit", f"{stack}-undelivered", f"{stack}-api-errors"} <= names
        assert not [
            name for name in names if not re.fullmatch(rf"(/aws/(lambda|vendedlogs/(apis|states))/)?{stack}-.+", name)
        ]
    assert "Octavo-test-alarms" in names_in(company)


def test_two_stacks_in_one_account_share_no_name(template, company):
    assert not names_in(template) & names_in(company)


def test_two_stacks_in_one_account_have_separate_metrics(template, company):
    stacks = [
        {function["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] for function in made.functions().values()}
        for made in (template, company)
    ]
    assert stacks == [{"Octavo"}, {"Octavo-test"}]


def test_the_template_is_for_any_account_and_nothing_was_looked_up(company):
    manifest = json.loads((company.path.parent / "manifest.json").read_text())
    assert "missing" not in manifest
    stack = manifest["artifacts"]["Octavo-test"]
    assert stack["environment"] == "aws://unknown-account/unknown-region"
    assert not (company.path.parent / "cdk.context.json").exists()


def test_an_existing_bucket_can_hold_the_sources(company):
    assert company.functions()["plan"]["Environment"]["Variables"]["OCTAVO_DATA_ROOT"] == "s3://lake/sales"
    (bucket,) = company.of_type("AWS::S3::Bucket")
    assert bucket.lower() != "lake"
