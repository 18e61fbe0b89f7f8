"""Pollers: a queue's messages reach the function in batches, and failed ones come back."""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any

import pytest

from mailfanout.sandbox.event_sources.batches import failed_ids
from support.account_in_sandbox import (
    EVERYTHING,
    RECORD,
    RECORD_AND_FAIL,
    Account,
    allow,
    queue_arn,
)
from support.waiting import wait_until

# Fails the messages whose body is "bad", by what AWS calls a partial batch response.
RECORD_AND_REPORT = f"""{RECORD}
    bad = [one["messageId"] for one in event["Records"] if one["body"] == "bad"]
    return {{"batchItemFailures": [{{"itemIdentifier": one}} for one in bad]}}
"""
REPORTS = ["ReportBatchItemFailures"]


def map_queue(account: Account, *, name: str = "queue", **options: Any) -> str:
    """Map the queue to the function; the mapping's UUID."""
    answer = account.client("lambda").create_event_source_mapping(
        EventSourceArn=queue_arn(name), FunctionName="recorder", **options
    )
    uuid: str = answer["UUID"]
    return uuid


def send(account: Account, queue_url: str, *bodies: str, **options: Any) -> None:
    for body in bodies:
        account.client("sqs").send_message(QueueUrl=queue_url, MessageBody=body, **options)


def bodies(account: Account) -> list[str]:
    """The bodies that the function got so far, in the order in which it got them."""
    return [record["body"] for record in account.records()]


def wait_until_empty(account: Account, queue_url: str) -> None:
    wait_until(lambda: account.messages_in(queue_url) == 0)


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


def test_only_the_reported_messages_of_a_batch_come_back(account: Account) -> None:
    queue_url = account.queue()
    send(account, queue_url, "good", "bad", "good")
    account.function(RECORD_AND_REPORT)
    map_queue(account, FunctionResponseTypes=REPORTS)

    account.wait_for(3, account.events)
    assert sorted(bodies(account)[:3]) == ["bad", "good", "good"]
    assert set(bodies(account)[3:]) == {"bad"}
    assert account.messages_in(queue_url) == 1


def test_report_means_nothing_where_the_mapping_does_not_ask_for_it(account: Account) -> None:
    queue_url = account.queue()
    account.function(RECORD_AND_REPORT)
    map_queue(account)

    send(account, queue_url, "bad")

    wait_until_empty(account, queue_url)
    assert bodies(account) == ["bad"]


def test_exception_fails_the_whole_batch_although_failures_would_be_reported(
    account: Account,
) -> None:
    queue_url = account.queue()
    send(account, queue_url, "one", "two")
    account.function(RECORD_AND_FAIL)
    map_queue(account, FunctionResponseTypes=REPORTS)

    account.wait_for(2, account.events)
    assert account.messages_in(queue_url) == 2


@pytest.mark.parametrize(
    "response", [None, {}, {"batchItemFailures": None}, {"batchItemFailures": []}, {"sent": 2}]
)
def test_response_that_reports_nothing_is_success(response: Any) -> None:
    assert failed_ids(response, {"1", "2"}) == set()


def test_response_that_reports_known_messages_fails_these() -> None:
    response = {"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "2"}]}

    assert failed_ids(response, {"1", "2"}) == {"2"}


@pytest.mark.parametrize(
    "response",
    [
        "done",
        ["2"],
        True,
        {"batchItemFailures": "2"},
        {"batchItemFailures": {}},
        {"batchItemFailures": ["2"]},
        {"batchItemFailures": [None]},
        {"batchItemFailures": [{}]},
        {"batchItemFailures": [{"item": "2"}]},
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"itemIdentifier": ["2"]}]},
        {"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "3"}]},
    ],
)
def test_response_that_cannot_be_understood_fails_the_whole_batch(response: Any) -> None:
    assert failed_ids(response, {"1", "2"}) == {"1", "2"}


def test_batch_is_no_larger_than_the_batch_size(account: Account) -> None:
    queue_url = account.queue()
    send(account, queue_url, *map(str, range(7)))
    account.function(RECORD)

    map_queue(account, BatchSize=3)

    wait_until_empty(account, queue_url)
    assert sorted(len(event["Records"]) for event in account.events()) == [1, 3, 3]
    assert sorted(bodies(account)) == list("0123456")


