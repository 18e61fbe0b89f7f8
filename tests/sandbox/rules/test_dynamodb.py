"""What DynamoDB refuses of items and expressions, and how it spells values."""

from __future__ import annotations

from typing import Any

import pytest

from support.account_in_sandbox import Account, refusal

KEY = {"email": {"S": "a"}}


@pytest.mark.parametrize(
    ("operation", "parameters", "words"),
    [
        ("put_item", {"Item": {"email": {"N": "1"}}}, "expected: S actual: N"),
        ("put_item", {"Item": {"email": {"S": ""}}}, "cannot contain an empty string value"),
        ("put_item", {"Item": KEY | {"n": {"N": "1", "S": "1"}}}, "more than one datatypes set"),
        ("put_item", {"Item": KEY | {"n": {"N": "1" * 39}}}, "more than 38 significant digits"),
        ("put_item", {"Item": KEY | {"n": {"N": "one"}}}, "cannot be converted to a numeric"),
        ("put_item", {"Item": KEY | {"s": {"SS": ["a", "a"]}}}, "[a, a] contains duplicates."),
        ("get_item", {"Key": {"email": {"N": "1"}}}, "does not match the schema"),
        ("get_item", {"Key": KEY | {"more": {"S": "1"}}}, "does not match the schema"),
        (
            "put_item",
            {
                "Item": KEY,
                "ConditionExpression": "attribute_not_exists(email)",
                "ExpressionAttributeValues": {":x": {"S": "a"}},
            },
            "ExpressionAttributeValues unused in expressions: keys: {:x}",
        ),
        ("scan", {"FilterExpression": "a = :z"}, "is not defined; attribute value: :z"),
        (
            "query",
            {
                "KeyConditionExpression": "email = :e",
                "FilterExpression": "email = :e",
                "ExpressionAttributeValues": {":e": {"S": "a"}},
            },
            "Primary key attribute: email",
        ),
        (
            "query",
            {
                "IndexName": "issend-index",
                "KeyConditionExpression": "issend = :no",
                "ExpressionAttributeValues": {":no": {"S": "0"}},
            },
            "Condition parameter type does not match schema type",
        ),
        (
            "query",
            {
                "IndexName": "nope-index",
                "KeyConditionExpression": "issend = :no",
                "ExpressionAttributeValues": {":no": {"N": "0"}},
            },
            "The table does not have the specified index: nope-index",
        ),
        (
            "query",
            {
                "KeyConditionExpression": "email = :a OR email = :a",
                "ExpressionAttributeValues": {":a": {"S": "a"}},
            },
            "Invalid operator used in KeyConditionExpression: OR",
        ),
        (
            "update_table",
            {
                "GlobalSecondaryIndexUpdates": [
                    {
                        "Create": {
                            "IndexName": "name-index",
                            "KeySchema": [{"AttributeName": "name", "KeyType": "HASH"}],
                            "Projection": {"ProjectionType": "ALL"},
                        }
                    }
                ]
            },
            "not defined in AttributeDefinitions. Keys: [name]",
        ),
    ],
)
def test_what_dynamodb_does_not_take_is_refused(
    account: Account, operation: str, parameters: dict[str, Any], words: str
) -> None:
    call = getattr(account.client("dynamodb"), operation)

    code, message = refusal(call, TableName="people", **parameters)

    assert code == "ValidationException"
    assert words in message


def test_a_batch_writes_each_item_once(account: Account) -> None:
    writes = [{"PutRequest": {"Item": KEY}}, {"DeleteRequest": {"Key": KEY}}]

    assert refusal(
        account.client("dynamodb").batch_write_item, RequestItems={"people": writes}
    ) == ("ValidationException", "Provided list of item keys contains duplicates")


@pytest.mark.parametrize(
    ("written", "kept"),
    [("01.0", "1"), ("1e3", "1000"), ("-0", "0"), ("1.50", "1.5"), ("1E-3", "0.001"), ("7", "7")],
)
def test_numbers_have_one_spelling(account: Account, written: str, kept: str) -> None:
    table = account.client("dynamodb")

    table.put_item(TableName="people", Item=KEY | {"n": {"N": written}})

    assert table.get_item(TableName="people", Key=KEY)["Item"]["n"] == {"N": kept}


def test_updated_new_has_what_did_not_change_too(account: Account) -> None:
    table = account.client("dynamodb")
    answers = [
        table.update_item(
            TableName="people",
            Key=KEY,
            UpdateExpression="SET m = :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
            ReturnValues="UPDATED_NEW",
        )["Attributes"]
        for _ in range(2)
    ]

    assert answers == [{"m": {"N": "1"}}] * 2


def test_a_value_may_stand_in_parentheses(account: Account) -> None:
    answer = account.client("dynamodb").update_item(
        TableName="people",
        Key={"email": {"S": "counted"}},
        UpdateExpression="SET n = (if_not_exists(n, :zero) + :one), m = :one",
        ExpressionAttributeValues={":zero": {"N": "0"}, ":one": {"N": "1"}},
        ReturnValues="ALL_NEW",
    )

    assert answer["Attributes"]["n"] == answer["Attributes"]["m"] == {"N": "1"}


def test_what_has_no_size_is_left_out_of_a_scan(account: Account) -> None:
    table = account.client("dynamodb")
    table.put_item(TableName="people", Item={"email": {"S": "without"}})
    table.put_item(TableName="people", Item={"email": {"S": "with"}, "tags": {"SS": ["x", "y"]}})

    found = table.scan(
        TableName="people",
        FilterExpression="size(tags) > :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )

    assert [item["email"]["S"] for item in found["Items"]] == ["with"]
