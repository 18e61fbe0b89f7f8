"""The pipeline deployed as a stack by the sandbox's CloudFormation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mailfanout.stack import Design
from mailfanout.target import Target
from mailfanout.template import package, write_template

STACK_NAME = "mailfanout"
CODE_BUCKET = "code-of-stacks"
CAPABILITIES = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]


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
