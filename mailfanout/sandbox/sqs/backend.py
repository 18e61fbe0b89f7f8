"""SQS's actions, where moto's differ from AWS or scan a queue's messages.

See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import functools
import hashlib
import re
from typing import Any, cast

from moto.core import utils
from moto.core.responses import ActionResult
from moto.sqs import models
from moto.sqs.constants import MAXIMUM_MESSAGE_LENGTH, MAXIMUM_VISIBILITY_TIMEOUT
from moto.sqs.exceptions import (
    BatchEntryIdsNotDistinct,
    BatchRequestTooLong,
    InvalidBatchEntryId,
    InvalidParameterValue,
    MaxVisibilityTimeout,
    MissingParameter,
    SQSException,
    TooManyEntriesInBatchRequest,
)
from moto.sqs.responses import SQSResponse

from mailfanout.sandbox.sqs.message_store import Message
from mailfanout.sandbox.sqs.queue import Queue

Entry = dict[str, Any]

INTERNAL_ERROR = "InternalError"
BATCH_LIMIT = 10
BATCH_ENTRY_ID = re.compile(r"[\w-]{1,80}", re.ASCII)
INVALID_CHARACTER = re.compile(r"[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")

# moto asks this with every SendMessage for each of fourteen attributes; they are always the same.
camelcase_to_underscores = functools.cache(utils.camelcase_to_underscores)

_moto_receive_message = SQSResponse.receive_message


class Backend(models.SQSBackend):
    """moto's queues of one Region; what reaches their messages asks the queue for it."""

    # moto finds the URLs of a service beside the module of its backend.
    __module__ = models.SQSBackend.__module__

    def get_queue(self, queue_name: str) -> Queue:
        return cast(Queue, super().get_queue(queue_name))

    def delete_queue(self, queue_name: str) -> None:
        queue = self.get_queue(queue_name)
        super().delete_queue(queue_name)
        queue.close()

    def get_queue_attributes(self, queue_name: str, attribute_names: list[str]) -> dict[str, Any]:
        attributes = super().get_queue_attributes(queue_name, attribute_names)
        # moto counts one after the other: a message that returns in between is counted nowhere.
        counts = self.get_queue(queue_name).counts()
        return attributes | {name: counts[name] for name in counts.keys() & attributes.keys()}

    def purge_queue(self, queue_name: str) -> None:
        super().purge_queue(queue_name)
        self.get_queue(queue_name).purge()

    def send_message(
        self,
        queue_name: str,
        message_body: str,
        message_attributes: dict[str, Any] | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> models.Message:
        queue = self.get_queue(queue_name)
        _check_message(queue, message_body, message_attributes or {})
        key = kwargs.get("deduplication_id") or _content_key(queue, message_body)
        if queue.fifo_queue and key and (earlier := queue.sent.find(key)):
            return earlier
        sent = super().send_message(queue_name, message_body, message_attributes, *args, **kwargs)
        queue.sent.add(sent)
        return sent

    def send_message_batch(
        self, queue_name: str, entries: dict[str, Entry]
    ) -> tuple[list[models.Message], list[Entry]]:
        if self.get_queue(queue_name).fifo_queue:
            return super().send_message_batch(queue_name, entries)
        _check_batch(list(entries.values()))
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
        messages += self.get_queue(queue_name).receive(
            count,
            visibility_timeout_seconds=visibility_timeout,
            wait_seconds=wait_seconds_timeout,
        )
        for message in messages:
            models._filter_message_attributes(message, message_attribute_names or [])
        return messages

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
        changed = []
        failed = []
        for entry in entries:
            try:
                self.change_message_visibility(
                    queue_name, entry["ReceiptHandle"], int(entry["VisibilityTimeout"])
                )
                changed.append(entry["Id"])
            except SQSException as error:
                failed.append(_failed(entry, error))
        return changed, failed


def receive_message(response: SQSResponse) -> ActionResult:
    """ReceiveMessage's answer, with the DeadLetterQueueSourceArn that moto does not know."""
    answer = _moto_receive_message(response)
    names = [
        *response._get_param("AttributeNames", []),
        *response._get_param("MessageSystemAttributeNames", []),
    ]
    if {"All", "DeadLetterQueueSourceArn"}.intersection(names):
        queue = cast(Queue, response.sqs_backend.get_queue(response._get_queue_name()))
        for described in cast(Entry, answer.result).get("Messages", []):
            _add_source_arn(described, queue)
    return answer


def _add_source_arn(described: Entry, queue: Queue) -> None:
    message = None if queue.fifo_queue else queue.last_received_with(described["ReceiptHandle"])
    if message and message.dead_letter_source_arn:
        attributes = described.setdefault("Attributes", {})
        attributes["DeadLetterQueueSourceArn"] = message.dead_letter_source_arn


def _check_message(queue: Queue, body: str, attributes: dict[str, Any]) -> None:
    if not body:
        raise MissingParameter("MessageBody")
    if found := INVALID_CHARACTER.search(body):
        raise SQSException(
            "InvalidMessageContents",
            f"Invalid character '#x{ord(found[0]):X}' was found in the message body. Allowed are "
            "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.",
        )
    if _size_bytes(body, attributes) > queue.maximum_message_size:
        raise InvalidParameterValue(
            "One or more parameters are invalid. Reason: Message must be shorter than "
            f"{queue.maximum_message_size} bytes."
        )


def _content_key(queue: Queue, body: str) -> str:
    """The id that a message without one has in a queue with content-based deduplication."""
    is_content_based = queue.attributes.get("ContentBasedDeduplication") == "true"
    return hashlib.sha256(body.encode()).hexdigest() if is_content_based else ""


def _check_batch(entries: list[Entry]) -> None:
    if not all(BATCH_ENTRY_ID.fullmatch(entry["Id"]) for entry in entries):
        raise InvalidBatchEntryId()
    total_bytes = sum(_size_bytes(e["MessageBody"], e["MessageAttributes"]) for e in entries)
    if total_bytes > MAXIMUM_MESSAGE_LENGTH:
        raise BatchRequestTooLong(total_bytes)
    ids: set[str] = set()
    for entry in entries:
        if entry["Id"] in ids:
            raise BatchEntryIdsNotDistinct(entry["Id"])
        ids.add(entry["Id"])
    if len(entries) > BATCH_LIMIT:
        raise TooManyEntriesInBatchRequest(len(entries))


def _size_bytes(body: str, attributes: dict[str, Any]) -> int:
    """What counts against the limit: the body, and every attribute's name, type and value."""
    parts: list[str | bytes] = [body]
    for name, value in attributes.items():
        content = value.get("StringValue") or value.get("BinaryValue") or ""
        parts += [name, value["DataType"], content]
    return sum(len(_utf8(part)) for part in parts)


def _utf8(part: str | bytes) -> bytes:
    # A lone surrogate is not refused here: the check of the characters says what is wrong.
    return part.encode(errors="surrogatepass") if isinstance(part, str) else part


def _failed(entry: Entry, error: SQSException) -> Entry:
    return {
        "Id": entry["Id"],
        "SenderFault": error.code != INTERNAL_ERROR,
        "Code": error.code,
        "Message": error.message,
    }
