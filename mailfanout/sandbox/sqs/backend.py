"""The SQS actions that moto does otherwise than AWS, or by scanning a queue's messages.

See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, ClassVar, cast

from moto.core import utils
from moto.sqs import models
from moto.sqs.constants import MAXIMUM_VISIBILITY_TIMEOUT
from moto.sqs.exceptions import InvalidParameterValue, MaxVisibilityTimeout, SQSException

from mailfanout.sandbox.ids import new_uuid
from mailfanout.sandbox.json_objects import compact
from mailfanout.sandbox.labelled_statements import label_statements
from mailfanout.sandbox.sqs.checks import check_batch, check_ids, check_message, check_options
from mailfanout.sandbox.sqs.deduplication import content_id
from mailfanout.sandbox.sqs.message_store import Message, clock_ms
from mailfanout.sandbox.sqs.queue import Queue
from mailfanout.sandbox.states import States
from mailfanout.sandbox.tracing import current

Entry = dict[str, Any]

# The ReceiveRequestAttemptId of the call that this thread answers. moto does not pass it on.
receive_attempt_id: ContextVar[str | None] = ContextVar("receive_attempt_id", default=None)

INTERNAL_ERROR = "InternalError"
# moto has them with a fraction of a second.
_TIMES = {"CreatedTimestamp", "LastModifiedTimestamp"}
_DOCUMENTS = {"Policy", "RedriveAllowPolicy", "RedrivePolicy"}

# moto asks this with every SendMessage for each of fourteen attributes; they are always the same.
camelcase_to_underscores = functools.cache(utils.camelcase_to_underscores)


class QueueDeletedRecently(SQSException):
    """The name of a queue that was deleted is free after a minute."""

    def __init__(self) -> None:
        super().__init__(
            "AWS.SimpleQueueService.QueueDeletedRecently",
            "You must wait 60 seconds after deleting a queue before you can create another with "
            "the same name.",
        )


class Backend(models.SQSBackend):
    """moto's queues of one Region. Every action on messages is passed on to the queue."""

    # moto finds the URLs of a service beside the module of its backend.
    __module__ = models.SQSBackend.__module__
    # moto makes the backends, so the sandbox gives its states to all of them here.
    states: ClassVar[States] = States()

    def create_queue(self, name: str, tags: dict[str, str] | None = None, **kwargs: Any) -> Queue:
        if name in self.queues:
            kwargs = {}  # rules/sqs.py has compared them; moto would compare how they are written
        elif self._recently_deleted(name):
            raise QueueDeletedRecently()
        return cast(Queue, super().create_queue(name, tags, **kwargs))

    def list_queues(self, queue_name_prefix: str) -> list[models.Queue]:
        """The queues, those too that were deleted a moment ago. moto has patterns for them."""
        deleted = self.states.under_way("queue deleted").items()
        going = [queue for (region, _), queue in deleted if region == self.region_name]
        found = [*self.queues.values(), *going]
        return [one for one in found if one.name.startswith(queue_name_prefix or "")]

    def get_queue(self, queue_name: str) -> Queue:
        """The queue; also one that was deleted a moment ago, whose messages are lost."""
        deleted = None if queue_name in self.queues else self._recently_deleted(queue_name)
        return deleted or cast(Queue, super().get_queue(queue_name))

    def delete_queue(self, queue_name: str) -> None:
        queue = self.get_queue(queue_name)
        if self.queues.pop(queue_name, None):
            self.states.begin("queue deleted", (self.region_name, queue_name), queue)
            queue.close()

    def _recently_deleted(self, name: str) -> Queue | None:
        return cast(Queue | None, self.states.shown("queue deleted", (self.region_name, name)))

    def get_queue_attributes(self, queue_name: str, attribute_names: list[str]) -> dict[str, Any]:
        attributes = super().get_queue_attributes(queue_name, attribute_names)
        # moto counts them one after the other, and so misses a message that returns in between.
        counts = self.get_queue(queue_name).counts()
        known = counts | {name: int(attributes[name]) for name in _TIMES & attributes.keys()}
        for name in _DOCUMENTS & attributes.keys():
            attributes[name] = attributes[name] and compact(json.loads(attributes[name]))
        return attributes | {name: known[name] for name in known.keys() & attributes.keys()}

    def set_queue_attributes(self, queue_name: str, attributes: dict[str, Any]) -> Queue:
        scope = self.get_queue(queue_name).deduplication_scope
        queue = cast(Queue, super().set_queue_attributes(queue_name, attributes))
        if queue.deduplication_scope != scope:
            self.states.begin("deduplication scope set", queue.queue_arn, scope)
        return queue

    def purge_queue(self, queue_name: str) -> None:
        super().purge_queue(queue_name)
        self.get_queue(queue_name).purge()

    def send_message(  # type: ignore[override]
        self,
        queue_name: str,
        message_body: str,
        message_attributes: dict[str, Any] | None = None,
        **options: Any,
    ) -> models.Message:
        queue, attributes = self.get_queue(queue_name), message_attributes or {}
        check_message(queue, message_body, attributes)
        check_options(queue, options)
        message = new_message(
            queue,
            message_body,
            attributes,
            delay_seconds=options.get("delay_seconds"),
            group_id=options.get("group_id"),
        )
        message.system_attributes = options.get("system_attributes") or message.system_attributes
        by_content = content_id(message.body) if queue.content_based_deduplication else None
        message.deduplication_id = options.get("deduplication_id") or by_content
        return queue.add_once(message)

    def send_message_batch(
        self, queue_name: str, entries: dict[str, Entry]
    ) -> tuple[list[models.Message], list[Entry]]:
        check_batch(self.get_queue(queue_name), list(entries.values()))
        sent: list[models.Message] = []
        failed = []
        for entry in entries.values():
            try:
                sent.append(self._send_entry(queue_name, entry))
            except SQSException as error:
                failed.append(_failed(entry, error))
        return sent, failed

    def _send_entry(self, queue_name: str, entry: Entry) -> Message:
        if self.get_queue(queue_name).faults.take("entry-fails", queue_name):
            raise SQSException(INTERNAL_ERROR, "An internal error occurred. Please try again.")
        message = self.send_message(
            queue_name,
            entry["MessageBody"],
            entry["MessageAttributes"],
            delay_seconds=entry["DelaySeconds"],
            deduplication_id=entry.get("MessageDeduplicationId"),
            group_id=entry.get("MessageGroupId"),
            system_attributes=entry.get("MessageSystemAttributes"),
        )
        sent = cast(Message, message)
        sent.user_id = entry["Id"]
        return sent

    def receive_message(
        self,
        queue_name: str,
        count: int,
        wait_seconds_timeout: int,
        visibility_timeout: int,
        message_attribute_names: list[str] | None = None,
    ) -> list[models.Message]:
        messages: list[models.Message] = []
        wanted = ["All" if name == "*" else name for name in message_attribute_names or ()]
        queue, attempt_id = self.get_queue(queue_name), receive_attempt_id.get()
        receive = functools.partial(
            queue.receive,
            count,
            visibility_timeout_seconds=visibility_timeout,
            wait_seconds=wait_seconds_timeout,
        )
        if attempt_id and queue.fifo_queue:
            until_ms = clock_ms() + visibility_timeout * 1000
            messages += queue.attempt(attempt_id, receive, until_ms)
        else:
            messages += receive()
        for message in messages:
            models._filter_message_attributes(message, wanted)
        return messages

    def delete_message_batch(
        self, queue_name: str, receipts: list[Entry]
    ) -> tuple[list[str], list[Entry]]:
        queue = self.get_queue(queue_name)
        check_ids([entry["Id"] for entry in receipts])
        return _each(receipts, lambda entry: queue.delete_message(entry["ReceiptHandle"]))

    def change_message_visibility(
        self, queue_name: str, receipt_handle: str, visibility_timeout: int
    ) -> None:
        if not 0 <= visibility_timeout <= MAXIMUM_VISIBILITY_TIMEOUT:
            raise MaxVisibilityTimeout()
        self.get_queue(queue_name).change_visibility(receipt_handle, visibility_timeout)

    def change_message_visibility_batch(
        self, queue_name: str, entries: list[Entry]
    ) -> tuple[list[str], list[Entry]]:
        self.get_queue(queue_name)
        check_ids([entry["Id"] for entry in entries])

        def change(entry: Entry) -> None:
            seconds = int(entry["VisibilityTimeout"])
            self.change_message_visibility(queue_name, entry["ReceiptHandle"], seconds)

        return _each(entries, change)

    def add_permission(self, region_name: str, queue_name: str, *args: Any, **named: Any) -> None:
        queue = self.get_queue(queue_name)
        if queue.policy is None:
            queue._policy_json["Version"] = "2008-10-17"
        label_statements(queue._policy_json)
        super().add_permission(region_name, queue_name, *args, **named)

    def remove_permission(self, queue_name: str, label: str) -> None:
        label_statements(self.get_queue(queue_name)._policy_json)
        try:
            super().remove_permission(queue_name, label)
        except InvalidParameterValue as error:
            raise InvalidParameterValue(
                f"Value {label} for parameter Label is invalid. Reason: can't find label."
            ) from error


