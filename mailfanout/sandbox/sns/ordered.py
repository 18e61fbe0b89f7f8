"""FIFO topics: each message has a number, and what repeats one within five minutes goes nowhere.

See https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html
"""

from __future__ import annotations

import itertools
import threading
import uuid
from collections.abc import Callable

from moto.sns.models import Topic

from mailfanout.sandbox.sqs import SentMessages, content_id

# One lock for all topics: messages reach their queues in the order of their numbers.
_lock = threading.RLock()
# The sequence numbers of FIFO topics have 20 digits, and grow.
_sequence = itertools.count(10**19)


class NumberedId(str):
    """The id of a FIFO topic's message, which knows its number: moto hands on nothing but ids."""

    sequence_number: str


def sequence_number(message_id: str) -> str | None:
    """The number of a FIFO topic's message; None for any other."""
    return message_id.sequence_number if isinstance(message_id, NumberedId) else None


def publish_once(
    topic: Topic,
    message: str,
    *,
    group_id: str | None,
    deduplication_id: str | None,
    deliver: Callable[[NumberedId, str], None],
) -> NumberedId:
    """Deliver a message under an id of its own, unless it repeats one: that one's id, then.

    `deliver` gets both of its ids. One without a deduplication id has one of its content.
    """
    deduplication_id = deduplication_id or content_id(message)
    in_groups = getattr(topic, "fifo_throughput_scope", "Topic") == "MessageGroup"
    key = (group_id if in_groups else None, deduplication_id)
    published: SentMessages[NumberedId] = vars(topic).setdefault("published", SentMessages())
    with _lock:
        if earlier := published.find(key):
            return earlier
        message_id = NumberedId(uuid.uuid4())
        message_id.sequence_number = str(next(_sequence))
        deliver(message_id, deduplication_id)
        published.add(key, message_id)
        return message_id
