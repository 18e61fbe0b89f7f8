"""Messages that AWS itself publishes to topics, beside the calls that cause them."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter

from moto.sns.models import Subscription, sns_backends

from mailfanout.sandbox.events import Notification
from mailfanout.sandbox.ids import new_uuid
from mailfanout.sandbox.sns.queues import is_raw, send_to_queue

# Who causes a message gets an answer first, and messages of calls in a row go on together.
GATHER_SECONDS = 0.03
LONGEST_GATHER_SECONDS = 1.0

# To which topic, with which subject, what; that may be written when somebody reads it.
Message = tuple[str, str | None, str | Callable[[], str]]

log = logging.getLogger(__name__)


class Topics:
    """Publishes messages in their order, in the background, many at a time.

    A message for a topic that is gone is lost: there is nobody to tell.
    """

    def __init__(self) -> None:
        self._waiting: deque[Iterable[Message]] = deque()
        self._under_way = 0
        self._arrived = threading.Event()
        threading.Thread(target=self._work, name="topics", daemon=True).start()

    @property
    def pending(self) -> int:
        """How many calls' messages, at least, are still to reach their subscribers."""
        return len(self._waiting) + self._under_way

    def publish(self, messages: Iterable[Message]) -> None:
        """Accept messages, which are written when they go on. Takes no lock: calls send many."""
        self._waiting.append(messages)
        if not self._arrived.is_set():
            self._arrived.set()

    def clear(self) -> None:
        """Drop what is waiting."""
        self._waiting = deque()

    def _work(self) -> None:
        while True:
            self._arrived.wait()
            self._wait_for_more()
            self._arrived.clear()
            notifications = [
                Notification("", topic_arn, "", subject, message, {})
                for topic_arn, subject, message in self._gather()
            ]
            for topic_arn, some in groupby(notifications, key=attrgetter("topic_arn")):
                try:
                    _deliver(topic_arn, [*some])
                except Exception:
                    log.exception("Messages of %s are lost", topic_arn)
            self._under_way = 0

    def _wait_for_more(self) -> None:
        ends = time.monotonic() + LONGEST_GATHER_SECONDS
        number = 0
        while number < len(self._waiting) and time.monotonic() < ends:
            number = len(self._waiting)
            time.sleep(GATHER_SECONDS)

    def _gather(self) -> Iterator[Message]:
        """What is waiting. It is counted as under way before it ceases to wait."""
        waiting = self._waiting
        self._under_way = len(waiting)
        for _ in range(self._under_way):
            try:
                yield from waiting.popleft()
            except Exception:
                log.exception("What a call published is lost")


def _deliver(topic_arn: str, notifications: Sequence[Notification]) -> None:
    _, _, _, region, account_id, _ = topic_arn.split(":")
    backend = sns_backends[account_id][region]
    if topic_arn not in backend.topics:
        log.warning("%s does not exist: %s messages are lost", topic_arn, len(notifications))
        return
    subscribed = [one for one in list(backend.subscriptions.values()) if one.topic_arn == topic_arn]
    if not all(_gets_all(one) and is_raw(one) for one in subscribed):  # somebody sees the ids
        notifications = [
            one._replace(message_id=new_uuid(), message=one.text) for one in notifications
        ]
    for subscription in subscribed:
        _hand_over(subscription, notifications)


def _gets_all(subscription: Subscription) -> bool:
    """Whether it is a queue's, and has no filter."""
    return subscription.protocol == "sqs" and subscription._filter_policy_matcher is None


def _hand_over(subscription: Subscription, notifications: Sequence[Notification]) -> None:
    if _gets_all(subscription):
        send_to_queue(subscription, notifications)
        return
    for one in notifications:
        subscription.publish(one.text, one.message_id, subject=one.subject)
