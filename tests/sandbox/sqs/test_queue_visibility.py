"""When a message is visible, and what moves that moment."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.sqs import models

from support.calls.sqs_calls import (
    Clock,
    MakeQueue,
    bodies,
    change_visibility,
    counts,
    delete,
    receive,
    send,
)


def test_message_arrives_as_it_was_sent(client: Any, make_queue: MakeQueue, clock: Clock) -> None:
    url = make_queue()
    attributes = {"username": {"DataType": "String", "StringValue": "山田太郎"}}
    sent = client.send_message(QueueUrl=url, MessageBody="メール", MessageAttributes=attributes)
    clock.advance(1.5)

    [message] = receive(client, url, MessageAttributeNames=["All"])

    assert message["MessageId"] == sent["MessageId"]
    assert message["MD5OfBody"] == sent["MD5OfMessageBody"]
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert message["MessageAttributes"] == attributes
    assert message["Attributes"] == {
        "SenderId": models.DEFAULT_SENDER_ID,
        "SentTimestamp": str(clock.now_ms - 1500),
        "ApproximateReceiveCount": "1",
        "ApproximateFirstReceiveTimestamp": str(clock.now_ms),
    }


def test_receive_gives_only_the_attributes_that_it_names(
    client: Any, make_queue: MakeQueue, clock: Clock
) -> None:
    url = make_queue(VisibilityTimeout=0)
    attributes = {
        name: {"DataType": "String", "StringValue": name}
        for name in ("user.name", "user.id", "key")
    }
    client.send_message(QueueUrl=url, MessageBody="x", MessageAttributes=attributes)

    def names(*wanted: str) -> list[str]:
        [message] = receive(client, url, MessageAttributeNames=list(wanted))
        return sorted(message.get("MessageAttributes", {}))

    assert names("user.*") == ["user.id", "user.name"]
    assert names() == []
    assert names("key") == ["key"]
    assert names("All") == ["key", "user.id", "user.name"]


def test_message_in_flight_returns_when_its_visibility_timeout_ends(
    client: Any, make_queue: MakeQueue, clock: Clock
) -> None:
    url = make_queue(VisibilityTimeout=30)
    send(client, url, "one")
    [first] = receive(client, url)
    clock.advance(29.9)
    assert receive(client, url) == []
    assert counts(client, url) == (0, 0, 1)

    clock.advance(0.1)

    assert counts(client, url) == (1, 0, 0)
    [second] = receive(client, url)
    assert second["Attributes"]["ApproximateReceiveCount"] == "2"
    assert second["Attributes"]["ApproximateFirstReceiveTimestamp"] == str(clock.now_ms - 30_000)
    assert second["ReceiptHandle"] != first["ReceiptHandle"]


def test_visibility_timeout_of_zero_hides_nothing(
    client: Any, make_queue: MakeQueue, clock: Clock
) -> None:
    url = make_queue()
    send(client, url, "one", "two")

    assert bodies(receive(client, url, VisibilityTimeout=0)) == ["one", "two"]
    assert counts(client, url) == (2, 0, 0)
    assert bodies(receive(client, url)) == ["one", "two"]


@pytest.mark.parametrize("where", ["queue", "message"])
def test_delayed_message_is_counted_as_delayed_until_it_is_due(
    client: Any, make_queue: MakeQueue, clock: Clock, where: str
) -> None:
    url = make_queue(DelaySeconds=10 if where == "queue" else 0)
    send(client, url, "one", **({"DelaySeconds": 10} if where == "message" else {}))
    assert counts(client, url) == (0, 1, 0)
    assert receive(client, url) == []

    clock.advance(10)

    assert counts(client, url) == (1, 0, 0)
    assert bodies(receive(client, url)) == ["one"]


def test_counts_of_one_answer_are_of_one_moment(
    client: Any, make_queue: MakeQueue, clock: Clock
) -> None:
    url = make_queue(VisibilityTimeout=10)
    send(client, url, "one")
    clock.tick_seconds = 1

    for _ in range(20):
        receive(client, url)
        assert sum(counts(client, url)) == 1


def test_message_is_gone_after_its_retention_period(
    client: Any, make_queue: MakeQueue, clock: Clock
) -> None:
    url = make_queue(MessageRetentionPeriod=60, VisibilityTimeout=3600)
    send(client, url, "in flight")
    receive(client, url)
    send(client, url, "visible")
    clock.advance(59)
    assert counts(client, url) == (1, 0, 1)

    clock.advance(1)

    assert counts(client, url) == (0, 0, 0)
    assert receive(client, url) == []


def test_shorter_retention_period_holds_for_what_is_there(
    client: Any, make_queue: MakeQueue, clock: Clock
) -> None:
    url = make_queue()
    send(client, url, "one")
    clock.advance(100)

    client.set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": "60"})

    assert counts(client, url) == (0, 0, 0)


def test_purge_forgets_messages_in_every_state(
    client: Any, make_queue: MakeQueue, clock: Clock
) -> None:
    url = make_queue()
    send(client, url, "in flight", "visible")
    [taken] = receive(client, url, MaxNumberOfMessages=1)
    send(client, url, "delayed", DelaySeconds=5)
    assert counts(client, url) == (1, 1, 1)

    client.purge_queue(QueueUrl=url)
    clock.advance(3600)

    assert counts(client, url) == (0, 0, 0)
    delete(client, url, taken)


def test_queue_that_holds_messages_can_be_created_again(client: Any, make_queue: MakeQueue) -> None:
    url = make_queue(VisibilityTimeout=7)
    send(client, url, "one")

    assert make_queue(VisibilityTimeout=7) == url
    assert counts(client, url) == (1, 0, 0)


def test_visibility_of_zero_shows_the_message_at_once(
    client: Any, make_queue: MakeQueue, clock: Clock
) -> None:
    url = make_queue(VisibilityTimeout=3600)
    send(client, url, "one")
    [message] = receive(client, url)

    change_visibility(client, url, message, 0)

    assert counts(client, url) == (1, 0, 0)
    assert bodies(receive(client, url)) == ["one"]


def test_visibility_counts_from_the_moment_of_the_change(
    client: Any, make_queue: MakeQueue, clock: Clock
) -> None:
    url = make_queue(VisibilityTimeout=30)
    send(client, url, "one")
    [message] = receive(client, url)
    clock.advance(20)

    change_visibility(client, url, message, 60)

    clock.advance(59)
    assert receive(client, url) == []
    clock.advance(1)
    assert bodies(receive(client, url)) == ["one"]


def test_message_that_is_visible_again_stays_so(
    client: Any, make_queue: MakeQueue, clock: Clock
) -> None:
    url = make_queue(VisibilityTimeout=30)
    send(client, url, "one")
    [message] = receive(client, url)
    clock.advance(30)

    change_visibility(client, url, message, 60)

    assert bodies(receive(client, url)) == ["one"]


def test_visibility_of_a_deleted_message_cannot_change(client: Any, make_queue: MakeQueue) -> None:
    url = make_queue()
    send(client, url, "one")
    [message] = receive(client, url)
    delete(client, url, message)

    with pytest.raises(ClientError, match="InvalidParameterValue.*does not exist"):
        change_visibility(client, url, message, 60)


def test_visibility_ends_twelve_hours_after_the_receive(
    client: Any, make_queue: MakeQueue, clock: Clock
) -> None:
    url = make_queue(VisibilityTimeout=30)
    send(client, url, "one")
    clock.advance(24 * 3600)
    [message] = receive(client, url)
    change_visibility(client, url, message, 43_200)
    clock.advance(3600)

    with pytest.raises(ClientError, match="beyond the limit"):
        change_visibility(client, url, message, 43_200)


def test_batch_of_changes_tells_what_failed_and_why(
    client: Any, make_queue: MakeQueue, clock: Clock
) -> None:
    url = make_queue(VisibilityTimeout=30)
    send(client, url, "back", "in flight")
    back, in_flight = receive(client, url)
    change_visibility(client, url, back, 0)
    handles = {
        "good": (in_flight["ReceiptHandle"], 60),
        "too-long": (in_flight["ReceiptHandle"], 43_201),
        "visible": (back["ReceiptHandle"], 60),
        "visible-too-long": (back["ReceiptHandle"], 43_201),
        "nonsense": ("nonsense", 60),
    }
    entries = [
        {"Id": name, "ReceiptHandle": handle, "VisibilityTimeout": seconds}
        for name, (handle, seconds) in handles.items()
    ]

    answer = client.change_message_visibility_batch(QueueUrl=url, Entries=entries)

    assert [entry["Id"] for entry in answer["Successful"]] == ["good", "visible"]
    assert {entry["Id"]: entry["Code"] for entry in answer["Failed"]} == {
        "too-long": "InvalidParameterValue",
        "visible-too-long": "InvalidParameterValue",
        "nonsense": "ReceiptHandleIsInvalid",
    }
