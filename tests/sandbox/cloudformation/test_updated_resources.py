"""What a changed template changes of resources: tags, settings, what a policy is on."""

from __future__ import annotations

import json
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
from support.sandboxes.account_setup import TRUST, policy, trust

pytestmark = pytest.mark.slow

FOR_LAMBDA = policy(trust({"Service": "lambda.amazonaws.com"}))
KEY = {"AttributeName": "a", "AttributeType": "S"}
ALARM = {
    "ComparisonOperator": "GreaterThanThreshold",
    "EvaluationPeriods": 1,
    "MetricName": "Errors",
    "Namespace": "AWS/Lambda",
    "Period": 60,
    "Statistic": "Sum",
    "Threshold": 0,
}
# A resource of each type whose tags change while it stays, and the call that reads its tags.
TAGGED: dict[str, tuple[dict[str, Any], tuple[str, str, str]]] = {
    "SQS::Queue": ({}, ("sqs", "list_queue_tags", "QueueUrl")),
    "SNS::Topic": ({}, ("sns", "list_tags_for_resource", "ResourceArn")),
    "IAM::Role": (
        {"AssumeRolePolicyDocument": json.loads(TRUST)},
        ("iam", "list_role_tags", "RoleName"),
    ),
    "S3::Bucket": ({}, ("s3", "get_bucket_tagging", "Bucket")),
    "Logs::LogGroup": ({}, ("logs", "list_tags_log_group", "logGroupName")),
    "DynamoDB::Table": (
        {
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [KEY],
            "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
        },
        ("dynamodb", "list_tags_of_resource", "ResourceArn"),
    ),
    "Events::Rule": (
        {"ScheduleExpression": "rate(1 day)"},
        ("events", "list_tags_for_resource", "ResourceARN"),
    ),
    "Lambda::Function": (
        {
            "Code": {"ZipFile": "def handler(event, context): ..."},
            "Handler": "index.handler",
            "Runtime": "python3.13",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        },
        ("lambda", "list_tags", "Resource"),
    ),
    "CloudWatch::Alarm": (ALARM, ("cloudwatch", "list_tags_for_resource", "ResourceARN")),
}


def all_tags(target: Target, kind: str) -> dict[str, str]:
    """Those of the stack's only resource."""
    service, operation, name = TAGGED[kind][1]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in describe_stack(target)["Outputs"]}
    subject = outputs.get("Arn") if "resource" in name.lower() else None
    answer = getattr(target.client(service), operation)(**{name: subject or outputs["Ref"]})
    found = next(answer[one] for one in ("Tags", "TagSet", "tags", "TagList") if one in answer)
    return found if isinstance(found, dict) else {one["Key"]: one["Value"] for one in found}


