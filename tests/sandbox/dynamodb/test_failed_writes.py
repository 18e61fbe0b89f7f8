"""A write or a transaction that fails leaves nothing behind."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from support.calls.refusals import refusal
from support.parts.dynamodb_tables import Table, emails, put


def test_failed_update_leaves_nothing_behind(table: Table) -> None:
    assert_failed_update_changes(table, False)


def test_moto_leaves_half_of_a_failed_update_behind(plain: Table) -> None:
    assert_failed_update_changes(plain, True)


def assert_failed_update_changes(table: Table, expected: bool) -> None:
    table.put("sato@example.com", tags={"SS": ["a"]}, seen={"N": "1"})
    before = table.get("sato@example.com")

    code = refusal(
        table.update,
        "sato@example.com",
        "SET haserror = :one ADD tags :tags, seen :tags",
        _one={"N": "1"},
        _tags={"SS": ["b"]},
    )[0]

    assert code == "ValidationException"
    assert (table.get("sato@example.com") != before) == expected
    assert (table.query_index()["Count"] == 0) == expected


def test_failed_update_of_a_missing_item_creates_none(table: Table) -> None:
    expression = "SET haserror = :no ADD email_count :words"

    values = {"_no": {"N": "0"}, "_words": {"S": "x"}}
    code, _ = refusal(table.update, "new@example.com", expression, **values)

    assert code == "ValidationException"
    assert (table.scan()["Count"], table.query_index()["Count"]) == (0, 0)


def test_condition_on_a_missing_item_creates_none(table: Table) -> None:
    code = refusal(
        table.update,
        "gone@example.com",
        "SET issend = :yes",
        ConditionExpression="attribute_exists(email)",
        _yes={"N": "1"},
    )[0]

    assert code == "ConditionalCheckFailedException"
    assert table.scan()["Count"] == 0


def test_failed_transaction_leaves_nothing_behind(table: Table) -> None:
    table.put("sato@example.com")
    taken = put("sato@example.com")
    taken["Put"]["ConditionExpression"] = "attribute_not_exists(email)"

    code = refusal(table.transact, put("new@example.com", haserror={"N": "0"}), taken)[0]

    assert code == "TransactionCanceledException"
    assert emails(table.scan()) == emails(table.query_index()) == ["sato@example.com"]


def test_transaction_that_comes_again_after_a_lost_reply_changes_nothing(table: Table) -> None:
    first = put("sato@example.com")
    first["Put"]["ConditionExpression"] = "attribute_not_exists(email)"

    table.transact(first, ClientRequestToken="one")
    table.transact(first, ClientRequestToken="one")

    assert refusal(table.transact, first, ClientRequestToken="two")[0] == (
        "TransactionCanceledException"
    )


def test_token_of_another_transaction_is_refused(table: Table) -> None:
    table.transact(put("sato@example.com"), ClientRequestToken="one")

    code = refusal(table.transact, put("tanaka@example.com"), ClientRequestToken="one")[0]

    assert code == "IdempotentParameterMismatchException"
    assert emails(table.scan()) == ["sato@example.com"]


def test_token_of_a_refused_transaction_can_be_used_again(table: Table) -> None:
    there = {
        "ConditionCheck": {
            "TableName": "mailaddress",
            "Key": {"email": {"S": "sato@example.com"}},
            "ConditionExpression": "attribute_exists(email)",
        }
    }
    refusal(table.transact, there, ClientRequestToken="one")
    table.put("sato@example.com")

    table.transact(there, ClientRequestToken="one")


def test_transaction_says_what_its_item_does_not_bear(table: Table) -> None:
    table.put("sato@example.com")
    update = {
        "TableName": table.name,
        "Key": {"email": {"S": "sato@example.com"}},
        "UpdateExpression": "ADD haserror :names",
        "ExpressionAttributeValues": {":names": {"SS": ["a"]}},
    }

    with pytest.raises(ClientError) as caught:
        table.transact(put("yamada@example.com"), {"Update": update})

    assert caught.value.response["CancellationReasons"] == [
        {"Code": "None"},
        {
            "Code": "ValidationError",
            "Message": "An operand in the update expression has an incorrect data type",
        },
    ]
