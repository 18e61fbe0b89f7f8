"""Answers of SQS to which moto's lack a member, or have an empty one too many.

See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from moto.core.responses import ActionResult
from moto.sqs.responses import SQSResponse
from moto.sqs.utils import validate_message_attributes

from mailfanout.sandbox.plain_results import PlainResult
from mailfanout.sandbox.sqs.backend import receive_attempt_id
from mailfanout.sandbox.sqs.message_store import Message
from mailfanout.sandbox.sqs.queue import Queue

Entry = dict[str, Any]

_moto_receive_message = SQSResponse.receive_message
_moto_send_message_batch = SQSResponse.send_message_batch


def without_empty(
    original: Callable[[SQSResponse], ActionResult], response: SQSResponse
) -> ActionResult:
    """An answer that leaves out what is empty."""
    answer = original(response)
    return PlainResult({name: one for name, one in cast(Entry, answer.result).items() if one})


def send_message(response: SQSResponse) -> ActionResult:
    """SendMessage's answer, with the MD5 of what AWS's own services add to a message."""
    asked, name = response.params, response._get_queue_name()
    attributes, added = asked.get("MessageAttributes") or {}, asked.get("MessageSystemAttributes")
    validate_message_attributes(attributes)
    validate_message_attributes(added)
    queue = response.sqs_backend.get_queue(name)
    message = response.sqs_backend.send_message(
        name,
        asked["MessageBody"],
        attributes,
        delay_seconds=asked.get("DelaySeconds"),
        deduplication_id=asked.get("MessageDeduplicationId"),
        group_id=asked.get("MessageGroupId"),
        system_attributes=added,
    )
    described: Entry = {"MD5OfMessageBody": message.body_md5, "MessageId": message.id}
    if attributes:
        described["MD5OfMessageAttributes"] = message.attribute_md5
    if queue.fifo_queue and message.sequence_number:
        described["SequenceNumber"] = message.sequence_number
    _add_md5(described, added)
    return PlainResult(described)


def send_message_batch(response: SQSResponse) -> ActionResult:
    """SendMessageBatch's answer, likewise."""
    answer = _moto_send_message_batch(response)
    entries = response._get_param("Entries")
    added = {one["Id"]: one.get("MessageSystemAttributes") for one in entries}
    for sent in cast(Entry, answer.result)["Successful"]:
        _add_md5(sent, added[sent["Id"]])
    return answer


def _add_md5(described: Entry, system_attributes: dict[str, Any] | None) -> None:
    if system_attributes:
        message = Message("", "")
        message.message_attributes = system_attributes
        described["MD5OfMessageSystemAttributes"] = message.attribute_md5


def receive_message(response: SQSResponse) -> ActionResult:
    """ReceiveMessage's answer, with the DeadLetterQueueSourceArn that moto does not know."""
    receive_attempt_id.set(response._get_param("ReceiveRequestAttemptId"))
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
    message = queue.last_received_with(described["ReceiptHandle"])
    if message and message.dead_letter_source_arn:
        attributes = described.setdefault("Attributes", {})
        attributes["DeadLetterQueueSourceArn"] = message.dead_letter_source_arn
