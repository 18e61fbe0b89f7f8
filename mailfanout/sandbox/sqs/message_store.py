"""The messages of one queue, at a cost that does not grow with their number.

Times are milliseconds since the epoch, as moto's messages carry them. Nothing here locks.
"""

from __future__ import annotations

import hashlib
import itertools
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

from moto.sqs import models

from mailfanout.sandbox.sqs.schedule import Schedule

# What says which kind of value an attribute has.
_TEXT, _BYTES = b"\1", b"\2"


def clock_ms() -> float:
    """The time. moto's own clock takes fifty times as long, and a queue looks at every message."""
    return time.time() * 1000


class Message(models.Message):
    """moto's message, and what it lacks once it is in a dead-letter queue.

    `receives_before` is how often it was received before it came to the queue that it is in.
    """

    dead_letter_source_arn: str | None = None
    receives_before: int = 0
    sent_timestamp: int | None  # type: ignore[assignment]
    user_id: str
    _body: str | Callable[[], str]

    def __new__(cls, *args: Any, **kwargs: Any) -> Message:
        # moto's own keeps every instance that was ever made, for its dashboard.
        return object.__new__(cls)

    @property
    def body(self) -> str:
        """The body, which may be written only now: SES's events wait here while mails go out."""
        if not isinstance(self._body, str):
            self._body = self._body()
        return self._body

    @body.setter
    def body(self, body: str | Callable[[], str]) -> None:
        self._body = body

    @property
    def body_md5(self) -> str:
        return hashlib.md5(self.body.encode(), usedforsecurity=False).hexdigest()

    @property
    def attribute_md5(self) -> str:
        """Of the attributes by their names; each part follows its length.

        See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
        """
        parts: list[bytes] = []
        for name, value in sorted(self.message_attributes.items()):
            parts += _measured(name.encode()), _measured(value["DataType"].encode())
            if text := value.get("StringValue"):
                parts += _TEXT, _measured(text.encode())
            elif content := value.get("BinaryValue"):
                parts += _BYTES, _measured(content)
        return hashlib.md5(b"".join(parts), usedforsecurity=False).hexdigest()

    def copy(self) -> Message:
        """The message as it is now. The standard library's copy takes ten times as long."""
        copied = object.__new__(Message)
        copied.__dict__ = self.__dict__ | {"_body": self.body}
        return copied

    @property
    def trace_header(self) -> str:
        """X-Ray's, which whoever sent the message may have sent along."""
        return str(self.system_attributes.get("AWSTraceHeader", {}).get("StringValue", ""))

    def attributes(self) -> dict[str, str]:
        """The message's system attributes, as a consumer receives them."""
        attributes = {
            "ApproximateReceiveCount": str(self.approximate_receive_count),
            "SentTimestamp": str(self.sent_timestamp),
            "SenderId": self.sender_id,
            "ApproximateFirstReceiveTimestamp": str(self.approximate_first_receive_timestamp),
        }
        if self.group_id is not None:
            attributes["MessageGroupId"] = self.group_id
        if self.deduplication_id is not None:
            attributes["MessageDeduplicationId"] = self.deduplication_id
        if self.sequence_number is not None:
            attributes["SequenceNumber"] = self.sequence_number
        if self.trace_header:
            attributes["AWSTraceHeader"] = self.trace_header
        if self.dead_letter_source_arn is not None:
            attributes["DeadLetterQueueSourceArn"] = self.dead_letter_source_arn
        return attributes


def _measured(part: bytes) -> bytes:
    return len(part).to_bytes(4, "big") + part


class VisibleMessages:
    """The messages that can be received. Their groups take turns, so that none holds up another.

    Within a group, what has been visible longest comes first. Messages without a group are one
    group together. Each operation costs the same however many messages and groups there are.
    See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
    """

    def __init__(self) -> None:
        self._groups: OrderedDict[str | None, OrderedDict[str, Message]] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Message]:
        """All of them, one group after the other. The first is the next to be received."""
        return (message for group in self._groups.values() for message in group.values())

    def add(self, message: Message) -> None:
        """Take in a message that is not here."""
        self._groups.setdefault(message.group_id, OrderedDict())[message.id] = message
        self._count += 1

    def hide(self, message: Message) -> None:
        """Take a message out; its group waits for its next turn. One that is gone is no error."""
        group = self._groups.get(message.group_id)
        if group is None or group.pop(message.id, None) is None:
            return
        self._count -= 1
        if group:
            self._groups.move_to_end(message.group_id)
        else:
            del self._groups[message.group_id]

    forget = hide

    def turn(self, wanted: int) -> int:
        """How many messages may be taken before it is another group's turn."""
        return min(wanted, 1) if len(self._groups) > 1 else wanted


