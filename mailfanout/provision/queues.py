"""The queue between the two functions, and the dead-letter queue behind it."""

from __future__ import annotations

import json
import time

from botocore.exceptions import ClientError

from mailfanout.errors import ResourceMissing
from mailfanout.policies import queue_policy
from mailfanout.provision.functions import READ_MESSAGE_TIMEOUT_SECONDS
from mailfanout.provision.parts import find_queue, require_role
from mailfanout.stack import Stack
from mailfanout.target.connection import Target
from mailfanout.target.waiting import Sleep, refused, retry, unless_missing

# Long enough for Lambda to try a throttled batch again before SQS shows it to others.
VISIBILITY_TIMEOUT_SECONDS = 6 * READ_MESSAGE_TIMEOUT_SECONDS
MAX_RECEIVE_COUNT = 5
DEAD_LETTER_RETENTION_SECONDS = 14 * 24 * 60 * 60


def create_dead_letter_queue(target: Target, stack: Stack, *, sleep: Sleep = time.sleep) -> str:
    """Create the dead-letter queue, which keeps messages for 14 days; returns its URL.

    May be repeated: a queue with another retention gets this one.
    """
    attributes = {"MessageRetentionPeriod": str(DEAD_LETTER_RETENTION_SECONDS)}
    return _create(target, stack.dead_letter_queue_name, attributes, sleep=sleep)


def create_queue(target: Target, stack: Stack, *, sleep: Sleep = time.sleep) -> str:
    """Create the queue with its redrive and access policies; returns its URL.

    May be repeated: a queue with other settings gets these. Raises ResourceMissing where the
    dead-letter queue or the execution role, which the policies name, does not exist.
    """
    require_role(target, stack)
    if find_queue(target, stack.dead_letter_queue_name) is None:
        hint = "provision.create_dead_letter_queue(target, stack)"
        raise ResourceMissing("Queue", stack.dead_letter_queue_name, hint=hint)
    redrive_policy = {
        "deadLetterTargetArn": stack.dead_letter_queue_arn,
        "maxReceiveCount": MAX_RECEIVE_COUNT,
    }
    attributes = {
        "VisibilityTimeout": str(VISIBILITY_TIMEOUT_SECONDS),
        "RedrivePolicy": json.dumps(redrive_policy),
        "Policy": json.dumps(queue_policy(stack)),
    }
    return _create(target, stack.queue_name, attributes, sleep=sleep)


def delete_queue(target: Target, stack: Stack) -> None:
    """Delete the queue and the messages in it. May be repeated; AWS takes up to a minute."""
    _delete(target, stack.queue_name)


def delete_dead_letter_queue(target: Target, stack: Stack) -> None:
    """Delete the dead-letter queue and the messages in it. May be repeated, as delete_queue."""
    _delete(target, stack.dead_letter_queue_name)


def _create(target: Target, name: str, attributes: dict[str, str], *, sleep: Sleep) -> str:
    sqs = target.client("sqs")

    def put() -> str:
        try:
            created = sqs.create_queue(QueueName=name, Attributes=attributes)
        except sqs.exceptions.QueueNameExists:
            created = sqs.get_queue_url(QueueName=name)
            sqs.set_queue_attributes(QueueUrl=created["QueueUrl"], Attributes=attributes)
        queue_url: str = created["QueueUrl"]
        return queue_url

    return retry(put, while_error=_is_not_ready, sleep=sleep)


def _delete(target: Target, name: str) -> None:
    queue_url = find_queue(target, name)
    if queue_url is not None:
        unless_missing(target.client("sqs").delete_queue, QueueUrl=queue_url)


def _is_not_ready(error: ClientError) -> bool:
    return (
        # For a minute after a queue was deleted, its name cannot be used again.
        refused(error, "AWS.SimpleQueueService.QueueDeletedRecently")
        # A role, or a dead-letter queue, that was just made is not known to SQS yet.
        or refused(error, "InvalidAttributeValue", "Policy")
        or refused(error, "InvalidParameterValue", "Dead letter target does not exist")
    )
