"""Tables and indexes that DynamoDB does not make are refused, in its words."""

from __future__ import annotations

from typing import Any

import pytest

from support.account_in_sandbox import Account, refusal

EMAIL = ("email", "HASH")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"TableName": "ab"}, "at least 3 characters long"),
        ({"TableName": "a table"}, "must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"),
        ({"KeySchema": [("email", "RANGE")]}, "The first KeySchemaElement is not a HASH key"),
        (
            {"KeySchema": [("email", "HASH"), ("email", "HASH")]},
            "The second KeySchemaElement is not a RANGE key type",
        ),
        ({"KeySchema": [("email", "HASH"), ("email", "RANGE")]}, "have the same name"),
        ({"GlobalSecondaryIndexes": ["ALL", "ALL"]}, "Duplicate index name: by-mail"),
        ({"GlobalSecondaryIndexes": ["INCLUDE"]}, "NonKeyAttributes is not specified"),
        ({"GlobalSecondaryIndexes": [None]}, "Unknown ProjectionType: null"),
        ({"GlobalSecondaryIndexes": ["ALL"] * 21}, "exceeds the per-table limit of 20"),
        (
            {"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}},
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode",
        ),
        ({"LocalSecondaryIndexes": ["ALL"]}, "does not have a range key for index: by-mail"),
    ],
)
def test_a_table_that_dynamodb_does_not_make_is_refused(
    account: Account, changes: dict[str, Any], words: str
) -> None:
    def schema(pairs: list[tuple[str, str]]) -> list[dict[str, str]]:
        return [{"AttributeName": name, "KeyType": kind} for name, kind in pairs]

    def index(projection: str | None) -> dict[str, Any]:
        kind = {"ProjectionType": projection} if projection else {}
        return {"IndexName": "by-mail", "KeySchema": schema([EMAIL]), "Projection": kind}

    given = {
        name: schema(value)
        if name == "KeySchema"
        else [index(one) for one in value]
        if name.endswith("Indexes")
        else value
        for name, value in changes.items()
    }
    settings = {
        "TableName": "new-table",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": schema([EMAIL]),
        "AttributeDefinitions": [{"AttributeName": "email", "AttributeType": "S"}],
        **given,
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
        "KeySchema": [{"AttributeName": "issend", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    updates = [{one: new if one == "Create" else {"IndexName": "nope-index"}} for one in actions]
    update = account.client("dynamodb").update_table

    assert refusal(update, TableName="people", GlobalSecondaryIndexUpdates=updates)[0] == code


def test_a_global_index_gives_what_it_projects_and_no_more(account: Account) -> None:
    client = account.client("dynamodb")
    projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["kept"]}
    schema = [{"AttributeName": "issend", "KeyType": "HASH"}]
    client.create_table(
        TableName="projected",
        KeySchema=[{"AttributeName": "email", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "email", "AttributeType": "S"},
            {"AttributeName": "issend", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
        GlobalSecondaryIndexes=[
            {"IndexName": "some", "KeySchema": schema, "Projection": projection}
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
    billed = refusal(client.update_table, TableName="projected", BillingMode="PROVISIONED")
    assert "ProvisionedThroughput must be specified when BillingMode is PROVISIONED" in billed[1]


def test_a_table_without_a_key_or_definitions_of_its_attributes_is_refused(
    account: Account,
) -> None:
    create = account.client("dynamodb").create_table
    schema = [{"AttributeName": "email", "KeyType": "HASH"}]

    refused = refusal(create, TableName="new", KeySchema=schema, BillingMode="PAY_PER_REQUEST")

    assert refused[1].endswith("Keys: [email], AttributeDefinitions: []")
    unkeyed = refusal(create, TableName="new", BillingMode="PAY_PER_REQUEST")
    assert "Value null at 'keySchema'" in unkeyed[1]
