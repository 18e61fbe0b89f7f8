"""SQS at constant cost: moto's queues over a store that never scans its messages.

See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/Welcome.html
"""

from __future__ import annotations

import itertools
import re
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, ClassVar, cast

from moto.moto_api._internal import mock_random
from moto.sqs import models
from moto.sqs.constants import MAXIMUM_VISIBILITY_TIMEOUT
from moto.sqs.exceptions import InvalidParameterValue, SQSException

from mailfanout.sandbox.control import Faults
from mailfanout.sandbox.sqs.deduplication import SentMessages
from mailfanout.sandbox.sqs.message_store import Message, MessageStore, clock_ms
from mailfanout.sandbox.sqs.moto_queue import COUNTS, MotoQueue
from mailfanout.sandbox.sqs.receipt_handles import ReceiptHandle, ReceiptHandleHasExpired
from mailfanout.sandbox.sqs.waiting_receives import WaitingReceives

QUEUE_ARN = re.compile(r"arn:aws:sqs:[a-z\d-]+:\d{12}:[\w-]{1,80}(\.fifo)?", re.ASCII)
# One lock for all queues: at every moment a message is in its queue or in its dead-letter queue.
_lock = threading.RLock()
# The sequence numbers of FIFO queues have 20 digits, and grow.
_sequence = itertools.count(10**19)


def find(queue_arn: str) -> Queue | None:
    """The queue with this ARN, or None."""
    _, _, _, region, account_id, name = queue_arn.split(":", 5)
    return cast(Queue | None, models.sqs_backends[account_id][region].queues.get(name))


