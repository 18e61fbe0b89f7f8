"""A queue's messages reach the function, and come back when it fails."""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any

import pytest

from support.parts.mapped_queues import bodies, map_queue, send, wait_until_empty
from support.sandboxes.account_in_sandbox import (
    RECORD,
    RECORD_AND_FAIL,
    Account,
    queue_arn,
)


def test_message_reaches_the_function_with_a_whole_record(account: Account) -> None:
    queue_url = account.queue()
    account.function(RECORD)
    map_queue(account)

    answer = account.client("sqs").send_message(
        QueueUrl=queue_url,
        MessageBody="yamada@example.com",
        MessageAttributes={
            "username": {"DataType": "String", "StringValue": "山田太郎"},
            "number": {"DataType": "Number", "StringValue": "1"},
            "picture": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
        },
    )

    (record,) = account.wait_for(1, account.records)
    assert record.pop("receiptHandle")
    attributes = record.pop("attributes")
    assert attributes.pop("ApproximateReceiveCount") == "1"
    assert int(attributes.pop("SentTimestamp")) > 1_700_000_000_000
    assert int(attributes.pop("ApproximateFirstReceiveTimestamp")) > 1_700_000_000_000
    assert attributes.keys() == {"SenderId"}
    assert record == {
        "messageId": answer["MessageId"],
        "body": "yamada@example.com",
        "messageAttributes": {
            "username": message_attribute("String", stringValue="山田太郎"),
            "number": message_attribute("Number", stringValue="1"),
            "picture": message_attribute("Binary", binaryValue="AP8="),
        },
        "md5OfBody": hashlib.md5(b"yamada@example.com").hexdigest(),
        "md5OfMessageAttributes": answer["MD5OfMessageAttributes"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn(),
        "awsRegion": "us-east-1",
    }


def message_attribute(data_type: str, **values: str) -> dict[str, Any]:
    lists: dict[str, Any] = {"stringListValues": [], "binaryListValues": []}
    return {**values, **lists, "dataType": data_type}


def test_message_is_deleted_when_the_function_succeeds(account: Account) -> None:
    queue_url = account.queue()
    account.function(RECORD)
    map_queue(account)

    send(account, queue_url, "good")

    wait_until_empty(account, queue_url)
    assert bodies(account) == ["good"]


def test_message_comes_back_when_the_function_fails(account: Account) -> None:
    queue_url = account.queue()
    account.function(RECORD_AND_FAIL)
    map_queue(account)

    send(account, queue_url, "bad")

    records = account.wait_for(3, account.records)
    counts = [record["attributes"]["ApproximateReceiveCount"] for record in records[:3]]
    assert counts == ["1", "2", "3"]
    assert len({record["receiptHandle"] for record in records[:3]}) == 3


def test_failed_message_stays_hidden_for_the_visibility_timeout(account: Account) -> None:
    account.set_time_scale(1)
    queue_url = account.queue(VisibilityTimeout=600)
    account.function(RECORD_AND_FAIL)
    map_queue(account)

    send(account, queue_url, "bad")

    account.wait_for(1, account.events)
    answer = account.client("sqs").receive_message(QueueUrl=queue_url, WaitTimeSeconds=1)
    assert "Messages" not in answer
    assert account.messages_in(queue_url) == 1
    assert len(account.events()) == 1


def test_message_that_fails_again_and_again_ends_in_the_dead_letter_queue(
    account: Account,
) -> None:
    dead_letters = account.queue("dead-letters")
    redrive = {"deadLetterTargetArn": queue_arn("dead-letters"), "maxReceiveCount": 3}
    queue_url = account.queue(RedrivePolicy=json.dumps(redrive))
    account.function(RECORD_AND_FAIL)
    map_queue(account)

    send(account, queue_url, "bad")

    assert account.receive(dead_letters)["Body"] == "bad"
    assert bodies(account) == ["bad"] * 3


def test_throttled_message_comes_back_until_it_is_a_dead_letter(account: Account) -> None:
    dead_letters = account.queue("dead-letters")
    redrive = {"deadLetterTargetArn": queue_arn("dead-letters"), "maxReceiveCount": 3}
    queue_url = account.queue(RedrivePolicy=json.dumps(redrive))
    account.function(RECORD)
    account.client("lambda").put_function_concurrency(
        FunctionName="recorder", ReservedConcurrentExecutions=0
    )
    map_queue(account)

    send(account, queue_url, "hello")

    message = account.receive(dead_letters)
    assert message["Attributes"]["ApproximateReceiveCount"] == "4"
    assert account.events() == []


def test_sending_a_message_waits_for_no_function(account: Account) -> None:
    queue_url = account.queue()
    account.function(f"{RECORD}    time.sleep(10)\n")
    map_queue(account)

    began = time.monotonic()
    send(account, queue_url, "one", "two", "three")

    assert time.monotonic() - began < 5
    assert account.wait_for(1, account.events)


@pytest.mark.parametrize("batch_size", [1, 10])
def test_groups_of_a_fifo_queue_keep_their_order_though_messages_fail(
    account: Account, batch_size: int
) -> None:
    # Fails each message at its first delivery, and with it whatever else is in the batch.
    source = f"""{RECORD}
    for record in event["Records"]:
        if record["attributes"]["ApproximateReceiveCount"] == "1":
            raise ValueError("once more")
"""
    queue_url = account.queue("queue.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    account.function(source)
    for number in range(3):
        for group in ("a", "b"):
            send(account, queue_url, f"{group}{number}", MessageGroupId=group)

    map_queue(account, name="queue.fifo", BatchSize=batch_size)

    wait_until_empty(account, queue_url)
    for group in ("a", "b"):
        got = [body for body in bodies(account) if body[0] == group]
        assert list(dict.fromkeys(reversed(got)))[::-1] == [f"{group}{n}" for n in range(3)]
        assert all(got.count(body) >= 2 for body in got)
        if batch_size == 1:
            assert got == sorted(got)


def test_record_of_a_fifo_queue_has_its_attributes(account: Account) -> None:
    queue_url = account.queue("queue.fifo", FifoQueue="true")
    account.function(RECORD)
    map_queue(account, name="queue.fifo")

    send(account, queue_url, "hello", MessageGroupId="group", MessageDeduplicationId="1")

    (record,) = account.wait_for(1, account.records)
    attributes = record["attributes"]
    assert (attributes["MessageGroupId"], attributes["MessageDeduplicationId"]) == ("group", "1")
    assert attributes["SequenceNumber"]
