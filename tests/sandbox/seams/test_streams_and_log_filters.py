"""What moto itself hands to functions reaches them: items of a table's stream, and log events."""

from __future__ import annotations

import base64
import gzip
import json
import time

from support.sandboxes.account_in_sandbox import RECORD, Account

STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
EMAIL = {"email": {"S": "taro@example.com"}}


def test_a_written_item_reaches_the_function_that_its_tables_stream_is_mapped_to(
    account: Account,
) -> None:
    account.function(RECORD)
    dynamodb = account.client("dynamodb")
    table = dynamodb.create_table(
        TableName="people",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "email", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "email", "AttributeType": "S"}],
        StreamSpecification=STREAM,
    )["TableDescription"]
    account.wait_for_table("people")
    account.client("lambda").create_event_source_mapping(
        FunctionName="recorder",
        EventSourceArn=table["LatestStreamArn"],
        StartingPosition="LATEST",
    )

    dynamodb.put_item(TableName="people", Item=EMAIL)

    (record,) = account.wait_for(1, account.records)
    assert (record["eventSource"], record["eventName"]) == ("aws:dynamodb", "INSERT")
    assert record["eventSourceARN"] == table["LatestStreamArn"]
    assert record["dynamodb"]["NewImage"] == EMAIL


def test_a_log_event_reaches_the_function_that_its_group_is_filtered_to(account: Account) -> None:
    arn, logs = account.function(RECORD), account.client("logs")
    group, stream = {"logGroupName": "group"}, {"logGroupName": "group", "logStreamName": "stream"}
    logs.create_log_group(**group)
    logs.create_log_stream(**stream)
    logs.put_subscription_filter(**group, filterName="all", filterPattern="", destinationArn=arn)

    logs.put_log_events(
        **stream, logEvents=[{"timestamp": time.time_ns() // 1_000_000, "message": "sent"}]
    )

    (event,) = account.wait_for(1, account.events)
    told = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    assert (told["logGroup"], told["logStream"]) == ("group", "stream")
    assert [one["message"] for one in told["logEvents"]] == ["sent"]
