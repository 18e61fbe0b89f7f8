"""Parts of a table: policies give items by their partition keys, parts of items by attributes."""

from __future__ import annotations

from typing import Any

import pytest

from support.calls.refusals import refusal
from support.sandboxes.account_setup import Clients, Make, allow, create_table

pytestmark = pytest.mark.slow


def test_a_part_of_a_table_is_given_by_its_partition_keys(role: Make, admin: Clients) -> None:
    create_table(admin)
    condition = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["yamada@*"]}}
    table = role("dynamodb", allow("dynamodb:*", "*", Condition=condition))
    named = {"TableName": "mailaddress"}
    own, other = ({"email": {"S": f"{name}@example.com"}} for name in ("yamada", "sato"))

    def query(key: Any, operand: str = "#e = :e") -> Any:
        return {
            "KeyConditionExpression": operand,
            "ExpressionAttributeNames": {"#e": "email"},
            "ExpressionAttributeValues": {":e": key["email"]},
        }

    calls: list[tuple[Any, Any]] = [
        (table.put_item, lambda key: {**named, "Item": key}),
        (table.get_item, lambda key: {**named, "Key": key}),
        (table.query, lambda key: {**named, **query(key)}),
        (table.query, lambda key: {**named, **query(key, "(:e = #e)")}),
        (
            table.batch_get_item,
            lambda key: {"RequestItems": {"mailaddress": {"Keys": [key]}}},
        ),
        (
            table.batch_write_item,
            lambda key: {"RequestItems": {"mailaddress": [{"PutRequest": {"Item": key}}]}},
        ),
        (
            table.transact_write_items,
            lambda key: {"TransactItems": [{"Delete": {**named, "Key": key}}]},
        ),
    ]
    for call, request in calls:
        call(**request(own))
        assert refusal(call, **request(other))[0] == "AccessDeniedException"


def test_parts_of_items_are_given_by_their_attributes(role: Make, admin: Clients) -> None:
    create_table(admin)
    condition = {
        "ForAllValues:StringEquals": {"dynamodb:Attributes": ["email", "username"]},
        "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
    }
    table = role("dynamodb", allow("dynamodb:*", "*", Condition=condition))
    key, named = {"email": {"S": "a"}}, {"TableName": "mailaddress"}
    of_name, of_flag = {"#n": "username"}, {"#n": "issend"}
    keys: Any = {"Keys": [key], "ProjectionExpression": "email"}

    allowed: list[tuple[Any, dict[str, Any]]] = [
        (table.put_item, {"Item": {**key, "username": {"S": "b"}}}),
        (table.get_item, {"Key": key, "ProjectionExpression": "username"}),
        (table.scan, {"ProjectionExpression": "#n", "ExpressionAttributeNames": of_name}),
        (table.delete_item, {"Key": key, "ConditionExpression": "attribute_exists(username)"}),
    ]
    denied: list[tuple[Any, dict[str, Any]]] = [
        (table.put_item, {"Item": {**key, "issend": {"N": "0"}}}),
        (table.get_item, {"Key": key}),
        (table.scan, {}),
        (table.scan, {"Select": "COUNT"}),
        (table.scan, {"ProjectionExpression": "#n", "ExpressionAttributeNames": of_flag}),
        (table.delete_item, {"Key": key, "ConditionExpression": "attribute_exists(issend)"}),
        (table.update_item, {"Key": key, "UpdateExpression": "REMOVE username, issend"}),
    ]
    for call, request in allowed:
        assert call(**named, **request)
    for call, request in denied:
        assert refusal(call, **named, **request)[0] == "AccessDeniedException"
    assert table.batch_get_item(RequestItems={"mailaddress": keys})
    keys["ProjectionExpression"] = "email, issend"
    assert refusal(table.batch_get_item, RequestItems={"mailaddress": keys})


def test_writes_may_be_let_in_within_transactions_alone(role: Make, admin: Clients) -> None:
    create_table(admin)
    condition = {"StringEquals": {"dynamodb:EnclosingOperation": "TransactWriteItems"}}
    table = role("dynamodb", allow("dynamodb:PutItem", "*", Condition=condition))
    put = {"TableName": "mailaddress", "Item": {"email": {"S": "a"}}}

    table.transact_write_items(TransactItems=[{"Put": put}])

    assert refusal(table.put_item, **put)[0] == "AccessDeniedException"


def test_a_stream_is_read_by_whom_a_policy_names_it_to(role: Make, admin: Clients) -> None:
    arns = [_streamed(admin, name) for name in ("first", "second")]
    streams, all_streams = role("dynamodbstreams", allow("dynamodb:*", arns[0])), []
    for arn in arns:
        described = admin("dynamodbstreams").describe_stream(StreamArn=arn)["StreamDescription"]
        where = {"StreamArn": arn, "ShardId": described["Shards"][0]["ShardId"]}
        found = admin("dynamodbstreams").get_shard_iterator(**where, ShardIteratorType="LATEST")
        all_streams.append((where, {"ShardIterator": found["ShardIterator"]}))
    (own, iterator), (other, others_iterator) = all_streams

    streams.describe_stream(StreamArn=arns[0])
    streams.get_shard_iterator(**own, ShardIteratorType="LATEST")
    streams.get_records(**iterator)

    denied = [
        refusal(streams.describe_stream, StreamArn=arns[1]),
        refusal(streams.get_shard_iterator, **other, ShardIteratorType="LATEST"),
        refusal(streams.get_records, **others_iterator),
        refusal(streams.list_streams),
    ]
    assert {code for code, _ in denied} == {"AccessDeniedException"}


def _streamed(admin: Clients, name: str) -> str:
    table = admin("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    return str(table["TableDescription"]["LatestStreamArn"])
