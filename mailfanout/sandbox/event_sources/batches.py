"""What goes into a poller's batch, and what a function's answer says of it: values in and out.

See https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html and
https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from moto.events.models import EventPattern

from mailfanout.sandbox.events import QueueMessage, Record, sqs_record
from mailfanout.sandbox.sqs import Message

MAX_BATCH_BYTES = 6 * 2**20

# json.dumps makes an encoder for each record.
_encode = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True)
class Entry:
    """One received message and its record, which is what the function will get."""

    message: Message
    record: Record
    text: bytes

    @classmethod
    def of(cls, message: Message, queue_arn: str) -> Entry:
        record = sqs_record(_as_received(message), queue_arn=queue_arn)
        return cls(message, record, _encode(record).encode())


def event_of(entries: Iterable[Entry]) -> bytes:
    """The event with which a function is invoked for a batch."""
    return b'{"Records": [' + b", ".join(entry.text for entry in entries) + b"]}"


def split(entries: list[Entry]) -> tuple[list[Entry], list[Entry]]:
    """The entries that fit into one event, at least one, and those that do not."""
    size_bytes = len(event_of([]))
    for number, entry in enumerate(entries):
        size_bytes += len(entry.text) + 2
        if size_bytes > MAX_BATCH_BYTES and number > 0:
            return entries[:number], entries[number:]
    return entries, []


def matches(record: Record, patterns: Sequence[str]) -> bool:
    """Whether a record matches one of the filter patterns (JSON), or there is none.

    A pattern for the body as JSON does not match a body that is plain text, and the reverse.
    """
    if not patterns:
        return True
    candidate: Any = {**record, "body": _parsed(record["body"])}
    return any(EventPattern(None, json.loads(one)).matches_event(candidate) for one in patterns)


def failed_ids(response: Any, ids: set[str]) -> set[str]:
    """The messages of a batch that failed, by a function's partial batch response.

    Nothing reported is success; an entry that cannot be understood fails the whole batch.
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
    except ValueError:
        return body


def _as_received(message: Message) -> QueueMessage:
    return QueueMessage(
        message_id=message.id,
        receipt_handle=message.receipt_handle or "",
        body=message.body,
        md5_of_body=message.body_md5,
        attributes=message.attributes(),
        message_attributes=message.message_attributes,
        md5_of_message_attributes=message.attribute_md5 if message.message_attributes else "",
    )
