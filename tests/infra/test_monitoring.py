"""The alarms and the dashboard in the template."""

import json
import re
from pathlib import Path

import pytest

from infra.limits import SIZES, WATCH_EVERY_MINUTES, WORKFLOW_TIMEOUT_S
from octavo.metrics import NAMESPACE, Metric
from tests.infra.conftest import ACCOUNT, REGION

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"
ALARMS = {"report-faults", "failed-executions", "undelivered-ends", "api-errors", "oldest-report"}


def alarms_of(template):
    """Return the alarms by their names without the stack."""
    alarms = template.of_type("AWS::CloudWatch::Alarm").values()
    return {alarm["AlarmName"].removeprefix("Octavo-").removeprefix("test-"): alarm for alarm in alarms}


def dimensions_of(alarm):
    return {dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]}


@pytest.fixture(scope="module")
def body(template):
    return json.loads(template.the("AWS::CloudWatch::Dashboard")["DashboardBody"])


def lines_of(body):
    """Return the metrics of the dashboard's graphs: namespace, name and dimensions."""
    for widget in body["widgets"]:
        for line in widget["properties"].get("metrics", []):
            *told, last = line
            for options in [last] if isinstance(last, dict) else []:
                if search := re.fullmatch(
                    r"SEARCH\('\{(.+?)\} MetricName=\"(\w+)\" Stack=\"(.+?)\"'.+", options.get("expression", "")
                ):
                    schema, name, stack = search.groups()
                    namespace, *dimensions = schema.split(",")
                    yield (
                        namespace,
                        name,
                        {dimension: stack if dimension == "Stack" else "*" for dimension in dimensions},
                    )
            if told:
                namespace, name, *dimensions = told
                yield namespace, name, dict(zip(dimensions[::2], dimensions[1::2], strict=True))


def test_the_dashboard_shows_exactly_the_metrics_that_the_functions_print(body):
    """tests/functional/test_metrics.py shows that the functions print all of these, with these dimensions."""
    shown = {name: dimensions for namespace, name, dimensions in lines_of(body) if namespace == NAMESPACE}
    assert shown.keys() == set(Metric)
    assert shown.pop(Metric.ENDED) == {"Stack": "Octavo", "Code": "*"}
    assert {json.dumps(dimensions) for dimensions in shown.values()} == {'{"Stack": "Octavo"}'}


def test_the_metrics_of_aws_are_those_of_this_stack(template, body):
    dimensions = {
        (namespace, json.dumps(given, sort_keys=True))
        for namespace, _, given in lines_of(body)
        if namespace not in (NAMESPACE, "AWS/Lambda")
    }
    machine = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:Octavo-reports"
    (api,), (table,), (bucket,), (queue,) = (
        template.of_type(kind)
        for kind in ("AWS::ApiGatewayV2::Api", "AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue")
    )
    assert dimensions == {
        ("AWS/ApiGateway", json.dumps({"ApiId": api.lower()})),
        ("AWS/DynamoDB", json.dumps({"TableName": table.lower()})),
        ("AWS/S3", json.dumps({"BucketName": bucket.lower(), "StorageType": "StandardStorage"})),
        ("AWS/SQS", json.dumps({"QueueName": f"{queue}.QueueName"})),
        ("AWS/States", json.dumps({"StateMachineArn": machine})),
        ("AWS/States", json.dumps({"StateMachineArn": f"{machine}/chunks"})),
    }


def test_the_chunks_on_the_dashboard_are_those_of_the_map(template):
    from infra.measurements import MAP_LABEL

    assert template.definition()["States"]["Render chunks"]["Label"] == MAP_LABEL


@pytest.mark.parametrize("name", ["Errors", "Throttles", "Duration"])
def test_the_dashboard_shows_every_function(body, name):
    functions = {
        given["FunctionName"]
        for namespace, metric, given in lines_of(body)
        if (namespace, metric) == ("AWS/Lambda", name)
    }
    assert functions == {f"Octavo-{function}" for function in SIZES}


def test_the_dashboard_has_a_row_for_each_question_and_every_graph_has_a_title(body):
    headings = [w["properties"]["markdown"] for w in body["widgets"] if w["type"] == "text"]
    assert headings == ["## Reports", "## Time", "## Errors", "## Capacity", "## Cost drivers"]
    graphs = [widget for widget in body["widgets"] if widget["type"] == "metric"]
    assert len({widget["properties"]["title"] for widget in graphs}) == len(graphs) == 20
    assert all(line[-1]["label"] for widget in graphs for line in widget["properties"]["metrics"])


