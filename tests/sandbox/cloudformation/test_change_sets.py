"""A change set says what an update would do, and does it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mailfanout.target import Target
from support.stacks import STACK_NAME, TOPIC, as_parameters, create, queues, template

pytestmark = pytest.mark.slow

POLICY = {
    "Type": "AWS::SQS::QueuePolicy",
    "Properties": {
        "Queues": [{"Ref": "Queue"}],
        "PolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": {"Ref": "AWS::AccountId"}},
                    "Action": "sqs:SendMessage",
                    "Resource": {"Fn::GetAtt": "Queue.Arn"},
                }
            ],
        },
    },
}


def test_a_change_set_says_what_an_update_would_do_and_does_it(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    names = {"StackName": STACK_NAME, "ChangeSetName": "rename"}
    text = template(Topic=TOPIC, Policy=POLICY)
    create(cloudformation, text, Told="all")
    kept = [{"ParameterKey": key, "UsePreviousValue": True} for key in ("Delay", "Told")]

    cloudformation.create_change_set(
        **names, UsePreviousTemplate=True, Parameters=[*as_parameters({"Name": "second"}), *kept]
    )

    changes = cloudformation.describe_change_set(**names)["Changes"]
    told = {one["LogicalResourceId"]: one for one in (c["ResourceChange"] for c in changes)}
    assert {name: one["Replacement"] for name, one in told.items()} == {
        "Queue": "True",
        "Policy": "Conditional",
    }
    [detail] = told["Queue"]["Details"]
    assert (detail["ChangeSource"], detail["CausingEntity"]) == ("ParameterReference", "Name")
    assert detail["Target"]["Name"] == "QueueName"
    assert queues(mailfanout_target) == {"first": "0"}

    cloudformation.execute_change_set(**names)

    assert queues(mailfanout_target) == {"second": "0"}


def test_a_change_set_without_changes_fails(mailfanout_target: Target, cloudformation: Any) -> None:
    names = {"StackName": STACK_NAME, "ChangeSetName": "nothing"}
    create(cloudformation, template())

    cloudformation.create_change_set(**names, TemplateBody=template())

    found = cloudformation.describe_change_set(**names)
    assert (found["Status"], found["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert "didn't contain changes" in found["StatusReason"]


def test_a_change_set_is_found_by_its_stack_or_its_arn(cloudformation: Any) -> None:
    text, name = template(), {"ChangeSetName": "first"}
    given = {**name, "StackName": STACK_NAME, "TemplateBody": text, "ChangeSetType": "CREATE"}
    arn = cloudformation.create_change_set(**given)["Id"]
    with pytest.raises(ClientError, match=r"StackName must be specified if ChangeSetName is not"):
        cloudformation.describe_change_set(**name)
    with pytest.raises(ClientError, match=r"Stack \[nope\] does not exist"):
        cloudformation.describe_change_set(**name, StackName="nope")

    found = cloudformation.describe_change_set(ChangeSetName=arn)
    cloudformation.execute_change_set(ChangeSetName=arn)
    [stack] = cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"]

    assert (found["IncludeNestedStacks"], found["RollbackConfiguration"]) == (False, {})
    assert "Tags" not in found
    assert stack["ChangeSetId"] == arn
    assert "Capabilities" not in stack
    with pytest.raises(ClientError, match=r"cannot be created again with the changeSet \[first"):
        cloudformation.create_change_set(**given)


def test_a_template_is_processed_as_it_was_written(cloudformation: Any) -> None:
    text = template()
    cloudformation.create_stack(StackName=STACK_NAME, TemplateBody=text)

    processed = cloudformation.get_template(StackName=STACK_NAME, TemplateStage="Processed")

    assert processed["TemplateBody"] == json.loads(text)


def test_a_stack_in_review_may_be_created_without_its_change_set(cloudformation: Any) -> None:
    given = {"StackName": STACK_NAME, "TemplateBody": template()}
    reviewed = cloudformation.create_change_set(
        **given, ChangeSetName="first", ChangeSetType="CREATE"
    )

    created = cloudformation.create_stack(**given)

    found = cloudformation.describe_change_set(ChangeSetName=reviewed["Id"])
    assert created["StackId"] == reviewed["StackId"]
    assert found["ExecutionStatus"] == "OBSOLETE"
