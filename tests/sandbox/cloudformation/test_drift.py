"""What stands otherwise than a stack was told is found, once somebody asks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mailfanout.target import Target
from support.parts.stacks import STACK_NAME, client_of_user, create_stack, describe_stack
from support.sandboxes.account_setup import trust

pytestmark = pytest.mark.slow

QUEUE = {
    "Type": "AWS::SQS::Queue",
    # A template may write a number as text.
    "Properties": {"QueueName": "watched", "VisibilityTimeout": "60"},
}
TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "watched"}}
POLICY = {
    "Type": "AWS::SNS::TopicPolicy",
    "Properties": {
        "Topics": [{"Ref": "Topic"}],
        "PolicyDocument": {"Version": "2012-10-17", "Statement": []},
    },
}
LAMBDA_TRUST = {"Version": "2012-10-17", "Statement": [trust({"Service": "lambda.amazonaws.com"})]}
STATEMENT = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:PutObject",
    "Resource": "arn:aws:s3:::watched/*",
}
QUEUE_ARN = {"Fn::GetAtt": ["Queue", "Arn"]}
# One of each type that is a part of another one.
BELONGING: dict[str, Any] = {
    "Queue": QUEUE,
    "Topic": TOPIC,
    "Subscription": {
        "Type": "AWS::SNS::Subscription",
        "Properties": {
            "TopicArn": {"Ref": "Topic"},
            "Protocol": "sqs",
            "Endpoint": QUEUE_ARN,
            "RawMessageDelivery": True,
            "FilterPolicy": {"kind": ["a"]},
        },
    },
    "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "watched"}},
    "BucketPolicy": {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {
            "Bucket": {"Ref": "Bucket"},
            "PolicyDocument": {"Version": "2012-10-17", "Statement": [STATEMENT]},
        },
    },
    "Role": {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": LAMBDA_TRUST},
    },
    "Function": {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": "watched",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Code": {"ZipFile": "def handler(event, context): ..."},
        },
    },
    "Permission": {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Ref": "Function"},
            "Principal": "s3.amazonaws.com",
            "SourceArn": "arn:aws:s3:::watched",
            "SourceAccount": {"Ref": "AWS::AccountId"},
        },
    },
    "Set": {"Type": "AWS::SES::ConfigurationSet", "Properties": {"Name": "watched"}},
    "Events": {
        "Type": "AWS::SES::ConfigurationSetEventDestination",
        "Properties": {
            "ConfigurationSetName": {"Ref": "Set"},
            "EventDestination": {
                "Name": "all",
                "Enabled": True,
                "MatchingEventTypes": ["send", "renderingFailure"],
                "SnsDestination": {"TopicARN": {"Ref": "Topic"}},
            },
        },
    },
}
RESOURCES = {"Queue": QUEUE, "Topic": TOPIC, "Policy": POLICY}


@pytest.fixture
def cloudformation(mailfanout_target: Target) -> Any:
    create_stack(mailfanout_target, json.dumps({"Resources": RESOURCES}))
    return mailfanout_target.client("cloudformation")


def detect(cloudformation: Any) -> dict[str, Any]:
    begun = cloudformation.detect_stack_drift(StackName=STACK_NAME)
    status: dict[str, Any] = cloudformation.describe_stack_drift_detection_status(
        StackDriftDetectionId=begun["StackDriftDetectionId"]
    )
    return status


def statuses(cloudformation: Any) -> dict[str, str]:
    found = cloudformation.describe_stack_resources(StackName=STACK_NAME)["StackResources"]
    return {
        one["LogicalResourceId"]: one["DriftInformation"]["StackResourceDriftStatus"]
        for one in found
    }


def test_nothing_is_looked_at_until_somebody_asks(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    assert set(statuses(cloudformation).values()) == {"NOT_CHECKED"}

    assert detect(cloudformation)["StackDriftStatus"] == "IN_SYNC"

    expected = {"Queue": "IN_SYNC", "Topic": "IN_SYNC", "Policy": "NOT_CHECKED"}
    assert statuses(cloudformation) == expected
    drift = describe_stack(mailfanout_target)["DriftInformation"]
    assert (drift["StackDriftStatus"], "LastCheckTimestamp" in drift) == ("IN_SYNC", True)


def test_what_was_changed_and_deleted_by_hand_is_named_until_it_is_set_back(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    sqs, sns = mailfanout_target.client("sqs"), mailfanout_target.client("sns")
    url = sqs.get_queue_url(QueueName="watched")["QueueUrl"]
    sns.delete_topic(TopicArn=sns.list_topics()["Topics"][0]["TopicArn"])
    # What the template does not set is no drift.
    changed = {"VisibilityTimeout": "7", "DelaySeconds": "9"}
    sqs.set_queue_attributes(QueueUrl=url, Attributes=changed)

    found = detect(cloudformation)

    assert (found["StackDriftStatus"], found["DriftedStackResourceCount"]) == ("DRIFTED", 2)
    drifts = cloudformation.describe_stack_resource_drifts(
        StackName=STACK_NAME, StackResourceDriftStatusFilters=["MODIFIED"]
    )["StackResourceDrifts"]
    assert [one["PropertyDifferences"] for one in drifts] == [
        [
            {
                "PropertyPath": "/VisibilityTimeout",
                "ExpectedValue": "60",
                "ActualValue": "7",
                "DifferenceType": "NOT_EQUAL",
            }
        ]
    ]
    assert statuses(cloudformation)["Topic"] == "DELETED"

    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "60"})
    queue = {"StackName": STACK_NAME, "LogicalResourceId": "Queue"}
    again = cloudformation.detect_stack_resource_drift(**queue)["StackResourceDrift"]
    assert (again["StackResourceDriftStatus"], again["PropertyDifferences"]) == ("IN_SYNC", [])


def test_what_belongs_to_another_resource_is_looked_at_too(mailfanout_target: Target) -> None:
    create_stack(mailfanout_target, json.dumps({"Resources": BELONGING}))
    cloudformation, client = mailfanout_target.client("cloudformation"), mailfanout_target.client
    assert detect(cloudformation)["StackDriftStatus"] == "IN_SYNC"
    assert set(statuses(cloudformation).values()) == {"IN_SYNC"}

    subscription = client("sns").list_subscriptions()["Subscriptions"][0]["SubscriptionArn"]
    client("sns").unsubscribe(SubscriptionArn=subscription)
    open_to_all = {**STATEMENT, "Action": "s3:*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [open_to_all]})
    client("s3").put_bucket_policy(Bucket="watched", Policy=policy)
    permission = json.loads(client("lambda").get_policy(FunctionName="watched")["Policy"])
    sid = permission["Statement"][0]["Sid"]
    client("lambda").remove_permission(FunctionName="watched", StatementId=sid)
    name = {"ConfigurationSetName": "watched"}
    [events] = client("sesv2").get_configuration_set_event_destinations(**name)["EventDestinations"]
    client("sesv2").update_configuration_set_event_destination(
        **name,
        EventDestinationName=events.pop("Name"),
        EventDestination={**events, "MatchingEventTypes": ["SEND"]},
    )

    assert detect(cloudformation)["DriftedStackResourceCount"] == 4
    assert {name: one for name, one in statuses(cloudformation).items() if one != "IN_SYNC"} == {
        "Subscription": "DELETED",
        "BucketPolicy": "MODIFIED",
        "Permission": "DELETED",
        "Events": "MODIFIED",
    }
    [changed] = cloudformation.describe_stack_resource_drifts(
        StackName=STACK_NAME, StackResourceDriftStatusFilters=["MODIFIED"]
    )["StackResourceDrifts"][1]["PropertyDifferences"]
    assert changed["PropertyPath"] == "/EventDestination/MatchingEventTypes"
    assert (changed["ExpectedValue"], changed["ActualValue"]) == (
        '["renderingFailure","send"]',
        '["send"]',
    )


def test_whoever_may_not_read_a_resource_is_told_which_call_was_refused(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    anna = client_of_user(mailfanout_target, "cloudformation:*")

    found = detect(anna)

    assert (found["DetectionStatus"], found["StackDriftStatus"]) == (
        "DETECTION_FAILED",
        "NOT_CHECKED",
    )
    assert "sqs:GetQueueAttributes" in found["DetectionStatusReason"]


@pytest.mark.parametrize(
    ("operation", "parameters", "words"),
    [
        ("detect_stack_drift", {"StackName": "nobody"}, "nobody does not exist"),
        (
            "detect_stack_drift",
            {"StackName": STACK_NAME, "LogicalResourceIds": ["Nobody"]},
            "Resource Nobody does not exist for stack",
        ),
        (
            "detect_stack_resource_drift",
            {"StackName": STACK_NAME, "LogicalResourceId": "Policy"},
            "not supported on resource type AWS::SNS::TopicPolicy",
        ),
        (
            "describe_stack_drift_detection_status",
            {"StackDriftDetectionId": "0" * 36},
            "does not exist",
        ),
    ],
)
def test_what_cannot_be_looked_at_is_refused(
    cloudformation: Any, operation: str, parameters: dict[str, Any], words: str
) -> None:
    with pytest.raises(ClientError, match=words):
        getattr(cloudformation, operation)(**parameters)
