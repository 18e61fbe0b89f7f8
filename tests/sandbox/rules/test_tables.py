"""Tables and indexes that DynamoDB does not make are refused, in its words."""

from __future__ import annotations

from typing import Any

import pytest

from support.calls.refusals import refusal
from support.parts.dynamodb_tables import new_table
from support.sandboxes.account_in_sandbox import Account

EMAIL, DAY = ("email", "HASH"), ("day", "RANGE")
UNITS = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}


def schema(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in pairs]


def index(projection: str | None = "ALL", **settings: Any) -> dict[str, Any]:
    kind = {"ProjectionType": projection} if projection else {}
    return {"IndexName": "by-mail", "KeySchema": schema(EMAIL), "Projection": kind, **settings}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"TableName": "ab"}, "at least 3 characters long"),
        ({"TableName": "a table"}, "must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"),
        ({"KeySchema": schema(("email", "RANGE"))}, "The first KeySchemaElement is not a HASH key"),
        (
            {"KeySchema": schema(EMAIL, EMAIL)},
            "The second KeySchemaElement is not a RANGE key type",
        ),
        ({"KeySchema": schema(EMAIL, ("email", "RANGE"))}, "have the same name"),
        ({"GlobalSecondaryIndexes": [index(), index()]}, "Duplicate index name: by-mail"),
        ({"GlobalSecondaryIndexes": [index("INCLUDE")]}, "NonKeyAttributes is not specified"),
        ({"GlobalSecondaryIndexes": [index(None)]}, "Unknown ProjectionType: null"),
        ({"GlobalSecondaryIndexes": [index()] * 21}, "exceeds the per-table limit of 20"),
        (
            {"ProvisionedThroughput": UNITS},
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode",
        ),
        (
            {"GlobalSecondaryIndexes": [index(ProvisionedThroughput=UNITS)]},
            "ProvisionedThroughput should not be specified for index: by-mail when BillingMode is",
        ),
        ({"LocalSecondaryIndexes": [index()]}, "Table KeySchema does not have a range key, which"),
        (
            {"KeySchema": schema(EMAIL, DAY), "LocalSecondaryIndexes": [index()]},
            "Index KeySchema does not have a range key for index: by-mail",
        ),
        (
            {
                "KeySchema": schema(EMAIL, DAY),
                "LocalSecondaryIndexes": [index(KeySchema=schema(("day", "HASH"), DAY))],
            },
            "as table KeySchema for index: by-mail. index hash key: day, table hash key: email",
        ),
        (
            {
                "KeySchema": schema(EMAIL, DAY),
                "LocalSecondaryIndexes": [
                    index(IndexName=f"by-day-{number}", KeySchema=schema(EMAIL, DAY))
                    for number in range(6)
                ],
            },
            "Number of LocalSecondaryIndexes exceeds per-table limit of 5",
        ),
        (
            {"SSESpecification": {"Enabled": False, "SSEType": "KMS"}},
            "SSEType can not be specified if Enabled is false",
        ),
        (
            {"SSESpecification": {"Enabled": True, "KMSMasterKeyId": "alias/mine"}},
            "SSEType KMS is required if KMSMasterKeyId is specified",
        ),
        (
            {"SSESpecification": {"Enabled": True, "SSEType": "AES256"}},
            "SSEType AES256 is not supported",
        ),
        (
            {"OnDemandThroughput": {"MaxReadRequestUnits": 0}},
            "Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid",
        ),
        (
            {"BillingMode": "PROVISIONED", "OnDemandThroughput": {"MaxWriteRequestUnits": 7}},
            "MaxWriteRequestUnits for OnDemandThroughput cannot be specified when the table",
        ),
        (
            {"StreamSpecification": {"StreamEnabled": True}},
            "Table is being created with a stream enabled, UpdateViewType is required",
        ),
        (
            {"StreamSpecification": {"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"}},
            "Table is being created with a stream disabled, UpdateViewType should not be specified",
        ),
    ],
)
def test_a_table_that_dynamodb_does_not_make_is_refused(
    account: Account, changes: dict[str, Any], words: str
) -> None:
    settings = {
        "TableName": "new-table",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": schema(EMAIL),
        "AttributeDefinitions": [{"AttributeName": "email", "AttributeType": "S"}],
        **changes,
    }

    code, message = refusal(account.client("dynamodb").create_table, **settings)

    assert code == "ValidationException"
    assert words in message


@pytest.mark.parametrize(
    ("actions", "code"),
    [
        (["Delete"], "ResourceNotFoundException"),
        (["Create", "Create"], "LimitExceededException"),
        (["Create"], "ValidationException"),
    ],
)
def test_an_index_that_cannot_be_changed_is_refused(
    account: Account, actions: list[str], code: str
) -> None:
    new = {
        "IndexName": "issend-index",
        "KeySchema": schema(("issend", "HASH")),
        "Projection": {"ProjectionType": "ALL"},
    }
    updates = [{one: new if one == "Create" else {"IndexName": "nope-index"}} for one in actions]
    update = account.client("dynamodb").update_table

    assert refusal(update, TableName="people", GlobalSecondaryIndexUpdates=updates)[0] == code


