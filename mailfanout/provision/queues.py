"""The queues: between the two functions, of SES's feedback, and behind each its dead letters."""

from __future__ import annotations

import json

from botocore.exceptions import ClientError

from mailfanout.errors import ResourceMissing
from mailfanout.policies import feedback_queue_policy, queue_policy
from mailfanout.provision.functions import SIMPLE_READER_TIMEOUT_SECONDS
from mailfanout.provision.role import require_role
from mailfanout.provision.tags import put_tags
from mailfanout.stack import Stack, State
from mailfanout.target import Target, refused, retry, unless_missing

# A queue's visibility timeout, in timeouts of the function that it feeds: long enough for Lambda
# to try a throttled batch again before SQS shows it to others.
VISIBILITY_FACTOR = 6
MAX_RECEIVE_COUNT = 5
# An event may come as often as it likes, and its dead letters keep the unknown from settling until
# a person redrives them: so what kills the function again and again has to last for hours.
MAX_FEEDBACK_RECEIVE_COUNT = 20
# The longest that SQS keeps a message.
RETENTION_SECONDS = 14 * 24 * 60 * 60

_ATTRIBUTES = [
    "DelaySeconds",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "Policy",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "VisibilityTimeout",
]
_DOCUMENTS = ("Policy", "RedrivePolicy")


def dead_letter_queue_settings(stack: Stack) -> State:
    """The dead-letter queue as it stands once it is created."""
    return {"MessageRetentionPeriod": str(RETENTION_SECONDS)}


def queue_settings(stack: Stack) -> State:
    """The queue of the simple design as it stands once it is created."""
    return {
        "VisibilityTimeout": str(VISIBILITY_FACTOR * SIMPLE_READER_TIMEOUT_SECONDS),
        "RedrivePolicy": _redrive_policy(stack.dead_letter_queue_arn),
        "Policy": queue_policy(stack),
    }


def chunk_queue_settings(stack: Stack) -> State:
    """The same queue as it stands in the reliable design."""
    names = (stack.send_queue_name, stack.read_message_name, stack.sweep_campaigns_name)
    return {
        "VisibilityTimeout": str(VISIBILITY_FACTOR * stack.durations.reader_timeout),
        "MessageRetentionPeriod": str(RETENTION_SECONDS),
        "RedrivePolicy": _redrive_policy(stack.dead_letter_queue_arn),
        "Policy": queue_policy(stack, *(stack.role_arn_of(name) for name in names)),
    }


def feedback_queue_settings(stack: Stack) -> State:
    """The queue of SES's feedback as it stands once it is created."""
    return {
        "DelaySeconds": str(stack.durations.feedback_delay),
        "VisibilityTimeout": str(VISIBILITY_FACTOR * stack.durations.feedback_timeout),
        "MessageRetentionPeriod": str(RETENTION_SECONDS),
        "RedrivePolicy": _redrive_policy(
            stack.feedback_dead_letter_queue_arn, MAX_FEEDBACK_RECEIVE_COUNT
        ),
        "Policy": feedback_queue_policy(stack),
    }


def _redrive_policy(dead_letter_queue_arn: str, max_receives: int = MAX_RECEIVE_COUNT) -> State:
    return {"deadLetterTargetArn": dead_letter_queue_arn, "maxReceiveCount": max_receives}


def create_dead_letter_queue(target: Target, stack: Stack) -> str:
    """Create the dead-letter queue, which keeps messages for 14 days; returns its URL.

    May be repeated: a queue with another retention gets this one.
    """
    return put_queue(target, stack, stack.dead_letter_queue_name, dead_letter_queue_settings(stack))


def create_queue(target: Target, stack: Stack) -> str:
    """Create the queue with its redrive and access policies; returns its URL.

    May be repeated: a queue with other settings gets these. Raises ResourceMissing if the
    dead-letter queue or the execution role, which the policies name, does not exist.
    """
    require_role(target, stack.role_name)
    hint = "provision.create_dead_letter_queue(target, stack)"
    require_queue(target, stack.dead_letter_queue_name, hint=hint)
    return put_queue(target, stack, stack.queue_name, queue_settings(stack))


