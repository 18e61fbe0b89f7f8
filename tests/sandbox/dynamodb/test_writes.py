"""What a write stores, streams, indexes and returns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from moto.dynamodb.models import dynamodb_backends

from support.calls.refusals import refusal
from support.parts.dynamodb_tables import ACCOUNT_ID, REGION, Table, emails, index, new_table, put


def test_stream_has_one_record_of_each_change(replaced: Any) -> None:
    table = new_table(
        replaced,
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )

    table.update("sato@example.com", "SET haserror = :no", _no={"N": "0"})
    table.transact(put("sato@example.com", haserror={"N": "1"}))
    table.transact(
        {"Delete": {"TableName": "mailaddress", "Key": {"email": {"S": "sato@example.com"}}}}
    )

    stream = dynamodb_backends[ACCOUNT_ID][REGION].tables["mailaddress"].stream_shard
    assert stream
    records = [record.to_json() for record in stream.items]
    images = [
        [record["dynamodb"].get(kind, {}).get("haserror") for kind in ("OldImage", "NewImage")]
        for record in records
    ]
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    assert images == [[None, {"N": "0"}], [{"N": "0"}, {"N": "1"}], [{"N": "1"}, None]]


@pytest.mark.parametrize(
    ("expression", "old"),
    [
        ("SET issend = :one", {"issend": {"N": "1"}}),
        ("SET #send = :one", {"issend": {"N": "1"}}),
        ("SET haserror = :one, fresh = :one", {"haserror": {"N": "0"}}),
        ("SET haserror = :one REMOVE issend", {"haserror": {"N": "0"}, "issend": {"N": "1"}}),
        ("ADD issend :one", {"issend": {"N": "1"}}),
        ("SET about.age = :one", {"about": {"M": {"age": {"N": "7"}}}}),
        ("SET fresh = :one", None),
    ],
)
def test_updated_old_has_every_attribute_that_the_expression_names(
    table: Table, expression: str, old: Any
) -> None:
    table.put(
        "sato@example.com",
        issend={"N": "1"},
        about={"M": {"age": {"N": "7"}, "name": {"S": "佐藤"}}},
    )
    names = {"ExpressionAttributeNames": {"#send": "issend"}} if "#" in expression else {}

    answer = table.update(
        "sato@example.com", expression, _one={"N": "1"}, ReturnValues="UPDATED_OLD", **names
    )

    assert answer.get("Attributes") == old


def test_updated_old_knows_the_legacy_attribute_updates(table: Table) -> None:
    table.put("sato@example.com", issend={"N": "1"})

    answer = table.update_item(
        Key={"email": {"S": "sato@example.com"}},
        AttributeUpdates={"issend": {"Action": "PUT", "Value": {"N": "1"}}},
        ReturnValues="UPDATED_OLD",
    )

    assert answer["Attributes"] == {"issend": {"N": "1"}}


@pytest.mark.parametrize("write", ["put", "batch", "transaction", "update", "update by an alias"])
def test_index_key_of_another_type_is_refused(table: Table, write: str) -> None:
    table.put("sato@example.com")
    wrong = {"email": {"S": "sato@example.com"}, "haserror": {"S": "0"}}
    alias = {"ExpressionAttributeNames": {"#error": "haserror"}}
    writes: dict[str, Callable[[], Any]] = {
        "put": lambda: table.put_item(Item=wrong),
        "batch": lambda: table.client.batch_write_item(
            RequestItems={"mailaddress": [{"PutRequest": {"Item": wrong}}]}
        ),
        "transaction": lambda: table.transact(put("sato@example.com", haserror={"S": "0"})),
        "update": lambda: table.update("sato@example.com", "SET haserror = :s", _s={"S": "0"}),
        "update by an alias": lambda: table.update(
            "sato@example.com", "SET #error = :s", _s={"S": "0"}, **alias
        ),
    }

    is_transaction = write == "transaction"
    code = "TransactionCanceledException" if is_transaction else "ValidationException"
    assert refusal(writes[write])[0] == code

    assert emails(table.query_index()) == ["sato@example.com"]


def test_new_index_has_the_items_that_were_there(table: Table) -> None:
    table.put("a", issend={"N": "1"})
    table.scan()

    table.update_table(
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind}
            for name, kind in (("email", "S"), ("haserror", "N"), ("issend", "N"))
        ],
        GlobalSecondaryIndexUpdates=[{"Create": index("issend-index", "issend")}],
    )
    table.put("b", issend={"N": "1"})

    found = table.query(
        IndexName="issend-index",
        KeyConditionExpression="issend = :yes",
        ExpressionAttributeValues={":yes": {"N": "1"}},
    )
    assert emails(found) == ["a", "b"]


def test_restored_table_keeps_what_it_was_and_lives_on(table: Table) -> None:
    table.put("a")
    table.query_index()
    backup = table.create_backup(BackupName="backup")["BackupDetails"]["BackupArn"]
    table.update("a", "SET haserror = :yes", _yes={"N": "1"})

    table.client.restore_table_from_backup(TargetTableName="restored", BackupArn=backup)
    restored = Table(table.client, "restored")
    restored.put("b")

    assert (emails(restored.query_index()), emails(table.query_index())) == (["a", "b"], [])


def test_answers_carry_only_what_was_asked_for(table: Table) -> None:
    item = {"email": {"S": "a"}}
    answers = [
        table.update("a", "SET haserror = :no", _no={"N": "0"}),
        table.client.batch_write_item(
            RequestItems={"mailaddress": [{"PutRequest": {"Item": item}}]}
        ),
        table.client.batch_get_item(RequestItems={"mailaddress": {"Keys": [item]}}),
        table.transact(put("b")),
        table.query_index(),
        table.scan(),
        table.get_item(Key=item),
    ]

    members = {member for answer in answers for member in answer}
    assert not members & {"ConsumedCapacity", "ItemCollectionMetrics"}


def test_name_that_an_expression_does_not_use_is_refused_each_time(table: Table) -> None:
    """What is remembered of an expression must not grow with the requests that use it."""
    names = {"#mail": "email", "#unused": "issend"}
    values = {":no": {"N": "0"}}
    request = {"FilterExpression": "haserror = :no", "ExpressionAttributeValues": values}
    table.scan(**request, ProjectionExpression="#mail", ExpressionAttributeNames={"#mail": "email"})

    code = refusal(table.scan, **request, ExpressionAttributeNames=names)[0]
    again = refusal(table.scan, **request, ExpressionAttributeNames={"#mail": "email"})[0]

    assert (code, again) == ("ValidationException",) * 2


def test_a_table_that_is_made_anew_has_no_policy(replaced: Any) -> None:
    new_table(replaced)
    arn = replaced.describe_table(TableName="mailaddress")["Table"]["TableArn"]
    replaced.put_resource_policy(ResourceArn=arn, Policy='{"Statement": []}')

    replaced.delete_table(TableName="mailaddress")
    new_table(replaced)

    assert refusal(replaced.get_resource_policy, ResourceArn=arn)[0] == "PolicyNotFoundException"
