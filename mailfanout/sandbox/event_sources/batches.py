"""What goes into a poller's batch, and which messages failed by the function's answer.

See https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html and
https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

import orjson
from moto.events.models import EventPattern

from mailfanout.sandbox.events import QueueMessage, sqs_record
from mailfanout.sandbox.json_objects import written
from mailfanout.sandbox.sqs import Message, Queue

MAX_BATCH_BYTES = 6 * 2**20


class HasRecord(Protocol):
    """What an event is made of."""

    @property
    def record(self) -> bytes: ...


Item = TypeVar("Item", bound=HasRecord)


class BatchItem(NamedTuple):
    """One received message, and its record as the function will get it: JSON."""

    message: Message
    record: bytes


def item_of(message: Message, queue: Queue, *, is_gathered: bool) -> BatchItem:
    """A received message and its record; `is_gathered` if in a batching window."""
    # Before the MD5: Python then keeps the text in UTF-8, too, and need not encode it once more.
    body = orjson.Fragment(written(message.body))
    received = QueueMessage(
        message_id=message.id,
        receipt_handle=message.receipt_handle or "",
        body=message.body,
        md5_of_body=message.body_md5,
        attributes=message.attributes(),
        message_attributes=message.message_attributes,
        md5_of_message_attributes=message.attribute_md5 if message.message_attributes else "",
    )
    record = sqs_record(received, queue_arn=queue.queue_arn, is_gathered=is_gathered)
    return BatchItem(message, written(record | {"body": body}))


def event_of(items: Iterable[HasRecord]) -> bytes:
    """The event with which a function is invoked for a batch."""
    pieces = [piece for item in items for piece in (b",", item.record)]
    return b"".join([b'{"Records":[', *pieces[1:], b"]}"])


def added_bytes(items: Iterable[HasRecord]) -> int:
    """By how many bytes these items make an event longer."""
    return sum(len(item.record) + 1 for item in items)


def split(items: list[Item]) -> tuple[list[Item], list[Item]]:
    """The items that fit into one event, at least one, and those that do not."""
    size_bytes = len(event_of([]))
    for number, item in enumerate(items):
        size_bytes += len(item.record) + 1
        if size_bytes > MAX_BATCH_BYTES and number > 0:
            return items[:number], items[number:]
    return items, []


def fits(record: bytes, patterns: Sequence[str]) -> bool:
    """Whether a record matches one of the filter patterns (JSON), or there is none.

    A pattern for a JSON body does not match a plain text body, and the reverse.
    """
    if not patterns:
        return True
    candidate = json.loads(record)
    if "body" in candidate:
        candidate["body"] = _parsed(candidate["body"])
    return any(EventPattern(None, json.loads(one)).matches_event(candidate) for one in patterns)


def failed_ids(response: Any, ids: set[str]) -> set[str]:
    """The messages of a batch that failed, by a function's partial batch response.

    No report, or an empty one, means success. A report that cannot be understood fails the
    whole batch.
    """
    if not isinstance(response, dict | None):
        return ids
    failures = (response or {}).get("batchItemFailures")
    if failures is None:
        return set()
    if not isinstance(failures, list):
        return ids
    try:
        reported = {failure["itemIdentifier"] for failure in failures}
    except (KeyError, TypeError):
        return ids
    return reported if reported <= ids else ids


def _parsed(body: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body
