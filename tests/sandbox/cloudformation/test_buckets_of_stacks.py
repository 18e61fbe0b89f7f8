"""What a template says of a bucket: all of it stands, or the stack fails."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mailfanout.target import Target
from support.parts.stacks import STACK_NAME, create, failures
from support.sandboxes.account_setup import allow, policy

pytestmark = pytest.mark.slow

FILTER = {"S3Key": {"Rules": [{"Name": "prefix", "Value": "in/"}]}}


def bucket(**configuration: Any) -> str:
    properties = {"BucketName": "of-a-stack", "NotificationConfiguration": configuration}
    resources = {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}}
    return json.dumps({"Resources": resources})


def to_queue(arn: str) -> dict[str, Any]:
    return {"Queue": arn, "Event": "s3:ObjectCreated:*", "Filter": FILTER}


def queue_for_s3(target: Target) -> str:
    sqs = target.client("sqs")
    url = sqs.create_queue(QueueName="told")["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn = str(found["Attributes"]["QueueArn"])
    by_s3 = allow("sqs:SendMessage", arn, Principal={"Service": "s3.amazonaws.com"})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(by_s3)})
    return arn


def test_a_bucket_tells_whom_its_template_names_of_what_it_names(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    arn = queue_for_s3(mailfanout_target)
    bridge = {"EventBridgeEnabled": True}

    create(
        cloudformation,
        bucket(QueueConfigurations=[to_queue(arn)], EventBridgeConfiguration=bridge),
    )

    found = mailfanout_target.client("s3").get_bucket_notification_configuration(
        Bucket="of-a-stack"
    )
    (told,) = found["QueueConfigurations"]
    assert (told["QueueArn"], told["Events"]) == (arn, ["s3:ObjectCreated:*"])
    assert told["Filter"]["Key"]["FilterRules"] == [{"Name": "Prefix", "Value": "in/"}]
    assert found["EventBridgeConfiguration"] == {}
    asked = cloudformation.detect_stack_resource_drift(
        StackName=STACK_NAME, LogicalResourceId="Bucket"
    )
    assert asked["StackResourceDrift"]["StackResourceDriftStatus"] == "IN_SYNC"


def test_a_bucket_that_is_to_tell_a_queue_that_is_not_there_is_not_made(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    missing = "arn:aws:sqs:us-east-1:123456789012:nobody"

    create(cloudformation, bucket(QueueConfigurations=[to_queue(missing)]))

    [(name, reason)] = failures(mailfanout_target)
    assert name == "Bucket"
    assert "Unable to validate the following destination configurations" in reason
