"""CloudFormation."""

from __future__ import annotations

import json
from functools import partial

from support.every_operation.caller import Caller, Json
from support.waiting import wait_until


def call_cloudformation(call: Caller) -> None:
    stack = {"StackName": "whole"}
    queue: Json = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "of-stack"}}
    template: Json = {"Resources": {"Queue": queue}}
    body = json.dumps(template)
    call("cloudformation", "CreateStack", TemplateBody=body, **stack)
    _wait_for_stack(call)
    call("cloudformation", "DescribeStackResource", LogicalResourceId="Queue", **stack)
    for operation in ("DescribeStackEvents", "DescribeStackResources", "ListStackResources"):
        call("cloudformation", operation, **stack)
    call("cloudformation", "ListStacks")
    call("cloudformation", "GetTemplate", **stack)
    call("cloudformation", "GetTemplateSummary", TemplateBody=body)
    call("cloudformation", "ValidateTemplate", TemplateBody=body)
    call(
        "cloudformation", "UpdateTerminationProtection", EnableTerminationProtection=False, **stack
    )
    detection = call("cloudformation", "DetectStackDrift", **stack)["StackDriftDetectionId"]
    status = "DescribeStackDriftDetectionStatus"
    call("cloudformation", status, StackDriftDetectionId=detection)
    call("cloudformation", "DescribeStackResourceDrifts", **stack)
    call("cloudformation", "DetectStackResourceDrift", LogicalResourceId="Queue", **stack)
    queue["Properties"]["VisibilityTimeout"] = 60
    call("cloudformation", "UpdateStack", TemplateBody=json.dumps(template), **stack)
    _wait_for_stack(call)
    for name, seconds in (("dropped", 70), ("done", 80)):
        queue["Properties"]["VisibilityTimeout"] = seconds
        change_set = {"ChangeSetName": name, **stack}
        call("cloudformation", "CreateChangeSet", TemplateBody=json.dumps(template), **change_set)
        wait_until(partial(_is_ready, call, change_set))
    call("cloudformation", "ListChangeSets", **stack)
    call("cloudformation", "DeleteChangeSet", ChangeSetName="dropped", **stack)
    call("cloudformation", "ExecuteChangeSet", ChangeSetName="done", **stack)
    _wait_for_stack(call)
    call("cloudformation", "DeleteStack", **stack)


def _is_ready(call: Caller, change_set: Json) -> bool:
    described = call("cloudformation", "DescribeChangeSet", **change_set)
    return bool(described["Status"] == "CREATE_COMPLETE")


def _wait_for_stack(call: Caller) -> None:
    def is_settled() -> bool:
        (stack,) = call("cloudformation", "DescribeStacks", StackName="whole")["Stacks"]
        return not stack["StackStatus"].endswith("_IN_PROGRESS")

    wait_until(is_settled)
