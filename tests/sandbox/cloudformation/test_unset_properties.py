"""What a template sets no more: it goes back to what it is if nobody sets it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from mailfanout.target import Target
from support.parts.stacks import (
    CAPABILITIES,
    STACK_NAME,
    create,
    create_stack,
    describe_stack,
    failures,
    update,
)
from support.sandboxes.account_setup import policy, trust

pytestmark = pytest.mark.slow

FOR_LAMBDA = json.loads(policy(trust({"Service": "lambda.amazonaws.com"})))
RECEIVES = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"
SENDS = "arn:aws:iam::aws:policy/AmazonSQSFullAccess"
KEY = {"AttributeName": "a", "AttributeType": "S"}
ONE_UNIT = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}


def arn_of(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}


# Resources, each with what it always has, and with what is set first and then no more.
PARTS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "Bucket": (
        "S3::Bucket",
        {},
        {
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
                ]
            },
            "VersioningConfiguration": {"Status": "Enabled"},
        },
    ),
    "Function": (
        "Lambda::Function",
        {
            "Code": {"ZipFile": "def handler(event, context): ..."},
            "Handler": "index.handler",
            "Runtime": "python3.13",
            "Role": arn_of("Role"),
        },
        {
            "DeadLetterConfig": {"TargetArn": arn_of("Queue")},
            "Description": "sends",
            "Environment": {"Variables": {"TABLE": "people"}},
            "EphemeralStorage": {"Size": 1024},
            "LoggingConfig": {"LogFormat": "JSON", "LogGroup": "/elsewhere"},
            "MemorySize": 256,
            "Timeout": 20,
            "TracingConfig": {"Mode": "Active"},
        },
    ),
    "Mapping": (
        "Lambda::EventSourceMapping",
        {"EventSourceArn": arn_of("Queue"), "FunctionName": {"Ref": "Function"}},
        {
            "BatchSize": 5,
            "Enabled": False,
            "FilterCriteria": {"Filters": [{"Pattern": '{"body": {"a": [1]}}'}]},
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "MaximumBatchingWindowInSeconds": 3,
            "ScalingConfig": {"MaximumConcurrency": 3},
        },
    ),
    "Queue": ("SQS::Queue", {}, {"RedriveAllowPolicy": {"redrivePermission": "denyAll"}}),
    "Role": (
        "IAM::Role",
        {"AssumeRolePolicyDocument": FOR_LAMBDA, "ManagedPolicyArns": [RECEIVES, SENDS]},
        {"Description": "sends", "MaxSessionDuration": 7200},
    ),
    "Table": (
        "DynamoDB::Table",
        {
            "AttributeDefinitions": [KEY],
            "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
        },
        {
            "BillingMode": "PAY_PER_REQUEST",
            "TimeToLiveSpecification": {"AttributeName": "ends", "Enabled": True},
        },
    ),
}


def template(*, sets: bool) -> str:
    resources: dict[str, Any] = {
        name: {"Type": f"AWS::{kind}", "Properties": always | (first if sets else {})}
        for name, (kind, always, first) in PARTS.items()
    }
    if not sets:
        resources["Table"]["Properties"]["ProvisionedThroughput"] = ONE_UNIT
    outputs = {name: {"Value": {"Ref": name}} for name in PARTS}
    return json.dumps({"Resources": resources, "Outputs": outputs})


def bucket(target: Target, name: str) -> dict[str, Any]:
    s3 = target.client("s3")
    encryption = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]
    (rule,) = encryption["Rules"]
    versioning = s3.get_bucket_versioning(Bucket=name)
    return {**rule["ApplyServerSideEncryptionByDefault"], "Status": versioning["Status"]}


def queue(target: Target, url: str) -> dict[str, Any]:
    found = target.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    return {"RedriveAllowPolicy": None, **found["Attributes"]}


def table(target: Target, name: str) -> dict[str, Any]:
    dynamodb = target.client("dynamodb")
    found = dynamodb.describe_table(TableName=name)["Table"]
    expiry = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    return {**found["BillingModeSummary"], "TimeToLive": expiry["TimeToLiveStatus"]}


def function(target: Target, name: str) -> dict[str, Any]:
    found = target.client("lambda").get_function_configuration(FunctionName=name)
    found["LoggingConfig"]["LogGroup"] = found["LoggingConfig"]["LogGroup"].replace(name, "NAME")
    return {"DeadLetterConfig": None, **found}


def mapping(target: Target, uuid: str) -> dict[str, Any]:
    found = target.client("lambda").get_event_source_mapping(UUID=uuid)
    return {"FilterCriteria": None, "ScalingConfig": None, **found}


# How each is read, and how it stands once nothing of it is set.
STANDING: dict[str, tuple[Callable[[Target, str], dict[str, Any]], dict[str, Any]]] = {
    "Bucket": (bucket, {"SSEAlgorithm": "AES256", "Status": "Suspended"}),
    "Function": (
        function,
        {
            "DeadLetterConfig": None,
            "Description": "",
            "Environment": {"Variables": {}},
            "EphemeralStorage": {"Size": 512},
            "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/NAME"},
            "MemorySize": 128,
            "Timeout": 3,
            "TracingConfig": {"Mode": "PassThrough"},
        },
    ),
    "Mapping": (
        mapping,
        {
            "BatchSize": 10,
            "FilterCriteria": None,
            "FunctionResponseTypes": [],
            "MaximumBatchingWindowInSeconds": 0,
            "ScalingConfig": None,
            "State": "Enabled",
        },
    ),
    "Queue": (queue, {"RedriveAllowPolicy": None}),
    "Role": (
        lambda target, name: target.client("iam").get_role(RoleName=name)["Role"],
        {"Description": "", "MaxSessionDuration": 3600},
    ),
    "Table": (table, {"BillingMode": "PROVISIONED", "TimeToLive": "DISABLED"}),
}


def test_what_a_template_sets_no_more_goes_back(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    create_stack(mailfanout_target, template(sets=True))

    text = template(sets=False)
    cloudformation.update_stack(StackName=STACK_NAME, TemplateBody=text, Capabilities=CAPABILITIES)

    assert failures(mailfanout_target) == []
    outputs = describe_stack(mailfanout_target)["Outputs"]
    names = {one["OutputKey"]: one["OutputValue"] for one in outputs}
    for part, (read, wanted) in STANDING.items():
        found = read(mailfanout_target, names[part])
        assert {name: found[name] for name in wanted} == wanted


def test_versioning_that_was_never_set_is_not_suspended(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    def tagged(value: str) -> str:
        tags = {"Tags": [{"Key": "team", "Value": value}]}
        resources = {"It": {"Type": "AWS::S3::Bucket", "Properties": tags}}
        return json.dumps({"Resources": resources, "Outputs": {"Ref": {"Value": {"Ref": "It"}}}})

    create(cloudformation, tagged("a"))

    update(cloudformation, tagged("b"))

    name = describe_stack(mailfanout_target)["Outputs"][0]["OutputValue"]
    assert "Status" not in mailfanout_target.client("s3").get_bucket_versioning(Bucket=name)


def test_an_alarm_has_one_statistic_after_another(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    def alarm(**statistic: str) -> str:
        always = {
            "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": 1,
            "MetricName": "Duration",
            "Namespace": "AWS/Lambda",
            "Period": 60,
            "Threshold": 500,
        }
        it = {"Type": "AWS::CloudWatch::Alarm", "Properties": always | statistic}
        return json.dumps({"Resources": {"It": it}})

    def told() -> Any:
        (found,) = mailfanout_target.client("cloudwatch").describe_alarms()["MetricAlarms"]
        names = ("Statistic", "ExtendedStatistic", "EvaluateLowSampleCountPercentile")
        return [found.get(name) for name in names]

    create(
        cloudformation, alarm(ExtendedStatistic="p99", EvaluateLowSampleCountPercentile="ignore")
    )
    assert told() == [None, "p99", "ignore"]

    update(cloudformation, alarm(Statistic="Maximum"))
    assert (failures(mailfanout_target), told()) == ([], ["Maximum", None, None])
