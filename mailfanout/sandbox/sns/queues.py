"""What SNS puts on a queue that is subscribed to a topic, if the queue lets it.

See https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html and
https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from moto.sns.models import Subscription

from mailfanout.sandbox.access import service_may
from mailfanout.sandbox.events import Notification, sns_envelope
from mailfanout.sandbox.sqs import Message, Queue, find, new_message

SNS = "sns.amazonaws.com"
# Of a message in a queue. See https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
MOST_ATTRIBUTES = 10

log = logging.getLogger(__name__)


def send_to_queue(subscription: Subscription, notifications: Sequence[Notification]) -> None:
    """Put a topic's messages on the subscribed queue.

    With RawMessageDelivery they arrive as they were published, without their subject; then those
    with more attributes than a queue's message has are dropped. If the queue is gone, or its policy
    does not let the topic send, they are redriven.
    """
    if is_raw(subscription):
        notifications = [
            one for one in notifications if len(one.message_attributes or ()) <= MOST_ATTRIBUTES
        ]
    if not _is_sent(subscription, subscription.endpoint, notifications):
        redrive(subscription, notifications)


def is_raw(subscription: Subscription) -> bool:
    """Whether messages arrive as they were published, and nothing else of them does."""
    return str(subscription.attributes.get("RawMessageDelivery")).lower() == "true"


def redrive(subscription: Subscription, notifications: Sequence[Notification]) -> None:
    """Put messages that cannot be delivered on the subscription's dead-letter queue.

    They are dropped if it has none, or one that does not let the topic send.
    """
    policy = json.loads(subscription.attributes.get("RedrivePolicy") or "{}")
    arn = policy.get("deadLetterTargetArn")
    if arn is None or not _is_sent(subscription, arn, notifications):
        log.warning("%s may not send to %s", subscription.topic_arn, subscription.endpoint)


def _is_sent(
    subscription: Subscription, queue_arn: str, notifications: Sequence[Notification]
) -> bool:
    queue = find(queue_arn)
    may_send = partial(service_may, "sqs:SendMessage", queue_arn, service=SNS)
    if queue is None or not may_send(source_arn=subscription.topic_arn):
        return False
    as_sent = _raw if is_raw(subscription) else partial(_wrapped, subscription)
    messages = [_ordered(as_sent(one, queue), one, queue) for one in notifications]
    if not queue.fifo_queue:
        queue.add_messages(messages)
        return True
    for message in messages:
        queue.add_once(message)
    return True


def _raw(notification: Notification, queue: Queue) -> Message:
    given = notification.message_attributes
    attributes = {name: _queue_attribute(given[name]) for name in given} if given else {}
    return new_message(queue, notification.message, attributes)


def _wrapped(subscription: Subscription, notification: Notification, queue: Queue) -> Message:
    """What AWS itself publishes is for all subscriptions, so each message gets its own here."""
    of_subscription = notification._replace(subscription_arn=subscription.arn)
    return new_message(queue, sns_envelope(of_subscription, datetime.now(UTC)), {})


def _ordered(message: Message, notification: Notification, queue: Queue) -> Message:
    """Of a FIFO topic, only FIFO queues learn the group."""
    if queue.fifo_queue or notification.sequence_number is None:
        message.group_id = notification.group_id
    if queue.fifo_queue:
        message.deduplication_id = notification.deduplication_id
    return message


def _queue_attribute(value: Mapping[str, str]) -> dict[str, Any]:
    """An attribute in SQS's words; the topic holds a binary one as base64."""
    if value["Type"].startswith("Binary"):
        return {"DataType": value["Type"], "BinaryValue": base64.b64decode(value["Value"])}
    return {"DataType": value["Type"], "StringValue": str(value["Value"])}
