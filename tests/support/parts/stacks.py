"""Stacks of the sandbox's CloudFormation: of the pipeline, and a small one of a queue."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from mailfanout.stack import Design
from mailfanout.target import Target
from mailfanout.template import package, write_template
from support.sandboxes.account_setup import allow, policy

STACK_NAME = "mailfanout"
CODE_BUCKET = "code-of-stacks"
CAPABILITIES = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]

# Of the small stack.
QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "${Name}"}}}
LENGTH = {"MinLength": 3, "MaxLength": 10}
PARAMETERS = {
    "Name": {"Type": "String", "Default": "first", "AllowedPattern": "[a-z]+", **LENGTH},
    "Delay": {"Type": "Number", "Default": 0, "MinValue": 0, "MaxValue": 900},
    "Told": {"Type": "String", "Default": "nobody", "AllowedValues": ["nobody", "all"]},
}
TOPIC = {"Type": "AWS::SNS::Topic", "Condition": "Told"}
# SQS knows no such queue to take the dead letters.
BROKEN = {
    "Type": "AWS::SQS::Queue",
    "DependsOn": "Queue",
    "Properties": {
        "RedrivePolicy": {
            "deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:nobody",
            "maxReceiveCount": 5,
        }
    },
}


def packaged(target: Target, directory: Path, design: Design, **options: str) -> str:
    """The template whose code is in S3, as `aws cloudformation package` puts it there."""
    write_template(directory, design, **options)
    target.client("s3").create_bucket(Bucket=CODE_BUCKET)
    return package(target, directory, CODE_BUCKET)


def create_stack(target: Target, text: str, **parameters: str) -> dict[str, Any]:
    """Create the stack; returns what DescribeStacks says of it."""
    cloudformation = target.client("cloudformation")
    cloudformation.create_stack(
        StackName=STACK_NAME,
        TemplateBody=text,
        Capabilities=CAPABILITIES,
        Parameters=as_parameters(parameters),
    )
    return describe_stack(target)


def as_parameters(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def describe_stack(target: Target, name: str = STACK_NAME) -> dict[str, Any]:
    cloudformation = target.client("cloudformation")
    described: dict[str, Any] = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    return described


def failures(target: Target) -> list[tuple[str, str]]:
    """The resources that failed, with the reason, the last one first."""
    cloudformation = target.client("cloudformation")
    events = cloudformation.describe_stack_events(StackName=STACK_NAME)["StackEvents"]
    return [
        (one["LogicalResourceId"], one["ResourceStatusReason"])
        for one in events
        if one["ResourceStatus"].endswith("_FAILED") and one["LogicalResourceId"] != STACK_NAME
    ]


def delete_stack(target: Target) -> str:
    """Delete the stack; returns its status after that."""
    stack_id = describe_stack(target)["StackId"]
    target.client("cloudformation").delete_stack(StackName=stack_id)
    return str(describe_stack(target, stack_id)["StackStatus"])


def template(**resources: Mapping[str, Any]) -> str:
    """A template of one queue, with these resources in addition, or in place of it."""
    delayed = {**QUEUE["Properties"], "DelaySeconds": {"Ref": "Delay"}}  # type: ignore[dict-item]
    queue = {**QUEUE, "Properties": delayed}
    told = {"Told": {"Fn::Equals": [{"Ref": "Told"}, "all"]}}
    return json.dumps(
        {
            "Parameters": PARAMETERS,
            "Conditions": told,
            "Resources": {"Queue": queue, **resources},
            "Outputs": {"Url": {"Value": {"Ref": "Queue"}}},
        }
    )


def create(cloudformation: Any, text: str, **parameters: str) -> None:
    """Create the stack without a capability."""
    cloudformation.create_stack(
        StackName=STACK_NAME, TemplateBody=text, Parameters=as_parameters(parameters)
    )


def update(cloudformation: Any, text: str, **parameters: str) -> None:
    cloudformation.update_stack(
        StackName=STACK_NAME, TemplateBody=text, Parameters=as_parameters(parameters)
    )


def queues(target: Target) -> dict[str, str]:
    """The queues' delays by their names."""
    sqs = target.client("sqs")
    delays = {}
    for url in sqs.list_queues().get("QueueUrls", []):
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])
        delays[url.rpartition("/")[2]] = found["Attributes"]["DelaySeconds"]
    return delays


def message_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Message"])


def client_of_user(target: Target, *actions: str) -> Any:
    """CloudFormation's client of a new user, who may do these actions and no other."""
    iam = target.client("iam")
    iam.create_user(UserName="anna")
    document = policy(allow(actions, "*"))
    iam.put_user_policy(UserName="anna", PolicyName="p", PolicyDocument=document)
    key = iam.create_access_key(UserName="anna")["AccessKey"]
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=target.region)
    return session.client("cloudformation", endpoint_url=target.endpoint_url)