def test_the_dashboard_shows_the_state_of_every_alarm(template, body):
    (widget,) = (widget for widget in body["widgets"] if widget["type"] == "alarm")
    assert len(widget["properties"]["alarms"]) == len(template.of_type("AWS::CloudWatch::Alarm"))


@pytest.mark.parametrize(
    ("name", "metric", "threshold"),
    [
        ("report-faults", ("Octavo", "ReportFaults", "Sum"), 1),
        ("failed-executions", ("AWS/States", "ExecutionsFailed", "Sum"), 10),
        ("undelivered-ends", ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum"), 1),
        ("api-errors", ("AWS/ApiGateway", "5xx", "Sum"), 5),
        ("oldest-report", ("Octavo", "OldestRunningSeconds", "Maximum"), WORKFLOW_TIMEOUT_S // 2),
    ],
)
def test_an_alarm_rings_when_its_metric_reaches_the_threshold(template, name, metric, threshold):
    alarm = alarms_of(template)[name]
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == metric
    assert (alarm["Threshold"], alarm["EvaluationPeriods"]) == (threshold, 1)
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert alarm["TreatMissingData"] == ("missing" if name == "oldest-report" else "notBreaching")
    assert alarm["AlarmDescription"].endswith("See docs/operations.md of Octavo.")


def test_there_are_no_other_alarms(template, company):
    assert alarms_of(template).keys() == alarms_of(company).keys() == ALARMS


def test_the_page_for_operators_explains_every_alarm(template):
    page = (Path(__file__).parents[2] / "docs/operations.md").read_text()
    explained = re.findall(r"^\| `(Octavo-[\w-]+)` \|", page, re.MULTILINE)
    assert sorted(explained) == sorted(f"Octavo-{name}" for name in alarms_of(template))


def test_an_alarm_reads_the_metrics_of_its_own_stack(company):
    told = [dimensions_of(alarm) for alarm in alarms_of(company).values()]
    assert all(told)
    assert {dimensions["Stack"] for dimensions in told if "Stack" in dimensions} == {"Octavo-test"}


def test_a_late_run_of_the_watch_is_no_missing_data(template):
    assert alarms_of(template)["oldest-report"]["Period"] > 2 * WATCH_EVERY_MINUTES * 60


def test_without_a_topic_the_alarms_notify_nobody(template):
    assert not any("AlarmActions" in alarm for alarm in alarms_of(template).values())
    assert template.of_type("AWS::SNS::Topic") == {}


def test_alarms_notify_an_existing_topic(synthesize):
    template = synthesize(alarm_topic=TOPIC)
    for name, alarm in alarms_of(template).items():
        assert (alarm["AlarmActions"], alarm["OKActions"]) == ([TOPIC], [TOPIC])
        assert alarm.get("InsufficientDataActions") == ([TOPIC] if name == "oldest-report" else None)
    assert template.of_type("AWS::SNS::Topic") == {}


def test_an_address_gets_a_topic_with_its_subscription(company):
    subscription = company.the("AWS::SNS::Subscription")
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "ops@example.com")
    notified = {action for alarm in alarms_of(company).values() for action in alarm["AlarmActions"]}
    assert notified == {subscription["TopicArn"]}


def test_the_alarms_of_the_account_may_publish_to_the_new_topic_and_only_over_tls(company):
    statements = company.the("AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    by_effect = {statement["Effect"]: statement for statement in statements}
    assert by_effect["Deny"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    allowed = by_effect["Allow"]
    assert (allowed["Action"], allowed["Principal"]) == ("sns:Publish", {"Service": "cloudwatch.amazonaws.com"})
    assert allowed["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_the_watch_runs_every_five_minutes(template):
    (rule,) = (rule for rule in template.of_type("AWS::Events::Rule").values() if "ScheduleExpression" in rule)
    assert rule["ScheduleExpression"] == "rate(5 minutes)"
    (target,) = rule["Targets"]
    assert target["Arn"].endswith("function:Octavo-watch")
    assert target["RetryPolicy"]["MaximumRetryAttempts"] == 0
