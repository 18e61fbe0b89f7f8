"""A queue as the pollers in the sandbox's process have it."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from moto.sqs import models

from mailfanout.sandbox.event_sources import pollers
from mailfanout.sandbox.runtime import Execution
from mailfanout.sandbox.runtime.invocation import Result
from mailfanout.sandbox.sqs import queue
from mailfanout.sandbox.sqs.queue import Queue
from support.calls.sqs_calls import (
    Clock,
    MakePair,
    MakeQueue,
    arn,
    inside,
    poll,
    put,
    receive,
    send,
)
from support.waiting import wait_until


def test_consumer_reads_the_attributes_that_aws_gives(work: Queue, clock: Clock) -> None:
    put(work, "one")
    clock.advance(2)

    [message] = poll(work)

    assert message.attributes() == {
        "ApproximateReceiveCount": "1",
        "SentTimestamp": str(clock.now_ms - 2000),
        "SenderId": models.DEFAULT_SENDER_ID,
        "ApproximateFirstReceiveTimestamp": str(clock.now_ms),
    }


def test_dead_letter_names_its_source_to_a_consumer(
    client: Any, make_dead_letter_pair: MakePair
) -> None:
    url, dead_url = make_dead_letter_pair(max_receive_count=1)
    send(client, url, "poison")
    receive(client, url)
    receive(client, url)

    [message] = poll(inside(dead_url))

    assert message.attributes()["DeadLetterQueueSourceArn"] == arn(url)


def test_received_message_does_not_change_with_later_receives(work: Queue, clock: Clock) -> None:
    put(work, "one")
    [first] = poll(work, visibility_timeout_seconds=0)
    [second] = poll(work)

    assert (first.approximate_receive_count, second.approximate_receive_count) == (1, 2)
    assert first.receipt_handle != second.receipt_handle


def test_returned_message_becomes_visible_after_the_time_given(work: Queue, clock: Clock) -> None:
    put(work, "one")
    [message] = poll(work, visibility_timeout_seconds=3600)

    work.return_to_queue(message, after_seconds=2.5)

    clock.advance(2.4)
    assert poll(work, wait_seconds=0) == []
    clock.advance(0.1)
    assert poll(work, wait_seconds=0)[0].id == message.id


def test_late_consumer_neither_returns_nor_deletes_what_another_received(
    work: Queue, clock: Clock
) -> None:
    put(work, "one")
    late = poll(work, visibility_timeout_seconds=1)
    clock.advance(1)
    poll(work, visibility_timeout_seconds=3600)

    work.return_to_queue(late[0])
    work.delete(late)

    assert work.counts()["ApproximateNumberOfMessagesNotVisible"] == 1


def test_returning_what_is_gone_is_no_error(work: Queue) -> None:
    put(work, "one")
    messages = poll(work)
    work.delete(messages)

    work.return_to_queue(messages[0])
    work.delete(messages)

    assert not any(work.counts().values())


def test_queue_is_found_by_its_arn(make_queue: MakeQueue) -> None:
    url = make_queue()

    assert inside(url).name == "work"
    assert queue.find(arn(url) + "-not") is None


def test_what_comes_one_by_one_while_a_poller_pauses_is_one_batch(
    work: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pollers, "APART_SECONDS", 60)
    batches: list[list[str]] = []
    coming = ["two", "three"]

    class Pause(threading.Event):
        """In which nobody waits, and messages come."""

        def wait(self, timeout: float | None = None) -> bool:
            while coming:
                put(work, coming.pop(0))
            return self.is_set()

    def invoke(function_arn: str, payload: bytes) -> Execution:
        batches.append([record["body"] for record in json.loads(payload)["Records"]])
        return Execution("id", "$LATEST", Result(b"null"), "")

    mapping = pollers.EventSourceMapping("uuid", "function", work.queue_arn)
    around = pollers.Surroundings(lambda arn: work, lambda *_: True, invoke, lambda: 1)
    poller = pollers.Poller(mapping, around)
    poller._stopped = Pause()
    put(work, "one")
    wait_until(lambda: len(batches) == 2)
    poller.stop()

    assert sorted(batches) == [["one"], ["two", "three"]]
