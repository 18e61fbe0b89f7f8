"""What SNS puts on a queue that is subscribed to a topic, if the queue lets it.

See https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.sns.models import Subscription

from mailfanout.sandbox.access import Asked, decide, statements_of
from mailfanout.sandbox.events import Notification, sns_envelope
from mailfanout.sandbox.sqs import Message, Queue, find, new_message

SNS = "sns.amazonaws.com"

log = logging.getLogger(__name__)


def send_to_queue(
    subscription: Subscription, notifications: Iterable[Notification], *, group_id: str | None
) -> None:
    """Put messages of a standard topic on the subscribed queue.

    With RawMessageDelivery they arrive as they were published, without their subject. If the queue
    is gone, or its policy does not let the topic send, they are dropped.
    """
    queue = find(subscription.endpoint)
    if queue is None or not _may_send(subscription.topic_arn, queue):
        log.warning("%s may not send to %s", subscription.topic_arn, subscription.endpoint)
        return
    is_raw = str(subscription.attributes.get("RawMessageDelivery")).lower() == "true"
    as_sent = _raw if is_raw else _wrapped
    queue.add_messages([as_sent(one, queue, group_id) for one in notifications])


def _may_send(topic_arn: str, queue: Queue) -> bool:
    context = {"aws:sourcearn": topic_arn, "aws:sourceaccount": topic_arn.split(":")[4]}
    asked = Asked("sqs:SendMessage", queue.queue_arn, frozenset({SNS}), context=context)
    return decide(statements_of(queue.policy or ""), asked) == "Allow"


def _raw(notification: Notification, queue: Queue, group_id: str | None) -> Message:
    attributes = {
        name: _queue_attribute(value) for name, value in notification.message_attributes.items()
    }
    return new_message(queue, notification.message, attributes, group_id=group_id)


def _wrapped(notification: Notification, queue: Queue, group_id: str | None) -> Message:
    return new_message(queue, sns_envelope(notification, datetime.now(UTC)), {}, group_id=group_id)


def _queue_attribute(value: Mapping[str, str]) -> dict[str, Any]:
    """An attribute in SQS's words; the topic holds a binary one as base64."""
    if value["Type"].startswith("Binary"):
        return {"DataType": value["Type"], "BinaryValue": base64.b64decode(value["Value"])}
    return {"DataType": value["Type"], "StringValue": str(value["Value"])}