def new_message(
    queue: Queue,
    body: str | Callable[[], str],
    attributes: dict[str, Any],
    *,
    delay_seconds: int | None = None,
    group_id: str | None = None,
) -> Message:
    """A message for a queue; the queue's own delay is the default. Its body may be written later.

    In a FIFO queue, every message has the queue's delay, even one sent without any.
    moto's SendMessage asks for all of the queue's attributes, its counts among them.
    """
    message = Message(new_uuid(), body)
    message.message_attributes = attributes
    if trace := current():
        message.system_attributes = {"AWSTraceHeader": {"DataType": "String", "StringValue": trace}}
    message.group_id = group_id
    is_queues_own = delay_seconds is None or queue.fifo_queue
    if delay := queue.delay_seconds if is_queues_own else int(delay_seconds or 0):
        message.delayed_until = clock_ms() + delay * 1000
    return message


def _each(entries: list[Entry], do: Callable[[Entry], None]) -> tuple[list[str], list[Entry]]:
    """The ids of the entries that it was done for, and what is said of the others."""
    done, failed = [], []
    for entry in entries:
        try:
            do(entry)
            done.append(entry["Id"])
        except SQSException as error:
            failed.append(_failed(entry, error))
    return done, failed


def _failed(entry: Entry, error: SQSException) -> Entry:
    code, said = getattr(error, "in_batch", (error.code, error.message))
    return {"Id": entry["Id"], "SenderFault": code != INTERNAL_ERROR, "Code": code, "Message": said}