def tagged(kind: str, **tags: str) -> str:
    properties = {**TAGGED[kind][0], "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}
    outputs: dict[str, Any] = {"Ref": {"Value": {"Ref": "It"}}}
    if kind != "SNS::Topic":
        outputs["Arn"] = {"Value": {"Fn::GetAtt": ["It", "Arn"]}}
    resources = {"It": {"Type": f"AWS::{kind}", "Properties": properties}}
    if kind == "Lambda::Function":
        document = {"AssumeRolePolicyDocument": json.loads(FOR_LAMBDA)}
        resources["Role"] = {"Type": "AWS::IAM::Role", "Properties": document}
    return json.dumps({"Resources": resources, "Outputs": outputs})


@pytest.mark.parametrize("kind", TAGGED)
def test_tags_change_while_a_resource_stays(
    mailfanout_target: Target, cloudformation: Any, kind: str
) -> None:
    before = create_stack(mailfanout_target, tagged(kind, kept="a", gone="b"))["Outputs"]

    text = tagged(kind, kept="c", new="d")
    cloudformation.update_stack(StackName=STACK_NAME, TemplateBody=text, Capabilities=CAPABILITIES)

    assert failures(mailfanout_target) == []
    assert describe_stack(mailfanout_target)["Outputs"] == before
    tags = all_tags(mailfanout_target, kind)
    assert {key: value for key, value in tags.items() if not key.startswith("aws:")} == {
        "kept": "c",
        "new": "d",
    }


@pytest.mark.parametrize("kind", ["SQS::Queue", "IAM::Role"])
def test_queues_and_roles_show_none_of_cloudformations_own_tags(
    mailfanout_target: Target, kind: str
) -> None:
    create_stack(mailfanout_target, tagged(kind, team="a"))

    assert all_tags(mailfanout_target, kind) == {"team": "a"}


KEPT_BY_KMS = {"KmsMasterKeyId": "alias/aws/sqs", "KmsDataKeyReusePeriodSeconds": 297}
FIFO = {"FifoQueue": True}
BY_GROUP = {"DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}


def queue(properties: dict[str, Any]) -> str:
    resources = {"It": {"Type": "AWS::SQS::Queue", "Properties": properties}}
    return json.dumps({"Resources": resources, "Outputs": {"Ref": {"Value": {"Ref": "It"}}}})


@pytest.mark.parametrize(
    ("before", "after", "attributes"),
    [
        ({}, KEPT_BY_KMS, {**KEPT_BY_KMS, "SqsManagedSseEnabled": "false"}),
        (KEPT_BY_KMS, {"SqsManagedSseEnabled": True}, {"SqsManagedSseEnabled": "true"}),
        (KEPT_BY_KMS, {"SqsManagedSseEnabled": False}, {"KmsMasterKeyId": None}),
        ({"MaximumMessageSize": 1234}, {"DelaySeconds": 1}, {"MaximumMessageSize": "262144"}),
        ({"DelaySeconds": 2}, {"DelaySeconds": 1}, {"MaximumMessageSize": "1048576"}),
        (FIFO, {**FIFO, **BY_GROUP}, BY_GROUP),
        ({**FIFO, **BY_GROUP}, FIFO, {"DeduplicationScope": "queue"}),
        (FIFO, {**FIFO, "ContentBasedDeduplication": True}, {"ContentBasedDeduplication": "true"}),
    ],
)
def test_a_queues_settings_are_those_of_its_template(
    mailfanout_target: Target,
    cloudformation: Any,
    before: dict[str, Any],
    after: dict[str, Any],
    attributes: dict[str, Any],
) -> None:
    create(cloudformation, queue(before))

    update(cloudformation, queue(after))

    assert failures(mailfanout_target) == []
    url = describe_stack(mailfanout_target)["Outputs"][0]["OutputValue"]
    sqs = mailfanout_target.client("sqs")
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    wanted = {name: value and str(value) for name, value in attributes.items()}
    assert {name: found.get(name) for name in attributes} == wanted


RAW = {"RawMessageDelivery": True}
IN_ATTRIBUTES = {"FilterPolicy": {"kind": ["a"]}}
IN_BODIES = {"FilterPolicy": {"mail": {"kind": ["a"]}}, "FilterPolicyScope": "MessageBody"}


def subscription(settings: dict[str, Any]) -> str:
    ends = {"TopicArn": {"Ref": "Topic"}, "Protocol": "https", "Endpoint": "https://example.com"}
    resources = {
        "It": {"Type": "AWS::SNS::Subscription", "Properties": ends | settings},
        "Topic": {"Type": "AWS::SNS::Topic"},
    }
    return json.dumps({"Resources": resources, "Outputs": {"Ref": {"Value": {"Ref": "It"}}}})


@pytest.mark.parametrize(
    ("before", "after", "scope"),
    [
        ({}, IN_BODIES, "MessageBody"),
        (IN_BODIES, IN_ATTRIBUTES, "MessageAttributes"),
        (IN_ATTRIBUTES, {}, None),
        (RAW, {}, None),
    ],
)
def test_a_subscriptions_settings_are_those_of_its_template(
    mailfanout_target: Target,
    cloudformation: Any,
    before: dict[str, Any],
    after: dict[str, Any],
    scope: str | None,
) -> None:
    create(cloudformation, subscription(before))

    update(cloudformation, subscription(after))

    assert failures(mailfanout_target) == []
    arn = describe_stack(mailfanout_target)["Outputs"][0]["OutputValue"]
    sns = mailfanout_target.client("sns")
    found = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert json.loads(found.get("FilterPolicy", "{}")) == after.get("FilterPolicy", {})
    assert found.get("FilterPolicyScope") == scope
    assert (found["RawMessageDelivery"], found.get("RedrivePolicy")) == ("false", None)


def test_a_policy_leaves_the_queues_that_it_is_no_longer_on(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    sqs = mailfanout_target.client("sqs")

    def with_policy(*queues: str) -> str:
        allowed = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage"}
        on_queues = {
            "Queues": [{"Ref": name} for name in queues],
            "PolicyDocument": {"Version": "2012-10-17", "Statement": {**allowed, "Resource": "*"}},
        }
        resources: dict[str, Any] = {name: {"Type": "AWS::SQS::Queue"} for name in ("A", "B", "C")}
        resources["P"] = {"Type": "AWS::SQS::QueuePolicy", "Properties": on_queues}
        outputs = {name: {"Value": {"Ref": name}} for name in ("A", "B", "C")}
        return json.dumps({"Resources": resources, "Outputs": outputs})

    def under_policy() -> str:
        urls = {
            one["OutputKey"]: one["OutputValue"]
            for one in describe_stack(mailfanout_target)["Outputs"]
        }
        return "".join(
            name
            for name, url in sorted(urls.items())
            if "Attributes" in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
        )

    def policy_id() -> Any:
        return cloudformation.describe_stack_resource(StackName=STACK_NAME, LogicalResourceId="P")[
            "StackResourceDetail"
        ]["PhysicalResourceId"]

    create(cloudformation, with_policy("A", "B"))
    assert under_policy() == "AB"
    first = policy_id()

    update(cloudformation, with_policy("B", "C"))

    assert (under_policy(), policy_id()) == ("BC", first)
