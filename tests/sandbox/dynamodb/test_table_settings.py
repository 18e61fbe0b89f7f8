"""A table is described with what it was told: its attributes, capacity, class and encryption."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import Account

TABLE = {
    "TableName": "scores",
    "KeySchema": [
        {"AttributeName": "user", "KeyType": "HASH"},
        {"AttributeName": "game", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "user", "AttributeType": "S"},
        {"AttributeName": "game", "AttributeType": "S"},
    ],
}
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
ON_DEMAND = "LastUpdateToPayPerRequestDateTime"


@pytest.fixture
def client(account: Account) -> Any:
    return account.client("dynamodb")


def made(account: Account, **settings: Any) -> dict[str, Any]:
    answer = account.client("dynamodb").create_table(**TABLE, **settings)
    account.wait_for_table("scores")
    table: dict[str, Any] = answer["TableDescription"]
    return table


def changed(account: Account, **settings: Any) -> dict[str, Any]:
    client = account.client("dynamodb")
    client.update_table(TableName="scores", **settings)
    account.wait_for_table("scores")
    table: dict[str, Any] = client.describe_table(TableName="scores")["Table"]
    return table


def test_attributes_are_described_in_the_order_of_their_names(account: Account) -> None:
    defined = made(account, BillingMode="PAY_PER_REQUEST")["AttributeDefinitions"]

    assert [one["AttributeName"] for one in defined] == ["game", "user"]


def test_class_and_bounds_on_demand_are_described(account: Account) -> None:
    infrequent = "STANDARD_INFREQUENT_ACCESS"
    table = made(
        account,
        BillingMode="PAY_PER_REQUEST",
        TableClass=infrequent,
        OnDemandThroughput={"MaxReadRequestUnits": 7},
    )

    assert table["TableClassSummary"] == {"TableClass": infrequent}
    assert table["OnDemandThroughput"] == {"MaxReadRequestUnits": 7}
    summary = changed(account, TableClass="STANDARD")["TableClassSummary"]
    assert summary["TableClass"] == "STANDARD"
    assert "LastUpdateDateTime" in summary


def test_capacity_that_grew_and_shrank_says_when(account: Account) -> None:
    made(account, ProvisionedThroughput=UNITS)

    grown = changed(account, ProvisionedThroughput=UNITS | {"ReadCapacityUnits": 9})
    shrunk = changed(account, ProvisionedThroughput=UNITS)

    assert "LastIncreaseDateTime" in grown["ProvisionedThroughput"]
    assert grown["ProvisionedThroughput"]["NumberOfDecreasesToday"] == 0
    assert "LastDecreaseDateTime" in shrunk["ProvisionedThroughput"]
    assert shrunk["ProvisionedThroughput"]["NumberOfDecreasesToday"] == 1


def test_table_that_was_on_demand_says_until_when(account: Account) -> None:
    began = made(account, BillingMode="PAY_PER_REQUEST")["BillingModeSummary"]

    table = changed(account, BillingMode="PROVISIONED", ProvisionedThroughput=UNITS)

    assert table["BillingModeSummary"] == began | {"BillingMode": "PROVISIONED"}
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 5


def test_encryption_that_was_asked_for_later_is_described(account: Account, client: Any) -> None:
    made(account, BillingMode="PAY_PER_REQUEST")

    answer = client.update_table(TableName="scores", SSESpecification={"Enabled": True})
    account.wait_for_table("scores")

    assert answer["TableDescription"]["SSEDescription"] == {"Status": "UPDATING"}
    assert answer["TableDescription"]["TableStatus"] == "ACTIVE"
    described = client.describe_table(TableName="scores")["Table"]["SSEDescription"]
    assert (described["Status"], described["SSEType"]) == ("ENABLED", "KMS")


def test_encryption_that_ends_is_described_with_its_key(account: Account, client: Any) -> None:
    made(account, BillingMode="PAY_PER_REQUEST", SSESpecification={"Enabled": True})
    held = client.describe_table(TableName="scores")["Table"]["SSEDescription"]

    answer = client.update_table(TableName="scores", SSESpecification={"Enabled": False})

    assert answer["TableDescription"]["SSEDescription"] == {**held, "Status": "UPDATING"}
    assert "SSEDescription" not in client.describe_table(TableName="scores")["Table"]


def test_a_new_table_may_have_a_policy(account: Account) -> None:
    denied = {"Effect": "Deny", "Principal": "*", "Action": "dynamodb:PutItem", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [denied]})

    table = made(account, BillingMode="PAY_PER_REQUEST", ResourcePolicy=policy)

    client = account.client("dynamodb")
    assert client.get_resource_policy(ResourceArn=table["TableArn"])["Policy"] == policy
    item = {"user": {"S": "a"}, "game": {"S": "b"}}
    assert refusal(client.put_item, TableName="scores", Item=item)[0] == "AccessDeniedException"
