"""Messages that AWS publishes itself: written late, handed on together, none held up for long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from mailfanout.sandbox.events import Notification
from mailfanout.sandbox.sns import topics as sns_topics
from mailfanout.sandbox.sns.topics import Message, Topics
from support.waiting import wait_until

TOPIC = "arn:aws:sns:us-east-1:123456789012:feedback"
Delivered = list[tuple[str, list[str]]]


@pytest.fixture(scope="module")
def topics() -> Topics:
    return Topics()


@pytest.fixture
def delivered(monkeypatch: pytest.MonkeyPatch) -> Delivered:
    """What goes on together: the topic, and the messages."""
    found: Delivered = []

    def deliver(topic_arn: str, notifications: Sequence[Notification]) -> None:
        found.append((topic_arn, [one.text for one in notifications]))

    monkeypatch.setattr(sns_topics, "_deliver", deliver)
    return found


def messages(*texts: str, written: list[str] | None = None) -> Iterator[Message]:
    for text in texts:
        if written is not None:
            written.append(text)
        yield TOPIC, None, text


def test_messages_of_calls_in_a_row_go_on_together(topics: Topics, delivered: Delivered) -> None:
    for number in range(3):
        topics.publish(messages(f"{number}a", f"{number}b"))
    assert topics.pending

    wait_until(lambda: not topics.pending)
    assert delivered == [(TOPIC, ["0a", "0b", "1a", "1b", "2a", "2b"])]


def test_message_is_written_when_it_goes_on(topics: Topics, delivered: Delivered) -> None:
    written: list[str] = []
    topics.publish(messages("a", written=written))
    assert written == []

    wait_until(lambda: not topics.pending)
    assert written == ["a"]


def test_messages_that_come_without_end_hold_nothing_up(
    topics: Topics, delivered: Delivered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sns_topics, "GATHER_SECONDS", 0.2)
    monkeypatch.setattr(sns_topics, "LONGEST_GATHER_SECONDS", 0.3)

    def has_one_gone_on() -> bool:
        topics.publish(messages("more"))
        return bool(delivered)

    wait_until(has_one_gone_on, limit_seconds=10)
    wait_until(lambda: not topics.pending)


def test_call_whose_messages_cannot_be_written_holds_up_no_other(
    topics: Topics, delivered: Delivered
) -> None:
    def broken() -> Iterator[Message]:
        yield TOPIC, None, "written"
        raise ValueError("no more")

    topics.publish(broken())
    topics.publish(messages("next"))

    wait_until(lambda: not topics.pending)
    assert delivered == [(TOPIC, ["written", "next"])]
