"""What DynamoDB took before there were expressions does what expressions do."""

from __future__ import annotations

from typing import Any

import pytest

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import Account

KEY = {"email": {"S": "old"}}
ITEM = {**KEY, "n": {"N": "5"}, "word": {"S": "hello"}, "set": {"SS": ["a"]}}


def compares(operator: str, *values: dict[str, Any]) -> dict[str, Any]:
    return {"ComparisonOperator": operator, "AttributeValueList": [*values]}


@pytest.fixture(scope="module")
def client(account: Account) -> Any:
    client = account.client("dynamodb")
    client.put_item(TableName="people", Item=ITEM)
    return client


@pytest.mark.parametrize(
    ("conditions", "holds"),
    [
        ({"n": compares("EQ", {"N": "5.0"})}, True),
        ({"n": compares("NE", {"N": "5"})}, False),
        ({"n": compares("BETWEEN", {"N": "1"}, {"N": "9"})}, True),
        ({"n": compares("IN", {"N": "1"}, {"N": "5"})}, True),
        ({"n": compares("GT", {"N": "5"})}, False),
        ({"word": compares("BEGINS_WITH", {"S": "he"})}, True),
        ({"word": compares("NOT_CONTAINS", {"S": "ell"})}, False),
        ({"set": compares("CONTAINS", {"S": "a"})}, True),
        ({"n": compares("NOT_NULL"), "no": compares("NULL")}, True),
        ({"n": compares("NULL"), "no": compares("NULL")}, False),
    ],
)
def test_conditions_hold_in_filters_and_writes(
    client: Any, conditions: dict[str, Any], holds: bool
) -> None:
    equal = {"email": compares("EQ", KEY["email"])}

    found = client.query(TableName="people", KeyConditions=equal, QueryFilter=conditions)
    scanned = client.scan(TableName="people", ScanFilter={**equal, **conditions})

    assert (found["Count"], scanned["Count"]) == (holds, holds)
    written = {"TableName": "people", "Item": ITEM, "Expected": conditions}
    if holds:
        client.put_item(**written)
    else:
        assert refusal(client.put_item, **written)[0] == "ConditionalCheckFailedException"


def test_one_of_several_conditions_is_enough_if_they_are_said_to_be_choices(client: Any) -> None:
    expected = {"n": compares("EQ", {"N": "6"}), "word": {"Value": {"S": "hello"}}}
    update = {"again": {"Value": {"S": "yes"}}}
    asked = {"TableName": "people", "Key": KEY, "AttributeUpdates": update, "Expected": expected}

    assert refusal(client.update_item, **asked)[0] == "ConditionalCheckFailedException"
    client.update_item(**asked, ConditionalOperator="OR")


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        (compares("EQ"), "Invalid number of argument(s) for the EQ ComparisonOperator"),
        (
            compares("BEGINS_WITH", {"N": "1"}),
            "ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type",
        ),
        ({}, "Value must be provided when Exists is null for Attribute: n"),
        (
            {"Exists": False, "Value": {"N": "1"}},
            "Value cannot be used when Exists is false for Attribute: n",
        ),
    ],
)
def test_a_condition_that_is_none_is_refused(
    client: Any, expected: dict[str, Any], words: str
) -> None:
    answer = refusal(client.put_item, TableName="people", Item=ITEM, Expected={"n": expected})

    assert answer == (
        "ValidationException",
        f"One or more parameter values were invalid: {words}",
    )


@pytest.mark.parametrize(
    ("updates", "words"),
    [
        ({"word": {"Action": "ADD", "Value": {"S": "a"}}}, "ADD action is not supported for the"),
        ({"email": {"Value": {"S": "a"}}}, "Cannot update attribute email. This attribute is part"),
    ],
)
def test_an_update_that_is_none_is_refused(
    client: Any, updates: dict[str, Any], words: str
) -> None:
    asked = {"TableName": "people", "Key": KEY, "AttributeUpdates": updates}

    code, message = refusal(client.update_item, **asked)

    assert (code, words in message) == ("ValidationException", True)


def test_attributes_to_get_are_names_and_no_paths(client: Any) -> None:
    key = {"email": {"S": "y"}}
    item = {**key, "a.b": {"S": "odd"}, "list": {"L": [{"S": "first"}]}}
    client.put_item(TableName="people", Item=item)
    read = {"TableName": "people", "Key": key}

    found = client.get_item(**read, AttributesToGet=["a.b", "list[0]"])["Item"]

    assert found == {"a.b": {"S": "odd"}}
    assert refusal(client.get_item, **read, AttributesToGet=["email", "email"]) == (
        "ValidationException",
        "One or more parameter values were invalid: Duplicate value in attribute name: email",
    )
