"""SQS event source mappings: pollers that read a queue and invoke a function with batches.

See https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html and
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from mailfanout.sandbox.events import QueueMessage, sqs_record
from mailfanout.sandbox.functions import NoSuchFunction, Outcome, Throttled
from mailfanout.sandbox.message_store import Message
from mailfanout.sandbox.queue import Queue

# AWS begins with five concurrent batches. A laptop gains nothing from more.
DEFAULT_CONCURRENCY = 5
MAX_BATCH_BYTES = 6 * 2**20
# As AWS's pollers do, ours wait 20 seconds for messages.
LONG_POLL_SECONDS = 20
# How often to look whether a queue that is missing has been created.
LOOK_SECONDS = 1

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Mapping:
    """The settings of one event source mapping, in AWS's terms."""

    uuid: str
    function_arn: str
    queue_arn: str
    batch_size: int = 10
    batching_window_seconds: int = 0
    max_concurrency: int | None = None
    reports_batch_item_failures: bool = False


class Poller:
    """Reads one queue for one function until it is stopped.

    `find_queue` gives the queue of an ARN, or None while there is none; `invoke` runs the
    function once; `scale` turns the visibility timeout of failed messages into a lesson's.
    """

    def __init__(
        self,
        mapping: Mapping,
        *,
        find_queue: Callable[[str], Queue | None],
        invoke: Callable[[str, bytes], Outcome],
        scale: Callable[[], float],
    ) -> None:
        self.mapping = mapping
        self._find_queue = find_queue
        self._invoke = invoke
        self._scale = scale
        self._stopped = threading.Event()
        places = mapping.max_concurrency or DEFAULT_CONCURRENCY
        self._places = threading.Semaphore(places)
        self._workers = ThreadPoolExecutor(places, thread_name_prefix=f"poller-{mapping.uuid}")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def stop(self) -> None:
        """Read no more. Batches under way are finished in the background."""
        self._stopped.set()
        if queue := self._find_queue(self.mapping.queue_arn):
            queue.wake()
        self._workers.shutdown(wait=False)

    def _read(self) -> None:
        while not self._stopped.is_set():
            queue = self._find_queue(self.mapping.queue_arn)
            if queue is None:
                self._stopped.wait(LOOK_SECONDS)
            elif self._places.acquire(timeout=LOOK_SECONDS):
                self._hand_over(queue)

    def _hand_over(self, queue: Queue) -> None:
        messages = self._collect(queue)
        if not messages:
            self._places.release()
        elif self._stopped.is_set():
            self._return(queue, messages, after_seconds=0)
        else:
            self._workers.submit(self._process, queue, messages)

    def _collect(self, queue: Queue) -> list[Message]:
        """Up to a batch of messages: what there is, or what comes within the batching window."""
        messages = self._receive(queue, self.mapping.batch_size, LONG_POLL_SECONDS)
        window_ends = time.monotonic() + self.mapping.batching_window_seconds
        size_bytes = _size_bytes(messages)
        while messages and not self._stopped.is_set():
            room = self.mapping.batch_size - len(messages)
            left_seconds = window_ends - time.monotonic()
            if room == 0 or left_seconds <= 0 or size_bytes >= MAX_BATCH_BYTES:
                break
            more = self._receive(queue, room, left_seconds)
            messages += more
            size_bytes += _size_bytes(more)
        return messages

    def _receive(self, queue: Queue, max_messages: int, wait_seconds: float) -> list[Message]:
        return queue.receive(
            max_messages,
            visibility_timeout_seconds=queue.visibility_timeout,
            wait_seconds=wait_seconds,
            stopped=self._stopped.is_set,
        )

    def _process(self, queue: Queue, messages: list[Message]) -> None:
        began = time.monotonic()
        try:
            failed = self._failed_ids(messages)
        except Exception:
            log.exception("A batch of %s failed", self.mapping.uuid)
            failed = {message.id for message in messages}
        finally:
            self._places.release()
        queue.delete([message for message in messages if message.id not in failed])
        hidden_seconds = max(0.0, queue.visibility_timeout - (time.monotonic() - began))
        returned = [message for message in messages if message.id in failed]
        self._return(queue, returned, after_seconds=hidden_seconds * self._scale())

    def _failed_ids(self, messages: list[Message]) -> set[str]:
        ids = {message.id for message in messages}
        records = [sqs_record(_as_received(m), queue_arn=self.mapping.queue_arn) for m in messages]
        payload = json.dumps({"Records": records}, ensure_ascii=False).encode()
        try:
            outcome = self._invoke(self.mapping.function_arn, payload)
        except (Throttled, NoSuchFunction):
            return ids
        if outcome.result.status is not None:
            return ids
        if not self.mapping.reports_batch_item_failures:
            return set()
        return failed_ids(json.loads(outcome.result.payload), ids)

    def _return(self, queue: Queue, messages: list[Message], *, after_seconds: float) -> None:
        for message in messages:
            queue.return_to_queue(message, after_seconds=after_seconds)


def failed_ids(response: Any, ids: set[str]) -> set[str]:
    """The messages of a batch that failed, by a function's partial batch response.

    Nothing reported is success; an entry that cannot be understood fails the whole batch.
    """
    if response is None:
        return set()
    if not isinstance(response, dict):
        return ids
    entries = response.get("batchItemFailures") or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return ids
    reported = {entry.get("itemIdentifier") for entry in entries}
    return reported if reported <= ids else ids


def _size_bytes(messages: list[Message]) -> int:
    return sum(len(message.body.encode()) for message in messages)


def _as_received(message: Message) -> QueueMessage:
    return QueueMessage(
        message_id=message.id,
        receipt_handle=message.receipt_handle or "",
        body=message.body,
        md5_of_body=message.body_md5,
        attributes={
            "ApproximateReceiveCount": str(message.approximate_receive_count),
            "SentTimestamp": str(message.sent_timestamp),
            "SenderId": message.sender_id,
            "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
        },
        message_attributes=message.message_attributes,
        md5_of_message_attributes=message.attribute_md5 if message.message_attributes else None,
    )


class EventSources:
    """The pollers of every SQS event source mapping, one each."""

    def __init__(
        self,
        *,
        find_queue: Callable[[str], Queue | None],
        invoke: Callable[[str, bytes], Outcome],
        scale: Callable[[], float],
    ) -> None:
        self._find_queue = find_queue
        self._invoke = invoke
        self._scale = scale
        self._pollers: dict[str, Poller] = {}

    def follow(self, mapping: Mapping, *, enabled: bool) -> None:
        """Poll as the mapping says now; not at all while it is disabled."""
        self.forget(mapping.uuid)
        if enabled:
            self._pollers[mapping.uuid] = Poller(
                mapping, find_queue=self._find_queue, invoke=self._invoke, scale=self._scale
            )

    def forget(self, uuid: str) -> None:
        """Stop polling for a mapping. Safe to repeat."""
        if poller := self._pollers.pop(uuid, None):
            poller.stop()

    def clear(self) -> None:
        """Stop polling for every mapping."""
        for uuid in list(self._pollers):
            self.forget(uuid)
