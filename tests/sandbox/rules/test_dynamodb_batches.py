"""What DynamoDB refuses of batches and transactions."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import Account

KEY, OTHER_KEY = {"email": {"S": "a"}}, {"email": {"N": "1"}}


def test_a_batch_writes_each_item_once(account: Account) -> None:
    writes = [{"PutRequest": {"Item": KEY}}, {"DeleteRequest": {"Key": KEY}}]

    assert refusal(
        account.client("dynamodb").batch_write_item, RequestItems={"people": writes}
    ) == ("ValidationException", "Provided list of item keys contains duplicates")


def test_a_batch_has_so_many_items_whatever_their_tables(account: Account) -> None:
    client = account.client("dynamodb")
    keys = [{"email": {"S": str(number)}} for number in range(101)]
    deletes = [{"DeleteRequest": {"Key": key}} for key in keys]

    assert refusal(
        client.batch_write_item, RequestItems={"people": deletes[:20], "nope": deletes[:6]}
    ) == ("ValidationException", "Too many items requested for the BatchWriteItem call")
    assert refusal(
        client.batch_get_item,
        RequestItems={"people": {"Keys": keys[:50]}, "nope": {"Keys": keys[50:]}},
    ) == ("ValidationException", "Too many items requested for the BatchGetItem call")


@pytest.mark.parametrize(
    ("operation", "request_of_table"),
    [
        ("batch_get_item", {"Keys": [OTHER_KEY]}),
        ("batch_write_item", [{"PutRequest": {"Item": OTHER_KEY}}]),
        ("batch_write_item", [{"PutRequest": {"Item": {"name": {"S": "a"}}}}]),
        ("batch_write_item", [{"DeleteRequest": {"Key": {}}}]),
    ],
)
def test_keys_in_batches_are_the_tables(
    account: Account, operation: str, request_of_table: Any
) -> None:
    call = getattr(account.client("dynamodb"), operation)

    assert refusal(call, RequestItems={"people": request_of_table}) == (
        "ValidationException",
        "The provided key element does not match the schema",
    )


def test_a_batch_has_so_many_items_of_a_table(account: Account) -> None:
    writes = [{"PutRequest": {"Item": {"email": {"S": str(number)}}}} for number in range(26)]

    message = refusal(account.client("dynamodb").batch_write_item, RequestItems={"t": writes})[1]

    assert message.endswith(
        "at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: "
        "[Member must have length less than or equal to 25, "
        "Member must have length greater than or equal to 1]"
    )


@pytest.mark.parametrize(
    ("operation", "part"),
    [
        ("transact_write_items", {"Delete": {"TableName": "people", "Key": OTHER_KEY}}),
        ("transact_write_items", {"Put": {"TableName": "people", "Item": OTHER_KEY}}),
        ("transact_get_items", {"Get": {"TableName": "people", "Key": KEY | {"n": {"N": "1"}}}}),
    ],
)
def test_a_transaction_says_which_of_its_parts_has_no_key_of_the_table(
    account: Account, operation: str, part: dict[str, Any]
) -> None:
    [kind] = part
    fine = {kind: {"TableName": "people", "Item" if kind == "Put" else "Key": KEY}}

    with pytest.raises(ClientError) as caught:
        getattr(account.client("dynamodb"), operation)(TransactItems=[fine, part])

    answer = caught.value.response
    assert answer["Error"]["Code"] == "TransactionCanceledException"
    assert answer["Message"] == answer["Error"]["Message"]
    assert answer["Message"].endswith("[None, ValidationError]")
    assert [one["Code"] for one in answer["CancellationReasons"]] == ["None", "ValidationError"]


@pytest.mark.parametrize(("kind", "member"), [("Delete", "Key"), ("Put", "Item")])
def test_a_transaction_with_an_empty_key_is_refused_as_a_whole(
    account: Account, kind: str, member: str
) -> None:
    part = {kind: {"TableName": "people", member: {"email": {"S": ""}}}}

    refused = refusal(account.client("dynamodb").transact_write_items, TransactItems=[part])

    assert refused == (
        "ValidationException",
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
        "contain an empty string value. Key: email",
    )


@pytest.mark.parametrize(
    ("operation", "request_", "words"),
    [
        ("batch_write_item", {"RequestItems": {"people": [{}]}}, "one of both"),
        (
            "batch_write_item",
            {
                "RequestItems": {
                    "people": [{"PutRequest": {"Item": KEY}, "DeleteRequest": {"Key": KEY}}]
                }
            },
            "A write request puts an item, or deletes one by its key: one of both",
        ),
        ("transact_write_items", {"TransactItems": [{}]}, "can only contain one of Check, Put,"),
    ],
)
def test_an_empty_part_of_a_request_is_refused(
    account: Account, operation: str, request_: dict[str, Any], words: str
) -> None:
    assert words in refusal(getattr(account.client("dynamodb"), operation), **request_)[1]


def test_a_transaction_reads_a_hundred_items(account: Account) -> None:
    keys = [{"email": {"S": str(number)}} for number in range(100)]
    parts = [{"Get": {"TableName": "people", "Key": key}} for key in keys]

    answer = account.client("dynamodb").transact_get_items(TransactItems=parts)

    assert answer["Responses"] == [{}] * 100


def test_a_transaction_reads_each_item_once(account: Account) -> None:
    part = {"Get": {"TableName": "people", "Key": KEY}}

    assert refusal(account.client("dynamodb").transact_get_items, TransactItems=[part] * 2) == (
        "ValidationException",
        "Transaction request cannot include multiple operations on one item",
    )
