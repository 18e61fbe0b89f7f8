"""What SQS refuses of messages beyond what its model says.

See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
"""

from __future__ import annotations

import re
from typing import Any

from moto.sqs.constants import MAXIMUM_MESSAGE_LENGTH
from moto.sqs.exceptions import (
    BatchEntryIdsNotDistinct,
    BatchRequestTooLong,
    InvalidBatchEntryId,
    InvalidParameterValue,
    MissingParameter,
    SQSException,
)

from mailfanout.sandbox.sqs.queue import Queue

MAXIMUM_MESSAGE_DELAY = 900
BATCH_ENTRY_ID = re.compile(r"[\w-]{1,80}", re.ASCII)
INVALID_CHARACTER = re.compile(r"[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


class MessageIsTooLong(InvalidParameterValue):
    """A message is larger than its queue takes. `in_batch` is how a batch words it."""

    def __init__(self, maximum_bytes: int) -> None:
        reason = f"Reason: Message must be shorter than {maximum_bytes} bytes."
        super().__init__(f"One or more parameters are invalid. {reason}")
        self.in_batch = (self.code, f"One or more parameters cannot be validated. {reason}")


def invalid_character(text: str, where: str) -> str | None:
    """What SQS says of a text with a character that XML does not have; None if it has none."""
    found = INVALID_CHARACTER.search(text)
    return found and (
        f"Invalid binary character '#x{ord(found[0]):X}' was found in the message {where}, the "
        "set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | "
        "[#x10000-#x10FFFF]."
    )


def check_message(queue: Queue, body: str, attributes: dict[str, Any]) -> None:
    """Raise what SQS answers to an empty, a spoiled or a large message."""
    if not body:
        raise MissingParameter("MessageBody")
    if reason := invalid_character(body, "body"):
        raise SQSException("InvalidMessageContents", reason)
    if _size_bytes(body, attributes) > queue.maximum_message_size:
        raise MessageIsTooLong(queue.maximum_message_size)


def check_options(queue: Queue, options: dict[str, Any]) -> None:
    """Raise what SQS answers to what a queue is told beside the message itself."""
    delay_seconds = int(options.get("delay_seconds") or 0)
    if queue.fifo_queue:
        return _check_order(queue, options, delay_seconds)
    if not 0 <= delay_seconds <= MAXIMUM_MESSAGE_DELAY:
        raise InvalidParameterValue(
            f"Value {delay_seconds} for parameter DelaySeconds is invalid. "
            "Reason: DelaySeconds must be >= 0 and <= 900."
        )
    if deduplication_id := options.get("deduplication_id"):
        raise InvalidParameterValue(
            f"Value {deduplication_id} for parameter MessageDeduplicationId is invalid. Reason: "
            "The request include parameter that is not valid for this queue type"
        )


def _check_order(queue: Queue, options: dict[str, Any], delay_seconds: int) -> None:
    """A FIFO queue's message has a group, something to know a repeated one by, and no delay."""
    if not options.get("group_id"):
        raise MissingParameter("MessageGroupId")
    if not (queue.content_based_deduplication or options.get("deduplication_id")):
        raise InvalidParameterValue(
            "The queue should either have ContentBasedDeduplication enabled or "
            "MessageDeduplicationId provided explicitly"
        )
    if delay_seconds:
        raise InvalidParameterValue(
            f"Value {delay_seconds} for parameter DelaySeconds is invalid. Reason: "
            "The request include parameter that is not valid for this queue type."
        )


def check_batch(queue: Queue, entries: list[dict[str, Any]]) -> None:
    """Raise what SQS answers to a batch that is none, whatever its messages."""
    check_ids([entry["Id"] for entry in entries])
    total_bytes = sum(_size_bytes(e["MessageBody"], e["MessageAttributes"]) for e in entries)
    if total_bytes > MAXIMUM_MESSAGE_LENGTH:
        raise BatchRequestTooLong(total_bytes)
    if queue.fifo_queue:
        for entry in entries:
            _check_order_of_entry(queue, entry)


def check_ids(ids: list[str]) -> None:
    """Raise what SQS answers to a batch by the ids of its entries."""
    if not all(BATCH_ENTRY_ID.fullmatch(one) for one in ids):
        raise InvalidBatchEntryId()
    for number, one in enumerate(ids):
        if one in ids[:number]:
            raise BatchEntryIdsNotDistinct(one)


def _check_order_of_entry(queue: Queue, entry: dict[str, Any]) -> None:
    """One entry that cannot be put in order fails its whole batch; its delay fails it alone."""
    group_id, deduplication_id = entry.get("MessageGroupId"), entry.get("MessageDeduplicationId")
    try:
        _check_order(queue, {"group_id": group_id, "deduplication_id": deduplication_id}, 0)
    except MissingParameter as error:
        raise InvalidParameterValue(error.message) from error


def _size_bytes(body: str, attributes: dict[str, Any]) -> int:
    """What counts against the limit: the body, and every attribute's name, type and value."""
    parts: list[str | bytes] = [body]
    for name, value in attributes.items():
        content = value.get("StringValue") or value.get("BinaryValue") or ""
        parts += [name, value["DataType"], content]
    # A lone surrogate is not refused here: the check of the characters says what is wrong.
    texts = (one.encode(errors="surrogatepass") if isinstance(one, str) else one for one in parts)
    return sum(map(len, texts))
