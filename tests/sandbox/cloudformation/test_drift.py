"""What stands otherwise than a stack was told is found, once somebody asks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mailfanout.target import Target
from support.stacks import STACK_NAME, client_of_user, create_stack, describe_stack

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