def delete_queue(target: Target, stack: Stack) -> None:
    """Delete the queue and the messages in it. May be repeated; AWS takes up to a minute."""
    remove_queue(target, stack.queue_name)


def delete_dead_letter_queue(target: Target, stack: Stack) -> None:
    """Delete the dead-letter queue and the messages in it. May be repeated, as delete_queue."""
    remove_queue(target, stack.dead_letter_queue_name)


def put_queue(target: Target, stack: Stack, name: str, settings: State) -> str:
    """Create a queue, or bring one that is there to these settings; returns its URL."""
    sqs = target.client("sqs")
    documents = {key: json.dumps(settings[key]) for key in _DOCUMENTS if key in settings}
    attributes = {**settings, **documents}

    def put() -> str:
        try:
            created = sqs.create_queue(QueueName=name, Attributes=attributes, tags=stack.tags)
        except sqs.exceptions.QueueNameExists:
            created = sqs.get_queue_url(QueueName=name)
            sqs.set_queue_attributes(QueueUrl=created["QueueUrl"], Attributes=attributes)
        return str(created["QueueUrl"])

    queue_url = retry(put, while_error=_is_not_ready, sleep=target.sleep)
    found = sqs.list_queue_tags(QueueUrl=queue_url).get("Tags", {})
    if not stack.tags.items() <= found.items():  # the queue was there
        put_tags(target, stack.arn("sqs", name), stack.tags)
    return queue_url


def remove_queue(target: Target, name: str) -> None:
    """Delete a queue and the messages in it. May be repeated."""
    queue_url = find_queue(target, name)
    if queue_url is not None:
        unless_missing(target.client("sqs").delete_queue, QueueUrl=queue_url)


def read_queue(target: Target, name: str) -> State | None:
    """A queue's settings, or None if there is no queue."""
    found = _attributes(target, name, _ATTRIBUTES)
    return found and {
        key: json.loads(value) if key in _DOCUMENTS else value for key, value in found.items()
    }


def find_queue(target: Target, name: str) -> str | None:
    """A queue's URL, or None if there is no such queue."""
    found = unless_missing(target.client("sqs").get_queue_url, QueueName=name)
    return found and found["QueueUrl"]


def require_queue(
    target: Target, name: str, *, hint: str = "provision.create_queue(target, stack)"
) -> str:
    """A queue's URL. If it is missing, raises ResourceMissing; `hint` says how to create it."""
    queue_url = find_queue(target, name)
    if queue_url is None:
        raise ResourceMissing("Queue", name, hint=hint)
    return queue_url


def read_depth(target: Target, queue_name: str) -> tuple[int, int] | None:
    """About how many messages wait in a queue and how many are in flight; None if it is missing."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = _attributes(target, queue_name, names)
    return (int(found[names[0]]), int(found[names[1]])) if found else None


def count_messages(target: Target, queue_name: str) -> int:
    """About how many messages a queue holds: they wait, are in flight, or are delayed.

    0 if there is no such queue.
    """
    names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
    found = _attributes(target, queue_name, names) or {}
    return sum(int(number) for number in found.values())


def _attributes(target: Target, name: str, attribute_names: list[str]) -> State | None:
    queue_url = find_queue(target, name)
    # On AWS a deleted queue's URL is still found for up to a minute.
    found = queue_url and unless_missing(
        target.client("sqs").get_queue_attributes,
        QueueUrl=queue_url,
        AttributeNames=attribute_names,
    )
    return found["Attributes"] if found else None


def _is_not_ready(error: ClientError) -> bool:
    return (
        # For a minute after a queue was deleted, its name cannot be used again.
        refused(error, "AWS.SimpleQueueService.QueueDeletedRecently")
        # A role, or a dead-letter queue, that was just made is not known to SQS yet.
        or refused(error, "InvalidAttributeValue", "Policy")
        or refused(error, "InvalidParameterValue", "Dead letter target does not exist")
    )
