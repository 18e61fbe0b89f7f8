"""Short words for what the tests of SQS do again and again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from moto.sqs.models import sqs_backends

from mailfanout.sandbox.sqs.message_store import Message
from mailfanout.sandbox.sqs.moto_queue import COUNTS
from mailfanout.sandbox.sqs.queue import Queue, find

REGION = "us-east-1"
PATIENCE_SECONDS = 20
LONG_SECONDS = 60

# Creates a queue: its URL. And one with a dead-letter queue: the URLs of both.
MakeQueue = Callable[..., str]
MakePair = Callable[..., tuple[str, str]]


class Clock:
    """moto's time and our queues', which moves when a test moves it, and when it is read.

    Then it moves by `tick_seconds`.
    """

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12)
        self.tick_seconds = 0.0

    def __call__(self) -> datetime:
        self.advance(self.tick_seconds)
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def seconds(self) -> float:
        return (self() - datetime(1970, 1, 1)).total_seconds()

    @property
    def now_ms(self) -> int:
        return int((self.now - datetime(1970, 1, 1)).total_seconds() * 1000)


def arn(queue_url: str) -> str:
    _, _, _, account_id, name = queue_url.split("/")
    return f"arn:aws:sqs:{REGION}:{account_id}:{name}"


def inside(queue_url: str) -> Queue:
    """The queue itself, as a poller in the sandbox's process has it."""
    found = find(arn(queue_url))
    assert found is not None
    return found


def send(client: Any, queue_url: str, *bodies: str, **options: Any) -> list[str]:
    return [
        client.send_message(QueueUrl=queue_url, MessageBody=body, **options)["MessageId"]
        for body in bodies
    ]


def receive(client: Any, queue_url: str, **options: Any) -> list[Any]:
    options = {"MaxNumberOfMessages": 10, "AttributeNames": ["All"], **options}
    messages: list[Any] = client.receive_message(QueueUrl=queue_url, **options).get("Messages", [])
    return messages


def bodies(messages: Any) -> list[str]:
    return [message["Body"] for message in messages]


def counts(client: Any, queue_url: str) -> tuple[int, ...]:
    answer = client.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])
    return tuple(int(answer["Attributes"][name]) for name in COUNTS)


def delete(client: Any, queue_url: str, message: Any) -> None:
    client.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])


def change_visibility(client: Any, queue_url: str, message: Any, seconds: float) -> None:
    client.change_message_visibility(
        QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=seconds
    )


def put(work: Queue, *bodies: str, delay_seconds: int = 0) -> None:
    backend = sqs_backends[work.account_id][work.region]
    for body in bodies:
        backend.send_message(work.name, body, delay_seconds=delay_seconds)


def poll(
    work: Queue,
    *,
    wait_seconds: float = LONG_SECONDS,
    visibility_timeout_seconds: float = 30,
    stopped: Callable[[], bool] = lambda: False,
) -> list[Message]:
    return work.receive(
        1,
        visibility_timeout_seconds=visibility_timeout_seconds,
        wait_seconds=wait_seconds,
        stopped=stopped,
    )


class Looks:
    """Never stopped, and counts how often a receive looked. It looks under the queue's lock."""

    def __init__(self) -> None:
        self.count = 0
        self.is_stopped = False
        self._looked = threading.Condition()

    def __call__(self) -> bool:
        with self._looked:
            self.count += 1
            self._looked.notify_all()
        return self.is_stopped

    def wait_for(self, count: int) -> None:
        with self._looked:
            assert self._looked.wait_for(lambda: self.count >= count, PATIENCE_SECONDS)