def test_window_collects_what_comes_one_by_one(account: Account) -> None:
    queue_url = account.queue()
    account.function(RECORD)
    map_queue(account, BatchSize=100, MaximumBatchingWindowInSeconds=2)

    send(account, queue_url, *map(str, range(30)))

    (event,) = account.wait_for(1, account.events)
    assert len(event["Records"]) == 30


def test_full_batch_does_not_wait_for_the_end_of_the_window(account: Account) -> None:
    queue_url = account.queue()
    account.function(RECORD)
    map_queue(account, BatchSize=20, MaximumBatchingWindowInSeconds=300)

    send(account, queue_url, *map(str, range(20)))

    wait_until_empty(account, queue_url)
    assert len(account.events()) == 1


def test_batch_can_have_a_thousand_messages(account: Account) -> None:
    queue_url = account.queue()
    for start in range(0, 1000, 10):
        entries = [{"Id": str(n), "MessageBody": str(n)} for n in range(start, start + 10)]
        account.client("sqs").send_message_batch(QueueUrl=queue_url, Entries=entries)
    account.function(RECORD)

    map_queue(account, BatchSize=10_000, MaximumBatchingWindowInSeconds=1)

    wait_until_empty(account, queue_url)
    assert [len(event["Records"]) for event in account.events()] == [1000]


def test_batch_ends_at_six_megabytes_and_the_rest_is_received_once(account: Account) -> None:
    queue_url = account.queue(MaximumMessageSize=2**20)
    send(account, queue_url, *["x" * 1_000_000] * 8)
    account.function(RECORD)

    map_queue(account)

    wait_until_empty(account, queue_url)
    assert sorted(len(event["Records"]) for event in account.events()) == [2, 6]
    counts = {record["attributes"]["ApproximateReceiveCount"] for record in account.records()}
    assert counts == {"1"}


def test_function_runs_no_more_often_at_once_than_the_maximum_concurrency(
    account: Account,
) -> None:
    # Each run takes a number, and notes how many others were running at its end.
    source = """
import os, pathlib, time, uuid
def lambda_handler(event, context):
    directory = pathlib.Path(os.environ["RECORDS"])
    mine = directory / f"{uuid.uuid4()}.running"
    mine.touch()
    time.sleep(0.2)
    at_once = len(list(directory.glob("*.running")))
    (directory / f"{at_once}-{uuid.uuid4()}.seen").touch()
    mine.unlink()
"""
    queue_url = account.queue()
    send(account, queue_url, *map(str, range(12)))
    account.function(source)

    map_queue(account, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})

    wait_until_empty(account, queue_url)
    at_once = [int(path.name.split("-")[0]) for path in account.files("*.seen")]
    assert len(at_once) == 12
    assert max(at_once) == 2


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ({"body": {"kind": ["mail"]}}, ['{"kind": "mail", "size": 3}']),
        ({"body": {"size": [{"numeric": [">", 3]}]}}, ['{"kind": "test", "size": 5}']),
        ({"body": ["plain"]}, ["plain"]),
        ({"body": [{"prefix": "pl"}]}, ["plain"]),
        ({"messageAttributes": {"to": {"stringValue": ["sato"]}}}, ["with attributes"]),
    ],
)
def test_filter_keeps_what_matches_and_deletes_the_rest(
    account: Account, pattern: dict[str, Any], wanted: list[str]
) -> None:
    queue_url = account.queue()
    send(account, queue_url, '{"kind": "mail", "size": 3}', '{"kind": "test", "size": 5}', "plain")
    attributes = {"to": {"DataType": "String", "StringValue": "sato"}}
    send(account, queue_url, "with attributes", MessageAttributes=attributes)
    account.function(RECORD)

    map_queue(account, FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})

    wait_until_empty(account, queue_url)
    assert bodies(account) == wanted


def test_message_that_matches_one_of_several_filters_is_kept(account: Account) -> None:
    queue_url = account.queue()
    send(account, queue_url, "one", "two", "three")
    account.function(RECORD)

    patterns = [{"Pattern": '{"body": ["one"]}'}, {"Pattern": '{"body": ["three"]}'}]
    map_queue(account, FilterCriteria={"Filters": patterns})

    wait_until_empty(account, queue_url)
    assert sorted(bodies(account)) == ["one", "three"]