def test_a_global_index_gives_what_it_projects_and_no_more(account: Account) -> None:
    client = account.client("dynamodb")
    projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["kept"]}
    issend = schema(("issend", "HASH"))
    client.create_table(
        TableName="projected",
        KeySchema=schema(EMAIL),
        AttributeDefinitions=[
            {"AttributeName": "email", "AttributeType": "S"},
            {"AttributeName": "issend", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
        GlobalSecondaryIndexes=[
            {"IndexName": "some", "KeySchema": issend, "Projection": projection}
        ],
    )
    account.wait_for_table("projected")
    asked = {"TableName": "projected", "IndexName": "some"}

    client.scan(**asked, ProjectionExpression="email, issend, kept.a")

    names = {"#n": "left.out"}
    refused = refusal(
        client.scan, **asked, ProjectionExpression="kept, #n, b.a", ExpressionAttributeNames=names
    )
    assert refused[1] == (
        "One or more parameter values were invalid: Global secondary index some does not project "
        "[left.out, b]"
    )
    everything = refusal(client.scan, **asked, Select="ALL_ATTRIBUTES")
    assert everything[1] == (
        "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported "
        "for global secondary index some because its projection type is not ALL"
    )
    billed = refusal(client.update_table, TableName="projected", BillingMode="PROVISIONED")
    assert "ProvisionedThroughput must be specified when BillingMode is PROVISIONED" in billed[1]


def test_a_table_without_a_key_or_definitions_of_its_attributes_is_refused(
    account: Account,
) -> None:
    create = account.client("dynamodb").create_table

    refused = refusal(
        create, TableName="new", KeySchema=schema(EMAIL), BillingMode="PAY_PER_REQUEST"
    )

    assert refused[1].endswith("Keys: [email], AttributeDefinitions: []")
    unkeyed = refusal(create, TableName="new", BillingMode="PAY_PER_REQUEST")
    assert "Value null at 'keySchema'" in unkeyed[1]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a" * 256, "Member must have length less than or equal to 255"),
        ("bad name!", "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"),
    ],
)
def test_what_names_no_table_is_refused(account: Account, name: str, words: str) -> None:
    get = account.client("dynamodb").get_item

    assert refusal(get, TableName=name, Key={"email": {"S": "a"}}) == (
        "ValidationException",
        f"1 validation error detected: Value '{name}' at 'tableName' failed to satisfy constraint: "
        f"{words}",
    )


def test_a_protected_table_is_not_deleted(account: Account) -> None:
    client = account.client("dynamodb")
    client.create_table(
        TableName="protected",
        KeySchema=schema(EMAIL),
        AttributeDefinitions=[{"AttributeName": "email", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        DeletionProtectionEnabled=True,
    )
    account.wait_for_table("protected")

    assert refusal(client.delete_table, TableName="protected") == (
        "ValidationException",
        "Resource cannot be deleted as it is currently protected against deletion. Disable "
        "deletion protection first.",
    )


def test_tables_are_listed_by_name_after_one_that_may_be_gone(account: Account) -> None:
    client, wanted = account.client("dynamodb"), ["list-a", "list-b", "list-c"]
    for name in reversed(wanted):
        new_table(client, name)

    first = client.list_tables(ExclusiveStartTableName="list", Limit=2)
    last = client.list_tables(ExclusiveStartTableName=first["LastEvaluatedTableName"], Limit=1)

    assert first["TableNames"] + last["TableNames"] == wanted
    for name in wanted:
        account.wait_for_table(name)
        client.delete_table(TableName=name)


def test_capacity_that_stays_as_it_is_is_refused(account: Account) -> None:
    client = account.client("dynamodb")
    provisioned = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 1}
    attributes = [{"AttributeName": "email", "AttributeType": "S"}]
    client.create_table(
        TableName="provisioned",
        KeySchema=schema(EMAIL),
        AttributeDefinitions=attributes,
        ProvisionedThroughput=provisioned,
    )
    account.wait_for_table("provisioned")

    refused = refusal(
        client.update_table, TableName="provisioned", ProvisionedThroughput=provisioned
    )

    assert refused == (
        "ValidationException",
        "The provisioned throughput for the table will not change. The requested value equals the "
        "current value. Current ReadCapacityUnits provisioned for the table: 5. Requested "
        "ReadCapacityUnits: 5. Current WriteCapacityUnits provisioned for the table: 1. Requested "
        "WriteCapacityUnits: 1. Refer to the Amazon DynamoDB Developer Guide for current limits "
        "and how to request higher limits.",
    )
