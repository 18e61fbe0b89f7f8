"""By which attribute a table's items end, as its stack says it, and which of its tags it has."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mailfanout.target import Target
from support.parts.stacks import STACK_NAME, create, failures, update

pytestmark = pytest.mark.slow

KEY = {"AttributeName": "a", "AttributeType": "S"}


def ending(attribute: str, *, is_on: bool) -> str:
    properties = {
        "TableName": "of-a-stack",
        "AttributeDefinitions": [KEY],
        "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "TimeToLiveSpecification": {"AttributeName": attribute, "Enabled": is_on},
    }
    table = {"Type": "AWS::DynamoDB::Table", "Properties": properties}
    return json.dumps({"Resources": {"It": table}})


def test_items_end_by_another_attribute_after_they_ended_by_none(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    dynamodb = mailfanout_target.client("dynamodb")
    create(cloudformation, ending("first", is_on=True))

    update(cloudformation, ending("second", is_on=True))

    [(_, reason)] = failures(mailfanout_target)
    assert "TimeToLive is active on a different AttributeName" in reason
    update(cloudformation, ending("second", is_on=False))
    update(cloudformation, ending("second", is_on=True))
    found = dynamodb.describe_time_to_live(TableName="of-a-stack")["TimeToLiveDescription"]
    assert found == {"TimeToLiveStatus": "ENABLED", "AttributeName": "second"}


def test_a_table_has_its_stacks_tags_and_none_of_cloudformations_own(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    tags = [{"Key": "course", "Value": "stack"}]

    cloudformation.create_stack(
        StackName=STACK_NAME, TemplateBody=ending("until", is_on=True), Tags=tags
    )

    dynamodb = mailfanout_target.client("dynamodb")
    arn = dynamodb.describe_table(TableName="of-a-stack")["Table"]["TableArn"]
    assert dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"] == tags
