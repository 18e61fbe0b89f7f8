"""FIFO queues keep the order of each message group."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.calls.sqs_calls import (
    PATIENCE_SECONDS,
    Clock,
    Looks,
    MakeQueue,
    bodies,
    change_visibility,
    counts,
    delete,
    inside,
    poll,
    receive,
    send,
)


@pytest.fixture
def fifo_url(make_queue: MakeQueue) -> str:
    return make_queue("work.fifo", FifoQueue="true", VisibilityTimeout=3600)


def put_in_group(client: Any, url: str, group: str, *bodies: str) -> None:
    for body in bodies:
        send(client, url, body, MessageGroupId=group, MessageDeduplicationId=body)


def test_fifo_queue_holds_a_group_back_while_one_of_its_messages_is_in_flight(
    client: Any, fifo_url: str
) -> None:
    put_in_group(client, fifo_url, "a", "a1", "a2")
    put_in_group(client, fifo_url, "b", "b1")

    [first] = receive(client, fifo_url, MaxNumberOfMessages=1)
    assert first["Body"] == "a1"
    assert first["Attributes"]["MessageGroupId"] == "a"
    [other] = receive(client, fifo_url)
    assert other["Body"] == "b1"

    delete(client, fifo_url, first)
    assert bodies(receive(client, fifo_url)) == ["a2"]


def test_fifo_queue_drops_a_duplicate(client: Any, fifo_url: str) -> None:
    put_in_group(client, fifo_url, "a", "same", "same")

    assert counts(client, fifo_url) == (1, 0, 0)


@pytest.mark.parametrize("content_based", [False, True])
def test_fifo_queue_remembers_a_message_for_five_minutes_that_was_deleted(
    client: Any, make_queue: Any, clock: Clock, content_based: bool
) -> None:
    url = make_queue(
        "once.fifo", FifoQueue="true", ContentBasedDeduplication=str(content_based).lower()
    )
    key = {} if content_based else {"MessageDeduplicationId": "same"}
    first = send(client, url, "same", MessageGroupId="a", **key)
    [received] = receive(client, url)
    delete(client, url, received)

    clock.advance(299)
    again = send(client, url, "same", MessageGroupId="a", **key)
    assert again == first
    assert counts(client, url) == (0, 0, 0)

    clock.advance(2)
    send(client, url, "same", MessageGroupId="a", **key)
    assert counts(client, url) == (1, 0, 0)


def test_fifo_message_becomes_visible_again_in_its_place(
    client: Any, fifo_url: str, clock: Clock
) -> None:
    put_in_group(client, fifo_url, "a", "a1", "a2")
    [first] = receive(client, fifo_url, MaxNumberOfMessages=1)
    assert counts(client, fifo_url) == (1, 0, 1)

    change_visibility(client, fifo_url, first, 0)
    clock.advance(0.001)

    assert counts(client, fifo_url) == (2, 0, 0)
    assert bodies(receive(client, fifo_url)) == ["a1", "a2"]


def test_fifo_messages_come_back_in_order_after_the_visibility_timeout(
    client: Any, fifo_url: str, clock: Clock
) -> None:
    put_in_group(client, fifo_url, "a", "a1", "a2", "a3")
    assert bodies(receive(client, fifo_url, VisibilityTimeout=1)) == ["a1", "a2", "a3"]
    assert receive(client, fifo_url) == []

    clock.advance(1)

    assert bodies(receive(client, fifo_url)) == ["a1", "a2", "a3"]


def test_fifo_group_is_received_whole_and_then_waits_for_its_turn(
    client: Any, fifo_url: str, clock: Clock
) -> None:
    for group, body in ("a", "a1"), ("b", "b1"), ("c", "c1"), ("a", "a2"):
        put_in_group(client, fifo_url, group, body)

    first = receive(client, fifo_url, MaxNumberOfMessages=3, VisibilityTimeout=0)
    assert bodies(first) == ["a1", "a2", "b1"]

    assert bodies(receive(client, fifo_url)) == ["c1", "a1", "a2", "b1"]


def test_fifo_message_in_flight_holds_back_what_is_behind_it_alone(
    client: Any, fifo_url: str, clock: Clock
) -> None:
    put_in_group(client, fifo_url, "a", "a1", "a2", "a3", "a4")
    first, _ = receive(client, fifo_url, MaxNumberOfMessages=2)

    change_visibility(client, fifo_url, first, 0)
    clock.advance(0.001)

    [again] = receive(client, fifo_url)
    assert again["Body"] == "a1"
    delete(client, fifo_url, again)
    assert receive(client, fifo_url) == []


def test_fifo_sequence_numbers_have_twenty_digits_and_grow(client: Any, make_queue: Any) -> None:
    url = make_queue("grow.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    answers = [
        client.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="a")
        for body in ("one", "two")
    ]
    entries = [{"Id": "1", "MessageBody": "three", "MessageGroupId": "a"}]
    answers += client.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]

    sent = [answer["SequenceNumber"] for answer in answers]
    assert sent == sorted(set(sent)) and {len(number) for number in sent} == {20}
    received = receive(client, url)
    assert [message["Attributes"]["SequenceNumber"] for message in received] == sent


def test_fifo_message_that_is_visible_again_cannot_be_deleted_with_its_old_handle(
    client: Any, fifo_url: str, clock: Clock
) -> None:
    put_in_group(client, fifo_url, "a", "a1")
    [message] = receive(client, fifo_url, VisibilityTimeout=1)
    clock.advance(1)

    with pytest.raises(ClientError, match="InvalidParameterValue.*receipt handle has expired."):
        delete(client, fifo_url, message)
    entries = [{"Id": "1", "ReceiptHandle": message["ReceiptHandle"]}]
    [failed] = client.delete_message_batch(QueueUrl=fifo_url, Entries=entries)["Failed"]

    assert failed["Code"] == "ReceiptHandleIsInvalid"
    assert failed["Message"] == "The receipt handle has expired"
    assert counts(client, fifo_url) == (1, 0, 0)


def test_message_without_a_delay_of_its_own_has_that_of_its_fifo_queue(
    client: Any, make_queue: MakeQueue, clock: Clock
) -> None:
    url = make_queue("late.fifo", FifoQueue="true", DelaySeconds=10)
    named = {"MessageGroupId": "a", "MessageDeduplicationId": "1"}

    send(client, url, "one", **named, DelaySeconds=0)
    assert counts(client, url) == (0, 1, 0)

    clock.advance(10)
    assert bodies(receive(client, url)) == ["one"]


@pytest.mark.parametrize(("scope", "number"), [("queue", 1), ("messageGroup", 2)])
def test_fifo_queue_compares_within_the_scope_that_it_has(
    client: Any, make_queue: Any, scope: str, number: int
) -> None:
    url = make_queue("scope.fifo", FifoQueue="true", DeduplicationScope=scope)

    put_in_group(client, url, "a", "same")
    put_in_group(client, url, "b", "same")

    assert counts(client, url) == (number, 0, 0)


def test_fifo_receive_that_waits_for_a_group_wakes_when_the_group_is_free(
    client: Any, fifo_url: str, pool: ThreadPoolExecutor
) -> None:
    work = inside(fifo_url)
    put_in_group(client, fifo_url, "a", "a1", "a2")
    first = poll(work)
    looks = Looks()
    waiting = pool.submit(poll, work, stopped=looks)
    looks.wait_for(1)

    work.delete(first)

    assert waiting.result(PATIENCE_SECONDS)[0].body == "a2"


def test_fifo_message_that_is_returned_is_received_again(client: Any, fifo_url: str) -> None:
    work = inside(fifo_url)
    put_in_group(client, fifo_url, "a", "a1")
    [message] = poll(work)

    work.return_to_queue(message)

    assert poll(work)[0].attributes()["ApproximateReceiveCount"] == "2"


def test_fifo_queue_does_not_call_an_event_source_mapping(client: Any, fifo_url: str) -> None:
    work = inside(fifo_url)
    work.lambda_event_source_mappings["arn"] = SimpleNamespace(enabled=True)

    put_in_group(client, fifo_url, "a", "a1")

    assert counts(client, fifo_url) == (1, 0, 0)


def test_purged_fifo_queue_takes_the_same_messages_again(client: Any, fifo_url: str) -> None:
    put_in_group(client, fifo_url, "a", "a1", "a2")

    client.purge_queue(QueueUrl=fifo_url)

    assert counts(client, fifo_url) == (0, 0, 0)
    put_in_group(client, fifo_url, "a", "a1")
    assert bodies(receive(client, fifo_url)) == ["a1"]


def test_fifo_batch_is_sent(client: Any, fifo_url: str) -> None:
    entries = [
        {"Id": body, "MessageBody": body, "MessageGroupId": "a", "MessageDeduplicationId": body}
        for body in ("one", "two")
    ]

    client.send_message_batch(QueueUrl=fifo_url, Entries=entries)

    assert bodies(receive(client, fifo_url)) == ["one", "two"]


def test_fifo_batch_with_an_entry_of_no_group_is_refused_whole(client: Any, fifo_url: str) -> None:
    entries = [
        {"Id": str(number), "MessageBody": "x", "MessageDeduplicationId": str(number), **group}
        for number, group in enumerate(({"MessageGroupId": "a"}, {}))
    ]

    with pytest.raises(ClientError, match="InvalidParameterValue.* parameter MessageGroupId"):
        client.send_message_batch(QueueUrl=fifo_url, Entries=entries)
    assert counts(client, fifo_url) == (0, 0, 0)


def attempt(client: Any, url: str, attempt_id: str) -> list[Any]:
    return receive(
        client,
        url,
        MaxNumberOfMessages=2,
        ReceiveRequestAttemptId=attempt_id,
        VisibilityTimeout=200,
    )


def test_a_receive_that_is_tried_again_gives_the_same_messages(
    client: Any, fifo_url: str, clock: Clock
) -> None:
    put_in_group(client, fifo_url, "a", "a1", "a2", "a3")
    first = attempt(client, fifo_url, "one")

    for _ in range(2):  # each time the visibility timeout starts anew
        clock.advance(140)
        assert attempt(client, fifo_url, "one") == first
        assert attempt(client, fifo_url, "two") == []
    clock.advance(140)  # an attempt lasts five minutes
    assert attempt(client, fifo_url, "one") == []


def test_a_receive_is_not_tried_again_after_one_of_its_messages_changed(
    client: Any, fifo_url: str
) -> None:
    put_in_group(client, fifo_url, "a", "a1", "a2", "a3")
    [one, two] = attempt(client, fifo_url, "one")

    change_visibility(client, fifo_url, two, 60)
    assert attempt(client, fifo_url, "one") == []

    delete(client, fifo_url, one)
    delete(client, fifo_url, two)
    assert bodies(attempt(client, fifo_url, "one")) == ["a3"]
