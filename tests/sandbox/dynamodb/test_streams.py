"""What the stream of a table holds, who is told of it, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import Account

FRED = {"id": {"S": "Fred"}}
Read = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def dynamodb(account: Account) -> Any:
    return account.client("dynamodb")


@pytest.fixture
def streams(account: Account) -> Any:
    return account.client("dynamodbstreams")


@pytest.fixture
def arn(account: Account) -> str:
    """The stream of the table people."""
    return made(account, "NEW_AND_OLD_IMAGES")


@pytest.fixture
def read(streams: Any, arn: str) -> Read:
    def read(kind: str = "TRIM_HORIZON", **position: str) -> list[dict[str, Any]]:
        where = {"StreamArn": arn, "ShardId": shard(streams, arn)["ShardId"]}
        found = streams.get_shard_iterator(**where, ShardIteratorType=kind, **position)
        answer = streams.get_records(ShardIterator=found["ShardIterator"])
        records: list[dict[str, Any]] = answer["Records"]
        return records

    return read


def made(account: Account, view: str) -> str:
    table = account.client("dynamodb").create_table(
        TableName="people",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": view},
    )["TableDescription"]
    account.wait_for_table("people")
    return str(table["LatestStreamArn"])


def changed(account: Account, **stream: Any) -> str:
    """The stream that the table has, or had last, after the change."""
    client = account.client("dynamodb")
    answer = client.update_table(TableName="people", StreamSpecification=stream)
    account.wait_for_table("people")
    return str(answer["TableDescription"]["LatestStreamArn"])


def shard(streams: Any, arn: str) -> dict[str, Any]:
    (only,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    found: dict[str, Any] = only
    return found


def test_an_iterator_names_the_stream_that_it_reads(
    account: Account, streams: Any, arn: str
) -> None:
    changed(account, StreamEnabled=False)
    changed(account, StreamEnabled=True, StreamViewType="KEYS_ONLY")
    first = {"StreamArn": arn, "ShardId": shard(streams, arn)["ShardId"]}

    found = streams.get_shard_iterator(**first, ShardIteratorType="TRIM_HORIZON")

    assert found["ShardIterator"].startswith(f"{arn}|")


def test_a_write_that_changes_nothing_is_not_in_the_stream(dynamodb: Any, read: Read) -> None:
    fred = {"TableName": "people", "Item": FRED}
    update = {
        "UpdateExpression": "SET age = :age",
        "ExpressionAttributeValues": {":age": {"N": "7"}},
    }
    dynamodb.put_item(**fred)
    dynamodb.put_item(**fred)
    dynamodb.transact_write_items(TransactItems=[{"Put": fred}])
    dynamodb.update_item(TableName="people", Key=FRED, **update)
    dynamodb.update_item(TableName="people", Key=FRED, **update)
    dynamodb.delete_item(TableName="people", Key=FRED)
    dynamodb.delete_item(TableName="people", Key=FRED)

    assert [record["eventName"] for record in read()] == ["INSERT", "MODIFY", "REMOVE"]


def test_a_record_has_the_size_of_its_keys_and_images(dynamodb: Any, read: Read) -> None:
    dynamodb.put_item(TableName="people", Item=FRED)
    dynamodb.put_item(TableName="people", Item={**FRED, "name": {"S": "Fred"}})

    first, second = read()

    assert (first["eventVersion"], first["awsRegion"]) == ("1.1", "us-east-1")
    assert first["dynamodb"]["ApproximateCreationDateTime"].microsecond == 0
    assert (first["dynamodb"]["SizeBytes"], second["dynamodb"]["SizeBytes"]) == (12, 26)


def test_a_shard_starts_before_its_first_record(
    dynamodb: Any, streams: Any, arn: str, read: Read
) -> None:
    dynamodb.put_item(TableName="people", Item=FRED)
    start = shard(streams, arn)["SequenceNumberRange"]["StartingSequenceNumber"]

    (record,) = read("AFTER_SEQUENCE_NUMBER", SequenceNumber=start)

    assert int(record["dynamodb"]["SequenceNumber"]) > int(start)
    assert read("AT_SEQUENCE_NUMBER", SequenceNumber=start) == [record]
    assert read("LATEST") == []


def test_shards_are_described_after_one_that_is_known(streams: Any, arn: str) -> None:
    known = shard(streams, arn)["ShardId"]

    answer = streams.describe_stream(StreamArn=arn, ExclusiveStartShardId=known)

    assert answer["StreamDescription"]["Shards"] == []


def test_a_disabled_stream_is_kept_and_gets_nothing_more(
    account: Account, dynamodb: Any, streams: Any, arn: str, read: Read
) -> None:
    dynamodb.put_item(TableName="people", Item=FRED)

    twice = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}}
    assert refusal(dynamodb.update_table, TableName="people", **twice) == (
        "ValidationException",
        "Table already has an enabled stream: TableName: people",
    )
    last = changed(account, StreamEnabled=False)
    dynamodb.put_item(TableName="people", Item={"id": {"S": "Bob"}})
    another = changed(account, StreamEnabled=True, StreamViewType="KEYS_ONLY")
    dynamodb.put_item(TableName="people", Item={"id": {"S": "Ann"}})

    assert (last, another != arn) == (arn, True)
    assert streams.describe_stream(StreamArn=arn)["StreamDescription"]["StreamStatus"] == "DISABLED"
    assert [record["dynamodb"]["Keys"] for record in read()] == [FRED]
    first = streams.list_streams(TableName="people", Limit=1)
    rest = streams.list_streams(
        TableName="people", ExclusiveStartStreamArn=first["LastEvaluatedStreamArn"]
    )
    assert [one["StreamArn"] for one in (*first["Streams"], *rest["Streams"])] == [arn, another]


def test_what_is_no_stream_or_shard_or_iterator_is_refused(streams: Any, arn: str) -> None:
    other, missing = arn[:-1], "ResourceNotFoundException"
    where = {"StreamArn": arn, "ShardId": "shardId-00000000000000000000-12345678"}

    assert refusal(streams.describe_stream, StreamArn=other) == (
        missing,
        f"Requested resource not found: Stream: {other} not found",
    )
    assert refusal(streams.get_shard_iterator, **where, ShardIteratorType="LATEST") == (
        missing,
        "Requested resource not found: Shard does not exist",
    )
    where |= {"ShardId": shard(streams, arn)["ShardId"]}
    unsaid = refusal(streams.get_shard_iterator, **where, ShardIteratorType="AT_SEQUENCE_NUMBER")
    iterator = refusal(streams.get_records, ShardIterator=f"{arn}|1|nope")
    assert (unsaid[0], iterator[0]) == ("ValidationException", "ValidationException")
