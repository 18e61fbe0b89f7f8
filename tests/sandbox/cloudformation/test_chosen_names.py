"""Names that CloudFormation chooses: told of what is made, but not among what templates say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.parts.stacks import STACK_NAME, create, update

pytestmark = pytest.mark.slow


def test_a_name_that_cloudformation_chooses_is_no_property_of_the_template(
    cloudformation: Any,
) -> None:
    def text(**properties: str) -> str:
        topic = {"Type": "AWS::SNS::Topic", "Properties": properties}
        return json.dumps({"Resources": {"Topic": topic, "Kept": {"Type": topic["Type"]}}})

    create(cloudformation, text())
    update(cloudformation, text(DisplayName="a"))
    drift = {"StackName": STACK_NAME, "LogicalResourceId": "Topic"}
    found = cloudformation.detect_stack_resource_drift(**drift)["StackResourceDrift"]
    assert (found["ExpectedProperties"], found["ActualProperties"]) == ('{"DisplayName": "a"}',) * 2

    kept = json.dumps({"Resources": {"Kept": {"Type": "AWS::SNS::Topic"}}})
    names = {"StackName": STACK_NAME, "ChangeSetName": "without"}
    cloudformation.create_change_set(**names, TemplateBody=kept)
    told = cloudformation.describe_change_set(**names, IncludePropertyValues=True)["Changes"]
    assert [one["ResourceChange"]["BeforeContext"] for one in told] == [
        '{"Properties": {"DisplayName": "a"}}'
    ]

    cloudformation.delete_stack(StackName=STACK_NAME)
    stack_id = cloudformation.list_stacks()["StackSummaries"][0]["StackId"]
    events = cloudformation.describe_stack_events(StackName=stack_id)["StackEvents"]
    told = [one for one in reversed(events) if one["LogicalResourceId"] == "Topic"]
    assert [one["ResourceProperties"] for one in told] == ["{}"] * 3 + ['{"DisplayName":"a"}'] * 4
