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

from mailfanout.sandbox.event_sources.batches import (
    MAX_BATCH_BYTES,
    BatchItem,
    added_bytes,
    event_of,
    failed_ids,
    fits,
    item_of,
    split,
)
from mailfanout.sandbox.runtime import (
    CannotStart,
    Execution,
    NoSuchFunction,
    RecursiveInvocation,
    Throttled,
)
from mailfanout.sandbox.sqs import Message, Queue
from mailfanout.sandbox.tracing import following, least_passed

# AWS begins with five concurrent batches. A laptop gains nothing from more.
DEFAULT_CONCURRENCY = 5
# As AWS's pollers do, ours wait 20 seconds for messages.
LONG_POLL_SECONDS = 20
# How often to look again if there is no queue, no function, or no permission.
LOOK_SECONDS = 1
# AWS's pollers have a network between two receives. Without a pause here, each of the messages that
# are sent one by one would be a batch of its own.
APART_SECONDS = 0.04

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EventSourceMapping:
    """The settings of one event source mapping, in AWS's terms; filters are their JSON."""

    uuid: str
    function_arn: str
    queue_arn: str
    batch_size: int = 10
    batching_window_seconds: int = 0
    max_concurrency: int | None = None
    reports_batch_item_failures: bool = False
    filters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Surroundings:
    """What a poller needs of the sandbox around it.

    `find_queue` gives the queue of an ARN, or None while there is none; `may_poll` says whether the
    function may have messages of the queue; `invoke` runs the function once; `scale` is the factor
    by which the visibility timeout of failed messages is shortened.
    """

    find_queue: Callable[[str], Queue | None]
    may_poll: Callable[[str, str], bool]
    invoke: Callable[[str, bytes], Execution]
    scale: Callable[[], float]


class Poller:
    """Reads one queue for one function until it is stopped."""

    def __init__(self, mapping: EventSourceMapping, surroundings: Surroundings) -> None:
        self.mapping = mapping
        self._around = surroundings
        self._held: list[BatchItem] = []
        self._stopped = threading.Event()
        places = mapping.max_concurrency or DEFAULT_CONCURRENCY
        self._places = threading.Semaphore(places)
        self._workers = ThreadPoolExecutor(places, thread_name_prefix=f"poller-{mapping.uuid}")
        self._next_receive = time.monotonic()
        threading.Thread(target=self._read, daemon=True).start()

    def stop(self) -> None:
        """Read no more. Batches under way are finished in the background."""
        self._stopped.set()
        if queue := self._around.find_queue(self.mapping.queue_arn):
            queue.wake()

    def _read(self) -> None:
        while not self._stopped.is_set():
            try:
                self._look()
            except Exception:
                log.exception("The poller for %s goes on", self.mapping.function_arn)
                self._stopped.wait(LOOK_SECONDS)
        self._workers.shutdown(wait=False)
        if queue := self._around.find_queue(self.mapping.queue_arn):
            self._return(queue, self._held, after_seconds=0)

    def _look(self) -> None:
        """Take messages, and have them processed, as soon as there is a place for a batch."""
        function_arn, queue_arn = self.mapping.function_arn, self.mapping.queue_arn
        queue = self._around.find_queue(queue_arn)
        if queue is None or not self._around.may_poll(function_arn, queue_arn):
            self._stopped.wait(LOOK_SECONDS)
        elif self._places.acquire(timeout=LOOK_SECONDS):
            is_under_way = False
            try:
                is_under_way = self._hand_over(queue)
            finally:
                if not is_under_way:
                    self._places.release()

    def _hand_over(self, queue: Queue) -> bool:
        """Whether there was a batch, which now holds the place."""
        self._held = self._collect(queue)
        if not self._held or self._stopped.is_set():
            return False
        batch, self._held = split(self._held)
        self._workers.submit(self._process, queue, batch)
        return True

    def _collect(self, queue: Queue) -> list[BatchItem]:
        """Up to a batch of messages: those there are, and those within the batching window."""
        limit = self.mapping.batch_size
        wait_seconds = self._next_receive - time.monotonic()
        if wait_seconds > 0 and limit > 1 and not self._held and queue.visible_count < limit:
            self._stopped.wait(wait_seconds)
        items = self._held or self._receive(queue, limit, LONG_POLL_SECONDS)
        self._next_receive = time.monotonic() + APART_SECONDS
        window_ends = time.monotonic() + self.mapping.batching_window_seconds
        size_bytes = len(event_of([])) + added_bytes(items)
        while items and not self._stopped.is_set():
            left_seconds = window_ends - time.monotonic()
            is_full = len(items) >= limit or size_bytes > MAX_BATCH_BYTES
            if is_full or left_seconds <= 0:
                break
            received = self._receive(queue, limit - len(items), left_seconds)
            items += received
            size_bytes += added_bytes(received)
        return items

    def _receive(self, queue: Queue, limit: int, wait_seconds: float) -> list[BatchItem]:
        """Receive messages, and delete those that match no filter, as AWS does."""
        messages = queue.receive(
            limit,
            visibility_timeout_seconds=queue.visibility_timeout,
            wait_seconds=wait_seconds,
            stopped=self._stopped.is_set,
        )
        wanted: list[BatchItem] = []
        unwanted: list[Message] = []
        is_gathered = self.mapping.batching_window_seconds > 0
        for message in messages:
            item = item_of(message, queue, is_gathered=is_gathered)
            if fits(item.record, self.mapping.filters):
                wanted.append(item)
            else:
                unwanted.append(message)
        queue.delete(unwanted)
        return wanted

    def _process(self, queue: Queue, batch: list[BatchItem]) -> None:
        began = time.monotonic()
        failed = {item.message.id for item in batch}
        try:
            failed = self._failed_ids(batch)
        except (CannotStart, NoSuchFunction, RecursiveInvocation, Throttled) as error:
            log.info("A batch for %s waits: %r", self.mapping.function_arn, error)
        except Exception:
            log.exception("A batch for %s failed", self.mapping.function_arn)
        finally:
            self._places.release()
        queue.delete(item.message for item in batch if item.message.id not in failed)
        hidden_seconds = max(0.0, queue.visibility_timeout - (time.monotonic() - began))
        returned = [item for item in batch if item.message.id in failed]
        self._return(queue, returned, after_seconds=hidden_seconds * self._around.scale())

    def _failed_ids(self, batch: list[BatchItem]) -> set[str]:
        ids = {item.message.id for item in batch}
        function_arn = self.mapping.function_arn
        headers = dict.fromkeys(item.message.trace_header for item in batch)
        with following(least_passed(headers, function_arn)):
            execution = self._around.invoke(function_arn, event_of(batch))
        if execution.result.status is not None:
            return ids
        if not self.mapping.reports_batch_item_failures:
            return set()
        return failed_ids(json.loads(execution.result.payload), ids)

    def _return(self, queue: Queue, entries: list[BatchItem], *, after_seconds: float) -> None:
        """Let messages become visible, unless the function itself has chosen when."""
        for entry in entries:
            if queue.hidden_until_ms(entry.message) == entry.message.visible_at:
                queue.return_to_queue(entry.message, after_seconds=after_seconds)
