"""FIFO queues keep the order of each message group."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from mailfanout.sandbox.sqs import queue
from support.sqs_calls import (
    LONG_SECONDS,
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


def test_fifo_receive_that_waits_for_a_group_wakes_when_the_group_is_free(
    client: Any, fifo_url: str, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "FIFO_LOOK_INTERVAL_MS", 1000 * LONG_SECONDS)
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


def test_fifo_queue_is_purged(client: Any, fifo_url: str) -> None:
    put_in_group(client, fifo_url, "a", "a1", "a2")

    client.purge_queue(QueueUrl=fifo_url)

    assert counts(client, fifo_url) == (0, 0, 0)


def test_fifo_batch_is_sent(client: Any, fifo_url: str) -> None:
    entries = [
        {"Id": body, "MessageBody": body, "MessageGroupId": "a", "MessageDeduplicationId": body}
        for body in ("one", "two")
    ]

    client.send_message_batch(QueueUrl=fifo_url, Entries=entries)

    assert bodies(receive(client, fifo_url)) == ["one", "two"]
