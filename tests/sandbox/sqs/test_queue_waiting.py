"""Receives that wait for a message, and what wakes them."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

import pytest

from mailfanout.sandbox.sqs.message_store import Message
from mailfanout.sandbox.sqs.queue import Queue
from support.calls.sqs_calls import (
    PATIENCE_SECONDS,
    Looks,
    MakeQueue,
    bodies,
    inside,
    poll,
    put,
    receive,
)


def test_waiting_receive_wakes_when_a_message_arrives(
    work: Queue, pool: ThreadPoolExecutor
) -> None:
    looks = Looks()
    waiting = pool.submit(poll, work, stopped=looks)
    looks.wait_for(1)

    put(work, "one")

    [message] = waiting.result(PATIENCE_SECONDS)
    assert message.body == "one"
    assert looks.count == 2


def test_long_poll_over_the_api_wakes_when_a_message_arrives(
    client: Any, make_queue: MakeQueue, pool: ThreadPoolExecutor
) -> None:
    url = make_queue(ReceiveMessageWaitTimeSeconds=20)
    waiting = pool.submit(receive, client, url)

    put(inside(url), "one")

    assert bodies(waiting.result(PATIENCE_SECONDS)) == ["one"]


def test_waiting_receive_takes_a_delayed_message_the_moment_it_is_due(
    work: Queue, pool: ThreadPoolExecutor
) -> None:
    looks = Looks()
    waiting = pool.submit(poll, work, stopped=looks)
    looks.wait_for(1)
    began = time.monotonic()

    put(work, "one", delay_seconds=1)

    [message] = waiting.result(PATIENCE_SECONDS)
    assert message.body == "one"
    assert time.monotonic() - began > 0.9
    assert looks.count <= 5


def test_waiting_receive_takes_a_message_when_its_visibility_timeout_ends(
    work: Queue, pool: ThreadPoolExecutor
) -> None:
    put(work, "one")
    [first] = poll(work, visibility_timeout_seconds=0.3)
    looks = Looks()

    [second] = poll(work, stopped=looks)

    assert second.id == first.id
    assert second.approximate_receive_count == 2
    assert looks.count <= 4


def test_waiting_receive_takes_a_message_that_is_returned_earlier_than_planned(
    work: Queue, pool: ThreadPoolExecutor
) -> None:
    put(work, "one")
    [message] = poll(work, visibility_timeout_seconds=3600)
    looks = Looks()
    waiting = pool.submit(poll, work, stopped=looks)
    looks.wait_for(1)

    work.return_to_queue(message)

    assert waiting.result(PATIENCE_SECONDS)[0].id == message.id


def test_receive_without_a_message_ends_with_its_wait(work: Queue) -> None:
    looks = Looks()

    assert poll(work, wait_seconds=0.05, stopped=looks) == []
    assert looks.count == 2


def test_stopped_receive_ends_at_once_and_takes_nothing(
    work: Queue, pool: ThreadPoolExecutor
) -> None:
    looks = Looks()
    waiting = pool.submit(poll, work, stopped=looks)
    looks.wait_for(1)

    looks.is_stopped = True
    work.wake()
    assert waiting.result(PATIENCE_SECONDS) == []

    put(work, "one")
    assert poll(work, stopped=looks) == []
    assert work.counts()["ApproximateNumberOfMessages"] == 1


def test_message_that_woke_a_stopped_receive_reaches_another(
    work: Queue, pool: ThreadPoolExecutor
) -> None:
    stopping, staying = Looks(), Looks()
    stopped = pool.submit(poll, work, stopped=stopping)
    stopping.wait_for(1)
    waiting = pool.submit(poll, work, stopped=staying)
    staying.wait_for(1)
    stopping.is_stopped = True

    put(work, "one")

    assert stopped.result(PATIENCE_SECONDS) == []
    assert waiting.result(PATIENCE_SECONDS)[0].body == "one"


def test_deleting_the_queue_ends_the_receives_that_wait(
    client: Any, make_queue: MakeQueue, pool: ThreadPoolExecutor
) -> None:
    url = make_queue()
    looks = Looks()
    waiting = pool.submit(poll, inside(url), stopped=looks)
    looks.wait_for(1)

    client.delete_queue(QueueUrl=url)

    assert waiting.result(PATIENCE_SECONDS) == []


def test_message_for_one_of_many_waiting_receives_does_not_wake_them_all(
    work: Queue, pool: ThreadPoolExecutor
) -> None:
    looks = Looks()
    received: SimpleQueue[list[Message]] = SimpleQueue()
    for _ in range(200):
        pool.submit(lambda: received.put(poll(work, stopped=looks)))
    looks.wait_for(200)

    put(work, *map(str, range(100)))

    messages = [received.get(timeout=PATIENCE_SECONDS)[0] for _ in range(100)]
    assert {message.body for message in messages} == set(map(str, range(100)))
    assert looks.count <= 200 + 100 * 4
    looks.is_stopped = True
    work.wake()


@pytest.mark.slow
def test_every_message_is_received_once_by_two_hundred_clients(
    work: Queue, pool: ThreadPoolExecutor
) -> None:
    looks = Looks()
    received: SimpleQueue[str] = SimpleQueue()

    def consume() -> None:
        while messages := poll(work, stopped=looks):
            work.delete(messages)
            received.put(messages[0].body)

    for producer in range(20):
        pool.submit(put, work, *(f"{producer}-{number}" for number in range(100)))
    consumers = [pool.submit(consume) for _ in range(180)]

    bodies = {received.get(timeout=PATIENCE_SECONDS) for _ in range(2000)}
    looks.is_stopped = True
    work.wake()
    for consumer in consumers:
        consumer.result(PATIENCE_SECONDS)
    assert len(bodies) == 2000
    assert received.empty()
    assert not any(work.counts().values())
