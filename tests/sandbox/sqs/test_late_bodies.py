"""What AWS publishes itself is written when somebody reads it, and only then."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from mailfanout.sandbox.events import Notification
from mailfanout.sandbox.sns.queues import send_to_queue
from support.calls.sqs_calls import MakeQueue, arn

TOPIC = "arn:aws:sns:us-east-1:123456789012:feedback"


@pytest.fixture
def url(make_queue: MakeQueue) -> str:
    """A queue to which SNS may send."""
    sns = {"Service": "sns.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": sns, "Action": "sqs:*", "Resource": "*"}
    return make_queue(Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


@pytest.fixture
def written(url: str) -> list[str]:
    """What was written so far of a message that a topic has put on the queue as it is."""
    written: list[str] = []

    def write() -> str:
        written.append("戻ったメール")
        return written[-1]

    raw: Any = SimpleNamespace(
        attributes={"RawMessageDelivery": "true"}, endpoint=arn(url), topic_arn=TOPIC
    )
    send_to_queue(raw, [Notification("", TOPIC, "", None, write, {})])
    return written


def test_message_is_written_once_when_it_is_received(
    client: Any, url: str, written: list[str]
) -> None:
    counted = client.get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
    )
    assert counted["Attributes"] == {"ApproximateNumberOfMessages": "1"}
    assert written == []

    for _ in range(2):
        [message] = client.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"]
        assert message["Body"] == "戻ったメール"
    assert len(written) == 1


def test_message_that_nobody_receives_is_never_written(
    client: Any, url: str, written: list[str]
) -> None:
    client.purge_queue(QueueUrl=url)
    assert "Messages" not in client.receive_message(QueueUrl=url)
    assert written == []
