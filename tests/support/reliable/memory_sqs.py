"""SQS in memory: delays, visibility timeouts, dead letters, and counts that lag behind."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from support.reliable.memory_errors import client_error

Item = dict[str, Any]
BATCH_LIMIT = 10


@dataclass(eq=False)
class Message:
    """A message, with what its queue has counted it as, and since when."""

    id: str
    body: str
    attributes: dict[str, str] = field(default_factory=dict)
    visible_at: float = 0.0
    receives: int = 0
    counted: list[tuple[float, str, float]] = field(default_factory=list)

    def record(self) -> Item:
        """As Lambda hands it to a function."""
        attributes = {
            name: {"stringValue": value, "dataType": "String"}
            for name, value in self.attributes.items()
        }
        return {"messageId": self.id, "body": self.body, "messageAttributes": attributes}

    def count(self, now: float, kind: str) -> None:
        self.counted.append((now, kind, self.visible_at))

    def counted_as(self, when: float) -> str:
        """`visible`, `delayed`, `in flight` or nothing, at that time."""
        earlier = [(kind, until) for at, kind, until in self.counted if at <= when]
        kind, until = earlier[-1] if earlier else ("", 0.0)
        return "visible" if kind and until <= when else kind


@dataclass(eq=False)
class Queue:
    """A standard queue."""

    name: str
    visibility_seconds: float = 360.0
    delay_seconds: float = 0.0
    dead_letters: Queue | None = None
    max_receives: int = 5
    count_lag_seconds: float = 0.0
    messages: list[Message] = field(default_factory=list)
    past: list[Message] = field(default_factory=list)

    def add(self, message: Message, *, now: float, delay_seconds: float | None = None) -> None:
        delay = self.delay_seconds if delay_seconds is None else delay_seconds
        message.visible_at = now + delay
        message.count(now, "delayed")
        self.messages.append(message)

    def visible(self, now: float) -> list[Message]:
        """What may be received; what was received too often goes to the dead letters."""
        for message in [m for m in self.messages if m.visible_at <= now]:
            if self.dead_letters and message.receives >= self.max_receives:
                self.delete(message, now=now)
                message.receives = 0
                self.dead_letters.add(message, now=now)
        return [message for message in self.messages if message.visible_at <= now]

    def receive(self, message: Message, *, now: float) -> Message:
        message.receives += 1
        message.visible_at = now + self.visibility_seconds
        message.count(now, "in flight")
        return message

    def delete(self, message: Message, *, now: float) -> None:
        if message in self.messages:
            self.messages.remove(message)
            gone = Message(message.id, message.body, counted=[*message.counted, (now, "", 0.0)])
            self.past.append(gone)
            message.counted = []

    def count(self, kind: str, now: float) -> int:
        when = now - self.count_lag_seconds
        self.past = [message for message in self.past if message.counted[-1][0] > now - 120]
        return sum(m.counted_as(when) == kind for m in (*self.messages, *self.past))


class Sqs:
    """The operations that the functions and commands call, with boto3's parameters and answers."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._ids = itertools.count(1)
        self.queues: dict[str, Queue] = {}
        self.refused_entries = 0  # so many of the next entries fail

    def new_id(self) -> str:
        return f"m{next(self._ids)}"

    def send_message_batch(self, *, QueueUrl: str, Entries: list[Item]) -> Item:
        if not 0 < len(Entries) <= BATCH_LIMIT:
            raise client_error("AWS.SimpleQueueService.TooManyEntriesInBatchRequest")
        if len({entry["Id"] for entry in Entries}) < len(Entries):
            raise client_error("AWS.SimpleQueueService.BatchEntryIdsNotDistinct")
        refused = Entries[: self.refused_entries]
        self.refused_entries -= len(refused)
        for entry in Entries[len(refused) :]:
            self._send(QueueUrl, entry["MessageBody"], entry.get("MessageAttributes", {}))
        failed = [{"Id": e["Id"], "Code": "InternalError", "SenderFault": False} for e in refused]
        sent = [{"Id": entry["Id"]} for entry in Entries[len(refused) :]]
        return {"Successful": sent} | ({"Failed": failed} if failed else {})

    def send_message(self, *, QueueUrl: str, MessageBody: str, **rest: Any) -> Item:
        return {"MessageId": self._send(QueueUrl, MessageBody, rest.get("MessageAttributes", {}))}

    def receive_message(self, *, QueueUrl: str, MaxNumberOfMessages: int = 1, **rest: Any) -> Item:
        queue, now = self.queues[QueueUrl], self._now()
        taken = [queue.receive(m, now=now) for m in queue.visible(now)[:MaxNumberOfMessages]]
        for message in taken:
            message.visible_at = now + rest.get("VisibilityTimeout", queue.visibility_seconds)
        messages = [
            {
                "MessageId": message.id,
                "ReceiptHandle": message.id,
                "Body": message.body,
                "MessageAttributes": {
                    name: {"StringValue": value, "DataType": "String"}
                    for name, value in message.attributes.items()
                },
            }
            for message in taken
        ]
        return {"Messages": messages} if messages else {}

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> Item:
        queue = self.queues[QueueUrl]
        for message in [m for m in queue.messages if m.id == ReceiptHandle]:
            queue.delete(message, now=self._now())
        return {}

    def change_message_visibility(
        self, *, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int
    ) -> Item:
        found = [one for one in self.queues[QueueUrl].messages if one.id == ReceiptHandle]
        if not found or VisibilityTimeout < 0:
            raise client_error("InvalidParameterValue")
        found[0].visible_at = self._now() + VisibilityTimeout
        return {}

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: list[str]) -> Item:
        queue, now = self.queues[QueueUrl], self._now()
        kinds = {
            "ApproximateNumberOfMessages": "visible",
            "ApproximateNumberOfMessagesDelayed": "delayed",
            "ApproximateNumberOfMessagesNotVisible": "in flight",
        }
        return {"Attributes": {n: str(queue.count(kinds[n], now)) for n in AttributeNames}}

    def _send(self, queue_url: str, body: str, attributes: Item) -> str:
        values = {name: attribute["StringValue"] for name, attribute in attributes.items()}
        message = Message(self.new_id(), body, values)
        self.queues[queue_url].add(message, now=self._now())
        return message.id
