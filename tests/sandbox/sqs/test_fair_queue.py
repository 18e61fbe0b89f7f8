"""MessageGroupId on a standard queue: groups take turns, and nothing is held back."""

from __future__ import annotations

from typing import Any

import pytest

from support.calls.sqs_calls import bodies, counts, receive, send
from support.sandboxes.account_in_sandbox import RECORD, Account, queue_arn


def test_group_is_shown_to_whoever_receives(client: Any, make_queue: Any) -> None:
    url = make_queue()
    send(client, url, "alone", MessageGroupId="campaign")
    client.send_message_batch(
        QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "batch", "MessageGroupId": "campaign"}]
    )

    for message in receive(client, url):
        assert message["Attributes"]["MessageGroupId"] == "campaign"
        assert "SequenceNumber" not in message["Attributes"]


def test_message_without_a_group_shows_none(client: Any, make_queue: Any) -> None:
    url = make_queue()
    send(client, url, "alone")

    [message] = receive(client, url)
    assert "MessageGroupId" not in message["Attributes"]


def test_group_in_flight_holds_nothing_back(client: Any, make_queue: Any) -> None:
    url = make_queue()
    send(client, url, "1", "2", "3", MessageGroupId="campaign")

    first = receive(client, url, MaxNumberOfMessages=1)
    others = receive(client, url)

    assert sorted(bodies(first) + bodies(others)) == ["1", "2", "3"]


def test_same_message_may_come_twice_in_a_group(client: Any, make_queue: Any) -> None:
    url = make_queue()
    send(client, url, "same", "same", MessageGroupId="campaign")

    assert bodies(receive(client, url)) == ["same", "same"]


def test_small_group_does_not_wait_behind_a_large_one(client: Any, make_queue: Any) -> None:
    url = make_queue()
    send(client, url, *(f"large {number}" for number in range(20)), MessageGroupId="large")
    send(client, url, "small 0", "small 1", MessageGroupId="small")
    send(client, url, "alone")

    assert bodies(receive(client, url)) == [
        "large 0",
        "small 0",
        "alone",
        "large 1",
        "small 1",
        *(f"large {number}" for number in range(2, 7)),
    ]


def test_group_that_returns_takes_its_turn(client: Any, make_queue: Any, clock: Any) -> None:
    url = make_queue(VisibilityTimeout=30)
    send(client, url, "a0", "a1", MessageGroupId="a")
    receive(client, url)
    send(client, url, "b0", "b1", MessageGroupId="b")
    clock.advance(31)

    assert bodies(receive(client, url)) == ["b0", "a0", "b1", "a1"]


def test_counts_are_of_all_groups(client: Any, make_queue: Any) -> None:
    url = make_queue()
    send(client, url, "a", MessageGroupId="a")
    send(client, url, "b", MessageGroupId="b")
    send(client, url, "later", MessageGroupId="b", DelaySeconds=60)
    receive(client, url, MaxNumberOfMessages=1)

    assert counts(client, url) == (1, 1, 1)


def test_delayed_group_comes_when_it_is_due(client: Any, make_queue: Any, clock: Any) -> None:
    url = make_queue(DelaySeconds=20)
    send(client, url, "a", MessageGroupId="a")
    send(client, url, "now", MessageGroupId="a", DelaySeconds=0)
    assert bodies(receive(client, url)) == ["now"]

    clock.advance(20)
    assert bodies(receive(client, url)) == ["a"]


@pytest.mark.parametrize("seconds", [-1, 901])
def test_delay_beyond_fifteen_minutes_is_refused(
    client: Any, make_queue: Any, seconds: int
) -> None:
    url = make_queue()
    with pytest.raises(client.exceptions.ClientError, match="DelaySeconds"):
        send(client, url, "a", DelaySeconds=seconds)


def test_deduplication_is_for_fifo_queues_alone(client: Any, make_queue: Any) -> None:
    url = make_queue()
    with pytest.raises(client.exceptions.ClientError, match="not valid for this queue type"):
        send(client, url, "a", MessageDeduplicationId="once")


def test_function_gets_the_group_and_more_than_ten_messages_within_a_window(
    account: Account,
) -> None:
    url = account.queue(VisibilityTimeout=30)
    for start in (0, 10):
        entries = [
            {"Id": str(number), "MessageBody": str(number), "MessageGroupId": f"campaign-{start}"}
            for number in range(start, start + 10)
        ]
        account.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
    account.function(RECORD)

    account.client("lambda").create_event_source_mapping(
        EventSourceArn=queue_arn(),
        FunctionName="recorder",
        BatchSize=20,
        MaximumBatchingWindowInSeconds=1,
    )

    account.wait_for(20, account.records)
    [event] = account.events()
    groups = [record["attributes"]["MessageGroupId"] for record in event["Records"]]
    assert groups == ["campaign-0", "campaign-10"] * 10
