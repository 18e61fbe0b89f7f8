"""What DynamoDB refuses of items and tables."""

from __future__ import annotations

from typing import Any

import pytest

from support.calls.refusals import refusal
from support.parts.dynamodb_tables import new_sorted_table, new_table
from support.sandboxes.account_in_sandbox import Account

KEY, OTHER_KEY = {"email": {"S": "a"}}, {"email": {"N": "1"}}
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
KEYS = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
DELETED = {"Delete": {"IndexName": "issend-index"}}


def nested(levels: int) -> dict[str, Any]:
    """A value in so many lists."""
    return {"L": [nested(levels - 1)]} if levels else {"S": "a"}


@pytest.mark.parametrize(
    ("operation", "parameters", "words"),
    [
        ("put_item", {"Item": {"email": {"N": "1"}}}, "expected: S actual: N"),
        ("put_item", {"Item": {"name": {"S": "a"}}}, "Missing the key email in the item"),
        ("put_item", {"Item": {"email": {"S": ""}}}, "cannot contain an empty string value"),
        ("put_item", {"Item": KEY | {"n": {"N": "1", "S": "1"}}}, "more than one datatypes set"),
        ("put_item", {"Item": KEY | {"n": {"N": "1" * 39}}}, "more than 38 significant digits"),
        ("put_item", {"Item": KEY | {"n": {"N": "one"}}}, "cannot be converted to a numeric"),
        ("put_item", {"Item": KEY | {"n": {"N": " 1"}}}, "converted to a numeric value:  1"),
        ("put_item", {"Item": KEY | {"n": {"N": "1 "}}}, "converted to a numeric value: 1 "),
        ("put_item", {"Item": KEY | {"n": {"N": f"1e{2**63}"}}}, "converted to a numeric value"),
        ("put_item", {"Item": KEY | {"n": {"N": f"1e{2**63 - 1}"}}}, "Number overflow."),
        ("put_item", {"Item": KEY | {"n": {"N": "-1e99999999999"}}}, "Number overflow."),
        ("put_item", {"Item": KEY | {"n": {"N": "1e-99999999999"}}}, "Number underflow."),
        ("put_item", {"Item": KEY | {"n": {"N": "0e126"}}}, "Number overflow."),
        ("put_item", {"Item": KEY | {"n": {"N": "0e-131"}}}, "Number underflow."),
        ("put_item", {"Item": KEY | {"s": {"SS": ["a", "a"]}}}, "[a, a] contains duplicates."),
        ("put_item", {"Item": KEY | {"s": {"NS": ["1", "1.0"]}}}, "collection contains duplicates"),
        (
            "put_item",
            {"Item": KEY | {"s": {"BS": [b"a", b"a"]}}},
            "collection [YQ==, YQ==]of type BS contains duplicates.",
        ),
        ("put_item", {"Item": KEY | {"s": {"SS": []}}}, "An string set  may not be empty"),
        ("put_item", {"Item": KEY | {"l": {"L": [{"NS": []}]}}}, "An number set  may not be empty"),
        ("put_item", {"Item": KEY | {"s": {"BS": []}}}, "Binary sets should not be empty"),
        (
            "put_item",
            {"Item": KEY | {"l": {"L": [{"NULL": False}]}}},
            "must have the value of true",
        ),
        (
            "query",
            {
                "KeyConditionExpression": "email = :e",
                "ExpressionAttributeValues": {":e": {"SS": []}},
            },
            "ExpressionAttributeValues contains invalid value: One or more parameter values were "
            "invalid: An string set  may not be empty",
        ),
        (
            "query",
            {
                "KeyConditionExpression": "email = :e",
                "ExpressionAttributeValues": {":e": {"S": "a"}},
                "ExclusiveStartKey": {"email": {"S": "b"}},
            },
            "The provided starting key is outside query boundaries based on provided conditions",
        ),
        ("put_item", {"Item": KEY | {"v": nested(32)}}, "nested levels beyond supported limit"),
        ("get_item", {"Key": {"email": {"N": "1"}}}, "does not match the schema"),
        (
            "delete_item",
            {"Key": {"email": {"S": "é" * 1025}}},
            "Size of hashkey has exceeded the maximum size limit of2048 bytes",
        ),
        ("put_item", {"Item": KEY, "ReturnValues": "ALL_NEW"}, "can only be ALL_OLD or NONE"),
        ("get_item", {"Key": KEY | {"more": {"S": "1"}}}, "does not match the schema"),
        (
            "put_item",
            {"Item": KEY | {"v": {"N": "1e9999999999999999999"}}},
            "cannot be converted to a numeric value",
        ),
        (
            "scan",
            {"ExclusiveStartKey": {"email": {"N": "1"}}},
            "The provided starting key is invalid: The provided key element does not match",
        ),
        (
            "query",
            {
                "KeyConditionExpression": "email = :e",
                "ExpressionAttributeValues": {":e": {"S": "a"}},
                "ExclusiveStartKey": KEY | {"name": {"S": "a"}},
            },
            "The provided starting key is invalid",
        ),
        (
            "scan",
            {"Segment": 2, "TotalSegments": 2},
            "Segment: 2 is not less than TotalSegments: 2",
        ),
        (
            "query",
            {
                "KeyConditionExpression": ":e < email",
                "ExpressionAttributeValues": {":e": {"S": "b"}},
                "ExclusiveStartKey": {"email": {"S": "a"}},
            },
            "The provided starting key does not match the range key predicate",
        ),
        (
            "update_item",
            {
                "Key": KEY,
                "UpdateExpression": "SET #flag = :text",
                "ExpressionAttributeNames": {"#flag": "issend"},
                "ExpressionAttributeValues": {":text": {"S": "0"}},
            },
            "attempted to update the secondary index key to unsupported type",
        ),
        ("update_table", {}, "At least one of ProvisionedThroughput"),
        (
            "update_table",
            {"TableClass": "STANDARD", "SSESpecification": {"Enabled": True}},
            "Server-Side Encryption modification must be the only operation in the request",
        ),
        (
            "update_table",
            {"TableClass": "STANDARD", "DeletionProtectionEnabled": True},
            "TableClass modification must be the only operation in the request",
        ),
        (
            "update_table",
            {"ProvisionedThroughput": UNITS, "StreamSpecification": KEYS},
            "You cannot modify stream status while updating table IOPS",
        ),
        (
            "update_table",
            {"StreamSpecification": KEYS, "GlobalSecondaryIndexUpdates": [DELETED]},
            "You cannot create or delete index while changing stream status",
        ),
        (
            "update_table",
            {"ProvisionedThroughput": UNITS},
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode",
        ),
        (
            "update_table",
            {"GlobalSecondaryIndexUpdates": []},
            "List of GlobalSecondaryIndexUpdates is empty",
        ),
        (
            "update_table",
            {"GlobalSecondaryIndexUpdates": [{}]},
            "GlobalSecondaryIndexUpdate.Delete must not be null",
        ),
        (
            "update_table",
            {"GlobalSecondaryIndexUpdates": [{**DELETED, "Update": DELETED["Delete"]}]},
            "Only one global secondary index action is allowed",
        ),
        (
            "update_table",
            {"SSESpecification": {"Enabled": False}},
            "Table is already encrypted by default",
        ),
        (
            "update_table",
            {"StreamSpecification": {"StreamEnabled": True}},
            "If stream is being enabled then UpdateViewType is required",
        ),
        (
            "update_table",
            {"StreamSpecification": {**KEYS, "StreamEnabled": False}},
            "If stream is being disabled, then UpdateViewType must not be specified",
        ),
        (
            "update_table",
            {"StreamSpecification": {"StreamEnabled": False}},
            "Table has no stream to disable: TableName: people",
        ),
        (
            "update_time_to_live",
            {"TimeToLiveSpecification": {"Enabled": False, "AttributeName": "until"}},
            "TimeToLive is already disabled",
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


@pytest.mark.parametrize("operation", ["describe_time_to_live", "delete_table"])
def test_a_table_that_is_not_there_is_named(account: Account, operation: str) -> None:
    call = getattr(account.client("dynamodb"), operation)

    assert refusal(call, TableName="nope") == (
        "ResourceNotFoundException",
        "Requested resource not found: Table: nope not found",
    )


def test_the_time_to_live_of_a_table_is_of_one_attribute(account: Account) -> None:
    client = account.client("dynamodb")
    new_table(client, "short-lived")
    account.wait_for_table("short-lived")

    def set_to(name: str, enabled: bool = True) -> Any:
        settings = {"Enabled": enabled, "AttributeName": name}
        return client.update_time_to_live(TableName="short-lived", TimeToLiveSpecification=settings)

    set_to("until")

    for enabled in (True, False):
        assert refusal(set_to, name="end", enabled=enabled)[1] == (
            "TimeToLive is active on a different AttributeName: current AttributeName is until"
        )
    assert refusal(set_to, name="until")[1] == "TimeToLive is already enabled"
    set_to("until", enabled=False)
    set_to("end")


def test_a_sort_key_has_1024_bytes(account: Account) -> None:
    client = account.client("dynamodb")
    new_sorted_table(client, "sorted")
    account.wait_for_table("sorted")

    def get(bytes_of_key: int) -> Any:
        key = KEY | {"day": {"S": "d" * bytes_of_key}}
        return client.get_item(TableName="sorted", Key=key)

    get(1024)
    assert "has exceeded the size limit of 1024 bytes" in refusal(get, bytes_of_key=1025)[1]