class Queue(MotoQueue):
    """One of moto's queues, which keeps its messages in a MessageStore.

    moto's `_messages`, `_pending_messages` and `deleted_messages` stay empty.
    """

    # moto makes the queues, so the sandbox gives its faults to all of them here.
    faults: ClassVar[Faults] = Faults()

    def __init__(self, name: str, region: str, account_id: str, **kwargs: Any) -> None:
        super().__init__(name, region, account_id, **kwargs)
        self._store = MessageStore(in_order=self.fifo_queue)
        self._waiting = WaitingReceives(_lock, next_look_ms=lambda: self._store.next_visible_ms())
        self._sent: SentMessages[Message] = SentMessages()
        self._attempts: SentMessages[list[Message]] = SentMessages()
        self.move_tasks: list[Any] = []
        self._token = mock_random.get_random_hex(32)
        self._is_deleted = False

    def counts(self) -> dict[str, int]:
        """How many messages are visible, delayed and in flight, at one moment."""
        with _lock:
            store = self._settled()
            numbers = store.visible_count, store.delayed_count, store.in_flight_count
        return dict(zip(COUNTS, numbers, strict=True))

    @property
    def visible_count(self) -> int:
        """How many messages can be received now."""
        with _lock:
            return self._settled().visible_count

    @property
    def messages(self) -> list[models.Message]:
        """Those to be received now. This is the one place whose cost grows with their number."""
        with _lock:
            return list(self._settled().visible())

    def add_message(self, message: models.Message) -> None:
        self.add_messages([cast(Message, message)])

    def add_messages(self, messages: Iterable[Message]) -> None:
        """Take in messages together; those that are new are sent now."""
        with _lock:
            now = clock_ms()
            for message in messages:
                message.sent_timestamp = message.sent_timestamp or int(now)
                if self.fifo_queue:
                    message.sequence_number = str(next(_sequence))
                self._store.add(message, now_ms=now)
            self._wake_next()

    def add_once(self, message: Message) -> Message:
        """Take in a message, unless it repeats one that a FIFO queue took: that one, then."""
        if message.deduplication_id is None:
            self.add_messages([message])
            return message
        group_id = message.group_id if self.compares_within_groups() else None
        key = (group_id, message.deduplication_id)
        with _lock:
            if earlier := self._sent.find(key):
                return earlier
            self.add_messages([message])
            self._sent.add(key, message)
            return message

    def receive(
        self,
        max_messages: int,
        *,
        visibility_timeout_seconds: float,
        wait_seconds: float = 0,
        stopped: Callable[[], bool] = lambda: False,
    ) -> list[Message]:
        """Copies of up to `max_messages` messages, as soon as there is one; none if none comes.

        To interrupt a receive that waits, make `stopped` true, then call `wake`. Deleting the
        queue interrupts it, too.
        """
        deadline = time.monotonic() + wait_seconds
        with _lock:
            try:
                while not (self._is_deleted or stopped()):
                    received = self._take(max_messages, visibility_timeout_seconds)
                    if received or time.monotonic() >= deadline:
                        return received
                    self._waiting.wait(deadline)
                return []
            finally:
                self._wake_next()

    def attempt(
        self, attempt_id: str, receive: Callable[[], list[Message]], until_ms: float
    ) -> list[Message]:
        """What `receive` gives; if this attempt did so before, the same messages once more.

        They stay hidden from now until `until_ms`. What became of one of them ends the attempt.
        """
        key = (None, attempt_id)
        with _lock:
            store, before = self._settled(), self._attempts.find(key) or []
            if before and all(store.hidden_until_ms(one.id) == one.visible_at for one in before):
                for one in before:
                    one.visible_at = until_ms
                    store.hide(one.id, until_ms=until_ms)
                return [one.copy() for one in before]
        received = receive()
        with _lock:
            self._attempts.add(key, [one.copy() for one in received])
        return received

    def delete(self, messages: Iterable[Message]) -> None:
        """Delete received messages. Those that have been received again since then stay."""
        with _lock:
            for message in messages:
                current = self._store.get(message.id)
                if current and current.receipt_handle == message.receipt_handle:
                    if not self.fifo_queue or self._settled().is_in_flight(message.id):
                        self._delete(current)

    def delete_message(self, receipt_handle: str) -> None:
        """Delete the message that was last received with this handle; an older one does nothing.

        Raises ReceiptHandleHasExpired if a FIFO queue's message is no longer in flight by it.
        See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
        """
        with _lock:
            message = self.last_received_with(receipt_handle)
            if self.fifo_queue:
                self._check_not_expired(receipt_handle)
            if message is not None:
                self._delete(message)

    def _delete(self, message: Message) -> None:
        if self.faults.take("message-twice", self.name):
            self.return_to_queue(message)
        else:
            self._store.remove(message.id)
            if self.fifo_queue:  # its group is held back no longer
                self._wake_next()

    def last_received_with(self, receipt_handle: str) -> Message | None:
        """The message whose most recent receive gave this handle.

        Raises ReceiptHandleIsInvalid if this queue never gave it.
        """
        handle = ReceiptHandle.read(receipt_handle, queue_token=self._token)
        message = self._store.get(handle.message_id)
        return message if message and message.receipt_handle == receipt_handle else None

    def hidden_until_ms(self, message: Message) -> float | None:
        """When a received message becomes visible again; None if it is visible, or gone."""
        with _lock:
            return self._settled().hidden_until_ms(message.id)

    def return_to_queue(self, message: Message, *, after_seconds: float = 0) -> None:
        """Show a received message again, unless it is gone or has been received since."""
        handle = message.receipt_handle or ""
        with _lock, suppress(SQSException):
            if self.last_received_with(handle):
                self.change_visibility(handle, after_seconds)

    def change_visibility(self, receipt_handle: str, timeout_seconds: float) -> None:
        """Let a message in flight become visible so long from now; one that is visible stays so.

        See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
        """
        with _lock:
            handle = ReceiptHandle.read(receipt_handle, queue_token=self._token)
            until_ms = clock_ms() + timeout_seconds * 1000
            if not self._is_in_flight(handle):
                return
            if until_ms - handle.received_ms > MAXIMUM_VISIBILITY_TIMEOUT * 1000:
                raise InvalidParameterValue(
                    f"Value {timeout_seconds} for parameter VisibilityTimeout is invalid. Reason: "
                    "Total VisibilityTimeout for the message is beyond the limit "
                    f"[{MAXIMUM_VISIBILITY_TIMEOUT} seconds]"
                )
            self._store.hide(handle.message_id, until_ms=until_ms)
            self._wake_next()

    def purge(self) -> None:
        """Forget every message, and which were sent. Receipt handles given before do nothing."""
        with _lock:
            self._store = MessageStore(in_order=self.fifo_queue)
            self._sent = SentMessages()

    def wake(self) -> None:
        """Let every receive that waits look again: at the queue, and at whether it is stopped."""
        with _lock:
            self._waiting.wake_all()

    def close(self) -> None:
        """The queue is deleted: end the receives that wait on it."""
        with _lock:
            self._is_deleted = True
            self.wake()

    def _settled(self) -> MessageStore:
        self._store.let_time_pass(clock_ms(), retention_ms=self.message_retention_period * 1000)
        return self._store

    def _take(self, limit: int, visibility_timeout_seconds: float) -> list[Message]:
        store, now = self._settled(), int(clock_ms())
        until_ms = now + visibility_timeout_seconds * 1000
        taken: list[Message] = []
        while ready := list(itertools.islice(store.visible(), store.turn(limit - len(taken)))):
            for message in ready:
                if dead_letter_queue := self._dead_letter_queue_for(message):
                    self._redrive(message, dead_letter_queue)
                else:
                    taken.append(self._deliver(message, now, until_ms))
        return taken

    def _deliver(self, message: Message, now: int, until_ms: float) -> Message:
        message.approximate_receive_count += 1
        if not message.approximate_first_receive_timestamp:
            message.approximate_first_receive_timestamp = now
        message.receipt_handle = str(
            ReceiptHandle(self._token, message.id, message.approximate_receive_count, now)
        )
        message.visible_at = until_ms
        self._store.hide(message.id, until_ms=until_ms)
        return message.copy()

    def _dead_letter_queue_for(self, message: Message) -> Queue | None:
        """The queue is looked up by its ARN, so that one that was created anew is found."""
        receives = message.approximate_receive_count - message.receives_before
        if self.redrive_policy is None or receives < self.redrive_policy["maxReceiveCount"]:
            return None
        return find(self.redrive_policy["deadLetterTargetArn"])

    def _redrive(self, message: Message, dead_letter_queue: Queue) -> None:
        self._store.remove(message.id)
        message.receipt_handle = None
        message.receives_before = message.approximate_receive_count
        message.dead_letter_source_arn = self.queue_arn
        dead_letter_queue.add_message(message)

    def _is_in_flight(self, handle: ReceiptHandle) -> bool:
        """Raises InvalidParameterValue if the message is gone."""
        store = self._settled()
        if store.get(handle.message_id) is None:
            raise InvalidParameterValue(
                f"Value {handle} for parameter ReceiptHandle is invalid. Reason: "
                "Message does not exist or is not available for visibility timeout change."
            )
        return store.is_in_flight(handle.message_id)

    def _check_not_expired(self, receipt_handle: str) -> None:
        handle = ReceiptHandle.read(receipt_handle, queue_token=self._token)
        message = self._settled().get(handle.message_id)
        if message and not (
            self._store.is_in_flight(message.id) and message.receipt_handle == receipt_handle
        ):
            raise ReceiptHandleHasExpired(receipt_handle)

    def _wake_next(self) -> None:
        """Wake one receive that waits, if there is something to take or to watch for."""
        self._waiting.wake_next(is_something_there=next(self._store.visible(), None) is not None)