class OrderedMessages:
    """The messages of a FIFO queue: each group is received in the order in which it was sent.

    A message that is in flight holds back those after it in its group. The group that has been
    ready longest comes first. Each operation costs the same however many messages there are.
    See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
    """

    def __init__(self) -> None:
        self._groups: dict[str | None, OrderedDict[str, Message]] = {}
        self._visible: set[str] = set()
        # The groups whose first message is visible.
        self._ready: OrderedDict[str | None, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._visible)

    def __iter__(self) -> Iterator[Message]:
        """Those that may be received now, one group after the other."""
        for group_id in self._ready:
            yield from itertools.takewhile(self._is_visible, self._groups[group_id].values())

    def add(self, message: Message) -> None:
        """Show a message: at the end of its group, or again in its place."""
        group = self._groups.setdefault(message.group_id, OrderedDict())
        group.setdefault(message.id, message)
        self._visible.add(message.id)
        self._look_at(message.group_id)

    def hide(self, message: Message) -> None:
        """A message is in flight: it keeps its place."""
        self._visible.discard(message.id)
        self._look_at(message.group_id)

    def forget(self, message: Message) -> None:
        """Take a message out for good. One that is not here is no error."""
        self._visible.discard(message.id)
        group = self._groups.get(message.group_id, OrderedDict())
        group.pop(message.id, None)
        if not group:
            self._groups.pop(message.group_id, None)
        self._look_at(message.group_id)

    def turn(self, wanted: int) -> int:
        """How many messages may be taken at once: a group gives all that it can."""
        return wanted

    def _look_at(self, group_id: str | None) -> None:
        """Whether a group is ready now."""
        group = self._groups.get(group_id)
        if group and next(iter(group)) in self._visible:
            self._ready.setdefault(group_id)
        else:
            self._ready.pop(group_id, None)

    def _is_visible(self, message: Message) -> bool:
        return message.id in self._visible


class MessageStore:
    """Messages that are visible, delayed or in flight. Call `let_time_pass` before asking."""

    def __init__(self, *, in_order: bool = False) -> None:
        self._messages: dict[str, Message] = {}
        self._visible = OrderedMessages() if in_order else VisibleMessages()
        self._delayed = Schedule()
        self._in_flight = Schedule()
        self._sent = Schedule()

    @property
    def visible_count(self) -> int:
        return len(self._visible)

    @property
    def delayed_count(self) -> int:
        return len(self._delayed)

    @property
    def in_flight_count(self) -> int:
        return len(self._in_flight)

    def add(self, message: Message, *, now_ms: float) -> None:
        """Take in a message, which stays delayed until its `delayed_until`."""
        self._messages[message.id] = message
        self._sent.set(message.id, message.sent_timestamp or now_ms)
        if message.delayed_until > now_ms:
            self._delayed.set(message.id, message.delayed_until)
        else:
            self._visible.add(message)

    def get(self, message_id: str) -> Message | None:
        """The message, whatever its state, or None if it is gone."""
        return self._messages.get(message_id)

    def is_in_flight(self, message_id: str) -> bool:
        """Whether it was received, and is neither visible again nor gone."""
        return message_id in self._in_flight

    def hidden_until_ms(self, message_id: str) -> float | None:
        """When a message in flight becomes visible; None if it is not in flight."""
        return self._in_flight.get(message_id)

    def visible(self) -> Iterator[Message]:
        """The messages that may be received now; the first is the next to be received."""
        return iter(self._visible)

    def turn(self, wanted: int) -> int:
        """Of so many that are wanted, how many may be taken before one looks again."""
        return self._visible.turn(wanted)

    def hide(self, message_id: str, *, until_ms: float) -> None:
        """Put a message in flight, until time has passed `until_ms`."""
        self._visible.hide(self._messages[message_id])
        self._in_flight.set(message_id, until_ms)

    def remove(self, message_id: str) -> None:
        """Forget a message; one that is gone is no error."""
        if message := self._messages.pop(message_id, None):
            self._visible.forget(message)
            for schedule in (self._delayed, self._in_flight, self._sent):
                schedule.discard(message_id)

    def let_time_pass(self, now_ms: float, *, retention_ms: float) -> None:
        """Drop messages past their retention period; show those that were hidden until now."""
        for message_id in self._sent.pop_due(now_ms - retention_ms):
            self.remove(message_id)
        for schedule in (self._delayed, self._in_flight):
            for message_id in schedule.pop_due(now_ms):
                self._visible.add(self._messages[message_id])

    def next_visible_ms(self) -> float | None:
        """When the next hidden message becomes visible; None if no message is hidden."""
        moments = (self._delayed.next_ms(), self._in_flight.next_ms())
        return min((moment for moment in moments if moment is not None), default=None)