def test_disabled_mapping_leaves_the_queue_alone_until_it_is_enabled(account: Account) -> None:
    queue_url = account.queue()
    account.function(RECORD)
    uuid = map_queue(account, Enabled=False)
    send(account, queue_url, "later")
    assert account.receive(queue_url, VisibilityTimeout=0)["Body"] == "later"

    account.client("lambda").update_event_source_mapping(UUID=uuid, Enabled=True)

    wait_until_empty(account, queue_url)
    assert bodies(account) == ["later"]


@pytest.mark.parametrize("end", ["disable", "delete"])
def test_mapping_that_was_ended_takes_no_more_messages(account: Account, end: str) -> None:
    queue_url = account.queue()
    account.function(RECORD)
    uuid = map_queue(account)
    send(account, queue_url, "before")
    wait_until_empty(account, queue_url)

    if end == "disable":
        account.client("lambda").update_event_source_mapping(UUID=uuid, Enabled=False)
    else:
        account.client("lambda").delete_event_source_mapping(UUID=uuid)
    send(account, queue_url, "after")

    assert account.receive(queue_url)["Body"] == "after"
    assert bodies(account) == ["before"]


def test_updated_batch_size_holds_for_the_next_batch(account: Account) -> None:
    queue_url = account.queue()
    account.function(RECORD)
    uuid = map_queue(account, Enabled=False)
    account.client("lambda").update_event_source_mapping(UUID=uuid, BatchSize=1, Enabled=True)

    send(account, queue_url, "one", "two")

    wait_until_empty(account, queue_url)
    assert len(account.events()) == 2


def test_updated_mapping_can_be_for_another_function(account: Account) -> None:
    queue_url = account.queue()
    account.function("def lambda_handler(event, context):\n    1 / 0\n")
    account.function(RECORD, name="another")
    uuid = map_queue(account)

    account.client("lambda").update_event_source_mapping(UUID=uuid, FunctionName="another")
    send(account, queue_url, "hello")

    wait_until_empty(account, queue_url)
    assert bodies(account) == ["hello"]


def test_queue_that_was_deleted_and_created_again_is_polled_again(account: Account) -> None:
    queue_url = account.queue()
    account.function(RECORD)
    map_queue(account)
    account.client("sqs").delete_queue(QueueUrl=queue_url)
    account.queue()

    send(account, queue_url, "hello")

    assert account.wait_for(1, lambda: bodies(account)) == ["hello"]


def test_messages_wait_while_their_function_is_missing(account: Account) -> None:
    queue_url = account.queue()
    account.function(RECORD)
    map_queue(account)
    account.client("lambda").delete_function(FunctionName="recorder")
    send(account, queue_url, "hello")

    account.function(RECORD)

    (record,) = account.wait_for(1, account.records)
    assert record["body"] == "hello"
    # The poll that was under way may have taken it once; no other did.
    assert int(record["attributes"]["ApproximateReceiveCount"]) <= 2


def test_messages_wait_while_the_role_may_not_receive(account: Account) -> None:
    queue_url = account.queue()
    account.role(EVERYTHING)
    account.function(RECORD)
    uuid = map_queue(account, Enabled=False)
    account.role(allow("logs:*"))
    account.client("lambda").update_event_source_mapping(UUID=uuid, Enabled=True)
    send(account, queue_url, "hello")
    assert account.receive(queue_url)["Body"] == "hello"
    assert account.events() == []

    account.role(EVERYTHING)
    send(account, queue_url, "again")

    account.wait_for(1, account.events)
    assert "again" in bodies(account)


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


def test_groups_of_a_fifo_queue_keep_their_order_though_messages_fail(account: Account) -> None:
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

    map_queue(account, name="queue.fifo", BatchSize=1)

    wait_until_empty(account, queue_url)
    for group in ("a", "b"):
        got = [body for body in bodies(account) if body[0] == group]
        assert got == [f"{group}{number}" for number in (0, 0, 1, 1, 2, 2)]


def test_record_of_a_fifo_queue_has_its_attributes(account: Account) -> None:
    queue_url = account.queue("queue.fifo", FifoQueue="true")
    account.function(RECORD)
    map_queue(account, name="queue.fifo")

    send(account, queue_url, "hello", MessageGroupId="group", MessageDeduplicationId="1")

    (record,) = account.wait_for(1, account.records)
    attributes = record["attributes"]
    assert (attributes["MessageGroupId"], attributes["MessageDeduplicationId"]) == ("group", "1")
    assert attributes["SequenceNumber"]
